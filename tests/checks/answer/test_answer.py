from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Expect
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_integer, as_object, parse_json, shown
from messages_conformance.checks.base import Evidence, Outcome
from messages_conformance.checks.stream.grammar import violations
from messages_conformance.wire.exchange import Chunk, Response
from streams import (
    SSE_HEADERS,
    body,
    delta,
    end,
    evidence,
    exchange,
    frame,
    start,
    step,
    text,
    thinking,
    tool,
    verdicts,
)

_JSON_HEADERS = (("content-type", "application/json"),)
_MESSAGE = {
    "type": "message",
    "content": [{"type": "text", "text": "Hel"}, 7, {"type": "text", "text": "lo"}, {"type": 1}],
}

_GOOD = [start(), *thinking(0, "Hm"), *text(1, "Hi"), *tool(2, "{}"), *end()]
_KINDS = sorted({str(event["type"]) for event in _GOOD} | {"ping", "error", "progress"})
_KEYS = [
    "type",
    "index",
    "delta",
    "content_block",
    "message",
    "usage",
    "content",
    "text",
    "stop_reason",
    "partial_json",
]
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just("\ud800")
)
_WORDS = st.sampled_from([*_KINDS, "text", "text_delta", "thinking", "tool_use", "input_json_delta", "signature_delta"])
_JSON = st.recursive(
    _SCALARS | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=2), inner, max_size=4)
    ),
    max_leaves=12,
)
_EVENTS = st.lists(
    st.sampled_from(_GOOD)
    | st.fixed_dictionaries({"type": st.sampled_from(_KINDS)}, optional=dict.fromkeys(_KEYS[1:7], _JSON))
    | _JSON,
    max_size=12,
)


def _look_at_everything(judged: Evidence) -> None:
    """Every reading there is; the point is that none raises and that all can be written as UTF-8."""
    answer = judged.answer
    assert (answer.request_json, answer.asked_for_stream) == ({"stream": True}, True)
    str((answer.body_json, answer.blocks, answer.error, answer.came_to_an_end)).encode("utf-8", "surrogatepass")
    answer.beginning().encode()
    judged.text.encode("utf-8", "surrogatepass")
    judged.blocks("tool_use")
    for verdict in verdicts(judged).values():
        assert verdict.outcome is not Outcome.HARNESS_ERROR
        f"{verdict.expected}{verdict.actual}{verdict.note}".encode()


@given(_EVENTS, st.sampled_from(["stream", "message", "any"]))
def test_no_event_whatever_it_holds_raises(events: list[Any], expect: Expect) -> None:
    stream = "".join(frame(json.dumps(event)) for event in events)
    named = "".join(frame(as_object(event) or json.dumps(event)) for event in events)
    _look_at_everything(evidence(stream.encode(), expect=expect))
    _look_at_everything(evidence(named.encode("utf-8", "surrogatepass"), expect=expect))


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"event: ", b"data: ", b'data: {"type": "']),
    st.sampled_from(["stream", "any"]),
)
def test_no_bytes_raise(junk: bytes, before: bytes, expect: Expect) -> None:
    _look_at_everything(evidence(before + junk, expect=expect))
    _look_at_everything(evidence(body(start()) + before + junk + b"\n\n" + body(*end()), expect=expect))


@given(st.permutations(_GOOD), st.integers(0, len(_GOOD)))
def test_the_machine_reads_events_in_any_order(events: list[Any], length: int) -> None:
    judged = evidence(body(*events[:length]))
    for found in violations(judged.answer.events).values():
        assert found.event is None or 1 <= found.event <= length


@pytest.mark.parametrize(
    "value",
    ["[" * 200_000, '{"type":' * 200_000, "1" * 10_000, "1e999", '"\\ud800"', "-0", "[" * 900 + "]" * 900],
    ids=["deep array", "deep object", "long number", "infinity", "lone surrogate", "minus zero", "barely nested"],
)
def test_extreme_json_is_read_or_refused_but_never_raises(value: str) -> None:
    events = [value, f'{{"type":"message_delta","usage":{{"output_tokens":{value}}}}}']
    _look_at_everything(evidence(body(start(), *events, *end())))
    _look_at_everything(evidence(value.encode(), expect="message", headers=_JSON_HEADERS))
    wrapped = [f'{{"type":"content_block_start","index":{value},"content_block":{{"type":{value}}}}}'] * 2
    _look_at_everything(evidence(body(start(), *wrapped, *text(0, "x"), *end())))


def test_events_tell_what_is_wrong_with_their_data() -> None:
    stream = body(start(), "[DONE]", "{oops", "[1]", '{"type": 3}', '{"x": Infinity}') + b"event: ping\n\n"
    problems = [event.problem for event in evidence(stream).answer.events]
    assert problems[0] is None
    assert str(problems[1]).startswith("not JSON")
    assert str(problems[2]).startswith("not JSON")
    assert problems[3] == "JSON, but an array instead of an object"
    assert problems[4] is None
    assert problems[5] == "not JSON (Infinity is not JSON)"
    assert problems[6] == "no data"
    assert [event.kind for event in evidence(stream).answer.events] == ["message_start", *[None] * 5, "ping"]


