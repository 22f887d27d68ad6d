"""What the catalogue holds and what a run would do, as text: `list`, `explain`, `plan`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from rich.console import Console
from rich.table import Table
from rich.text import Text

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.conflicts import contradicting
from messages_conformance.catalog.features import FEATURES, GENERALLY_AVAILABLE
from messages_conformance.catalog.field import Deviation
from messages_conformance.catalog.model import CheckUse, Clause, Provider, Scenario, Step
from messages_conformance.catalog.scenarios.assembly import covered
from messages_conformance.catalog.scenarios.combinations import allowed
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import cited
from messages_conformance.errors import UserError, nothing_named
from messages_conformance.report.words import plural
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.plan import Plan, Unit


def print_plan(plan: Plan, console: Console | None = None, *, pairs: bool = False) -> None:
    """Per provider: requests, token ceilings, money, and how many pairs of parameters stand together in them; with
    `pairs`, each of these."""
    out = console or Console()
    table = Table(title="What a run would send", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in (
        "provider",
        "scenarios",
        "not applicable",
        "requests",
        "input tokens ≤",
        "output tokens ≤",
        "cost ≤",
    ):
        table.add_column(heading, justify="left" if heading == "provider" else "right")
    for provider in plan.providers:
        units = [unit for unit in plan.units if unit.provider.id == provider.id]
        asked = [unit for unit in units if unit.not_applicable is None]
        cost = estimate(plan, provider)
        amounts = None if cost.money is None else [f"{amount:.4f} {name}" for name, amount in cost.money.items()]
        money = "price unknown" if amounts is None else " + ".join(amounts) or "nothing"
        table.add_row(
            provider.id,
            str(len(asked)),
            str(len(units) - len(asked)),
            str(cost.requests),
            f"{cost.input_tokens:,}",
            f"{cost.output_tokens:,}",
            "free" if provider.kind != "live" else money,
        )
    out.print(table)
    out.print(
        "Ceilings: every answer is taken to use its whole max_tokens; a refused request costs nothing. Requests may be "
        "repeated after an outage or where a model's choice is asked for again.",
        style="dim",
    )
    for unit in plan.asked:
        if unit.scenario.assembly is not None and unit.scenario.assembly.for_pairs:
            _pairs(out, unit, listed=pairs)


def _pairs(out: Console, unit: Unit, *, listed: bool) -> None:
    """What the rows of a combination hold, of what the contract lets stand together."""
    scenario, assembly = unit.scenario, unit.scenario.assembly
    if assembly is None:
        return
    held = covered(scenario)
    possible = sum(len(pair) == 2 for pair in allowed(assembly))
    rows = f"{scenario.id} at {unit.provider.id}: {len(scenario.steps)} rows"
    out.print(f"{rows} hold {len(held)} of the {possible} pairs of values that the contract lets stand together.")
    for pair in sorted(sorted(pair) for pair in held) if listed else ():
        out.print(f"  {pair[0]} with {pair[1]}", style="dim", highlight=False)


def print_list(catalog: Catalog, checks: Mapping[str, Check], what: str, pattern: str | None) -> None:
    """Print one line per entry, whole, whatever the width: people search in it. Raises UserError when the pattern
    matches nothing."""
    rows = {
        "providers": lambda: [_provider_row(provider) for provider in catalog.providers.values()],
        "features": lambda: _feature_rows(catalog.scenarios),
        "scenarios": lambda: [(s.id, s.area, s.title) for s in catalog.scenarios],
        "profiles": lambda: [(p.id, p.title, p.why) for p in catalog.profiles.values()],
        "checks": lambda: [(check.id, _kind(check), check.title) for check in checks.values()],
        "clauses": lambda: [(c.id, str(c.level), c.text) for c in _clauses(catalog)],
    }[what]()
    chosen = [row for row in rows if pattern is None or fnmatchcase(row[0], pattern)]
    if not chosen:
        raise UserError(nothing_named(what.removesuffix("s"), pattern or "", [row[0] for row in rows]))
    first, second = (max(len(row[column]) for row in chosen) for column in (0, 1))
    out = Console(highlight=False)
    for id_, word, text in chosen:
        out.print(Text.assemble(id_.ljust(first + 2), (word.ljust(second + 2), "dim"), text), soft_wrap=True)


def print_explanation(catalog: Catalog, checks: Mapping[str, Check], name: str) -> None:
    """Explain a scenario, a check or a clause. Raises UserError for a name of none of these."""
    out = Console(highlight=False)
    scenarios = {scenario.id: scenario for scenario in catalog.scenarios}
    clauses = {clause.id: clause for clause in _clauses(catalog)}
    if name in scenarios:
        _scenario(out, scenarios[name], checks, clauses)
    elif name in checks:
        _check(out, checks[name], catalog.scenarios, clauses, catalog.deviations)
    elif name in clauses or f"anthropic:{name}" in clauses:
        _clause(out, clauses.get(name) or clauses[f"anthropic:{name}"], catalog, checks)
    else:
        raise UserError(nothing_named("scenario, check or clause", name, [*scenarios, *checks, *clauses]))


def _provider_row(provider: Provider) -> tuple[str, str, str]:
    key = "no key" if provider.auth.env is None else f"${provider.auth.env}"
    where = provider.base_url + provider.path if provider.kind == "live" else provider.kind
    return provider.id, key, f"{provider.title} · {where}"


def _feature_rows(scenarios: Iterable[Scenario]) -> list[tuple[str, str, str]]:
    """Every feature that a provider can claim, whether one that says nothing is taken to, and what needs it."""
    needed = Counter(need for scenario in scenarios if not scenario.is_variant for need in scenario.needs)
    claimed = {True: "claimed", False: "on request"}
    return [
        (feature, claimed[feature in GENERALLY_AVAILABLE], f"{plural(needed[feature], 'scenario')} of a run by default")
        for feature in sorted(FEATURES)
    ]


def _clauses(catalog: Catalog) -> list[Clause]:
    return [clause for contract in catalog.contracts.values() for clause in contract.clauses.values()]


def _scenario(out: Console, scenario: Scenario, checks: Mapping[str, Check], clauses: Mapping[str, Clause]) -> None:
    out.print(Text(scenario.id, style="bold"), Text(f"  {scenario.area}", style="dim"))
    out.print(Text(scenario.title))
    out.print(Text(f"Why: {scenario.why}"))
    out.print(Text(f"Declared in {scenario.where}", style="dim"))
    if scenario.needs:
        out.print(Text(f"Asked of providers that claim: {', '.join(scenario.needs)}"))
    if scenario.twin:
        out.print(Text(f"Twin: {scenario.twin} (the refusal counts only if the twin is accepted)"))
    for number, step in enumerate(scenario.steps, 1):
        out.print()
        asked = f"{step.method} {step.route}, expects {step.expect}"
        told = "sends nothing, and looks back on the whole run" if scenario.looks_back else asked
        out.print(Text(f"Step {number}, {step.id}: {told}", style="bold"))
        for header, value in step.headers.items():
            out.print(Text(f"  header {header}: {value if value is not None else '(left out)'}"))
        if step.body is not None:
            body = step.body if isinstance(step.body, str) else json.dumps(step.body, indent=2, ensure_ascii=False)
            out.print(Text(body), soft_wrap=True)  # a body is there to be copied
        _demands(out, step, checks, clauses)


def _demands(out: Console, step: Step, checks: Mapping[str, Check], clauses: Mapping[str, Clause]) -> None:
    for use in step.checks:
        _demand(out, checks[use.check], use, clauses)
    named = {use.check for use in step.checks}
    wire = [check for check in checks.values() if step.expect in check.on and check.id not in named]
    if wire:
        out.print(Text(f"  And {len(wire)} wire checks that hold on every such answer:", style="bold"))
        for check in wire:
            out.print(Text(f"    {check.id}: {check.title}", style="dim"))


def _demand(out: Console, check: Check, use: CheckUse, clauses: Mapping[str, Clause]) -> None:
    params = f" {json.dumps(dict(use.params), ensure_ascii=False)}" if use.params else ""
    scope = f" (contract {use.contract} only)" if use.contract else ""
    out.print(Text(f"  {check.id}{params}{scope}", style="bold"))
    out.print(Text(f"    {check.title}. {check.why}"))
    for name in cited(check, use):
        if clause := clauses.get(name):
            out.print(Text(f"    {clause.level} {clause.id}: {clause.text} [{clause.source.title}]", style="dim"))


def _kind(check: Check) -> str:
    """Wire checks are planned on every answer of a form; those of behaviour are named by scenarios."""
    return "wire" if check.on else "behaviour"


def _check(
    out: Console,
    check: Check,
    scenarios: Iterable[Scenario],
    clauses: Mapping[str, Clause],
    deviations: Iterable[Deviation],
) -> None:
    out.print(Text(check.id, style="bold"), Text(f"  {_kind(check)} check", style="dim"))
    out.print(Text(check.title))
    out.print(Text(f"Why: {check.why}"))
    if check.on:
        out.print(Text(f"Holds on every answer of the form: {', '.join(check.on)}"))
    if properties := check.params.get("properties"):
        out.print(Text(f"Parameters: {json.dumps(properties, ensure_ascii=False)}"))
    for name in check.clauses:
        _cited(out, clauses[name])
    named = [
        scenario.id for scenario in scenarios if any(u.check == check.id for s in scenario.steps for u in s.checks)
    ]
    if named:
        out.print(Text(f"Demanded by: {', '.join(named)}"))
    for deviation in deviations:
        if any(reference.rpartition("/")[2] == check.id for reference in deviation.checks):
            out.print(Text(f"Also seen in the field: {deviation.states} {deviation.breaks}"))
            for address in deviation.seen:
                out.print(Text(f"  {address}", style="dim"))


def _clause(out: Console, clause: Clause, catalog: Catalog, checks: Mapping[str, Check]) -> None:
    _cited(out, clause)
    if clause.note:
        out.print(Text(f"Note: {clause.note}"))
    if clause.mirrors:
        out.print(Text(f"Takes over: {', '.join(clause.mirrors)}"))
    for other in contradicting(catalog.contracts[clause.contract], clause):
        out.print(Text(f"Disputed by {other.id}: {other.text} [{other.source.title}]"))
    if clause.untestable:
        out.print(Text(f"Cannot be checked from outside: {clause.untestable}"))
    cited = {clause.id} | {
        other for other in _ids(catalog) if any(fnmatchcase(other, pattern) for pattern in clause.mirrors)
    }
    judged = [check.id for check in checks.values() if cited & set(check.clauses)]
    named = [
        scenario.id
        for scenario in catalog.scenarios
        if any(clause.id in use.clauses for step in scenario.steps for use in step.checks)
    ]
    out.print(Text(f"Checks: {', '.join(judged) or 'none by itself'}"))
    if named:
        out.print(Text(f"Scenarios that name it: {', '.join(named)}"))


def _ids(catalog: Catalog) -> list[str]:
    return [clause.id for clause in _clauses(catalog)]


def _cited(out: Console, clause: Clause) -> None:
    out.print(Text(f"{clause.level} {clause.id}", style="bold"))
    out.print(Text(f"  {clause.text}"))
    out.print(
        Text(f"  Source: {clause.source.title}, {clause.source.url} (read {clause.source.retrieved})", style="dim")
    )
