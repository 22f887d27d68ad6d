"""What the defects of streams and of their bytes change, for test_reference_defects.py."""

from __future__ import annotations

from typing import Any

import httpx
from asking import HEADERS, WEATHER, events_of
from probes import STREAMS, Json, See, Wire

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


WIRE: Wire = {
    "stream-text-lost": (TEXT, holds(b"text_delta"), True, False, STREAMS),
    "index-as-float": (TEXT, holds(b'"index":0.0'), False, True, STREAMS),
    "content-after-message-delta": (TEXT, order("message_delta", "-", ">", "message_stop"), False, True, STREAMS),
    "message-start-missing": (TEXT, order("message_start"), True, False, STREAMS),
    "message-start-late": (TEXT, order("< message_start"), False, True, STREAMS),
    "block-stopped-twice": (TEXT, order("> >"), False, True, STREAMS),
    "delta-after-stop": (TEXT, order("> -"), False, True, STREAMS),
    "blocks-overlap": (BLOCKS, order("< > -"), False, True, {"stream of blocks"}),
    "tool-block-not-stopped": (CALL, order(">"), True, False, {"stream of blocks"}),
    "message-delta-before-stop": (TEXT, order("message_delta >"), False, True, STREAMS),
    "events-after-message-stop": (TEXT, order("message_stop message_delta"), False, True, STREAMS),
    "done-in-text-ends-stream": (DONE, order("message_stop"), True, False, set()),
    "empty-text-before-calls": (CALL, order("< > <"), False, True, set()),
    "arguments-as-text": (CALL, deltas("text_delta"), False, True, {"stream of blocks"}),
    "streamed-arguments-lost": (CALL, argument_text, '{"city": "Oslo"}', "", {"stream of blocks"}),
    "arguments-at-start": (CALL, opened("tool_use", "input"), {}, {"city": "Oslo"}, {"stream of blocks"}),
    "empty-object-before-arguments": (
        CALL,
        argument_text,
        '{"city": "Oslo"}',
        '{}{"city": "Oslo"}',
        {"stream of blocks"},
    ),
    "tool-start-without-input": (CALL, opened("tool_use", "input"), {}, "none", {"stream of blocks"}),
    "filler-deltas": (CALL, deltas("text_delta"), False, True, STREAMS),
    "first-words-twice": (TEXT, opened("text", "text"), "", "1", STREAMS),
    "crlf-line-ends": (TEXT, holds(b"}\r\n\r\n"), False, True, set()),
    "no-blank-after-colon": (TEXT, holds(b"data:{"), False, True, STREAMS),
    "data-on-several-lines": (TEXT, holds(b"data: {\ndata: "), False, True, STREAMS),
    "last-blank-line-missing": (TEXT, ends(b"}\n\n"), True, False, STREAMS),
    "ping-without-data": (TEXT, holds(b"event: ping\ndata:  \n"), False, True, STREAMS),
    "done-instead-of-message-stop": (TEXT, ends(b"data: [DONE]\n\n"), False, True, STREAMS),
    "characters-cut-at-blocks": (CITIES, holds("\ufffd".encode()), False, True, set()),
    "last-bytes-lost": (CITIES, holds("ü".encode()), True, False, set()),
    "stream-held-back": (TEXT, is_slow, False, True, set()),
    "gzip-not-flushed": (TEXT, encoding, None, "gzip", STREAMS),
    "gzip-unasked": (UNPACKED, encoding, None, "gzip", set()),
    "gzip-unlabelled": (TEXT, holds(b"\x1f\x8b"), False, True, STREAMS),
    "gzip-read-as-text": (TEXT, holds("\ufffd".encode()), False, True, STREAMS),
    "content-encoding-left-on": (TEXT, encoding, None, "br", STREAMS),
    "stream-labelled-json": (
        TEXT,
        lambda r: r.headers["content-type"],
        "text/event-stream; charset=utf-8",
        "application/json",
        STREAMS,
    ),
}
