"""Scenarios asked several times (`run --repeat N`), to see what fails only now and then.

A repetition is a scenario like any other, with the same requests and an id of its own: `tools.forced~2`. So plans,
budgets and recordings count it without knowing what it is. What several of them say together, results/repeating.py
finds out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.run.planning import load
from messages_conformance.run.planning.plan import Pair

_NAME: Final = re.compile(r"(.+)~([1-9]\d*)")


def repeated(pairs: Sequence[Pair], times: int) -> tuple[Pair, ...]:
    """Each scenario as often as said, round by round; what looks back on the whole run once."""
    further = (
        (provider, _repetition(scenario, number))
        for number in range(2, times + 1)
        for provider, scenario in pairs
        if not scenario.looks_back
    )
    return (*pairs, *further)


def recalled(catalog: Catalog, names: Iterable[str]) -> Mapping[str, Scenario]:
    """Every scenario by its id: those of the catalogue, and what a run made of them, by the `names` that it has."""
    asked = [(name, _NAME.fullmatch(name)) for name in names]
    first = [found[1] if found else name for name, found in asked]
    known = {scenario.id: scenario for scenario in (*catalog.scenarios, *load.recalled(catalog, first))}
    further = ((name, found) for name, found in asked if found and found[1] in known)
    return known | {name: _repetition(known[found[1]], int(found[2])) for name, found in further}


def _repetition(scenario: Scenario, number: int) -> Scenario:
    return replace(scenario, id=f"{scenario.id}~{number}", repeats=scenario.id)
