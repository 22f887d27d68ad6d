"""The SSE reader, against the specification's own algorithm and against every way to cut a stream."""

from __future__ import annotations

import json
import re
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.wire.exchange import Chunk
from messages_conformance.wire.sse import Event, Reader, StreamTooLarge, read_events

FRAMES: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 9}}},
    {"type": "content_block_start", "index": 0},
    {"type": "ping"},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Grüße, 世界 🌍"}},
    {"type": "message_stop"},
]
MESSAGE = "\n".join(f"event: {data['type']}\ndata: {json.dumps(data, ensure_ascii=False)}\n" for data in FRAMES)
"""A realistic stream, without its last blank line."""


def read(*parts: bytes, at_ms: float = 0.0) -> tuple[Event, ...]:
    return read_events(Chunk(at_ms, part) for part in parts)


def without_times(events: tuple[Event, ...]) -> list[Event]:
    return [event._replace(at_ms=0.0) for event in events]


def browser(body: bytes) -> list[tuple[str, str]]:
    """What the algorithm of the specification dispatches, line by line as it is written there: (event type, data)."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = re.split(r"\r\n|\r|\n", text)[:-1]  # the last piece was never ended
    dispatched: list[tuple[str, str]] = []
    data, kind = "", ""
    for line in lines:
        if line == "":
            if data:
                dispatched.append((kind, data.removesuffix("\n")))
            data, kind = "", ""
            continue
        if line.startswith(":"):
            continue
        name, colon, value = line.partition(":")
        value = value[1:] if colon and value.startswith(" ") else value
        if name == "event":
            kind = value
        elif name == "data":
            data += value + "\n"
    return dispatched


TOKENS = b"\r|\n|\r\n|\n\n|data|event|id|x|:|: | |\0|\xff|\xc3|\xa9|\xc3\xa9|data: a\n|event: b\r\n|: c\n|\xef\xbb\xbf"
tokens = st.sampled_from(TOKENS.split(b"|"))
bodies = st.lists(tokens, max_size=40).map(b"".join)


@given(bodies, st.lists(st.integers(min_value=0, max_value=300), max_size=8))
def test_cutting_a_stream_anywhere_changes_nothing(body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    parts = [body[start:end] for start, end in pairwise(edges)]
    assert without_times(read(*parts)) == without_times(read(body))


@given(bodies)
def test_terminated_events_with_data_are_those_of_the_specification(body: bytes) -> None:
    seen = [(event.name or "", event.data) for event in read(body) if event.data is not None and not event.unterminated]
    assert seen == browser(body)


@given(bodies)
def test_offsets_point_at_the_frame_itself(body: bytes) -> None:
    for event in read(body):
        before = b"\n" if event.start else b""  # so that a mark at the frame's start is no byte order mark
        alone = read(before + body[event.start : event.end])
        assert [(one.name, one.data, one.fields) for one in alone] == [(event.name, event.data, event.fields)]


plain = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
frames = st.lists(
    st.tuples(plain | st.none(), st.lists(plain, min_size=1, max_size=4), st.lists(plain, max_size=2)), max_size=6
)


@given(frames, st.sampled_from(["\n", "\r", "\r\n"]))
def test_what_is_written_is_read_back(written: list[tuple[str | None, list[str], list[str]]], end: str) -> None:
    lines: list[str] = []
    for name, data, comments in written:
        lines += [f": {comment}" for comment in comments]
        lines += [] if name is None else [f"event: {name}"]
        lines += [*(f"data: {line}" for line in data), ""]
    events = read("".join(line + end for line in lines).encode())
    assert [(event.name, event.data, event.comments) for event in events] == [
        (name, "\n".join(data), tuple(comments)) for name, data, comments in written
    ]
    assert [event.number for event in events] == list(range(1, len(written) + 1))


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_message_stream_split_at_every_byte(end: bytes) -> None:
    body = (MESSAGE + "\n").encode().replace(b"\n", end)
    whole = without_times(read(body))
    assert [event.name for event in whole][-1] == "message_stop"
    assert "🌍" in (whole[3].data or "")
    assert not any(event.unterminated or event.invalid_utf8 for event in whole)
    for cut in range(len(body) + 1):
        assert without_times(read(body[:cut], body[cut:])) == whole
    assert without_times(read(*(body[i : i + 1] for i in range(len(body))))) == whole


def test_a_missing_last_blank_line_is_reported() -> None:
    *others, last = read(MESSAGE.encode())
    assert (last.name, last.unterminated) == ("message_stop", True)
    assert not any(event.unterminated for event in others)
    (cut,) = read(b'event: ping\ndata: {"ty')
    assert (cut.name, cut.data, cut.unterminated) == ("ping", '{"ty', True)


@pytest.mark.parametrize(
    ("body", "name", "data"),
    [
        (b"data\n\n", None, ""),
        (b"data:\n\n", None, ""),
        (b"data: a\n\n", None, "a"),
        (b"data:a\n\n", None, "a"),
        (b"data:  a \n\n", None, " a "),
        (b"data: a: b\n\n", None, "a: b"),
        (b"data: a\ndata\ndata: b\n\n", None, "a\n\nb"),
        (b"event: x\n\n", "x", None),
        (b"event\ndata: a\n\n", "", "a"),
        (b"event: x\nevent: y\ndata: a\n\n", "y", "a"),
        (b"Data: a\n\n", None, None),
        (b" data: a\n\n", None, None),
        (b"\xef\xbb\xbfdata: a\n\n", None, "a"),
        (b"\n\r\n\rdata: a\r\r", None, "a"),
        (b"data: \xe2\x80\xa8\x0b\x0c\x1c\n\n", None, "\u2028\x0b\x0c\x1c"),
    ],
)
def test_one_frame(body: bytes, name: str | None, data: str | None) -> None:
    (event,) = read(body)
    assert (event.number, event.name, event.data) == (1, name, data)


def test_only_the_first_byte_order_mark_is_dropped() -> None:
    first, second = read(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n")
    assert first.fields == (("\ufeffdata", "a"),)
    assert second.fields == (("\ufeffdata", "b"),)


def test_other_fields_and_comments_are_kept_as_notes() -> None:
    first, second = read(b": keep-alive\n\n:\nid: 7\nretry: 10\nfoo\nevent: x\ndata: a\n\nid: 8\n\n: bye\n\n")
    assert first.comments == ("keep-alive", "")
    assert first.fields == (("id", "7"), ("retry", "10"), ("foo", ""))
    assert (second.number, second.name, second.data, second.fields) == (2, None, None, (("id", "8"),))


@pytest.mark.parametrize("body", [b"", b"\n\n\r\n", b": only\n\n: comments", b"\xef\xbb\xbf"])
def test_nothing_is_no_event(body: bytes) -> None:
    assert read(body) == ()


def test_invalid_utf8_is_replaced_and_flagged() -> None:
    bad, good = read(b"data: a\xffb\xc3\n\ndata: fine\n\n")
    assert (bad.data, bad.invalid_utf8) == ("a\ufffdb\ufffd", True)
    assert not good.invalid_utf8


def test_an_event_has_the_time_of_the_chunk_that_completes_it() -> None:
    chunks = [Chunk(1.0, b"data: a\r"), Chunk(2.0, b"\n\r"), Chunk(3.0, b"\ndata: b\n\ndata: c\n"), Chunk(4.0, b"\n")]
    assert [event.at_ms for event in read_events(chunks)] == [2.0, 3.0, 4.0]


def test_bounds() -> None:
    with pytest.raises(StreamTooLarge, match="longer than 8 bytes"):
        Reader(max_line=8).feed(b"data: abc\n", 0)
    assert Reader(max_line=8).feed(b"data: ab\n\n" * 3, 0)[2].data == "ab"
    with pytest.raises(StreamTooLarge, match="more than 2 events"):
        Reader(max_events=2).feed(b"data\n\n" * 3, 0)
    with pytest.raises(StreamTooLarge, match="more than 5 lines"):
        Reader(max_lines=5).feed(b":\n" * 6, 0)


def test_a_line_that_never_ends_stops_at_the_bound_however_it_is_cut() -> None:
    reader = Reader(max_line=1000)
    for _ in range(142):
        assert reader.feed(b"x" * 7, 0) == []
    with pytest.raises(StreamTooLarge):
        reader.feed(b"x" * 7, 0)


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    """Copying the line for each piece would move 32 GiB here and take many seconds; joining it once takes a few ms."""
    reader = Reader(max_line=1 << 30)
    began = time.process_time()
    for _ in range(16384):
        assert reader.feed(b"x" * 256, 0) == []
    (event,) = [*reader.feed(b"\n\n", 0), *reader.close()]
    assert len(event.fields[0][0]) == 4 << 20
    assert time.process_time() - began < 2
