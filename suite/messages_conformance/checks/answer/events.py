"""A stream's events, read once: server-sent events whose data is, or should be, a JSON object.

The name of an event decides nothing here. Clients dispatch on `data.type`, and so do the checks: a stream without
`event:` lines then breaks one rule and not all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, NoReturn, cast

from messages_conformance.wire.exchange import Response
from messages_conformance.wire.sse import Event, Reader

_MAX_DEPTH = 200
"""How many levels of nesting are read; arrays and objects below count as empty. No answer needs as many, and code that
compares, writes or walks a value may run out of stack even if the parser did not."""

_OBJECT: type[Any] = dict
"""A JSON object. Checks ask for it so often that `cast`, which is a call, would cost a third of reading a long
stream."""

_INTEGERS = range(-(2**63), 2**63)
"""The integers that typed clients can hold; sums and ratios of larger ones overflow here too."""


_NOTHING: Mapping[str, Any] = {}


class StreamEvent(NamedTuple):
    """One event. `number` counts from 1; `raw` is the data text, `data` the same parsed (None unless it is JSON);
    `problem` says why the data is not a JSON object; `kind` is its type, or its name if the data has no type.
    `members` are those of the data, and `delta` those of the object under that name; both are empty where there is no
    such object.

    `unterminated` marks a last event whose blank line never came, `invalid_utf8` one whose bytes were not UTF-8.
    """

    number: int
    name: str | None
    at_ms: float
    raw: str | None
    data: Any
    problem: str | None
    type: str | None
    kind: str | None
    members: Mapping[str, Any]
    delta: Mapping[str, Any]
    unterminated: bool = False
    invalid_utf8: bool = False

    @property
    def is_done(self) -> bool:
        """Whether this is the end marker of chat-completion streams. The Messages API has none."""
        return self.raw is not None and self.raw.strip() == "[DONE]"

    def get(self, *path: str) -> Any:
        """The value under nested keys of the data, or None if a key is missing or its holder is no object."""
        return dig(self.data, *path)


def as_object(value: Any) -> dict[str, Any] | None:
    """`value` if it is a JSON object, else None."""
    return value if isinstance(value, _OBJECT) else None


def as_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_integer(value: Any) -> int | None:
    """`value` if it is a JSON integer of 64 bits and no boolean, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS else None


def dig(value: Any, *path: str) -> Any:
    """The value under nested object keys, or None as soon as one is missing or its holder is no object."""
    for key in path:
        value = value.get(key) if isinstance(value, _OBJECT) else None
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_STRICT = json.JSONDecoder(parse_constant=_refuse)
"""Made once: for a small event, making a decoder costs as much as decoding."""

_BLANK = " \t\n\r"
"""What JSON allows around a value."""


def parse_json(text: str | bytes) -> Any:
    """`text` as strict JSON, down to 200 levels of nesting. Raises ValueError; also for NaN and Infinity, which Python
    would accept, and for nesting deeper than the parser can read."""
    whole = text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        value = _read(whole)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if len(text) > 2 * _MAX_DEPTH:  # each level takes two brackets
        _clip(value)
    return value


def _read(text: str) -> Any:
    try:
        value, end = _STRICT.raw_decode(text)
    except json.JSONDecodeError:
        value, end = None, -1
    if end < 0 or text[end:].strip(_BLANK):
        return _STRICT.decode(text)  # takes blanks before the value, and says what is wrong
    return value


def _clip(value: Any) -> None:
    """Empty everything that is nested too deeply, in place."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [part for holder in level for part in _parts(holder) if part and isinstance(part, (dict, list))]
        if not level:
            return
    for holder in level:
        holder.clear()


def _parts(holder: Any) -> Iterable[Any]:
    return cast("dict[str, Any]", holder).values() if isinstance(holder, dict) else as_list(holder)


def stream_events(response: Response) -> tuple[StreamEvent, ...]:
    """Every event of a response's body, in order of arrival. Never raises: an event that cannot be parsed has a
    `problem`."""
    size = len(response.body)
    # The recording is bounded already; a second, smaller bound would cut a whole stream in two and blame the provider.
    reader = Reader(max_line=size, max_lines=size, max_events=size)
    frames = [event for chunk in response.chunks for event in reader.feed(chunk.data, chunk.at_ms)] + reader.close()
    # No client takes a frame of only `id:` or `retry:` for an event.
    return tuple(_stream_event(event) for event in frames if event.name or event.data is not None)


def _stream_event(event: Event) -> StreamEvent:
    data, problem = _object(event.data)
    members = _NOTHING if problem else data
    told, name = members.get("type"), event.name or None
    kind = told if isinstance(told, str) else None
    return StreamEvent(
        event.number,
        name,
        event.at_ms,
        event.data,
        data,
        problem,
        kind,
        kind or name,
        members,
        as_object(members.get("delta")) or _NOTHING,
        event.unterminated,
        event.invalid_utf8,
    )


def _object(raw: str | None) -> tuple[Any, str | None]:
    if not raw:
        return None, "no data"
    try:
        data = parse_json(raw)
    except ValueError as error:
        return None, f"not JSON ({error})"
    return data, None if isinstance(data, dict) else f"JSON, but {json_type(data)} instead of an object"


def json_type(value: Any) -> str:
    """The JSON name of a value's type, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def shown(value: Any, limit: int = 80) -> str:
    """A value from a peer as a short phrase for `expected` and `actual`: JSON, cut, and safe to write as UTF-8."""
    try:
        phrase = _written(value, limit)
    except (ValueError, RecursionError, TypeError):
        phrase = "a value nested too deeply to show"
    phrase = phrase.encode("utf-8", "backslashreplace").decode("utf-8")
    return phrase if len(phrase) <= limit else f"{phrase[: limit - 1]}…"


_WRITER = json.JSONEncoder(ensure_ascii=False)


def _written(value: Any, enough: int) -> str:
    """A value as JSON; of an array or object that is longer, no more than is enough."""
    if not isinstance(value, (dict, list)):
        return _WRITER.encode(value)
    pieces: list[str] = []
    for piece in _WRITER.iterencode(value):
        pieces.append(piece)
        enough -= len(piece)
        if enough < 0:
            break
    return "".join(pieces)
