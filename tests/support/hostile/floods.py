"""Answers of any size that are as expensive to read and to judge as their bytes allow: many small parts, or one large
part. By name, as functions from a size in bytes to a body that is about as long."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, TypeAlias

from messages import Json, call, error, message
from streams import PING, STOP, block, body, delta, end, frame, start, text, thinking, tool
from streams import error as error_event

Flood: TypeAlias = Callable[[int], bytes]


def _again(part: bytes, *, within: tuple[bytes, bytes] = (body(start()), body(*end()))) -> Flood:
    """The part as often as it fits, between the beginning and the end of a stream."""
    begin, ending = within
    return lambda size: begin + part * (size // len(part)) + ending


def _counted(make: Callable[[int], bytes]) -> Flood:
    """A part for each number, between the beginning and the end of a stream."""

    def flood(size: int) -> bytes:
        parts = [body(start())]
        for number in count():
            if size <= 0:
                return b"".join((*parts, body(*end())))
            parts.append(make(number))
            size -= len(parts[-1])
        raise AssertionError

    return flood


def _deltas(opened: Json, told: Json) -> Flood:
    """One block of nothing but this delta."""
    first, part, last = (body(event) for event in block(0, opened, told))
    return _again(part, within=(body(start()) + first, last + body(*end())))


_TEXT: Json = {"type": "text", "text": ""}
_THINKING: Json = {"type": "thinking", "thinking": "", "signature": ""}
_TOOL: Json = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}

STREAMS: Mapping[str, Flood] = {
    "tiny events": _again(b"data:{}\n\n"),
    "tiny events in LF CR": _again(b"data:{}\n\r"),
    "events that are no JSON": _again(b"data: x\n\n"),
    "events without data": _again(b"event: ping\n\n"),
    "pings": _again(body(PING)),
    "unknown events": _again(body({"type": "x"})),
    "errors": _again(body(error_event())),
    "message_starts": _again(body(start())),
    "message_deltas": _again(body(delta())),
    "message_stops": _again(body(STOP)),
    "block starts": _again(body(text(0)[0])),
    "text deltas": _deltas(_TEXT, {"type": "text_delta", "text": "x"}),
    "empty text deltas": _deltas(_TEXT, {"type": "text_delta", "text": ""}),
    "wide text deltas": _deltas(_TEXT, {"type": "text_delta", "text": "\U0001f600"}),
    "citation deltas": _deltas(_TEXT, {"type": "citations_delta", "citation": {"type": "char_location"}}),
    "thinking deltas": _deltas(_THINKING, {"type": "thinking_delta", "thinking": "x"}),
    "signature deltas": _deltas(_THINKING, {"type": "signature_delta", "signature": "x"}),
    "JSON deltas": _deltas(_TOOL, {"type": "input_json_delta", "partial_json": "["}),
    "unknown deltas": _deltas(_TEXT, {"type": "x_delta"}),
    "text blocks": _counted(lambda n: body(*text(n, "x"))),
    "thinking blocks": _counted(lambda n: body(*thinking(n, "x"))),
    "tool blocks": _counted(lambda n: body(*tool(n, "{}"))),
    "searches": _counted(lambda n: body(*_search(n))),
    "open blocks": _counted(lambda n: body(text(n)[0])),
    "one delta": lambda size: body(start(), *text(0, "x" * size), *end()),
    "one delta of escapes": lambda size: body(start(), *text(0, "\x01" * (size // 6)), *end()),
    "one delta of arguments": lambda size: body(start(), *tool(0, "[" * size), *end("tool_use")),
    "one nested event": lambda size: body(start(), "[" * (size // 2) + "]" * (size // 2), *end()),
    "one event of names": lambda size: body(start(), {"type": "x", **_names(size)}, *end()),
    "one line without an end": lambda size: body(start()) + b"x" * size,
    "one name": lambda size: body(start()) + b"event: " + b"x" * size + b"\n\n",
    "bad UTF-8": _again(b"data: \xff\n\n"),
    "bad UTF-8 in one event": lambda size: body(start()) + b"data: " + b"\xff" * size + b"\n\n",
    "comments": _again(b": x\n\n"),
    "blank lines": _again(b"\n"),
    "carriage returns": _again(b"\r"),
    "ids": _again(b"id:1\n"),
    "ids before bad UTF-8": lambda size: b":\n" + b"id:1\n" * (size // 5) + b"\xff\n",
    "data lines": _again(b"data:1\n"),
    "names of events": _again(b"event:x\n"),
    "unknown fields": _counted(lambda n: b"x%d:1\n" % n),
    "nameless deltas": _again(frame(json.dumps(text(0, "x")[1])).encode()),
}


def _search(number: int) -> tuple[Json, Json]:
    """A call of the server and the result of another one."""
    call: Json = {"type": "server_tool_use", "id": f"srvtoolu_{number}", "name": "web_search", "input": {}}
    result: Json = {"type": "web_search_tool_result", "tool_use_id": f"x{number}", "content": [1]}
    return block(2 * number, call)[0], block(2 * number + 1, result)[0]


def _names(size: int) -> Json:
    return {f"k{number}": 1 for number in range(size // 14)}


def _many(part: Json | None, **changes: Any) -> Flood:
    """A message of nothing but this block."""
    return lambda size: _written(message() | {"content": [part] * (size // len(f"{json.dumps(part)}, "))} | changes)


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


_CITATION: Json = {
    **{"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": None},
    **{"start_char_index": 0, "end_char_index": 1},
}

BODIES: Mapping[str, Flood] = {
    "one text": lambda size: _written(message("x" * size)),
    "one text of escapes": lambda size: _written(message("\x01" * (size // 6))),
    "one text of marks": lambda size: _written(message("<think>"[:-1] * (size // 6))),
    "one text of surrogates": lambda size: _written(message("\ud800" * (size // 6))),
    "text blocks": _many({"type": "text", "text": "x"}),
    "text blocks without text": _many({"type": "text"}),
    "unknown blocks": _many({"type": "zz"}),
    "empty blocks": _many({}),
    "nulls": _many(None),
    "thinking blocks": _many({"type": "thinking", "thinking": "x", "signature": "s"}),
    "tool blocks": lambda size: _written(
        message(*(call(id=f"toolu_{n}") for n in range(size // 90)), stop_reason="tool_use")
    ),
    "equal tool blocks": _many(call(), stop_reason="tool_use"),
    "server tool blocks": _many({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}),
    "results without calls": _many({"type": "web_search_tool_result", "tool_use_id": "x", "content": []}),
    "citations": lambda size: _written(
        message({"type": "text", "text": "x", "citations": [_CITATION] * (size // len(f"{json.dumps(_CITATION)}, "))})
    ),
    "wrong citations": lambda size: _written(message({"type": "text", "text": "x", "citations": [None] * (size // 6)})),
    "names": lambda size: _written(message(**_names(size))),
    "names of usage": lambda size: _written(message(usage=_names(size))),
    "equal names": lambda size: b"{" + b'"a":1,' * (size // 6) + b'"a":1}',
    "array": lambda size: _written([1] * (size // 3)),
    "strings": lambda size: _written(["x"] * (size // 5)),
    "opened arrays": lambda size: b"[" * size,
    "nested arrays": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "opened objects": lambda size: b'{"a":' * (size // 5),
    "nested content": lambda size: b'{"content":' + b"[" * (size // 2) + b"]" * (size // 2) + b"}",
    "digits": lambda size: b"1" * size,
    "decimals": lambda size: b"0." + b"1" * size,
    "an error": lambda size: _written(error("x", "m" * size)),
    "no JSON": lambda size: b"x" * size,
    "blanks": lambda size: b" " * size,
    "quotes": lambda size: b'"' * size,
    "backslashes": lambda size: b'"' + b"\\" * size,
    "a page": lambda size: b"<html>" + b"<p>" * (size // 3),
    "zeros": bytes,
}
