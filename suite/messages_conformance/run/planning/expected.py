"""Compare expectations with what can be planned. An entry that no judgement can ever match would be silently
ignored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.expectations import Expectation
from messages_conformance.catalog.yaml.strict import did_you_mean
from messages_conformance.checks.base import Check
from messages_conformance.errors import Problem
from messages_conformance.run.planning.plan import Unit, every, make_plan


def unmet(catalog: Catalog, checks: Mapping[str, Check]) -> Iterator[Problem]:
    """What is wrong with a catalogue's expectations: a check or a scenario that does not exist, a glob that names every
    check, or a check that is not judged in the scenario of its entry. A scenario that is not sent to the provider is no
    mistake: its claims may change from run to run."""
    names = [scenario.id for scenario in catalog.scenarios]
    units: dict[str, Sequence[Unit]] = {}
    for entry in catalog.expectations:
        unknown = [
            *_unknown("check", [entry.check], checks, entry),
            *_unknown("scenario", entry.scenarios, names, entry),
            *_boundless(entry, checks),
        ]
        if not unknown and entry.provider not in units:
            pairs = every([catalog.providers[entry.provider]], catalog.scenarios)
            units[entry.provider] = make_plan(pairs, catalog, checks).units
        yield from unknown or _unplanned(entry, units[entry.provider])


def _unknown(kind: str, patterns: Iterable[str], known: Iterable[str], entry: Expectation) -> Iterator[Problem]:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            yield Problem(f"no {kind} matches `{pattern}`", entry.where, did_you_mean(pattern, known))


def _boundless(entry: Expectation, checks: Iterable[str]) -> Iterator[Problem]:
    """A deviation has a name: an entry that accepts whatever fails hides what nobody has looked at."""
    if all(fnmatchcase(name, entry.check) for name in checks):
        hint = "name the check, or a family of checks such as `error.*`"
        yield Problem(f"`{entry.check}` names every check, and would accept whatever fails", entry.where, hint)


def _unplanned(entry: Expectation, units: Sequence[Unit]) -> Iterator[Problem]:
    for pattern in entry.scenarios:
        if not any(_may_meet(entry, unit) for unit in units if fnmatchcase(unit.scenario.id, pattern)):
            judging = [unit.scenario.id for unit in units if unit.checks and _may_meet(entry, unit)]
            hint = f"it is judged in {', '.join(judging[:5])}{', …' if len(judging) > 5 else ''}" if judging else None
            yield Problem(f"`{entry.check}` is not judged in `{pattern}` at `{entry.provider}`", entry.where, hint)


def _may_meet(entry: Expectation, unit: Unit) -> bool:
    return unit.not_applicable is not None or any(
        fnmatchcase(planned.check.id, entry.check) and entry.question in (None, planned.question)
        for planned in unit.checks
    )
