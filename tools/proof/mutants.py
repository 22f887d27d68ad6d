"""Recorded answers of the correct reference, changed by machine.

Three kinds of change, told apart without asking the checks:

    broken      the contract's schemas, or the grammar of streams, forbid the result: some check must see it
    tolerated   the contract allows the result by name: no check may see it
    other       lawful, but not what was said (a word is gone): neither is demanded
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from jsonschema import Draft202012Validator
from messages_conformance.wire.exchange import Chunk, Exchange, Response, read_json
from referencing import Registry

from proof.grammar import is_lawful

Class: TypeAlias = Literal["broken", "tolerated", "other"]
Path: TypeAlias = tuple[str | int, ...]
Change: TypeAlias = Callable[[Any], tuple[bool, Any]]
"""Whether to keep the value under its key, and the value."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed answer. `name` says what was changed, in the same words wherever the same thing was."""

    name: str
    kind: Class
    exchange: Exchange


class Breeder:
    """Makes mutants of exchanges, each change once over all exchanges that it is shown.

    `schemas` are Anthropic's response schemas by name; `registry` resolves their references.
    """

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]], registry: Registry[Any]) -> None:
        self._validators: dict[str, Any] = {
            name: Draft202012Validator(schema, registry=registry) for name, schema in schemas.items()
        }
        self._made: set[str] = set()

    def breed(self, exchange: Exchange, shape: str) -> Iterator[Mutant]:
        """The mutants of one exchange; `shape` is the expectation of its step: message, stream, error, and so on."""
        response = exchange.response
        if response is None or response.status >= 500:
            return
        found = self._of_stream(response) if shape == "stream" else self._of_json(response, shape)
        for name, kind, changed in found:
            if name not in self._made:
                self._made.add(name)
                yield Mutant(name, kind, replace(exchange, response=changed))

    # --- JSON bodies --------------------------------------------------------------------------------------------------

    def _of_json(self, response: Response, shape: str) -> Iterator[tuple[str, Class, Response]]:
        validator, told = self._validators.get(shape), cast("object", read_json(response.body))
        if validator is None or not isinstance(told, dict):
            return
        body = cast("dict[str, Any]", told)
        yield f"{shape}: a list", "broken", _whole(response, b"[]")
        yield f"{shape}: under another content type", "broken", _labelled(response, "text/plain")
        for name, changed in _field_changes(body, shape):
            kind: Class = "other" if validator.is_valid(changed) else "broken"
            yield name, kind, _whole(response, json.dumps(changed, ensure_ascii=False).encode())
        for name, data in _lawful_bodies(body):
            yield f"{shape}: {name}", "tolerated", _whole(response, data)

    # --- streams ------------------------------------------------------------------------------------------------------

    def _of_stream(self, response: Response) -> Iterator[tuple[str, Class, Response]]:
        events = read(response)
        validator = self._validators["event"]
        for at, event in enumerate(events):
            yield f"event {event['type']}: a list", "broken", written(response, [*events[:at], [], *events[at + 1 :]])
            for name, changed in _field_changes(event, f"event {event['type']}"):
                kind: Class = "other" if validator.is_valid(changed) else "broken"
                yield name, kind, written(response, [*events[:at], changed, *events[at + 1 :]])
        if not is_lawful(events):  # a refusal of a stream is JSON, and one that was cut has no order to break
            return
        for name, changed in _order_changes(events):
            kind = "other" if is_lawful(changed) else "broken"
            yield name, kind, written(response, changed)
        for name, changed in _lawful_streams(response, events):
            yield f"stream: {name}", "tolerated", changed


# --- fields -----------------------------------------------------------------------------------------------------------

_CHANGES: Mapping[str, Change] = {
    "left out": lambda _: (False, None),
    "null": lambda _: (True, None),
    "of another type": lambda value: (True, _foreign_to(value)),
    "as a string": lambda value: (True, str(value)),
    "below zero": lambda _: (True, -1),
    "foreign": lambda _: (True, "mauve"),
    "of other letters": lambda _: (True, "§ !"),
}


def _foreign_to(value: Any) -> Any:
    match value:
        case None:
            return 7
        case str() | int() | float():
            return []
        case _:
            return "text"


def _applies(change: str, path: Path, value: Any) -> bool:
    if isinstance(path[-1], int):  # one item less is another list, and lawful
        return change in ("null", "of another type")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match change:
        case "as a string" | "below zero":
            return number
        case "foreign" | "of other letters":
            return isinstance(value, str)
        case _:
            return True


def _field_changes(body: Mapping[str, Any], shape: str) -> Iterator[tuple[str, Any]]:
    """Every change of every field, renamed fields included, with a name that does not depend on positions."""
    for path, value in _fields(body):
        place = f"{shape}{_generic(body, path)}"
        for change, make in _CHANGES.items():
            if _applies(change, path, value):
                kept, new = make(value)
                yield f"{place} {change}", _with(body, path, new if kept else _GONE)
        if isinstance(path[-1], str):
            yield f"{place} renamed", _with(_with(body, path, _GONE), (*path[:-1], f"{path[-1]}_"), value)


_GONE = object()


