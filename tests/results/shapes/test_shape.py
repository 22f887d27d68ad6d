from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from exchanges import exchange, sse, streamed
from hypothesis import given
from hypothesis import strategies as st
from messages import Json, call, error, message, said
from messages_conformance.catalog import Catalog
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.results.reading import Cell
from messages_conformance.results.records import Exchange
from messages_conformance.results.shapes.shape import Field, Shape, known_words, shape, shapes
from messages_conformance.wire.exchange import Failure

KNOWN = frozenset({"text", "tool_use", "message", "end_turn", "text_delta", "message_start", "message_delta"})
EVENTS = frozenset(
    {"message_stop", "content_block_start", "content_block_delta", "content_block_stop", "error", "ping"}
)
WEATHER = Failure("timeout", "the answer did not end in time")


def seen(*bodies: Any, **about: Any) -> Shape:
    return shape([Answer(exchange(body, **about)) for body in bodies], KNOWN | EVENTS)


def texts(of: Shape) -> dict[str, str]:
    return {path: " ".join(sorted(field.types)) for path, field in of.fields.items()}


def test_fields_are_paths_with_types_and_no_values() -> None:
    assert texts(seen(message("Hi", call(city="Paris")))) == {
        "(body)": "object",
        "id": "string",
        "type": "<message>",
        "role": "<assistant>",
        "model": "string",
        "content": "array",
        "content[text]": "object",
        "content[text].type": "<text>",
        "content[text].text": "string",
        "content[tool_use]": "object",
        "content[tool_use].type": "<tool_use>",
        "content[tool_use].id": "string",
        "content[tool_use].name": "string",
        "content[tool_use].input": "object",
        "stop_reason": "<end_turn>",
        "stop_sequence": "null",
        "usage": "object",
        "usage.input_tokens": "integer",
        "usage.output_tokens": "integer",
    }


def test_the_parts_of_a_stream_are_told_apart_by_their_types() -> None:
    found = seen(streamed(message("One", "Two")))
    assert found.events == {"message_start (blocks) message_delta message_stop"}
    assert found.forms == {"text/event-stream"}
    fields = texts(found)
    assert fields["event[message_start].message.usage.input_tokens"] == "integer"
    assert fields["event[content_block_start].content_block[text].text"] == "string"
    assert fields["event[content_block_delta].delta[text_delta].text"] == "string"
    assert fields["event[message_delta].delta.stop_reason"] == "<end_turn>"


START, STOP, END = {"type": "message_start"}, {"type": "content_block_stop"}, {"type": "message_stop"}
OPEN, DELTA, PING = {"type": "content_block_start"}, {"type": "content_block_delta"}, {"type": "ping"}


@pytest.mark.parametrize(
    ("events", "order"),
    [
        ((START, PING, OPEN, DELTA, PING, DELTA, STOP, OPEN, STOP, END), "message_start (blocks) message_stop"),
        ((START, END), "message_start message_stop"),
        ((START, OPEN, DELTA, DELTA, END), "message_start content_block_start content_block_delta message_stop"),
        ((START, START, END), "message_start message_start message_stop"),
        ((START, STOP, OPEN, STOP, END), "message_start content_block_stop (blocks) message_stop"),
    ],
)
def test_runs_and_whole_blocks_are_told_once_and_pings_not_at_all(events: tuple[Json, ...], order: str) -> None:
    assert seen(sse(*events)).events == {order}


def test_an_event_with_another_name_than_its_type_shows_both() -> None:
    nameless = b'data: {"type": "message_start"}\n\nevent: end\ndata: {"type": "message_stop"}\n\n'
    assert seen(nameless).events == {"-/message_start end/message_stop"}


def test_a_field_that_not_every_holder_has_is_not_always_there() -> None:
    found = seen(message(said("a") | {"citations": None}, "b"), message(usage={"input_tokens": 1.5}))
    assert found.fields["content[text].citations"] == Field(frozenset({"null"}), always=False)
    assert found.fields["content[text].text"].always
    assert found.fields["usage.input_tokens"] == Field(frozenset({"integer", "number"}), always=True)
    assert not found.fields["usage.output_tokens"].always


def test_words_that_the_contract_does_not_know_are_named() -> None:
    assert seen(message({"type": "reasoning"}, stop_reason="stop")).foreign == {"reasoning", "stop"}
    assert seen(sse(START, {"type": "usage_update"}, END)).foreign == {"usage_update"}
    assert not seen(message()).foreign
    assert not seen(error(), status=400).foreign


@pytest.mark.parametrize("body", [b"", b"<html>", b'[1, "two"]', b"null", b"7", b"data: x\n\n", b'{"a": {"b": [[]]}}'])
def test_what_is_no_message_has_a_shape_too(body: bytes) -> None:
    assert seen(body).fields


def test_names_that_are_values_are_no_names() -> None:
    fields = seen({"by_model": {"claude-opus-4-20250514": 1, "0f1e2d3c": 2}, "ephemeral_1h": 3}).fields
    assert set(fields) == {"(body)", "by_model", "by_model.*", "ephemeral_1h"}


CANARY = "CANARY-sk-ant-0123456789"
values: Any = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.just(CANARY) | st.integers(10**8, 10**9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "role", "stop_reason", "content", "delta", "input", "usage", CANARY]), inner
        )
    ),
    max_leaves=20,
)


@given(values)
def test_no_value_is_in_a_shape(body: Any) -> None:
    told = str(seen({"x": body})) + str(seen(sse({"type": CANARY, "delta": body})))
    assert CANARY not in told
    assert "00000" not in told


def test_every_type_that_the_contract_names_is_known(catalog: Catalog) -> None:
    known = known_words(catalog.contracts["anthropic"])
    assert {"text", "tool_use", "thinking_delta", "max_tokens", "ping", "overloaded_error", "message"} <= known
    assert not {"reasoning", "stop", "length", "tool_calls"} & known


CUT = sse(START, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
PAGE = (("content-type", "text/html"),)


def recorded(step: str, body: Any = None, *, failure: Failure | None = None, **about: Any) -> Exchange:
    one = exchange(body, **about)
    times = "2026-11-20T10:00:00+00:00", 1.0, 2.0
    return Exchange(one.request, one.response, failure, *times, step, "p", "s", step, 1, 1)


def test_steps_have_a_shape_where_an_answer_came_whole() -> None:
    left = recorded("left", CUT)
    exchanges = (
        recorded("ask"),
        recorded("limited", status=429),
        recorded("down", status=503),
        recorded("unpaid", status=402),
        recorded("page", b"<html>", status=403, headers=PAGE),
        recorded("cut", CUT),
        recorded("late", failure=WEATHER),
        replace(left, request=replace(left.request, hang_up_after=1)),
        recorded("refused", error(), status=400),
        recorded("refused stream", sse({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}})),
        recorded("unbuilt", error(), status=501),
        recorded("control"),
    )
    steps = [*(exchange.step for exchange in exchanges[:-1]), "never reached"]
    planned: Any = tuple((step, "check", "drop-in") for step in steps)
    found = shapes(Cell("p", "s", None, planned, (), exchanges), KNOWN)
    assert list(found) == ["ask", "refused", "refused stream", "unbuilt"]
