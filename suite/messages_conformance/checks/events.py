"""A stream's events, read once: server-sent events whose data is, or should be, a JSON object.

The name of an event decides nothing here. Clients dispatch on `data.type`, and so do the checks, so that a stream
without `event:` lines breaks one rule and not all of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from messages_conformance.wire.exchange import Response
from messages_conformance.wire.sse import Event, Reader


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event. `number` counts from 1; `raw` is the data text, `data` the same parsed (None unless it is JSON);
    `problem` says why the data is not a JSON object; `type` is `data["type"]` where that is a string.

    `unterminated` marks a last event whose blank line never came, `invalid_utf8` one whose bytes were not UTF-8.
    """

    number: int
    name: str | None
    at_ms: float
    raw: str | None
    data: Any
    problem: str | None
    type: str | None
    unterminated: bool = False
    invalid_utf8: bool = False

    @property
    def kind(self) -> str | None:
        """What the event is taken for: its type, or its name where the data carries no type."""
        return self.type or self.name

    @property
    def is_done(self) -> bool:
        """Whether this is the end marker of chat-completion streams, which the Messages API does not have."""
        return self.raw is not None and self.raw.strip() == "[DONE]"

    def get(self, *path: str) -> Any:
        """The value under nested keys of the data, or None where the path leaves the JSON objects."""
        return dig(self.data, *path)


def as_object(value: Any) -> dict[str, Any] | None:
    """`value` if it is a JSON object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: Any) -> list[Any]:
    """`value` if it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_integer(value: Any) -> int | None:
    """`value` if it is a JSON integer (a boolean is none), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def dig(value: Any, *path: str) -> Any:
    """The value under nested object keys, or None as soon as one is missing or its holder is no object."""
    for key in path:
        value = (as_object(value) or {}).get(key)
    return value


def parse_json(text: str | bytes) -> Any:
    """`text` as strict JSON. Raises ValueError, also for the NaN and Infinity that Python would let through and for
    nesting deeper than the parser goes."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def stream_events(response: Response) -> tuple[StreamEvent, ...]:
    """Every event of a response's body, in order of arrival. Never raises: what cannot be parsed has a `problem`."""
    size = len(response.body)
    # The recording is bounded already; a second, smaller bound would cut a whole stream in two and blame the provider.
    reader = Reader(max_line=size, max_lines=size, max_events=size)
    frames = [event for chunk in response.chunks for event in reader.feed(chunk.data, chunk.at_ms)] + reader.close()
    # A frame of `id:` or `retry:` alone is no event to any client.
    return tuple(_stream_event(event) for event in frames if event.name or event.data is not None)


def _stream_event(event: Event) -> StreamEvent:
    data, problem = _object(event.data)
    kind = dig(data, "type")
    return StreamEvent(
        number=event.number,
        name=event.name or None,
        at_ms=event.at_ms,
        raw=event.data,
        data=data,
        problem=problem,
        type=kind if isinstance(kind, str) else None,
        unterminated=event.unterminated,
        invalid_utf8=event.invalid_utf8,
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
        phrase = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError, TypeError):
        phrase = "a value nested too deeply to show"
    phrase = phrase.encode("utf-8", "backslashreplace").decode("utf-8")
    return phrase if len(phrase) <= limit else f"{phrase[: limit - 1]}…"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
