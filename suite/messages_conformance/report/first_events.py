"""How long the first event of a stream takes, one stream at a time and many at once: what a run with a load shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from messages_conformance.checks.answer.answer import Answer
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.records import Exchange, Provider, Scenario

AREA = "load"
"""The area of the scenarios that are such a load."""


@dataclass(frozen=True, slots=True)
class FirstEvents:
    """The streams of one scenario at one provider that began: how many of those sent, and after how many milliseconds
    half of them had, 95 in a hundred, and the last."""

    provider: Provider
    scenario: Scenario
    sent: int
    began: int
    p50: float
    p95: float
    longest: float


def first_events(run: Run) -> tuple[FirstEvents, ...]:
    """By provider, few streams before many; nothing where the run had no load, or no stream began."""
    return run.derived(("first events",), lambda: tuple(_first_events(run)))


def _first_events(run: Run) -> Iterator[FirstEvents]:
    loads = [scenario for scenario in run.scenarios if scenario.area == AREA]
    for provider in run.providers if loads else ():
        found = [(s, cell) for s in loads if (cell := run.cells.get((provider.id, s.id)))]
        told = [_told(provider, scenario, cell) for scenario, cell in found]
        yield from sorted(filter(None, told), key=lambda one: one.sent)


def _told(provider: Provider, scenario: Scenario, cell: Cell) -> FirstEvents | None:
    times = sorted(at for exchange in cell.exchanges if (at := _began(exchange)) is not None)
    if not times:
        return None
    return FirstEvents(
        provider, scenario, len(cell.exchanges), len(times), _reached(times, 0.5), _reached(times, 0.95), times[-1]
    )


def _reached(times: Sequence[float], part: float) -> float:
    """The time by which this part of all had begun: one that was measured, and none between two."""
    return times[math.ceil(part * len(times)) - 1]


def _began(exchange: Exchange) -> float | None:
    """When the first event came, in milliseconds since the request was sent; None for what is no stream."""
    answer = Answer(exchange)
    if answer.status != 200 or not answer.is_stream:
        return None
    return answer.events[0].at_ms if answer.events else None
