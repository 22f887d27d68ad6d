"""What the defects of streams and of their bytes change, for test_reference_defects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from asking import HEADERS, WEATHER, events_of

Json = dict[str, Any]
See = Callable[[httpx.Response], Any]

TEXT: Json = {"prompt": "Count from 1 to 30.", "stream": True}
CALL: Json = {
    "prompt": "What is the weather in Oslo?",
    "tools": [WEATHER],
    "tool_choice": {"type": "any"},
    "stream": True,
}
BLOCKS: Json = {"prompt": "What is the weather in Oslo?", "tools": [WEATHER], "stream": True}
CITIES: Json = {**TEXT, "prompt": "Repeat this text: Zürich – 東京寿司"}
DONE: Json = {**TEXT, "prompt": "Reply with exactly: it said [DONE] again"}
UNPACKED: Json = {**TEXT, "headers": {**HEADERS, "accept-encoding": "identity"}}


def told(response: httpx.Response) -> list[str]:
    """The types of the events in short, pings aside."""
    short = {"content_block_start": "<", "content_block_delta": "-", "content_block_stop": ">"}
    kinds: list[str] = [event["type"] for event in events_of(response.text) if event["type"] != "ping"]
    return [short.get(kind, kind) for kind in kinds]


def order(*parts: str) -> See:
    """Whether the events hold this sequence somewhere, of any number of deltas."""
    wanted = " ".join(parts)

    def see(response: httpx.Response) -> bool:
        said: list[str] = []
        for kind in told(response):
            if kind != "-" or said[-1:] != ["-"]:
                said.append(kind)
        return wanted in " ".join(said)

    return see


def holds(mark: bytes) -> See:
    return lambda response: mark in response.content


def ends(mark: bytes) -> See:
    return lambda response: response.content.endswith(mark)


def deltas(kind: str) -> See:
    return lambda response: any(e.get("delta", {}).get("type") == kind for e in events_of(response.text))


def opened(kind: str, name: str) -> See:
    """What the first block of a type holds under `name` when it starts."""

    def see(response: httpx.Response) -> Any:
        blocks = [e["content_block"] for e in events_of(response.text) if e["type"] == "content_block_start"]
        return next(block for block in blocks if block["type"] == kind).get(name, "none")

    return see


def argument_text(response: httpx.Response) -> str:
    return "".join(e.get("delta", {}).get("partial_json", "") for e in events_of(response.text))


def encoding(response: httpx.Response) -> str | None:
    return response.headers.get("content-encoding")


def is_slow(response: httpx.Response) -> bool:
    return response.elapsed.total_seconds() > 0.4


WIRE: dict[str, tuple[Json, See, Any, Any]] = {
    "stream-text-lost": (TEXT, holds(b"text_delta"), True, False),
    "index-as-float": (TEXT, holds(b'"index":0.0'), False, True),
    "content-after-message-delta": (TEXT, order("message_delta", "-", ">", "message_stop"), False, True),
    "message-start-missing": (TEXT, order("message_start"), True, False),
    "message-start-late": (TEXT, order("< message_start"), False, True),
    "block-stopped-twice": (TEXT, order("> >"), False, True),
    "delta-after-stop": (TEXT, order("> -"), False, True),
    "blocks-overlap": (BLOCKS, order("< > -"), False, True),
    "tool-block-not-stopped": (CALL, order(">"), True, False),
    "message-delta-before-stop": (TEXT, order("message_delta >"), False, True),
    "events-after-message-stop": (TEXT, order("message_stop message_delta"), False, True),
    "done-in-text-ends-stream": (DONE, order("message_stop"), True, False),
    "empty-text-before-calls": (CALL, order("< > <"), False, True),
    "arguments-as-text": (CALL, deltas("text_delta"), False, True),
    "streamed-arguments-lost": (CALL, argument_text, '{"city": "Oslo"}', ""),
    "arguments-at-start": (CALL, opened("tool_use", "input"), {}, {"city": "Oslo"}),
    "empty-object-before-arguments": (CALL, argument_text, '{"city": "Oslo"}', '{}{"city": "Oslo"}'),
    "tool-start-without-input": (CALL, opened("tool_use", "input"), {}, "none"),
    "filler-deltas": (CALL, deltas("text_delta"), False, True),
    "first-words-twice": (TEXT, opened("text", "text"), "", "1"),
    "crlf-line-ends": (TEXT, holds(b"}\r\n\r\n"), False, True),
    "no-blank-after-colon": (TEXT, holds(b"data:{"), False, True),
    "data-on-several-lines": (TEXT, holds(b"data: {\ndata: "), False, True),
    "last-blank-line-missing": (TEXT, ends(b"}\n\n"), True, False),
    "ping-without-data": (TEXT, holds(b"event: ping\ndata:  \n"), False, True),
    "done-instead-of-message-stop": (TEXT, ends(b"data: [DONE]\n\n"), False, True),
    "characters-cut-at-blocks": (CITIES, holds("\ufffd".encode()), False, True),
    "last-bytes-lost": (CITIES, holds("ü".encode()), True, False),
    "stream-held-back": (TEXT, is_slow, False, True),
    "gzip-not-flushed": (TEXT, encoding, None, "gzip"),
    "gzip-unasked": (UNPACKED, encoding, None, "gzip"),
    "gzip-unlabelled": (TEXT, holds(b"\x1f\x8b"), False, True),
    "gzip-read-as-text": (TEXT, holds("\ufffd".encode()), False, True),
    "content-encoding-left-on": (TEXT, encoding, None, "br"),
    "stream-labelled-json": (
        TEXT,
        lambda r: r.headers["content-type"],
        "text/event-stream; charset=utf-8",
        "application/json",
    ),
}
"""Defect: request, what is seen, without the defect, with it."""

REACH: dict[str, set[str]] = {
    "blocks-overlap": {"stream of blocks"},
    "tool-block-not-stopped": {"stream of blocks"},
    "done-in-text-ends-stream": set(),
    "empty-text-before-calls": set(),
    "arguments-as-text": {"stream of blocks"},
    "streamed-arguments-lost": {"stream of blocks"},
    "arguments-at-start": {"stream of blocks"},
    "empty-object-before-arguments": {"stream of blocks"},
    "tool-start-without-input": {"stream of blocks"},
    "crlf-line-ends": set(),
    "characters-cut-at-blocks": set(),
    "last-bytes-lost": set(),
    "stream-held-back": set(),
    "gzip-unasked": set(),
}
"""Defect: the probes that it changes, where these are not all streams. Line ends, times, and characters beyond ASCII
are nothing that the probes show."""