def test_frames_of_id_or_retry_alone_are_no_events() -> None:
    found = evidence(b"retry: 3000\n\n" + body(start())).answer.events
    assert [event.type for event in found] == ["message_start"]


def test_a_long_line_is_read_whole() -> None:
    judged = evidence(body(start(), *text(0, "x" * 3_000_000), *end()))
    assert len(judged.text) == 3_000_000


def test_a_streamed_and_a_plain_answer_are_looked_at_alike() -> None:
    plain = evidence(json.dumps(_MESSAGE).encode(), expect="message", headers=_JSON_HEADERS)
    streamed = evidence(body(start(), *text(0, "Hel"), *text(1, "lo"), *end()))
    assert plain.text == streamed.text == "Hello"
    assert len(plain.blocks("text")) == len(streamed.blocks("text")) == 2


def test_a_step_that_expects_anything_is_read_by_what_came() -> None:
    streamed = evidence(body(start(), *text(0, "Hi"), *end()), expect="any")
    plain = evidence(json.dumps(_MESSAGE).encode(), expect="any", headers=_JSON_HEADERS)
    assert streamed.text == "Hi"
    assert plain.message == _MESSAGE


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_no_message(content: bytes) -> None:
    assert evidence(content, expect="message", headers=_JSON_HEADERS).message is None


def test_an_answer_that_never_came_has_nothing_in_it() -> None:
    judged = Evidence(step("stream"), Answer(exchange(None)))
    assert (judged.answer.events, judged.message, judged.text) == ((), None, "")


def test_the_message_of_an_earlier_step() -> None:
    stream = Response(200, SSE_HEADERS, (Chunk(0.0, body(start(), *text(0, "Hi"), delta())),))
    plain = Response(200, _JSON_HEADERS, (Chunk(0.0, b'{"input_tokens": 3}'),))
    assert (Answer(exchange(stream)).message(streaming=True) or {})["stop_reason"] == "end_turn"
    assert Answer(exchange(plain)).message(streaming=False) == {"input_tokens": 3}
    assert Answer(exchange(plain)).message(streaming=True) is None
    assert Answer(exchange(None)).message(streaming=False) is None


def test_what_is_derived_is_derived_once() -> None:
    answer = evidence(body(start())).answer
    made: list[Answer] = []

    def number(of: Answer) -> int:
        made.append(of)
        return len(made)

    assert answer.events is answer.events
    assert answer.message(streaming=True) is answer.message(streaming=True)
    assert (answer.derived(number), answer.derived(number), made) == (1, 1, [answer])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"event: x\ndata: {}\n\n", True),
        (b"data: {}\n\n", True),
        (b": hello\n\n", True),
        (b"\xef\xbb\xbfdata: {}\n\n", True),
        (b"\r\n\r\ndata: {}\n\n", True),
        (b'{"data": 1}', False),
        (b"", False),
    ],
)
def test_a_stream_is_known_by_what_it_holds(content: bytes, expected: bool) -> None:
    assert evidence(content, headers=_JSON_HEADERS).answer.is_stream is expected


def test_values_are_shown_short_and_writable() -> None:
    assert shown({"a": "é"}) == '{"a": "é"}'
    assert shown("x" * 500, limit=20) == '"' + "x" * 18 + "…"
    assert shown("\ud800").encode() == b'"\\ud800"'
    assert shown([1] * 1_000_000, limit=10) == "[1, 1, 1,…"


@given(_JSON, st.integers(1, 40))
def test_what_is_shown_is_the_beginning_of_the_json(value: Any, limit: int) -> None:
    whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    assert shown(value, limit) == (whole if len(whole) <= limit else f"{whole[: limit - 1]}…")


@pytest.mark.parametrize(
    ("value", "expected"), [(7, 7), (-(2**63), -(2**63)), (2**63, None), (10**4299, None), (True, None), (1.0, None)]
)
def test_integers_are_those_that_clients_can_hold(value: Any, expected: int | None) -> None:
    assert as_integer(value) == expected


def test_what_is_nested_too_deeply_counts_as_empty() -> None:
    nested = parse_json('{"a": ' * 300 + "1" + "}" * 300)
    for _ in range(200):
        assert list(nested) == ["a"]
        nested = nested["a"]
    assert nested == {}
    assert parse_json("[" * 200 + '"x"' + "]" * 200) == json.loads("[" * 200 + '"x"' + "]" * 200)


def test_an_answer_that_is_forgotten_is_read_anew_but_for_its_gist() -> None:
    answer = evidence(body(start(), *text(0, "Hello"), *end())).answer
    before, whole = answer.events, answer.message(streaming=True)
    answer.forget()
    assert answer.gist is answer.gist
    assert (answer.gist.is_stream, answer.gist.is_message) == (True, True)
    assert (answer.gist.id, answer.gist.model) == ((whole or {}).get("id"), (whole or {}).get("model"))
    assert set(vars(answer)) == {"exchange", "_derived", "gist"}
    assert answer.events is not before
    assert answer.events == before
    assert answer.message(streaming=True) == whole
