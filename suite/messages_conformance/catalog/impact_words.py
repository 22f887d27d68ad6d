"""An impact in words: who is hurt, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from messages_conformance.catalog.harm import Harm, Severity
from messages_conformance.catalog.impact import Difference, Impact, Impacts, Seen, Trace

NAMED: Final = 3
"""Clients that are named; the others are counted."""

ENDED: Final = "the process ended"
"""The type of what a client raised that raised nothing and is no more."""

_HANDED: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("another text", "no text"),
    "whole": ("a final text that is not the streamed one", "no final text"),
    "thinking": ("other thinking", "no thinking"),
    "signed": ("thinking of another kind", "thinking without its signature"),
    "calls": ("other tool calls", "no tool call"),
    "arguments": ("other arguments", "no arguments"),
    "stop": ("another stop reason", "no stop reason"),
    "object": ("another object", "no object"),
    "count": ("another count", "no count"),
    "models": ("other models", "no models"),
    "ran": ("other calls of the server's tools", "no call of the server's tools"),
    "cited": ("other citations", "no citations"),
    "cleared": ("other cleared results", "no cleared results"),
    "looked_up": ("another model", "no model"),
    "usage": ("other token counts", "no token counts"),
    "pieces": ("the text in other pieces", "the text in no pieces"),
}
"""What is handed over where a field differs, and where it is missing."""


def harms(known: Impacts) -> tuple[Harm, ...]:
    """The whole table in short, in its order."""
    return tuple(
        Harm(
            impact.defect,
            impact.statement,
            impact.check,
            impact.clauses,
            impact.severity,
            len(impact.hurt),
            told(impact, known.jobs),
        )
        for impact in known.defects.values()
    )


def told(impact: Impact, jobs: Mapping[str, str]) -> str:
    """What clients made of a defect: `the AI SDK 5.0 hangs on a streamed answer; 6 clients notice nothing`. `jobs` has
    the titles of the jobs by their ids."""
    hurt = impact.hurt
    if not hurt:
        return _nobody(impact)
    parts = [f"{seen.client.name} {did(seen, jobs)}" for seen in hurt[:NAMED]]
    if len(hurt) > NAMED:
        parts.append(f"{_some(len(hurt) - NAMED, 'more client is', 'more clients are')} hurt")
    return "; ".join([*parts, *_spared(impact)])


def did(seen: Seen, jobs: Mapping[str, str]) -> str:
    """What a client that notices a defect does where that is worst: `raises NotFoundError in 3 jobs, such as a streamed
    answer`."""
    worst = seen.noticed[0]
    number = sum(trace.outcome == worst.outcome for trace in seen.noticed)
    where = f"in {number} jobs, such as" if number > 1 else "on"
    return f"{became(worst)} {where} {jobs[worst.job]}"


def became(trace: Trace) -> str:
    """What became of one job, after the name of its client: `silently hands over no text`."""
    match trace.outcome:
        case "raises":
            return f"raises {trace.raised.name}" if trace.raised and trace.raised.type != ENDED else "dies"
        case "hangs":
            return "hangs"
        case "wrong":
            first = min(trace.differs, key=lambda differs: differs.is_beside)
            return "raises in other words" if first.pointer == "/raised/message" else _handed(first)
        case "retries":
            return f"asks {_times(trace.requests)} instead of {_times(trace.requests_without)}"
        case _:
            return "did not do the same twice"


def _handed(differs: Difference) -> str:
    if differs.field == "raised":
        return "raises no more"
    other, none = _HANDED.get(differs.field, ("another answer", "no answer"))
    is_nothing = differs.came is None or differs.came is False or differs.came in ("", [], {})
    return f"silently hands over {none if is_nothing else other}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _nobody(impact: Impact) -> str:
    if not impact.touched:
        return "no job that we tried reaches it"
    if impact.severity is Severity.UNNOTICED:
        return "no client that we tried notices it"
    return "clients did not do the same twice" if impact.seen else "no client that we tried can do what it touches"


def _spared(impact: Impact) -> Iterator[str]:
    spared = [seen.client for seen in impact.seen if seen.severity is Severity.UNNOTICED]
    if len(spared) == 1:
        yield f"{spared[0].name} notices nothing"
    elif spared:
        yield f"{len(spared)} clients notice nothing"


def _some(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
