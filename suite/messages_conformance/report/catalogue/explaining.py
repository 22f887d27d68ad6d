"""One thing of the catalogue explained, as text: `explain`. Long lists are counted, and written out on demand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rich.text import Text

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.features import CORE, KNOWN
from messages_conformance.catalog.harm import worst_first
from messages_conformance.catalog.model import Clause, Scenario
from messages_conformance.checks.base import Check
from messages_conformance.errors import UserError, nothing_named
from messages_conformance.report.catalogue.listing import kind_of
from messages_conformance.report.catalogue.scenarios import explain_scenario
from messages_conformance.report.catalogue.whom import explain_feature, explain_profile, explain_provider
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import plural

_NAMES_SHOWN = 12
_CLAUSES_SHOWN = 3
_DEVIATIONS_SHOWN = 3
_HARMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Page:
    """Where it is printed, whether everything is written out, and what is known."""

    out: Console
    verbose: bool
    catalog: Catalog
    checks: Mapping[str, Check]

    def say(self, text: str, style: str = "", indent: int = 0) -> None:
        say(self.out, Text(text, style), indent, hang=0)

    def scenarios(self, label: str, found: Iterable[Scenario]) -> None:
        """`Demanded by 40 scenarios: tools (12), …`, and their names where they are few or all are wanted."""
        named = list(found)
        if not named:
            return
        if self.verbose or len(named) <= _NAMES_SHOWN:
            self.say(f"{label}: {', '.join(scenario.id for scenario in named)}")
            return
        areas = Counter(scenario.area for scenario in named).most_common()
        told = ", ".join(f"{area} ({number})" for area, number in areas)
        self.say(f"{label}: {plural(len(named), 'scenario')} (-v lists them): {told}")


def print_explanation(catalog: Catalog, checks: Mapping[str, Check], name: str, *, verbose: bool = False) -> None:
    """Explain a scenario, check, clause, profile, feature or provider; a name of several is the first of these. With
    `verbose` nothing is shortened. Raises UserError for a name of none."""
    page = _Page(Console(highlight=False), verbose, catalog, checks)
    scenarios = {scenario.id: scenario for scenario in catalog.scenarios}
    clauses = {clause.id: clause for contract in catalog.contracts.values() for clause in contract.clauses.values()}
    if name in scenarios:
        explain_scenario(page.out, scenarios[name], checks, clauses, verbose=verbose)
    elif name in checks:
        _check(page, checks[name], clauses)
    elif name in clauses or f"anthropic:{name}" in clauses:
        _clause(page, clauses.get(name) or clauses[f"anthropic:{name}"])
    elif name in catalog.profiles:
        explain_profile(page.out, catalog.profiles[name], catalog, checks, verbose=verbose)
    elif name in KNOWN:
        explain_feature(page.out, KNOWN[name], catalog, checks)
    elif name in CORE:
        page.say(f"`{name}` is no feature: every provider is asked for it.")
    elif name in catalog.providers:
        explain_provider(page.out, catalog.providers[name], catalog)
    else:
        known = [*scenarios, *checks, *clauses, *catalog.profiles, *KNOWN, *catalog.providers]
        raise UserError(nothing_named("scenario, check, clause, profile, feature or provider", name, known))


def _check(page: _Page, check: Check, clauses: Mapping[str, Clause]) -> None:
    page.out.print(Text(check.id, style="bold"), Text(f"  {kind_of(check)} check", style="dim"))
    page.say(check.title)
    page.say(f"Why: {check.why}")
    if check.on:
        page.say(f"Holds on every answer of the form: {', '.join(check.on)}")
    if properties := check.params.get("properties"):
        page.say(f"Parameters: {json.dumps(properties, ensure_ascii=False)}")
    shown = len(check.clauses) if page.verbose else _CLAUSES_SHOWN
    for name in check.clauses[:shown]:
        _cited(page, clauses[name])
    if more := check.clauses[shown:]:
        page.say(f"and {plural(len(more), 'more clause')}, by what is asked (-v lists them)", "dim")
    page.scenarios(
        "Demanded by",
        (s for s in page.catalog.scenarios if any(u.check == check.id for step in s.steps for u in step.checks)),
    )
    _seen_in_the_field(page, check)
    _measured(page, check)


def _measured(page: _Page, check: Check) -> None:
    tried = [harm for harm in worst_first(page.catalog.harms) if harm.check == check.id]
    for harm in tried if page.verbose else tried[:_HARMS_SHOWN]:
        page.say(f"Measured: a server that is wrong in this way ({harm.statement}): {harm.told}.")
    if len(tried) > _HARMS_SHOWN and not page.verbose:
        page.say(f"and {plural(len(tried) - _HARMS_SHOWN, 'more way')} to be wrong (-v lists them)", "dim")


def _seen_in_the_field(page: _Page, check: Check) -> None:
    seen = [
        deviation
        for deviation in page.catalog.deviations
        if any(reference.rpartition("/")[2] == check.id for reference in deviation.checks)
    ]
    shown = seen if page.verbose else seen[:_DEVIATIONS_SHOWN]
    for deviation in shown:
        page.say(f"Also seen in the field: {deviation.states} {deviation.breaks}")
        for address in deviation.seen:
            page.say(address, "dim", indent=2)
    if len(seen) > len(shown):
        page.say(f"and {plural(len(seen) - len(shown), 'more deviation')} seen in the field (-v lists them)", "dim")


def _clause(page: _Page, clause: Clause) -> None:
    _cited(page, clause)
    if clause.note:
        page.say(f"Note: {clause.note}")
    if clause.mirrors:
        page.say(f"Takes over: {', '.join(clause.mirrors)}")
    for other in contradicting(page.catalog.contracts[clause.contract], clause):
        page.say(f"Disputed by {other.id}: {other.text} [{other.source.title}]")
    if clause.untestable:
        page.say(f"Cannot be checked from outside: {clause.untestable}")
    everything = (name for contract in page.catalog.contracts.values() for name in contract.clauses)
    mirrored = {name for name in everything if any(fnmatchcase(name, pattern) for pattern in clause.mirrors)}
    judged = [check.id for check in page.checks.values() if ({clause.id} | mirrored) & set(check.clauses)]
    if len(judged) > _NAMES_SHOWN and not page.verbose:
        page.say(f"Checks: {', '.join(judged[:_NAMES_SHOWN])} and {len(judged) - _NAMES_SHOWN} more (-v lists them)")
    else:
        page.say(f"Checks: {', '.join(judged) or 'none by itself'}")
    named = (
        scenario
        for scenario in page.catalog.scenarios
        if any(clause.id in use.clauses for step in scenario.steps for use in step.checks)
    )
    page.scenarios("Scenarios that name it", named)


def _cited(page: _Page, clause: Clause) -> None:
    page.say(f"{clause.level} {clause.id}", "bold")
    page.say(clause.text, indent=2)
    page.say(f"Source: {clause.source.title}, {clause.source.url} (read {clause.source.retrieved})", "dim", indent=2)
