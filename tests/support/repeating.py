"""Runs made by hand in which one scenario, `a`, was asked several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import handmade
from handmade import Line, line
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Expectation, Record, Scenario


def scenarios(times: int) -> tuple[Scenario, ...]:
    """The scenario and its repetitions, as a header lists them."""
    names = ["a", *(f"a~{number}" for number in range(2, times + 1))]
    return tuple(Scenario(n, "area", "Title", "w", "x.yaml:1", repeats=None if n == "a" else "a") for n in names)


def repeated(
    outcomes: Sequence[str | None], *others: Line | Record, entry: Expectation | None = None, **said: Any
) -> Run:
    """A run in which the check `c` came to these outcomes in `a`, one in each repetition."""
    asked = scenarios(len(outcomes))
    told = [line(s.id, "c", outcome, **_said(outcome, said)) for s, outcome in zip(asked, outcomes, strict=True)]
    header = handmade.header(scenarios=asked, expectations=(entry,) if entry else ())
    return handmade.run(header, *told, *others)


def _said(outcome: str | None, more: dict[str, Any]) -> dict[str, Any]:
    if outcome == "fail":
        return {"expected": "an id", "actual": "nothing", **more}
    return {**more, "cause": "rate-limit"} if outcome == "inconclusive" else more
