"""What is no longer of the shape that it had, and nothing that a model may choose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from messages_conformance.results.shapes.shape import BLOCKS, CHOSEN, Field, Shape

_NULL: Final = frozenset({"null"})
_KINDS: Final = re.compile(r"\[[^\[\]]*\]")


def drift(before: Shape, now: Shape) -> tuple[str, ...]:
    """How `now` differs from `before`, one line each; empty if it has the same shape.

    A type of block, of delta or of event, and a field of `CHOSEN`, counts only where both have it. A word that neither
    `before` nor Anthropic's contract knows counts wherever it comes.
    """
    lines = [
        *_whole("status", before.statuses, now.statuses),
        *_whole("content type", before.forms, now.forms),
        *_whole("order of events", _orders(before), _orders(now)),
        *(f"new, and unknown to Anthropic's contract: {word}" for word in sorted(now.foreign - before.foreign)),
    ]
    is_of_a_kind = (before.statuses, before.forms) == (now.statuses, now.forms)
    return (*lines, *_fields(before.fields, now.fields)) if is_of_a_kind else tuple(lines)


def merged(before: Shape, now: Shape) -> Shape:
    """What is recorded if `now` is accepted: it replaces what both have, and what only the model's choice left out
    stays."""
    kept = {
        path: known
        for path, known in before.fields.items()
        if path not in now.fields and not _is_comparable(path, before.fields, now.fields)
    }
    return replace(now, fields=dict(sorted({**kept, **now.fields}.items())), foreign=before.foreign | now.foreign)


def _orders(shape: Shape) -> frozenset[str]:
    """A model may say nothing at all."""
    return frozenset(order.replace(f" {BLOCKS}", "") for order in shape.events)


def _whole(what: str, before: frozenset[str] | frozenset[int], now: frozenset[str] | frozenset[int]) -> Iterator[str]:
    if before != now:
        yield f"{what}: {_listed(before)} → {_listed(now)}"


def _listed(values: frozenset[str] | frozenset[int]) -> str:
    return " | ".join(sorted(map(str, values))) or "none"


def _fields(before: Mapping[str, Field], now: Mapping[str, Field]) -> Iterator[str]:
    told = ""
    for path in sorted(before.keys() | now.keys(), key=_in_order):
        if told and path.startswith((f"{told}.", f"{told}[")):
            continue
        old, new = before.get(path), now.get(path)
        if not _is_comparable(path, before, now) or not (line := _told(path, old, new)):
            continue
        told = path if old is None or new is None else told
        yield line


def _in_order(path: str) -> str:
    """Parts right behind their whole."""
    return path.replace(".", "\0").replace("[", "\0[")


def _told(path: str, old: Field | None, new: Field | None) -> str | None:
    if old is None or new is None:
        return _told_of_one(path, old, new)
    types, others = _compared(path, old), _compared(path, new)
    if types and not others <= types:
        return f"changed: {path}: {_listed(old.types)} → {_listed(new.types)}"
    if old.always and not new.always and _last(path) not in CHOSEN:
        return f"no longer always there: {path}: {_listed(old.types)}"
    return None


def _told_of_one(path: str, old: Field | None, new: Field | None) -> str | None:
    """What one side alone has. A field of `CHOSEN` is no news, unless it was there even where it said nothing."""
    seen = old or new
    if seen is None or (_last(path) in CHOSEN and not seen.types & _NULL):
        return None
    if new is not None:
        return f"new: {path}: {_listed(new.types)}"
    return f"gone: {path}: {_listed(seen.types)}" if seen.always else None


def _compared(path: str, seen: Field) -> frozenset[str]:
    """The types that count: none where a field of `CHOSEN` says nothing. Any reason to stop is as good as another, and
    where a fraction may stand, so may a whole number."""
    types = seen.types - _NULL if _last(path) in CHOSEN else seen.types
    if _last(path) == "stop_reason":
        types = frozenset("string" if word.startswith("<") else word for word in types)
    return types | {"integer"} if "number" in types else types


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _is_comparable(path: str, before: Mapping[str, Field], now: Mapping[str, Field]) -> bool:
    """Whether both sides have everything on the way to a field that is there by a model's choice."""
    return all(_is_there(place, before) and _is_there(place, now) for place in _choices(path))


def _choices(path: str) -> Iterator[str]:
    """The places on the way to `path` that a model may leave out: the event of a stream and an item of some type, also
    where `path` itself is one, and a field of `CHOSEN`."""
    steps = path.split(".")
    for number, step in enumerate(steps, 1):
        place = ".".join(steps[:number])
        yield from (place[: len(place) - len(step) + kind.end()] for kind in _KINDS.finditer(step))
        if step in CHOSEN and place != path:
            yield place


def _is_there(place: str, fields: Mapping[str, Field]) -> bool:
    return place in fields and fields[place].types != _NULL
