"""An answer with the places marked that failing checks point at; what is missing is shown where it should have been."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from messages_conformance.report.words import visible


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a text. `numbers` are those of the failures that point here; a `gap` was not in the answer: its
    text says what is missing, and what there is instead."""

    text: str
    numbers: tuple[int, ...] = ()
    gap: bool = False


Spot: TypeAlias = tuple[int, str]
"""The number of a failure, and the JSON pointer that it names."""

_Line: TypeAlias = tuple[str, str, Any]
"""The pointer of a value, one line of it, and the value, where the line is its first."""


def pieces(text: str, spots: Sequence[Spot]) -> tuple[Piece, ...]:
    """`text`, indented if it is JSON, in pieces; one piece where it is no JSON or nothing points into it."""
    spots = [(number, pointer) for number, pointer in spots if pointer]
    try:
        lines = list(_lines(json.loads(text), "", "", "", "")) if spots else []
    except (ValueError, RecursionError):
        lines = []
    if not lines:
        return (Piece(text),)
    there = {pointer for pointer, _, _ in lines}
    at = {number: next(p for p in _upwards(pointer) if p in there) for number, pointer in spots}
    gaps = [(number, pointer) for number, pointer in spots if at[number] != pointer]
    return tuple(_joined(_marked(lines, at, gaps)))


def _marked(lines: Iterable[_Line], at: dict[int, str], gaps: Sequence[Spot]) -> Iterator[Piece]:
    missing = {number for number, _ in gaps}
    for pointer, text, value in lines:
        here = tuple(number for number, place in at.items() if place == pointer and number not in missing)
        yield Piece(visible(text), here)
        gap = [(number, name.removeprefix(pointer)) for number, name in gaps if at[number] == pointer]
        if gap and value is not _CLOSING:
            indent = " " * (len(text) - len(text.lstrip()) + 2)
            yield Piece(
                visible(indent + _instead([name for _, name in gap], value)), tuple(n for n, _ in gap), gap=True
            )


def _instead(missing: Iterable[str], value: Any) -> str:
    """`missing: error, error/type; there is: code, message`."""
    names = dict.fromkeys(name.lstrip("/").replace("~1", "/").replace("~0", "~") for name in missing)
    members: Sequence[str] = [name for name, _, _ in _members(value)]
    there = f"{len(members)} items" if isinstance(value, list) else ", ".join(members)
    return f"missing: {', '.join(names)}" + (f"; there is: {there}" if there else "")


_CLOSING = object()


def _lines(value: Any, pointer: str, indent: str, before: str, after: str) -> Iterator[_Line]:
    """What `json.dumps` with an indent of 2 writes, line by line."""
    members = _members(value)
    if not members:
        yield pointer, f"{indent}{before}{json.dumps(value, ensure_ascii=False)}{after}", value
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield pointer, f"{indent}{before}{opening}", value
    for place, (name, key, member) in enumerate(members, 1):
        comma = "," if place < len(members) else ""
        yield from _lines(member, f"{pointer}/{_escaped(name)}", indent + "  ", key, comma)
    yield pointer, f"{indent}{closing}{after}", _CLOSING


def _members(value: Any) -> list[tuple[str, str, Any]]:
    """Name, what is written before it, and value of each member; a list's are named by their numbers."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return [(name, f"{json.dumps(name, ensure_ascii=False)}: ", member) for name, member in members.items()]
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [(str(number), "", item) for number, item in enumerate(items)]


def _joined(marked: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours that bear the same marks, as one piece."""
    held: Piece | None = None
    for piece in marked:
        if held and not held.gap and not piece.gap and held.numbers == piece.numbers:
            held = Piece(f"{held.text}\n{piece.text}", held.numbers)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def _upwards(pointer: str) -> Iterator[str]:
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
