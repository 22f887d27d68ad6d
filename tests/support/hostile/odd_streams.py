"""Streams whose bytes come well and whose events do not: out of order, of wrong types, of what JSON cannot hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from messages import Json
from streams import PING, STOP, block, body, delta, end, error, frame, start, text, thinking, tool

_TEXT: Json = {"type": "text_delta", "text": "x"}
_GOOD: list[Json] = [start(), *text(0, "one", " two"), *end()]
ODD_VALUES: Sequence[Any] = (None, True, -1, 1.5, 2**70, "", "x", [], [[]], {}, {"type": 1})
MARKUP = (
    "<script>document.title='hacked'</script><img src=x onerror=alert(1)>\"'&lt;{{7*7}}${7*7}%0a",
    "\x1b[2J\x1b]0;hacked\x07\x9b31m\r\n::error::hacked\n::set-output name=a::b\n##vso[task.complete]",
    "\u202egnp.exe\u2066\u200f\ufeff\u0000\ud800",
)
"""Text that pages, terminals, continuous integration and readers of text take for commands."""


def _without(kind: str) -> bytes:
    return body(*(event for event in _GOOD if event["type"] != kind))


def _changed(**changes: Any) -> bytes:
    """A good stream of whose deltas members are changed."""
    return body(*(event | changes if event["type"] == "content_block_delta" else event for event in _GOOD))


def _each_wrong(key: str) -> bytes:
    """One event of every kind for every odd value, with this key set to it."""
    return body(start(), *(event | {key: value} for value in ODD_VALUES for event in (*_GOOD[1:], PING, error())))


def _nested(depth: int) -> str:
    return '{"type": "content_block_delta", "index": 0, "delta": ' + '{"a":' * depth + "1" + "}" * depth + "}"


def _raw(data: str) -> bytes:
    """A good stream with one more event, whose data is written by hand."""
    return body(*_GOOD[:2]) + frame(data, name="content_block_delta").encode() + body(*_GOOD[2:])


def _with_index(written: str) -> bytes:
    return _raw(f'{{"type": "content_block_delta", "index": {written}, "delta": {json.dumps(_TEXT)}}}')


def _marked(mark: str) -> bytes:
    """A stream that says this wherever anything can be said."""
    opened: Json = {"type": "message_start", "message": dict.fromkeys(_GOOD[0]["message"], mark)}
    name = mark.encode("utf-8", "surrogatepass").splitlines()[0]
    named = b"event: " + name + b"\ndata: " + json.dumps({"type": mark, mark: mark}).encode() + b"\n\n"
    told = block(0, {"type": mark, "text": mark}, {"type": mark, mark: mark})
    return body(opened, *told) + named + body(*end(mark), error(mark))


ODD_STREAMS: Mapping[str, bytes] = {
    # order
    "stream_of_nothing_but_a_start": body(start()),
    "stream_of_nothing_but_a_stop": body(STOP),
    "stream_of_nothing_but_pings": body(*[PING] * 100),
    "stream_of_nothing_but_names": b"event: message_start\n\nevent: content_block_start\n\nevent: message_stop\n\n",
    "stream_of_nothing_but_comments": b": nothing\n\n" * 100,
    "stream_of_nothing_but_blank_lines": b"data: \n\n" * 100,
    "stream_backwards": body(*reversed(_GOOD)),
    "stream_twice": body(*_GOOD, *_GOOD),
    "stream_of_doubled_events": body(*(event for event in _GOOD for _ in range(2))),
    "stream_of_two_messages_interleaved": body(*(each for pair in zip(_GOOD, _GOOD, strict=True) for each in pair)),
    "stream_without_a_start": _without("message_start"),
    "stream_without_block_starts": _without("content_block_start"),
    "stream_without_block_stops": _without("content_block_stop"),
    "stream_without_a_delta": _without("message_delta"),
    "stream_without_a_stop": _without("message_stop"),
    "stream_that_goes_on_after_the_stop": body(*_GOOD, *text(1, "more")) + b"data: [DONE]\n\n",
    "stream_of_crossing_blocks": body(start(), text(0)[0], text(1)[0], *text(0, "x")[1:], *text(1, "y")[1:], *end()),
    "stream_of_deltas_in_foreign_blocks": body(start(), *block(0, tool(0)[0]["content_block"], _TEXT), *end()),
    "stream_of_broken_arguments": body(start(), *tool(0, '{"city": "Os', "}}"), *end("tool_use")),
    "stream_of_a_signature_first": body(start(), *reversed(thinking(0, "hm")), *end()),
    "stream_of_counts_that_fall": body(start(), *text(0, "x"), *(delta(output_tokens=9 - n) for n in range(9)), STOP),
    # indices
    "stream_of_negative_indices": _changed(index=-1),
    "stream_of_huge_indices": _changed(index=2**80),
    "stream_of_fractional_indices": _changed(index=0.5),
    "stream_of_float_indices": _changed(index=0.0),
    "stream_of_boolean_indices": _changed(index=False),
    "stream_of_indices_as_text": _changed(index="0"),
    "stream_of_indices_as_lists": _changed(index=[0]),
    "stream_of_indices_of_many_digits": _with_index("9" * 5000),
    "stream_of_infinite_indices": _with_index("1e400"),
    "stream_of_indices_that_are_no_number": _with_index("NaN"),
    # types
    **{
        f"stream_of_odd_{key}": _each_wrong(key)
        for key in ("type", "index", "delta", "message", "content_block", "usage", "error")
    },
    "stream_of_arrays": body(*["[1]"] * 20),
    "stream_of_numbers": body(*["1"] * 20),
    "stream_of_nulls": body(*["null"] * 20),
    "stream_of_text": body(*["hello"] * 20),
    # JSON
    "stream_of_deep_nesting": _raw(_nested(10_000)),
    "stream_of_deep_lists": _raw("[" * 100_000),
    "stream_of_broken_json": _raw('{"type": '),
    "stream_of_equal_names": _raw('{"type": "ping", "type": "content_block_delta", "index": 0, "index": 1}'),
    "stream_of_lone_surrogates": _raw(r'{"type": "\ud800", "\udfff": "\udc00"}'),
    "stream_of_control_characters": _raw('{"type": "content_block_delta\x01\x1b"}'),
    "stream_of_nuls": _raw(r'{"type": "\u0000", "\u0000": "\u0000"}') + bytes(1000),
    # bytes
    "stream_of_bad_utf_8": body(*_GOOD[:2]) + b'event: ping\ndata: {"type": "\xff\xfe\xc0\x80"}\n\n' + body(*_GOOD[2:]),
    "stream_in_utf_16": body(*_GOOD).decode().encode("utf-16"),
    "stream_of_chat_completions": b'data: {"object": "chat.completion.chunk", "choices": []}\n\n' * 9
    + b"data: [DONE]\n\n",
    "stream_of_an_error_in_the_middle": body(*_GOOD[:3], error("no such type"), *_GOOD[3:]),
    **{f"stream_of_markup_{number}": _marked(mark) for number, mark in enumerate(MARKUP)},
}
