"""What a stream tells in parts is joined block by block, and every part of it is found in the body again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.wire.deltas import texts

KINDS = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}


def stream(*told: tuple[int, str, str], **form: Any) -> bytes:
    """A stream of deltas, each of a block, a kind and what is said; `form` is that of their JSON."""
    deltas = [
        {"type": "content_block_delta", "index": block, "delta": {"type": KINDS[kind], kind: said}}
        for block, kind, said in told
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each, **form)}\n\n" for each in deltas).encode()


def joined(body: bytes) -> list[bytes]:
    return [text.data for text in texts(body)]


def test_each_block_is_a_text_also_where_blocks_take_turns() -> None:
    body = stream((0, "text", "ab"), (1, "partial_json", '{"'), (0, "text", "cd"), (1, "partial_json", 'a":1}'))
    assert joined(body) == [b"abcd", rb"{\"a\":1}"]


def test_the_number_of_a_block_may_stand_behind_what_it_says() -> None:
    told = ((0, "text", "ab"), (0, "text", "cd"), (1, "thinking", "ef"), (1, "thinking", "gh"))
    assert sorted(joined(stream(*told, sort_keys=True))) == [b"abcd", b"efgh"]
    assert sorted(joined(stream(*told, separators=(",", ":")))) == [b"abcd", b"efgh"]


def test_a_stream_without_numbers_is_one_text() -> None:
    assert joined(b'data: {"text": "ab"}\n\ndata: {"text": "cd"}\n\n') == [b"abcd"]


def test_what_came_in_one_part_or_in_no_stream_is_left_out() -> None:
    assert joined(stream((0, "text", "ab"), (1, "text", "cd"))) == []
    assert joined(stream((0, "text", "ab"), (0, "text", ""))) == []
    assert joined(b'{"content": [{"type": "text", "text": "ab"}, {"type": "text", "text": "cd"}]}') == []
    assert joined(b"") == []


def test_a_text_that_never_ends_is_none() -> None:
    assert joined(b'data: {"index": 0, "text": "ab"}\ndata: {"text": "cd\ndata: {"text": "ef\\') == []


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(KINDS)), st.text(max_size=4)), max_size=8), st.data())
def test_every_span_of_a_text_is_found_in_the_body(told: list[tuple[int, str, str]], data: st.DataObject) -> None:
    body = stream(*told)
    for text in texts(body):
        start = data.draw(st.integers(0, len(text.data) - 1))
        end = data.draw(st.integers(start + 1, len(text.data)))
        places = list(text.places((start, end)))
        assert b"".join(body[first:last] for first, last in places) == text.data[start:end]
        assert all(first < last for first, last in places)
