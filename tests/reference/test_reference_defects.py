"""Each defect shows on the wire, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import answer_defects
import beta_defects
import form_defects
import http_defects
import httpx
import media_defects
import pytest
import request_defects
import stream_defects
import thinking_defects
import tool_defects
import whole_run_defects
from asking import HEADERS, OLD, WEATHER, Asker, events_of
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.narrow import as_list, as_object

ENABLED = {"type": "enabled", "budget_tokens": 1024}
CODE_WORDS = [
    {"type": "text", "text": "The first code word is BANANA."},
    {"type": "text", "text": "The second code word is CHERRY."},
]
NAMED = [
    {"role": "user", "content": "My name is Ada."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "What is my name?"},
]
RESULT = [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}]}]
TAMPERED = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": "c2ln"}]},
    {"role": "user", "content": "Say hi"},
]
PAGE = [
    {"role": "user", "content": "Hello"},
    {
        "role": "assistant",
        "content": [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A page."}}],
    },
    {"role": "user", "content": "Say hi"},
]
QUOTED = [{"role": "user", "content": [{"type": "text", "text": "Say hi", "citations": [{"type": "char_location"}]}]}]

COUNT = {"prompt": "Count from 1 to 30."}
TOOL = {"prompt": "What is the weather in Oslo?", "tools": [WEATHER]}
THINK = {"prompt": "Say hi", "thinking": ENABLED, "max_tokens": 2048}
STREAM = {**COUNT, "stream": True}
BLOCKS = {**TOOL, "stream": True}
BAD = {"max_tokens": "x"}
NO_KEY = {"headers": {"anthropic-version": "2026-10-21"}}

See = Callable[[httpx.Response], Any]
"""What a defect changes, read off a response."""


def status(response: httpx.Response) -> int:
    return response.status_code


def key(*path: str) -> See:
    """The value at a path of the JSON body, or "none" where it is missing."""

    def see(response: httpx.Response) -> Any:
        value: Any = response.json()
        for name in path:
            value = value.get(name, "none")
        return value

    return see


def kinds(response: httpx.Response) -> list[str]:
    return [block["type"] for block in response.json()["content"]]


def words(response: httpx.Response) -> str:
    return response.json()["content"][0].get("text", "")


def shape(response: httpx.Response) -> str:
    return type(response.json()["content"]).__name__


def inputs(response: httpx.Response) -> Any:
    return response.json()["content"][-1]["input"]


def content_type(response: httpx.Response) -> str:
    return response.headers["content-type"]


def told(response: httpx.Response) -> list[str]:
    return [event["type"] for event in events_of(response.text) if event["type"] != "ping"]


def number_of(kind: str) -> See:
    return lambda response: told(response).count(kind)


def in_event(kind: str, *path: str) -> See:
    def see(response: httpx.Response) -> Any:
        value: Any = next(event for event in events_of(response.text) if event["type"] == kind)
        for name in path:
            value = value.get(name, "none")
        return value

    return see


def indexes(response: httpx.Response) -> list[int]:
    return sorted({event["index"] for event in events_of(response.text) if "index" in event})


# defect: (request, what is seen, without the defect, with it)
WIRE: dict[str, tuple[dict[str, Any], See, Any, Any]] = {
    "message-id-missing": ({}, lambda r: "id" in r.json(), True, False),
    "message-id-constant": ({}, lambda r: r.json()["id"] == "msg_1", False, True),
    "stop-sequence-key-missing": ({}, key("stop_sequence"), None, "none"),
    "usage-missing": ({}, lambda r: "usage" in r.json(), True, False),
    "usage-zero": ({}, lambda r: r.json()["usage"]["output_tokens"] == 0, False, True),
    "content-as-string": ({}, shape, "list", "str"),
    "tool-input-as-string": (TOOL, inputs, {"city": "Oslo"}, '{"city": "Oslo"}'),
    "stop-reason-end-turn-with-tool": (TOOL, key("stop_reason"), "tool_use", "end_turn"),
    "stop-sequences-dropped": ({**COUNT, "stop_sequences": ["9"]}, key("stop_reason"), "stop_sequence", "end_turn"),
    "max-tokens-ignored": ({**COUNT, "max_tokens": 5}, key("stop_reason"), "max_tokens", "end_turn"),
    "system-dropped": (
        {"prompt": "What is the code word?", "system": "The code word is FIG."},
        lambda r: words(r) == "FIG",
        True,
        False,
    ),
    "second-system-block-dropped": (
        {"prompt": "List the code words.", "system": CODE_WORDS},
        words,
        "BANANA, CHERRY",
        "BANANA",
    ),
    "history-dropped": ({"prompt": NAMED}, lambda r: "Ada" in words(r), True, False),
    "tool-choice-ignored": ({**TOOL, "tool_choice": {"type": "none"}}, key("stop_reason"), "end_turn", "tool_use"),
    "tools-dropped": (TOOL, key("stop_reason"), "tool_use", "end_turn"),
    "tool-arguments-wrong": (TOOL, inputs, {"city": "Oslo"}, {"unexpected": [None]}),
    "thinking-dropped": (THINK, kinds, ["thinking", "text"], ["text"]),
    "thinking-last": (THINK, kinds, ["thinking", "text"], ["text", "thinking"]),
    "signature-missing": (THINK, lambda r: "signature" in r.json()["content"][0], True, False),
    "max-tokens-not-required": ({"max_tokens": ...}, status, 400, 200),
    "temperature-out-of-range-accepted": ({"temperature": 1.5, "headers": OLD}, status, 400, 200),
    "sampling-always-accepted": ({"temperature": 1.0}, status, 400, 200),
    "assistant-document-accepted": ({"prompt": PAGE}, status, 400, 200),
    "user-citations-accepted": ({"prompt": QUOTED}, status, 400, 200),
    "tool-pairing-unchecked": ({"prompt": RESULT}, status, 400, 200),
    "signature-unchecked": ({"prompt": TAMPERED}, status, 400, 200),
    "any-key": (NO_KEY, status, 401, 200),
    "duplicate-message-start": (STREAM, number_of("message_start"), 1, 2),
    "message-stop-missing": (STREAM, number_of("message_stop"), 1, 0),
    "message-delta-missing": (STREAM, number_of("message_delta"), 1, 0),
    "done-sentinel": (STREAM, lambda r: r.text.endswith("data: [DONE]\n\n"), False, True),
    "events-unnamed": (STREAM, lambda r: "event:" in r.text, True, False),
    "block-index-constant": (BLOCKS, indexes, [0, 1], [0]),
    "block-stop-missing": (STREAM, number_of("content_block_stop"), 1, 0),
    "delta-before-start": (STREAM, lambda r: told(r)[1], "content_block_start", "content_block_delta"),
    "message-delta-usage-missing": (STREAM, lambda r: "usage" in in_event("message_delta")(r), True, False),
    "message-delta-usage-incremental": (
        STREAM,
        lambda r: (
            in_event("message_delta", "usage", "output_tokens")(r)
            < in_event("message_start", "message", "usage", "output_tokens")(r)
        ),
        False,
        True,
    ),
    "start-usage-zero": (
        STREAM,
        lambda r: in_event("message_start", "message", "usage", "input_tokens")(r) > 0,
        True,
        False,
    ),
    "stop-reason-in-start": (STREAM, in_event("message_start", "message", "stop_reason"), None, "end_turn"),
    "stream-answered-with-json": (
        STREAM,
        content_type,
        "text/event-stream; charset=utf-8",
        "application/json",
    ),
    "text-in-one-lump": (STREAM, lambda r: number_of("content_block_delta")(r) == 1, False, True),
    "openai-error-envelope": (BAD, lambda r: list(r.json()), ["type", "error", "request_id"], ["error"]),
    "wrong-key-403-shape": (NO_KEY, lambda r: (r.status_code, "detail" in r.json()), (401, False), (403, True)),
    "error-200": (BAD, status, 400, 200),
    "error-as-stream": ({**BAD, "stream": True}, content_type, "application/json", "text/event-stream"),
    "request-id-missing": ({}, lambda r: "request-id" in r.headers, True, False),
    "count-tokens-doubled": ({"route": "count_tokens"}, lambda r: r.json()["input_tokens"] > 50, False, True),
    **stream_defects.WIRE,
    **answer_defects.WIRE,
    **http_defects.WIRE,
    **beta_defects.WIRE,
    **tool_defects.WIRE,
    **thinking_defects.WIRE,
    **media_defects.WIRE,
    **request_defects.WIRE,
    **form_defects.WIRE,
    **whole_run_defects.WIRE,
}


def send(ask: Asker, base: str, request: dict[str, Any]) -> httpx.Response:
    given: dict[str, Any] = {"model": "reference", "max_tokens": 1024, "prompt": "Say hi", **request}
    headers, route = given.pop("headers", HEADERS), given.pop("route", None)
    if "path" in given:
        return ask.send(given["method"], base + given["path"], headers=headers)
    if before := given.pop("after", None):
        send(ask, base, before)
    prompt = given.pop("prompt")
    given["messages"] = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    if route == "count_tokens" or given["max_tokens"] is ...:
        del given["max_tokens"]
    path = f"{base}/v1/messages" + (f"/{route}" if route else "")
    return ask.send("POST", path, headers=headers, json=given)


def test_every_defect_is_tried() -> None:
    assert set(WIRE) == set(DEFECTS)


@pytest.mark.parametrize("name", WIRE)
def test_a_defect_shows_on_the_wire(ask: Asker, name: str) -> None:
    request, see, without, with_it = WIRE[name]
    assert see(send(ask, "", request)) == without
    assert see(send(ask, f"/with/{name}", request)) == with_it


# Requests that touch everything; a defect may only show in those that its own request is like.
PROBES: dict[str, dict[str, Any]] = {
    "text": COUNT,
    "tool": TOOL,
    "thinking": THINK,
    "stream": STREAM,
    "stream of blocks": BLOCKS,
    "bad": BAD,
    "bad stream": {**BAD, "stream": True},
    "no key": NO_KEY,
    "unknown model": {"model": "nothing"},
    "tokens": {"route": "count_tokens"},
    "unknown field": {"colour": "red"},
    "stop": {**COUNT, "stop_sequences": ["9"]},
    "limit": {**COUNT, "max_tokens": 5},
    "system": {"prompt": "List the code words.", "system": CODE_WORDS},
    "history": {"prompt": NAMED},
    "forbidden tool": {**TOOL, "tool_choice": {"type": "none"}},
    "document": {"prompt": PAGE},
    "citations": {"prompt": QUOTED},
}

EVERY_MESSAGE = {"text", "tool", "thinking", "stop", "limit", "system", "history", "forbidden tool"}
STREAMS = {"stream", "stream of blocks"}
ERRORS = {"bad", "bad stream", "no key", "unknown model", "unknown field", "document", "citations"}

REACH: dict[str, set[str]] = {
    "message-id-missing": EVERY_MESSAGE | STREAMS,
    "message-id-constant": EVERY_MESSAGE | STREAMS,
    "stop-sequence-key-missing": EVERY_MESSAGE,
    "usage-missing": EVERY_MESSAGE,
    "usage-zero": EVERY_MESSAGE | STREAMS,
    "content-as-string": EVERY_MESSAGE,
    "tool-input-as-string": {"tool"},
    "stop-reason-end-turn-with-tool": {"tool", "stream of blocks"},
    "stop-sequences-dropped": {"stop"},
    "max-tokens-ignored": {"limit"},
    "system-dropped": {"system"},
    "second-system-block-dropped": {"system"},
    "history-dropped": {"history"},
    "tool-choice-ignored": {"forbidden tool"},
    "tools-dropped": {"tool", "stream of blocks", "forbidden tool"},
    "tool-arguments-wrong": {"tool", "stream of blocks"},
    "thinking-dropped": {"thinking"},
    "thinking-last": {"thinking"},
    "signature-missing": {"thinking"},
    "max-tokens-not-required": set(),
    "temperature-out-of-range-accepted": set(),
    "sampling-always-accepted": set(),
    "assistant-document-accepted": {"document"},
    "user-citations-accepted": {"citations"},
    "tool-pairing-unchecked": set(),
    "signature-unchecked": set(),
    "any-key": {"no key"},
    "block-index-constant": {"stream of blocks"},
    "stream-answered-with-json": STREAMS,
    "openai-error-envelope": ERRORS,
    "wrong-key-403-shape": {"no key"},
    "error-200": ERRORS,
    "error-as-stream": {"bad stream"},
    "request-id-missing": set(PROBES),
    "count-tokens-doubled": {"tokens"},
    **stream_defects.REACH,
    **answer_defects.REACH,
    **http_defects.REACH,
    **beta_defects.REACH,
    **tool_defects.REACH,
    **thinking_defects.REACH,
    **media_defects.REACH,
    **request_defects.REACH,
    **form_defects.REACH,
    **whole_run_defects.REACH,
}


def fingerprint(response: httpx.Response) -> str:
    """All of a response but what chance decides: the values of ids, signatures, lengths and clocks."""
    headers = {
        name: "" if name in ("request-id", "content-length") or name.endswith("-reset") else value
        for name, value in response.headers.items()
    }
    text = response.text
    body = [_steady(event) for event in events_of(text)] if "event" in text[:6] or "data:" in text[:6] else None
    extra = [line for line in text.splitlines() if not line.startswith("data: {")] if body is not None else []
    return json.dumps([response.status_code, headers, _whole(response) if body is None else body, extra])


def _whole(response: httpx.Response) -> Any:
    try:
        return _steady(response.json())
    except ValueError:
        return "not JSON"


def _steady(value: Any) -> Any:
    """JSON without what is new in each answer, except that a constant id stays visible."""
    if isinstance(value, list):
        return [_steady(item) for item in as_list(value)]
    if not isinstance(value, dict):
        return value
    chance = {"id", "signature", "request_id"}
    return {name: len(item) if name in chance else _steady(item) for name, item in as_object(value).items()}


@cache
def correct(probe: str) -> str:
    return fingerprint(send(Asker(), "", PROBES[probe]))


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_changes_nothing_else(ask: Asker, name: str) -> None:
    changed = {
        probe for probe, request in PROBES.items() if correct(probe) != fingerprint(send(ask, f"/with/{name}", request))
    }
    assert changed == REACH.get(name, STREAMS)
