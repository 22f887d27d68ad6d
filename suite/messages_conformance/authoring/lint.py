"""What is wrong with a catalogue that can be read: entries that prove nothing, match nothing, or cost too much.

Whatever strict loading refuses never gets here. Each rule is a function from what it examines to the problems that it
finds, by file and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messages_conformance.authoring.coverage import Kills, read_kills
from messages_conformance.authoring.lint_impact import unmeasured_profiles
from messages_conformance.authoring.lint_providers import unsourced
from messages_conformance.authoring.lint_scenarios import (
    idle_scenarios,
    repeated_requests,
    unmet_needs,
    unnamed_acceptances,
    unproven_refusals,
)
from messages_conformance.catalog import Catalog, data
from messages_conformance.catalog.causes import unknown_names
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.features import KNOWN, misplaced_probes
from messages_conformance.catalog.field import Field, load_field, unknown_references
from messages_conformance.catalog.impact import Impacts, load_bundled_impacts
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.catalog.scenarios.loading import Generator, load_files, load_generators
from messages_conformance.catalog.yaml.strict import did_you_mean
from messages_conformance.checks.base import Check
from messages_conformance.errors import Problem, Where
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.plan import Plan, every, make_plan, matches, select

CLAIMS_EVERYTHING: Final = "reference"
SMOKE: Final = "smoke"
RECORDED: Final = "traffic"
"""The tag of requests that were recorded: they are made for one client, and of no clause."""
MOST_REQUESTS: Final = 150
"""Every request costs the user money, and some providers accept only ten a minute."""
MOST_SMOKE_REQUESTS: Final = 8


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that authors write. `defects` are the reference's, each with its place: the caller passes them in,
    because judge and judged share no code."""

    catalog: Catalog
    checks: Mapping[str, Check]
    generators: tuple[Generator, ...]
    field: Field
    kills: tuple[Kills, ...]
    defects: Mapping[str, Where]
    impacts: Impacts


def workshop(catalog: Catalog, checks: Mapping[str, Check], defects: Mapping[str, Where]) -> Workshop:
    """Read what a catalogue does not keep. Raises UserError like `load_catalog`."""
    return Workshop(
        catalog,
        checks,
        load_generators(data("scenarios")),
        load_field(data("field")),
        read_kills(data("kills")),
        defects,
        load_bundled_impacts(),
    )


def lint(shop: Workshop) -> list[Problem]:
    """All problems, by file and line."""
    catalog, checks = shop.catalog, shop.checks
    everything = catalog.providers[CLAIMS_EVERYTHING]
    by_default = select(catalog.scenarios, ())
    plan = make_plan(every([everything], catalog.scenarios), catalog, checks)
    places = [(unit.scenario.id, judged.step.id, judged.check.id) for unit in plan.units for judged in unit.checks]
    planned = [(scenario, check) for scenario, _, check in places]
    problems = [
        *unproven_refusals(catalog.scenarios),
        *unnamed_acceptances(catalog.scenarios),
        *misplaced_probes(KNOWN.values(), catalog.scenarios),
        *repeated_requests(by_default),
        *idle_scenarios(by_default),
        *unmet_needs(catalog.scenarios, shop.generators),
        *unkilled_checks(catalog.scenarios, shop.kills),
        *unplanned_checks(checks.values(), {check for _, check in planned}),
        *broken_kills(shop.kills, shop.defects, checks),
        *idle_profiles(catalog, checks, everything),
        *unmeasured_profiles(catalog.profiles, shop.impacts),
        *unknown_references(shop.field, planned, shop.defects),
        *unknown_names(catalog.causes, places),
        *costly_plans(catalog, checks, everything),
        *unsourced(bundled_providers(catalog)),
    ]
    return sorted(dict.fromkeys(problems), key=_place)


def bundled_providers(catalog: Catalog) -> list[Provider]:
    """Those of this catalogue, without what a user's own file says of any."""
    return [p for p in catalog.providers.values() if p.where.path.resolve() == data("providers.yaml").resolve()]


def lint_own(catalog: Catalog, folders: Sequence[Path]) -> list[Problem]:
    """The problems of the scenarios in a user's own folders, of those rules that are about a scenario alone: what
    defects prove, what profiles choose and what a run costs by default is no matter of theirs."""
    roots = [folder.resolve() for folder in folders]
    own = [s for s in catalog.scenarios if any(s.where.path.resolve().is_relative_to(root) for root in roots)]
    generators = load_files(*folders, twins={scenario.id for scenario in catalog.scenarios}).generators
    problems = [
        *unproven_refusals(own),
        *unnamed_acceptances(scenario for scenario in own if RECORDED not in scenario.tags),
        *repeated_requests(select(own, ())),
        *(found for found in unmet_needs(catalog.scenarios, generators) if _lies_in(found, roots)),
    ]
    return sorted(dict.fromkeys(problems), key=_place)


def _lies_in(problem: Problem, roots: Sequence[Path]) -> bool:
    return problem.where is not None and any(problem.where.path.resolve().is_relative_to(root) for root in roots)


def _place(problem: Problem) -> tuple[str, int, str]:
    where = problem.where
    return (str(where.path), where.line, problem.message) if where else ("", 0, problem.message)