def _fields(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every member of every object and list that the contract describes. The input of a call is the tool's own."""
    match value:
        case dict():
            for key, item in cast("dict[str, Any]", value).items():
                yield (*path, key), item
                if key != "input":
                    yield from _fields(item, (*path, key))
        case list():
            for index, item in enumerate(cast("list[Any]", value)):
                yield (*path, index), item
                yield from _fields(item, (*path, index))
        case _:
            return


def _generic(body: Any, path: Path) -> str:
    """A path in which the types of blocks and deltas stand for their positions: `/content[text]/text`."""
    told = ""
    here: Any = body
    for part in path:
        here = here[part]
        kind = _type_of(here)
        told += (f"[{kind}]" if isinstance(part, int) else f"/{part}") + (
            f"[{kind}]" if kind and part in ("content_block", "delta", "citation") else ""
        )
    return told


def _type_of(value: Any) -> Any:
    return cast("dict[str, Any]", value).get("type") if isinstance(value, dict) else None


def _with(body: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(body)
    parent = changed
    for part in path[:-1]:
        parent = parent[part]
    if value is _GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return changed


# --- order ------------------------------------------------------------------------------------------------------------


def _order_changes(events: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    told = [_told(event) for event in events]
    for at, event in enumerate(events):
        before, after = list(events[:at]), list(events[at + 1 :])
        following = told[at + 1] if after else "the end"
        yield f"{told[at]} dropped before {following}", [*before, *after]
        yield f"{told[at]} doubled", [*before, event, copy.deepcopy(event), *after]
        yield f"cut before {told[at]}", before
        if after:
            yield f"{told[at]} swapped with {following}", [*before, after[0], event, *after[1:]]


def _told(event: Mapping[str, Any]) -> str:
    inner = event.get("delta", event.get("content_block", {}))
    return f"{event['type']} {inner.get('type', '')}".strip()


# --- what the contract allows by name ---------------------------------------------------------------------------------

_EXTRA = {"x_added_later": {"anything": [1, None]}}
_UNKNOWN = {"type": "weather_report", "sky": "clear"}
_PING = {"type": "ping"}


def _lawful_bodies(body: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "an extra field in every object", json.dumps(_widened(body)).encode()
    yield "spaces between tokens", json.dumps(body, indent=3).encode()
    if isinstance(body.get("id"), str) and body.get("type") != "model":  # a model is asked for by its id
        yield "another prefix of its id", json.dumps({**body, "id": "other-0123456789"}).encode()


def _widened(value: Any) -> Any:
    match value:
        case dict():
            members = cast("dict[str, Any]", value).items()
            return {**{key: item if key == "input" else _widened(item) for key, item in members}, **_EXTRA}
        case list():
            return [_widened(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _lawful_streams(response: Response, events: Sequence[Any]) -> Iterator[tuple[str, Response]]:
    for at in range(len(events) + 1):
        # Nothing follows message_stop, so the last place is before it.
        place = min(at, len(events) - 1)
        yield f"a ping before {_told(events[place])}", written(response, [*events[:place], _PING, *events[place:]])
        if place:
            name = f"an unknown event before {_told(events[place])}"
            yield name, written(response, [*events[:place], _UNKNOWN, *events[place:]])
    yield "an extra field in every object", written(response, [_widened(event) for event in events])
    yield "padding spaces in its JSON", written(response, events, dump=_padded)
    yield "comments between events", _bytewise(response, lambda data: b": keep-alive\n\n" + data)
    yield "lines that end with CRLF", _bytewise(response, lambda data: data.replace(b"\n", b"\r\n"))
    yield "bytes that come one by one", _one_by_one(response)
    yield "bytes that come two events at a time", _joined_in_pairs(response)
    if isinstance(events[0].get("message"), dict):
        renamed = {**events[0], "message": {**events[0]["message"], "id": "other-0123456789"}}
        yield "another prefix of its id", written(response, [renamed, *events[1:]])


# --- bytes ------------------------------------------------------------------------------------------------------------


def read(response: Response) -> list[Any]:
    """The data of the events. The reference writes each on one line, so that no reader of the suite is needed."""
    lines = response.body.split(b"\n")
    return [json.loads(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: {")]


def written(response: Response, events: Iterable[Any], dump: Callable[[Any], str] = json.dumps) -> Response:
    """The events as a stream that takes as long as the one that it is made of."""
    told = [f"event: {_type_of(event) or 'ping'}\ndata: {dump(event)}\n\n".encode() for event in events]
    times = [chunk.at_ms for chunk in response.chunks] or [0.0]
    spread = [times[min(len(times) - 1, at * len(times) // max(1, len(told)))] for at in range(len(told))]
    return replace(response, chunks=tuple(Chunk(at, data) for at, data in zip(spread, told, strict=True)))


def _padded(event: Any) -> str:
    return json.dumps(event)[:-1] + "        }"


def _whole(response: Response, data: bytes) -> Response:
    return replace(response, chunks=(Chunk(response.chunks[-1].at_ms if response.chunks else 0.0, data),))


def _labelled(response: Response, kind: str) -> Response:
    others = tuple(pair for pair in response.headers if pair[0].lower() != "content-type")
    return replace(response, headers=(*others, ("content-type", kind)))


def _bytewise(response: Response, change: Callable[[bytes], bytes]) -> Response:
    return replace(response, chunks=tuple(replace(chunk, data=change(chunk.data)) for chunk in response.chunks))


def _one_by_one(response: Response) -> Response:
    pieces = (Chunk(chunk.at_ms, bytes([byte])) for chunk in response.chunks for byte in chunk.data)
    return replace(response, chunks=tuple(pieces))


def _joined_in_pairs(response: Response) -> Response:
    chunks = response.chunks
    pairs = (chunks[at : at + 2] for at in range(0, len(chunks), 2))
    joined = (Chunk(pair[-1].at_ms, b"".join(chunk.data for chunk in pair)) for pair in pairs)
    return replace(response, chunks=tuple(joined))
