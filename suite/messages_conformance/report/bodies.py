"""Recorded bytes, made readable: pretty JSON, a list of stream events, or plain text; and the places marked in them
that failing checks point at.

What is shown is bounded, because a peer may answer with megabytes; the whole of it stays in `results.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

from messages_conformance.report.words import visible
from messages_conformance.wire.exchange import Response
from messages_conformance.wire.sse import Event, StreamTooLarge, read_events

TEXT_LIMIT = 64_000
"""Characters of one body that are shown."""

EVENT_LIMIT = 1_000
"""Events of one stream that are shown; those that a failing check names are shown wherever they are."""

EVENT_TEXT_LIMIT = 8_000
"""Characters of one event's data that are shown."""


def response_body(response: Response, marks: list[int]) -> dict[str, Any]:
    """What to show of a response's body: `{"form": "empty" | "json" | "text" | "events", …}`.

    `json` and `text` carry `text` and `cut` (characters left out). `events` carries `left_out` (events not shown) and
    `events`, each `{"number", "name": str | None, "at_ms", "data": str | None, "notes": [str]}`.
    `marks` are the numbers of the events that failing checks point at.
    """
    data = response.body
    if not data:
        return {"form": "empty"}
    pretty = pretty_json(data)
    if pretty is not None:
        return {"form": "json", **_bounded(pretty)}
    if _is_stream(response, data):
        with suppress(StreamTooLarge):  # then its beginning is shown as text
            events = read_events(response.chunks)
            shown = [event for event in events if event.number <= EVENT_LIMIT or event.number in marks]
            return {"form": "events", "events": [_event(e) for e in shown], "left_out": len(events) - len(shown)}
    return {"form": "text", **_bounded(data.decode("utf-8", "backslashreplace"))}


@lru_cache(maxsize=32)
def request_body(body: bytes | None) -> Mapping[str, Any]:
    """What to show of a request's body, in the forms of `response_body`. Every provider of a run was sent the same."""
    if not body:
        return {"form": "empty"}
    pretty = pretty_json(body)
    form, shown = ("text", body.decode("utf-8", "backslashreplace")) if pretty is None else ("json", pretty)
    return {"form": form, **_bounded(shown)}


def pretty_json(data: bytes | str) -> str | None:
    """`data` indented, or None when it is not JSON that can be read back."""
    try:
        return json.dumps(json.loads(data), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _is_stream(response: Response, data: bytes) -> bool:
    types = [value for name, value in response.headers if name.lower() == "content-type"]
    declared = any(value.lower().lstrip().startswith("text/event-stream") for value in types)
    return declared or data.lstrip().startswith((b"event:", b"data:"))


def _event(event: Event) -> dict[str, Any]:
    data = event.data
    if data is not None and len(data) > EVENT_TEXT_LIMIT:
        data = f"{data[:EVENT_TEXT_LIMIT]} … {len(data) - EVENT_TEXT_LIMIT} characters more"
    return {
        "number": event.number,
        "name": None if event.name is None else visible(event.name),
        "at_ms": round(event.at_ms, 1),
        "data": None if data is None else visible(data),
        "notes": [visible(note) for note in _notes(event)],
    }


def _notes(event: Event) -> Iterator[str]:
    """What an event list would otherwise hide of the bytes."""
    if event.unterminated:
        yield "the blank line that ends it never came"
    if event.invalid_utf8:
        yield "not UTF-8"
    yield from (f"comment: {comment}" for comment in event.comments)
    yield from (f"{name or 'a field without a name'}: {value}" for name, value in event.fields)


def _bounded(text: str) -> dict[str, Any]:
    return {"text": visible(text[:TEXT_LIMIT]), "cut": max(0, len(text) - TEXT_LIMIT)}


# --- the places that failing checks point at --------------------------------------------------------------------------


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
