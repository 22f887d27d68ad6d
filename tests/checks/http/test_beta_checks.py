from __future__ import annotations

import json
from typing import Any

import pytest
from exchanges import evidence, exchange, outcome, sse, streamed, verdict
from messages import Json, call, message, said
from messages_conformance.checks.base import Cause, Outcome

EDIT = "clear_tool_uses_20250919"
MCP_CALL: Json = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "find", "server_name": "docs", "input": {}}
MCP_RESULT: Json = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": []}
CACHED_FOR_1H = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 5000}
CACHED_FOR_5M = {"ephemeral_5m_input_tokens": 5000, "ephemeral_1h_input_tokens": 0}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("managed", "expected"),
    [
        ({"applied_edits": [{"type": EDIT}]}, Outcome.PASS),
        ({"applied_edits": [{"type": "clear_thinking_20251015"}]}, Outcome.FAIL),
        ({"applied_edits": []}, Outcome.FAIL),
        ({"applied_edits": "none"}, Outcome.FAIL),
        (None, Outcome.FAIL),
    ],
)
def test_an_edit_that_was_due_is_told(managed: Any, expected: Outcome) -> None:
    answer = message(context_management=managed)
    assert outcome("context.edit-applied", evidence(exchange(answer), params={"edit": EDIT})) is expected


def test_an_edit_is_read_from_the_end_of_a_stream() -> None:
    told: Json = {"context_management": {"applied_edits": [{"type": EDIT}]}}
    end: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}, **told}
    body = sse({"type": "message_start", "message": message()}, end, {"type": "message_stop"})
    assert outcome("context.edit-applied", evidence(exchange(body), "stream", params={"edit": EDIT})) is Outcome.PASS


@pytest.mark.parametrize(
    ("blocks", "pointer"),
    [
        ([MCP_CALL, MCP_RESULT, said("Found.")], None),
        ([MCP_CALL, said("Found.")], "/content"),
        ([MCP_RESULT, MCP_CALL], "/content"),
        ([MCP_CALL, MCP_RESULT | {"tool_use_id": "mcptoolu_2"}], "/content"),
        ([MCP_CALL | {"server_name": "mail"}, MCP_RESULT], "/content/0/server_name"),
    ],
)
def test_a_call_of_an_mcp_tool_comes_with_its_result(blocks: list[Json], pointer: str | None) -> None:
    request: Json = {"mcp_servers": [{"type": "url", "name": "docs", "url": "https://mcp.example.com"}]}
    found = verdict("mcp.called", evidence(exchange(message(*blocks), request=request)))
    assert (found.outcome, found.pointer) == (Outcome.FAIL if pointer else Outcome.PASS, pointer)


def test_no_call_is_the_models_choice() -> None:
    assert verdict("mcp.called", evidence(exchange(message()))).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"n": 7}', Outcome.PASS), ('{"n": "7"}', Outcome.FAIL), ("{}", Outcome.FAIL), ("It is 7.", Outcome.FAIL)],
)
def test_text_has_to_fit_the_schema(text: str, expected: Outcome) -> None:
    request: Json = {"output_format": {"type": "json_schema", "schema": SCHEMA}}
    assert outcome("text.fits-format", evidence(exchange(message(said(text)), request=request))) is expected


def test_json_that_was_cut_is_left_open() -> None:
    cut = message(said('{"n'), stop_reason="max_tokens")
    assert verdict("text.fits-format", evidence(exchange(cut))).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [(["", "x" * 40, "x" * 40], Outcome.PASS), (["", "x" * 80], Outcome.FAIL), (["x"], Outcome.INCONCLUSIVE)],
)
def test_long_arguments_come_in_pieces(pieces: list[str], expected: Outcome) -> None:
    whole = streamed(message(call(), stop_reason="tool_use"))
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
        for piece in pieces
    ]
    at = whole.index(b"event: content_block_stop")
    body = whole[:at] + sse(*deltas) + whole[at:]
    assert outcome("tools.input-in-pieces", evidence(exchange(body), "stream")) is expected


def test_a_body_that_is_no_stream_is_left_to_another_check() -> None:
    body = json.dumps(message()).encode()
    assert verdict("tools.input-in-pieces", evidence(exchange(body), "stream")).cause is Cause.PREREQUISITE_FAILED


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"cache_creation_input_tokens": 5000, "cache_creation": CACHED_FOR_1H}, Outcome.PASS),
        ({"cache_creation_input_tokens": 5000, "cache_creation": CACHED_FOR_5M}, Outcome.FAIL),
        ({"cache_creation_input_tokens": 5000, "cache_creation": None}, Outcome.PASS),
        ({"cache_read_input_tokens": 5000}, Outcome.PASS),
        ({"input_tokens": 5000}, Outcome.FAIL),
        ({"input_tokens": 100}, Outcome.INCONCLUSIVE),
    ],
)
def test_a_long_prompt_is_cached_for_an_hour(usage: Json, expected: Outcome) -> None:
    answer = message(usage={"input_tokens": 12, "output_tokens": 1, **usage})
    assert outcome("usage.cached-for-1h", evidence(exchange(answer))) is expected
