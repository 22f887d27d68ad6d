"""Correct streams in all their variety: no check may fail on any of them."""

from __future__ import annotations

import json

import pytest
from messages_conformance.checks.base import Outcome
from streams import (
    PING,
    STOP,
    Json,
    block,
    body,
    delta,
    end,
    evidence,
    of_outcome,
    start,
    text,
    thinking,
    tool,
    verdicts,
)

_SEARCH_RESULT: Json = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
_CITATION = {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "blue"}}
_TEXT = {"type": "text", "text": ""}


def _padded(*events: Json) -> bytes:
    """As Anthropic sends them: blanks before the closing brace."""
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)[:-1]}{' ' * 7}}}\n\n" for e in events).encode()


GOOD: dict[str, bytes] = {
    "text": body(start(), *text(0, "Hello", " world"), *end()),
    "long text in pieces": body(start(), *text(0, "one two three " * 15, "four five six"), *end(output_tokens=60)),
    "thinking, then text": body(start(), *thinking(0, "Hm", "."), *text(1, "Hello"), *end()),
    "two tools": body(start(), *tool(0, "", '{"city":', '"Paris"}'), *tool(1, '{"city":"London"}'), *end("tool_use")),
    "a tool without arguments": body(start(), *tool(0), *end("tool_use")),
    "a tool whose only piece is empty": body(start(), *tool(0, ""), *end("tool_use")),
    "a text block without deltas": body(start(), *text(0), *end()),
    "an empty piece": body(start(), *text(0, "", "Hello"), *end()),
    "several message_deltas": body(start(), *text(0, "Hi"), delta(None, output_tokens=5), PING, *end(output_tokens=9)),
    "later message_delta without a reason": body(
        start(), *text(0, "Hi"), delta(), {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 20}}, STOP
    ),
    "pings everywhere": body(PING, *(e for event in [start(), *text(0, "Hi"), *end()] for e in (event, PING))),
    "padded JSON": _padded(start(), *text(0, "Hello"), *end()),
    "CRLF": body(start(), *text(0, "Hello"), *end()).replace(b"\n", b"\r\n"),
    "comments and no blank after the colon": b": hello\n\n"
    + body(start(), *text(0, "x"), *end()).replace(b": {", b":{"),
    "no last blank line": body(start(), *text(0, "Hello"), *end())[:-1],
    "citations": body(
        start(), *block(0, _TEXT | {"citations": []}, _CITATION, {"type": "text_delta", "text": "Blue."}), *end()
    ),
    "server tool": body(
        start(),
        *tool(0, '{"query": "x"}', type="server_tool_use"),
        *block(1, _SEARCH_RESULT),
        *text(2, "Found."),
        *end(input_tokens=9281),
    ),
    "redacted thinking": body(start(), *block(0, {"type": "redacted_thinking", "data": "x"}), *text(1, "Hi"), *end()),
    "refusal without content": body(start(), *end("refusal", output_tokens=1)),
    "refusal in the middle of thinking": body(
        start(),
        *block(0, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Hm"}),
        *end("refusal"),
    ),
    "refusal of a block that had just begun": body(start(), *text(0), *end("refusal", output_tokens=0)),
    "thinking that a refusal cut, and a fallback": body(
        start(),
        *block(0, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Hm"}),
        *block(1, {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}),
        *text(2, "Hello"),
        *end(),
    ),
    "omitted thinking": body(start(), *thinking(0), *text(1, "Hi"), *end()),
    "interleaved thinking": body(start(), *thinking(0, "a"), *tool(1, "{}"), *thinking(2, "b"), *end("tool_use")),
    "a tool cut by max_tokens, stopped": body(start(), *tool(0, '{"city": "Par'), *end("max_tokens")),
    "a tool cut by max_tokens, left open": body(start(), *tool(0, '{"city": "Par')[:-1], *end("max_tokens")),
    "unknown event, block and delta": body(
        start(),
        {"type": "progress", "percent": 10},
        *block(0, {"type": "hologram"}, {"type": "text_delta", "text": "x"}, {"type": "voxel_delta"}),
        *block(1, _TEXT, {"type": "sparkle_delta"}, {"type": "text_delta", "text": "Hi"}),
        *end(),
    ),
    "compaction": body(
        start(),
        *block(0, {"type": "compaction", "content": None}, {"type": "compaction_delta", "content": "s"}),
        *end(),
    ),
    "a prompt read from the cache": body(
        start(usage={"input_tokens": 0, "cache_read_input_tokens": 900, "output_tokens": 1}),
        *text(0, "Hi"),
        *end(input_tokens=0, cache_read_input_tokens=900),
    ),
    "null counts in message_delta": body(start(), *text(0, "Hi"), *end(input_tokens=None)),
    "the text [DONE]": body(start(), *text(0, "[DONE]"), *end()),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_correct_stream_passes_every_check(name: str) -> None:
    judged = evidence(GOOD[name])
    assert of_outcome(judged, Outcome.FAIL) == set()
    assert of_outcome(judged, Outcome.INCONCLUSIVE) == set()
    assert {"stream.is-sse", "stream.named-events", "stream.message-stop-last"} <= of_outcome(judged, Outcome.PASS)


def test_every_check_passes_on_some_stream() -> None:
    seen = set[str]().union(*(of_outcome(evidence(stream), Outcome.PASS) for stream in GOOD.values()))
    assert seen == set(verdicts(evidence(GOOD["text"])))


@pytest.mark.parametrize("name", GOOD)
def test_how_the_bytes_were_cut_changes_nothing(name: str) -> None:
    whole, bytewise = evidence(GOOD[name]), evidence([bytes([byte]) for byte in GOOD[name]])
    assert of_outcome(whole, Outcome.PASS) == of_outcome(bytewise, Outcome.PASS)
