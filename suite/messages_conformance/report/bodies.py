"""Recorded bytes, made readable: pretty JSON, a list of stream events, or plain text.

What is shown is bounded, because a peer may answer with megabytes; the whole of it stays in `results.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

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


def request_body(body: bytes | None) -> dict[str, Any]:
    """What to show of a request's body, in the forms of `response_body`."""
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
