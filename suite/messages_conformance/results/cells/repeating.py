"""The repetitions of a scenario, put together: what several judgements of one thing say.

Each repetition is planned, sent and judged as a scenario of its own. None of them is retried into green: one failure
makes a check fail, however often it passed. How often it failed is told beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from messages_conformance.checks.base import Outcome
from messages_conformance.results.cells.cell import Cell, Result, Times
from messages_conformance.results.records import Scenario

_WEIGHT: Final = (Outcome.FAIL, Outcome.HARNESS_ERROR, Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE)
"""Which outcome stands for all, the first that came: what was decided once is decided."""


def together(cells: Mapping[tuple[str, str], Cell], scenarios: Iterable[Scenario]) -> Mapping[tuple[str, str], Cell]:
    """The cells, those of a scenario's repetitions as one."""
    first = {scenario.id: scenario.repeats for scenario in scenarios if scenario.repeats}
    if not first:
        return cells
    families: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for (provider, scenario), cell in cells.items():
        families[provider, first.get(scenario, scenario)].append(cell)
    return {key: _as_one(family) if len(family) > 1 else family[0] for key, family in families.items()}


def _as_one(family: Sequence[Cell]) -> Cell:
    judged: dict[tuple[str, str, str], list[Result]] = defaultdict(list)
    for result in chain.from_iterable(cell.results for cell in family):
        judged[result.step, result.check, result.question].append(result)
    exchanges = tuple(chain.from_iterable(cell.exchanges for cell in family))
    results = tuple(map(_decisive, judged.values()))
    return replace(family[0], results=results, exchanges=exchanges, repetitions=tuple(family))


def _decisive(results: Sequence[Result]) -> Result:
    """The result that stands for all repetitions, and how often the check failed and passed in them."""
    outcomes = [result.outcome for result in results]
    times = Times(outcomes.count(Outcome.FAIL), outcomes.count(Outcome.PASS))
    return replace(min(results, key=lambda result: _WEIGHT.index(result.outcome)), times=times)
