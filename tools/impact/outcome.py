"""What a defect made of a job: what a client told with it, against what it tells without. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from tempfile import gettempdir
from typing import Any, Literal, TypeAlias, cast

from messages_conformance.sdk.told import Told
from real.environments import ROOT

Outcome: TypeAlias = Literal["fine", "raises", "hangs", "wrong", "retries", "unstable"]

MOST_DIFFERENCES = 5
MOST_CHARACTERS = 200
_BEFORE = 40
"""Characters that are shown of what two long texts have in common, before the place where they part."""

_ANEW = re.compile(r"(?<![0-9a-f])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,})(?![0-9a-f])")
"""Ids of answers, and of the users and sessions that a client makes up."""

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/run/r\d+")
_PLACE = re.compile(rf"({re.escape(str(ROOT))}|{re.escape(gettempdir())}/[\w-]+)(?=/)")
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a job: what was told, and how many requests it took."""

    told: Told
    requests: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs, by its JSON pointer; None where there is no value."""

    pointer: str
    expected: Any
    came: Any


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of a job, and of what: `requests` beside the `requests_without` of the right reference. What a client
    that raises had seen before is no difference, but for one that raises anyway."""

    outcome: Outcome
    raised: Mapping[str, Any] | None = None
    differs: tuple[Difference, ...] = ()
    requests: int = 0
    requests_without: int = 0


def cell(right: Ran, first: Ran, second: Ran) -> Cell:
    """What became of a job in two runs with a defect, beside the one without."""
    told, again = became(right, first), became(right, second)
    return told if _alike(told, again) else replace(told, outcome="unstable")


def became(right: Ran, ran: Ran) -> Cell:
    """What became of a job in one run."""
    told = ran.told
    if told.end == "hung":
        return Cell("hangs", None, (), ran.requests, right.requests)
    raised = _died(told) if told.end == "died" else _plain(told.raised)
    if raised and _kind(raised) != _kind(right.told.raised):
        return Cell("raises", raised, (), ran.requests, right.requests)
    differs = tuple(_cut(each) for each in islice(_all_differences(right.told, told), MOST_DIFFERENCES))
    more = ran.requests > right.requests
    return Cell("wrong" if differs else "retries" if more else "fine", raised, differs, ran.requests, right.requests)


def settled(seen: Any) -> Any:
    """A value with nothing in its texts that belongs to this run or this machine."""
    return json.loads(_steady(json.dumps(seen)))


def _alike(one: Cell, other: Cell) -> bool:
    """Whether two runs agree. How often a client asked, and in which words it raised, may differ."""
    return (one.outcome, _kind(one.raised), one.differs) == (other.outcome, _kind(other.raised), other.differs)


def _kind(raised: Mapping[str, Any] | None) -> tuple[Any, Any] | None:
    return (raised["type"], raised.get("status")) if raised else None


def _died(told: Told) -> Mapping[str, Any]:
    return {"type": "the process ended", "message": _steady(told.reason), "status": None}


def _plain(raised: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return {"status": None, **settled(raised)} if raised else None


def _steady(text: str) -> str:
    return _PLACE.sub("…", _ADDRESS.sub("http://reference", _ANEW.sub("…", text)))


def _all_differences(right: Told, told: Told) -> Iterator[Difference]:
    """The exception's own difference comes first: one that is lost, or one that says something else."""
    if right.raised and told.raised:
        yield from _differences(_steady(right.raised["message"]), _steady(told.raised["message"]), "/raised/message")
    elif right.raised:
        yield Difference("/raised", right.raised["type"], None)
    yield from _differences(settled(right.seen), settled(told.seen), "")


def _differences(expected: Any, came: Any, pointer: str) -> Iterator[Difference]:
    if type(expected) is not type(came):
        yield Difference(pointer, _shown(expected), _shown(came))
    elif isinstance(expected, dict):
        ours, theirs = cast("dict[str, Any]", expected), cast("dict[str, Any]", came)
        for key in [*ours, *(key for key in theirs if key not in ours)]:
            yield from _differences(ours.get(key, _MISSING), theirs.get(key, _MISSING), f"{pointer}/{key}")
    elif isinstance(expected, list):
        here, there = cast("list[Any]", expected), cast("list[Any]", came)
        for at in range(max(len(here), len(there))):
            yield from _differences(_item(here, at), _item(there, at), f"{pointer}/{at}")
    elif expected != came:
        yield Difference(pointer, expected, came)


def _item(values: list[Any], at: int) -> Any:
    return values[at] if at < len(values) else _MISSING


def _shown(value: Any) -> Any:
    return None if value is _MISSING else value


def _cut(difference: Difference) -> Difference:
    """Both values, and of long ones what stands around the place from which they differ."""
    expected, came = _text(difference.expected), _text(difference.came)
    parted = (at for at, (one, other) in enumerate(zip(expected, came, strict=False)) if one != other)
    same = next(parted, min(len(expected), len(came)))
    start = max(0, same - _BEFORE) if max(len(expected), len(came)) > MOST_CHARACTERS else 0
    return replace(difference, expected=_part(difference.expected, start), came=_part(difference.came, start))


def _part(value: Any, start: int) -> Any:
    """A value if it is short, else its text from `start`, with marks where something is left out."""
    text = _text(value)
    if len(text) <= MOST_CHARACTERS:
        return value
    opened = ("…" if start else "") + text[start:]
    return opened if len(opened) <= MOST_CHARACTERS else opened[: MOST_CHARACTERS - 1] + "…"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
