"""A stream's events, read once: server-sent events whose data is, or should be, a JSON object.

The name of an event decides nothing here. Clients dispatch on `data.type`, and so do the checks, so that a stream
without `event:` lines breaks one rule and not all of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from messages_conformance.wire.exchange import Response
from messages_conformance.wire.sse import read_events

DONE = "[DONE]"


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
        return self.raw is not None and self.raw.strip() == DONE

    def get(self, *path: str) -> Any:
        """The value under nested keys of the data, or None where the path leaves the JSON objects."""
        return dig(self.data, *path)


def dig(value: Any, *path: str) -> Any:
    """The value under nested object keys, or None as soon as one is missing or its holder is no object."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)  # pyright: ignore
    return value


def parse_json(text: str | bytes) -> Any:
    """`text` as strict JSON. Raises ValueError, also for the NaN and Infinity that Python would let through and for
    nesting deeper than the parser goes."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def stream_events(response: Response) -> tuple[StreamEvent, ...]:
    """Every event of a response's body, in order of arrival. Never raises: what cannot be parsed has a `problem`."""
    return tuple(
        _stream_event(
            event.number, event.name, event.at_ms, event.data, unterminated=event.unterminated, invalid=event.invalid_utf8
        )
        for event in read_events(response.chunks)
    )
