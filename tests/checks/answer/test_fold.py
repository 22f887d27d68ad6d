from __future__ import annotations

import copy
from typing import Any

import pytest
from messages_conformance.checks.answer.events import StreamEvent, stream_events
from messages_conformance.checks.answer.fold import delta_fits, fold
from messages_conformance.wire.exchange import Chunk, Response
from streams import PING, SSE_HEADERS, STOP, Json, block, body, delta, end, error, start, text, thinking, tool


def _events(*events: Json | str) -> tuple[StreamEvent, ...]:
    return stream_events(Response(200, SSE_HEADERS, (Chunk(0.0, body(*events)),)))


def _content(*events: Json | str) -> Any:
    return (fold(_events(*events)) or {}).get("content")


def test_a_whole_stream_becomes_the_message_it_tells() -> None:
    message = fold(_events(start(), PING, *thinking(0, "H", "m"), *text(1, "Hel", "lo"), *end(input_tokens=14)))
    assert message == start()["message"] | {
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
            {"type": "text", "text": "Hello"},
        ],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 14, "output_tokens": 15},
    }


def test_folding_changes_no_event() -> None:
    events = _events(start(), *text(0, "Hi"), *tool(1, "{}"), *end())
    before = copy.deepcopy(events)
    fold(events)
    assert events == before


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("", '{"city"', ':"Paris"}'), {"city": "Paris"}),
        ((), {}),
        (("",), {}),
        (('{"city":',), {}),  # cut: the block stays as it began, and can be sent back
        (("{}", '{"a":1}'), {}),
    ],
)
def test_tool_input_is_parsed_when_the_block_is_over(pieces: tuple[str, ...], expected: Json) -> None:
    assert _content(start(), *tool(0, *pieces), *end())[0]["input"] == expected


def test_input_of_the_start_is_kept_without_deltas_and_replaced_by_them() -> None:
    opened = {"type": "tool_use", "input": {"a": 1}}
    assert _content(*block(0, opened))[0]["input"] == {"a": 1}
    assert _content(*block(0, opened, {"type": "input_json_delta", "partial_json": '{"b":2}'}))[0]["input"] == {"b": 2}


def test_a_signature_replaces_and_citations_append() -> None:
    first, second = ({"type": "signature_delta", "signature": part} for part in ("one", "two"))
    assert _content(*block(0, {"type": "thinking", "thinking": ""}, first, second))[0]["signature"] == "two"
    cited = ({"type": "citations_delta", "citation": {"n": n}} for n in (1, 2))
    assert _content(*block(0, {"type": "text", "text": ""}, *cited))[0]["citations"] == [{"n": 1}, {"n": 2}]


def test_a_compaction_block_takes_its_delta() -> None:
    opened = {"type": "compaction", "content": None}
    assert _content(*block(0, opened, {"type": "compaction_delta", "content": "s"}))[0]["content"] == "s"


def test_counts_overwrite_and_what_is_omitted_or_null_keeps_its_value() -> None:
    begun = start(usage={"input_tokens": 12, "cache_read_input_tokens": 7, "output_tokens": 1})
    message = fold(_events(begun, delta(None, output_tokens=3), delta("tool_use", input_tokens=None), STOP)) or {}
    assert message["usage"] == {"input_tokens": 12, "cache_read_input_tokens": 7, "output_tokens": 15}
    assert message["stop_reason"] == "tool_use"


def test_a_later_message_delta_without_a_reason_keeps_the_reason() -> None:
    message = fold(_events(start(), delta("tool_use"), delta(None), STOP)) or {}
    assert message["stop_reason"] == "tool_use"


@pytest.mark.parametrize("ending", [STOP, error()])
def test_nothing_is_read_after_the_end(ending: Json) -> None:
    assert _content(start(), *text(0, "Hi"), ending, *text(1, "!"), delta()) == [{"type": "text", "text": "Hi"}]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([*text(0, "Hi"), *end()], id="no message_start"),
        pytest.param([start(), *text(0, "Hi")[1:], *end()], id="no content_block_start"),
        pytest.param([start(), *text(7, "Hi"), *end()], id="another index"),
        pytest.param([start(), *({**e, "index": "0"} for e in text(0, "Hi")), *end()], id="index as a string"),
        pytest.param([start(), *text(0, "Hi")], id="cut"),
        pytest.param([start(), start(), *text(0, "Hi"), *end()], id="message_start twice"),
    ],
)
def test_a_broken_order_does_not_cost_the_text(events: list[Json]) -> None:
    assert _content(*events) == [{"type": "text", "text": "Hi"}]


def test_one_index_for_two_blocks_keeps_them_apart() -> None:
    texts = [found["text"] for found in _content(start(), *text(0, "a"), *text(0, "b"), *end())]
    assert texts == ["a", "b"]


def test_a_delta_that_does_not_fit_its_block_is_dropped() -> None:
    assert _content(*block(0, {"type": "tool_use", "input": {}}, {"type": "text_delta", "text": "x"})) == [
        {"type": "tool_use", "input": {}}
    ]


@pytest.mark.parametrize("events", [[], [PING], ["[DONE]"], [error()], [STOP], ["{", "[]", "3"]])
def test_a_stream_that_tells_of_no_message_folds_to_none(events: list[Any]) -> None:
    assert fold(_events(*events)) is None


@pytest.mark.parametrize(
    ("block_type", "delta_type", "fits"),
    [
        ("text", "text_delta", True),
        ("text", "citations_delta", True),
        ("text", "thinking_delta", False),
        ("thinking", "text_delta", False),
        ("server_tool_use", "input_json_delta", True),
        ("redacted_thinking", "signature_delta", False),
        ("text", "sparkle_delta", True),
        ("hologram", "text_delta", True),
        (None, "text_delta", True),
        ("text", ["text_delta"], True),
        ({}, {}, True),
    ],
)
def test_which_delta_fits_which_block(block_type: Any, delta_type: Any, fits: bool) -> None:
    assert delta_fits(block_type, delta_type) is fits
