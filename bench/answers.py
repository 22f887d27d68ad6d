"""What the bench's server answers, and so what is judged: one message, and one stream of 60 events."""

from __future__ import annotations

import json
from typing import Any

HEADERS = (("request-id", "req_bench"),)
EVENTS = 60

_WORDS = "The quick answer to a slow question is rarely the best, yet here it comes, in words of no great weight. "
_USAGE = {"input_tokens": 12, "output_tokens": 60}


def _message(content: list[dict[str, Any]], stop_reason: str | None) -> dict[str, Any]:
    return {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "bench",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": _USAGE,
    }


def _stream() -> list[dict[str, Any]]:
    opening = [
        {"type": "message_start", "message": _message([], None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
    ]
    closing = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": _USAGE},
        {"type": "message_stop"},
    ]
    words = (_WORDS * 3).split(" ")[: EVENTS - len(opening) - len(closing)]
    delta = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
        for word in words
    ]
    return [*opening, *delta, *closing]


MESSAGE = json.dumps(_message([{"type": "text", "text": _WORDS * 3}], "end_turn")).encode()
DATA = tuple(json.dumps(event).encode() for event in _stream())
"""The data of each event: what any client of the stream must decode."""
FRAMES = tuple(
    b"event: %s\ndata: %s\n\n" % (event["type"].encode(), data) for event, data in zip(_stream(), DATA, strict=True)
)
"""The same events as they go over the wire."""
