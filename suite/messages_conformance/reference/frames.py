"""From events to bytes and the pauses between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from messages_conformance.reference.errors import dump
from messages_conformance.reference.play import Frame

DELTA_PAUSE_MS = 2.0
"""Long enough that a client on the same machine reads the deltas one by one."""


def frames(events: Iterable[dict[str, Any]]) -> tuple[Frame, ...]:
    """One frame per event: named, one JSON object on one line, padded inside the object as real streams are."""
    return tuple(named(event, number) for number, event in enumerate(events))


def named(event: dict[str, Any], number: int = 0) -> Frame:
    padding = b" " * (number * 7 % 13)
    data = dump(event)[:-1] + padding + b"}"
    return Frame(pause_before(event), b"event: " + event["type"].encode() + b"\ndata: " + data + b"\n\n")


def unnamed(data: bytes, pause_ms: float = DELTA_PAUSE_MS) -> Frame:
    """A frame of data alone, in the style of OpenAI's streams."""
    return Frame(pause_ms, b"data: " + data + b"\n\n")


def pause_before(event: dict[str, Any]) -> float:
    return DELTA_PAUSE_MS if event["type"] == "content_block_delta" else 0.0
