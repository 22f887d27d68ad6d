"""Each defect shows on the wire, and nothing else changes."""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from asking import HEADERS, OLD, Asker, events_of
from members import over
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.narrow import as_list, as_object
from probes import (
    BAD,
    BLOCKS,
    CODE_WORDS,
    COUNT,
    ERRORS,
    EVERY_MESSAGE,
    NAMED,
    NO_KEY,
    PAGE,
    PROBES,
    QUOTED,
    RESULT,
    STREAM,
    STREAMS,
    TAMPERED,
    THINK,
    TOOL,
    See,
    Wire,
)


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


OF_MESSAGES: Wire = {
    "message-id-missing": ({}, lambda r: "id" in r.json(), True, False, EVERY_MESSAGE | STREAMS),
    "message-id-constant": ({}, lambda r: r.json()["id"] == "msg_1", False, True, EVERY_MESSAGE | STREAMS),
    "stop-sequence-key-missing": ({}, key("stop_sequence"), None, "none", EVERY_MESSAGE),
    "usage-missing": ({}, lambda r: "usage" in r.json(), True, False, EVERY_MESSAGE),
    "usage-zero": ({}, lambda r: r.json()["usage"]["output_tokens"] == 0, False, True, EVERY_MESSAGE | STREAMS),
    "content-as-string": ({}, shape, "list", "str", EVERY_MESSAGE),
    "tool-input-as-string": (TOOL, inputs, {"city": "Oslo"}, '{"city": "Oslo"}', {"tool"}),
    "stop-reason-end-turn-with-tool": (TOOL, key("stop_reason"), "tool_use", "end_turn", {"tool", "stream of blocks"}),
    "stop-sequences-dropped": (
        {**COUNT, "stop_sequences": ["9"]},
        key("stop_reason"),
        "stop_sequence",
        "end_turn",
        {"stop"},
    ),
    "max-tokens-ignored": ({**COUNT, "max_tokens": 5}, key("stop_reason"), "max_tokens", "end_turn", {"limit"}),
    "system-dropped": (
        {"prompt": "What is the code word?", "system": "The code word is FIG."},
        lambda r: words(r) == "FIG",
        True,
        False,
        {"system"},
    ),
    "second-system-block-dropped": (
        {"prompt": "List the code words.", "system": CODE_WORDS},
        words,
        "BANANA, CHERRY",
        "BANANA",
        {"system"},
    ),
    "history-dropped": ({"prompt": NAMED}, lambda r: "Ada" in words(r), True, False, {"history"}),
    "tool-choice-ignored": (
        {**TOOL, "tool_choice": {"type": "none"}},
        key("stop_reason"),
        "end_turn",
        "tool_use",
        {"forbidden tool"},
    ),
    "tools-dropped": (TOOL, key("stop_reason"), "tool_use", "end_turn", {"tool", "stream of blocks", "forbidden tool"}),
    "tool-arguments-wrong": (TOOL, inputs, {"city": "Oslo"}, {"unexpected": [None]}, {"tool", "stream of blocks"}),
    "thinking-dropped": (THINK, kinds, ["thinking", "text"], ["text"], {"thinking"}),
    "thinking-last": (THINK, kinds, ["thinking", "text"], ["text", "thinking"], {"thinking"}),
    "signature-missing": (THINK, lambda r: "signature" in r.json()["content"][0], True, False, {"thinking"}),
    "max-tokens-not-required": ({"max_tokens": ...}, status, 400, 200, set()),
    "temperature-out-of-range-accepted": ({"temperature": 1.5, "headers": OLD}, status, 400, 200, set()),
    "sampling-always-accepted": ({"temperature": 1.0}, status, 400, 200, set()),
    "assistant-document-accepted": ({"prompt": PAGE}, status, 400, 200, {"document"}),
    "user-citations-accepted": ({"prompt": QUOTED}, status, 400, 200, {"citations"}),
    "tool-pairing-unchecked": ({"prompt": RESULT}, status, 400, 200, set()),
    "signature-unchecked": ({"prompt": TAMPERED}, status, 400, 200, set()),
    "any-key": (NO_KEY, status, 401, 200, {"no key"}),
    "duplicate-message-start": (STREAM, number_of("message_start"), 1, 2, STREAMS),
    "message-stop-missing": (STREAM, number_of("message_stop"), 1, 0, STREAMS),
    "message-delta-missing": (STREAM, number_of("message_delta"), 1, 0, STREAMS),
    "done-sentinel": (STREAM, lambda r: r.text.endswith("data: [DONE]\n\n"), False, True, STREAMS),
    "events-unnamed": (STREAM, lambda r: "event:" in r.text, True, False, STREAMS),
    "block-index-constant": (BLOCKS, indexes, [0, 1], [0], {"stream of blocks"}),
    "block-stop-missing": (STREAM, number_of("content_block_stop"), 1, 0, STREAMS),
    "delta-before-start": (STREAM, lambda r: told(r)[1], "content_block_start", "content_block_delta", STREAMS),
    "message-delta-usage-missing": (STREAM, lambda r: "usage" in in_event("message_delta")(r), True, False, STREAMS),
    "message-delta-usage-incremental": (
        STREAM,
        lambda r: (
            in_event("message_delta", "usage", "output_tokens")(r)
            < in_event("message_start", "message", "usage", "output_tokens")(r)
        ),
        False,
        True,
        STREAMS,
    ),
    "start-usage-zero": (
        STREAM,
        lambda r: in_event("message_start", "message", "usage", "input_tokens")(r) > 0,
        True,
        False,
        STREAMS,
    ),
    "stop-reason-in-start": (STREAM, in_event("message_start", "message", "stop_reason"), None, "end_turn", STREAMS),
    "stream-answered-with-json": (
        STREAM,
        content_type,
        "text/event-stream; charset=utf-8",
        "application/json",
        STREAMS,
    ),
    "text-in-one-lump": (STREAM, lambda r: number_of("content_block_delta")(r) == 1, False, True, STREAMS),
    "openai-error-envelope": (BAD, lambda r: list(r.json()), ["type", "error", "request_id"], ["error"], ERRORS),
    "wrong-key-403-shape": (
        NO_KEY,
        lambda r: (r.status_code, "detail" in r.json()),
        (401, False),
        (403, True),
        {"no key"},
    ),
    "error-200": (BAD, status, 400, 200, ERRORS),
    "error-as-stream": ({**BAD, "stream": True}, content_type, "application/json", "text/event-stream", {"bad stream"}),
    "request-id-missing": ({}, lambda r: "request-id" in r.headers, True, False, set(PROBES)),
    "count-tokens-doubled": (
        {"route": "count_tokens"},
        lambda r: r.json()["input_tokens"] > 50,
        False,
        True,
        {"tokens"},
    ),
}

TABLES = [path.stem for path in Path(__file__).parent.glob("*_defects.py") if not path.stem.startswith("test_")]
WIRE: Wire = OF_MESSAGES | {
    name: shows for table in sorted(TABLES) for name, shows in cast("Wire", import_module(table).WIRE).items()
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


@over("name", WIRE)
def test_a_defect_shows_on_the_wire(ask: Asker, name: str) -> None:
    request, see, without, with_it, _ = WIRE[name]
    assert see(send(ask, "", request)) == without
    assert see(send(ask, f"/with/{name}", request)) == with_it


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


@pytest.mark.gate
@over("name", DEFECTS)
def test_a_defect_changes_nothing_else(ask: Asker, name: str) -> None:
    changed = {
        probe for probe, request in PROBES.items() if correct(probe) != fingerprint(send(ask, f"/with/{name}", request))
    }
    assert changed == WIRE[name][-1]
