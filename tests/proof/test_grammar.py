from __future__ import annotations

from typing import Any

import pytest
from proof.grammar import is_lawful

START: dict[str, Any] = {"type": "message_start", "message": {}}
TEXT = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
    {"type": "content_block_stop", "index": 0},
]
END = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
STREAM = [START, *TEXT, *END]


def block(kind: str, *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    told = [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": kind}}
    return [START, start, *told, {"type": "content_block_stop", "index": 0}, *END]


def piece(text: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": text}


@pytest.mark.parametrize(
    "events",
    [
        STREAM,
        [START, *END],
        [{"type": "ping"}, *STREAM[:2], {"type": "ping"}, {"type": "news"}, *STREAM[2:]],
        [*STREAM[:-2], END[0], END[0], END[1]],
        block("tool_use"),
        block("tool_use", piece(""), piece('{"a":'), piece("1}")),
        block("thinking", {"type": "thinking_delta"}, {"type": "signature_delta"}),
    ],
)
def test_lawful(events: list[dict[str, Any]]) -> None:
    assert is_lawful(events)


@pytest.mark.parametrize(
    "events",
    [
        [],
        STREAM[1:],
        [START, *STREAM],
        STREAM[:-1],
        [*STREAM, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}],
        [START, TEXT[1], TEXT[0], TEXT[2], *END],
        [START, TEXT[0], TEXT[1], *END],
        [START, *TEXT, *TEXT, *END],
        [START, *TEXT, END[1]],
        [START, *TEXT, {"type": "message_delta", "delta": {"stop_reason": None}}, END[1]],
        block("tool_use", piece('{"a":')),
        block("text", piece("{}")),
        block("thinking", {"type": "signature_delta"}, {"type": "thinking_delta"}),
        block("thinking", {"type": "thinking_delta"}),
    ],
)
def test_unlawful(events: list[dict[str, Any]]) -> None:
    assert not is_lawful(events)
