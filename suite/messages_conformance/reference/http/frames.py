"""From events to bytes and the pauses between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from messages_conformance.reference.http.errors import dump
from messages_conformance.reference.play import Frame

DELTA_PAUSE_MS = 2.0
"""Long enough that a client on the same machine reads the deltas one by one."""


def frames(events: Iterable[dict[str, Any]]) -> tuple[Frame, ...]:
    """One frame per event; an event without a type, as other APIs have them, goes out as data alone."""
    return tuple(named(event, n) if "type" in event else data_only(dump(event)) for n, event in enumerate(events))


def named(event: dict[str, Any], number: int = 0) -> Frame:
    """A frame with its event's name, and one JSON object on one line, padded inside as real streams are."""
    padding = b" " * (number * 7 % 13)
    pause = DELTA_PAUSE_MS if event["type"] == "content_block_delta" else 0.0
    return Frame(pause, b"event: " + event["type"].encode() + b"\ndata: " + dump(event)[:-1] + padding + b"}\n\n")


def data_only(data: bytes, pause_ms: float = DELTA_PAUSE_MS) -> Frame:
    """A frame without a name."""
    return Frame(pause_ms, b"data: " + data + b"\n\n")