# --- proof ------------------------------------------------------------------------------------------------------------


def unkilled_checks(scenarios: Iterable[Scenario], kills: Iterable[Kills]) -> list[Problem]:
    """Demanded checks that no defect turns red, each at its first demand: nothing has shown that they can fail."""
    killed = {check for entry in kills for check in entry.checks}
    hint = "add a defect to reference/defects/ and its line to suite/kills/"
    first: dict[str, Where] = {}
    for use in (use for scenario in scenarios for step in scenario.steps for use in step.checks):
        first.setdefault(use.check, use.where)
    return [
        Problem(f"no defect turns the check `{check}` red", where, hint)
        for check, where in first.items()
        if check not in killed
    ]


def unplanned_checks(checks: Iterable[Check], planned: frozenset[str] | set[str]) -> list[Problem]:
    """Checks of Anthropic's contract that never judge any answer."""
    ours = f"{CANONICAL}:"
    return [
        Problem(f"no scenario plans the check `{check.id}`", check.where, "demand it in a scenario")
        for check in checks
        if check.id not in planned and (not check.clauses or any(clause.startswith(ours) for clause in check.clauses))
    ]


def broken_kills(kills: Iterable[Kills], defects: Mapping[str, Where], checks: Mapping[str, Check]) -> list[Problem]:
    """Defects without kills, kills without a defect or of a check that does not exist, and a defect in two files."""
    first: dict[str, Kills] = {}
    problems: list[Problem] = []
    for entry in kills:
        earlier = first.setdefault(entry.defect, entry)
        if earlier is not entry:
            message = f"the kills of `{entry.defect}` are here twice"
            problems.append(Problem(message, entry.where, f"first: {earlier.where}"))
        if entry.defect not in defects:
            message = f"there is no defect `{entry.defect}`"
            problems.append(Problem(message, entry.where, did_you_mean(entry.defect, defects)))
        problems += [
            Problem(f"`{entry.defect}` kills `{check}`, which does not exist", entry.where, did_you_mean(check, checks))
            for check in entry.checks
            if check not in checks
        ]
    hint = "write into suite/kills/ which checks it must turn red"
    problems += [
        Problem(f"the defect `{name}` has no kills", where, hint)
        for name, where in defects.items()
        if name not in first
    ]
    return problems


# --- profiles and budgets ---------------------------------------------------------------------------------------------


def idle_profiles(catalog: Catalog, checks: Mapping[str, Check], provider: Provider) -> list[Problem]:
    """Patterns of profiles that choose no scenario, and needs of clients that no chosen scenario judges."""
    problems: list[Problem] = []
    by_default = select(catalog.scenarios, ())
    for profile in catalog.profiles.values():
        sound = [pattern for pattern in profile.scenarios if any(matches(s, pattern) for s in by_default)]
        problems += [
            Problem(f"`{pattern}` of the profile `{profile.id}` chooses no scenario", profile.where)
            for pattern in profile.scenarios
            if pattern not in sound
        ]
        chosen = [scenario for scenario in by_default if any(matches(scenario, pattern) for pattern in sound)]
        units = make_plan(every([provider], chosen), catalog, checks).units
        judged = {clause for unit in units for planned in unit.checks for clause in planned.clauses}
        problems += [
            Problem(
                f"no scenario of the profile `{profile.id}` judges any clause behind “{dependence.breaks}”",
                profile.where,
                f"add a scenario that judges {' or '.join(sorted(dependence.clauses))}",
            )
            for dependence in profile.depends
            if judged.isdisjoint(dependence.clauses)
        ]
    return problems


def costly_plans(catalog: Catalog, checks: Mapping[str, Check], provider: Provider) -> list[Problem]:
    """Selections that send too many requests to a provider that claims everything."""
    problems: list[Problem] = []
    by_default = make_plan(every([provider], select(catalog.scenarios, ())), catalog, checks)
    if (number := estimate(by_default, provider).requests) > MOST_REQUESTS:
        hint = f"merge scenarios, or turn the least useful into variants. Most are in: {_largest(by_default, provider)}"
        message = f"the default catalogue sends {number} requests; the limit is {MOST_REQUESTS}"
        problems.append(Problem(message, None, hint))
    if smoke := catalog.profiles.get(SMOKE):
        plan = make_plan(every([provider], select(catalog.scenarios, smoke.scenarios)), catalog, checks)
        if (number := estimate(plan, provider).requests) > MOST_SMOKE_REQUESTS:
            message = f"the profile `{SMOKE}` sends {number} requests; the limit is {MOST_SMOKE_REQUESTS}"
            problems.append(Problem(message, smoke.where, f"it sends {', '.join(_ids(plan, provider))}"))
    return problems


def _largest(plan: Plan, provider: Provider) -> str:
    sizes: Counter[str] = Counter()
    for scenario in plan.sent_to(provider):
        sizes[scenario.area] += len(scenario.steps)
    return ", ".join(f"{area} {size}" for area, size in sizes.most_common(4))


def _ids(plan: Plan, provider: Provider) -> list[str]:
    return [scenario.id for scenario in plan.sent_to(provider)]
