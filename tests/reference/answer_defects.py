"""What the defects of answers and their counts change, for test_reference_defects.py."""

from __future__ import annotations

from typing import Any

import httpx
from asking import WEATHER, events_of
from probes import STREAMS, Json, See, Wire

COUNT: Json = {"prompt": "Count from 1 to 30."}
CALL: Json = {"prompt": "Hello.", "tools": [WEATHER], "tool_choice": {"type": "any"}}
NAMED: Json = {**CALL, "tool_choice": {"type": "tool", "name": WEATHER["name"]}}
THINK: Json = {"prompt": "Say hi", "thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048}
STREAM: Json = {**COUNT, "stream": True}
REFUSED: Json = {"prompt": "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1"}
SEARCH: Json = {
    "prompt": 'Search the web for "tides".',
    "tools": [{"type": "web_search_20250305", "name": "web_search"}],
    "stream": True,
}
MARK = {"cache_control": {"type": "ephemeral"}}
_RED_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
MINUTES_FIRST = [
    {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "5m"}},
    {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
]


def _long(topic: str) -> Json:
    """A prompt that is cached. Each defect has a topic of its own, since the correct reference remembers prefixes."""
    return {"system": [{"type": "text", "text": f"All about {topic}. " * 400, **MARK}]}


def _again(topic: str, **more: Any) -> Json:
    return {**_long(topic), **more, "after": _long(topic)}


def _marks(number: int) -> Json:
    blocks = [{"type": "text", "text": f"Part {n}.", **MARK} for n in range(number)]
    return {"system": "Be brief.", "prompt": [{"role": "user", "content": blocks}]}


def _counted(**more: Any) -> Json:
    return {"route": "count_tokens", **more}


def _picture() -> list[Json]:
    source = {"type": "base64", "media_type": "image/png", "data": _RED_PIXEL}
    return [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image", "source": source}]}]


def status(response: httpx.Response) -> int:
    return response.status_code


def body(*path: str) -> See:
    def see(response: httpx.Response) -> Any:
        value: Any = response.json()
        for name in path:
            value = value[name]
        return value

    return see


def kinds(response: httpx.Response) -> list[str]:
    return [block["type"] for block in response.json()["content"]]


def begins(start: str) -> See:
    return lambda response: response.json()["content"][0]["text"].startswith(start)


def usage_of(kind: str, name: str) -> See:
    def see(response: httpx.Response) -> Any:
        event = next(event for event in events_of(response.text) if event["type"] == kind)
        return event.get("message", event)["usage"].get(name)

    return see


def above(count: int, see: See) -> See:
    return lambda response: see(response) > count


def start_below_end(response: httpx.Response) -> bool:
    start, end = (usage_of(kind, "input_tokens")(response) for kind in ("message_start", "message_delta"))
    return start < end


def stream_reason(response: httpx.Response) -> Any:
    return next(event for event in events_of(response.text) if event["type"] == "message_delta")["delta"]["stop_reason"]


TEXTS = {"text", "thinking", "stop", "limit", "system", "history", "forbidden tool"}
MESSAGES = TEXTS | {"tool"}
END_OF_TURN = {"text", "thinking", "system", "history", "forbidden tool", "stream"}


WIRE: Wire = {
    "template-residue": ({}, begins("<|im_start|>"), False, True, MESSAGES | STREAMS),
    "stream-id-constant": (
        STREAM,
        lambda r: events_of(r.text)[0]["message"]["id"] == "msg_stream",
        False,
        True,
        STREAMS,
    ),
    "leading-newlines": ({}, begins("\n\n"), False, True, MESSAGES | STREAMS),
    "empty-text-emitted": (CALL, kinds, ["tool_use"], ["text", "tool_use"], set()),
    "thinking-only": (THINK, kinds, ["thinking", "text"], ["thinking"], {"thinking"}),
    "text-lost": ({}, kinds, ["text"], [], END_OF_TURN - {"thinking"}),
    "call-unasked": ({}, kinds, ["text"], ["text", "tool_use"], END_OF_TURN - {"forbidden tool"}),
    "call-rendered-as-text": (CALL, kinds, ["tool_use"], ["text"], {"tool", "stream of blocks"}),
    "stream-by-default": ({"stream": False}, lambda r: r.text[:6], '{"id":', "event:", MESSAGES),
    "finish-reason-passed-on": ({}, body("stop_reason"), "end_turn", "stop", MESSAGES | STREAMS),
    "forced-call-ends-turn": (NAMED, body("stop_reason"), "tool_use", "end_turn", set()),
    "stream-always-ends-turn": (
        {**STREAM, "max_tokens": 5},
        stream_reason,
        "max_tokens",
        "end_turn",
        {"stream of blocks"},
    ),
    "stop-reason-null": ({}, body("stop_reason"), "end_turn", None, MESSAGES | STREAMS),
    "refusal-ends-turn": (REFUSED, body("stop_reason"), "refusal", "end_turn", set()),
    "refusal-without-details": (REFUSED, lambda r: r.json()["stop_details"] is None, False, True, set()),
    "counts-as-floats": (
        {},
        lambda r: isinstance(r.json()["usage"]["output_tokens"], float),
        False,
        True,
        MESSAGES | STREAMS,
    ),
    "start-input-estimated": (STREAM, start_below_end, False, True, STREAMS),
    "delta-input-zero": (STREAM, above(0, usage_of("message_delta", "input_tokens")), True, False, STREAMS),
    "search-results-uncounted": (SEARCH, start_below_end, True, False, set()),
    "cached-prefix-in-start": (
        _again("anchors", stream=True),
        above(500, usage_of("message_start", "input_tokens")),
        False,
        True,
        set(),
    ),
    "cache-counts-not-streamed": (
        _again("beacons", stream=True),
        lambda r: (usage_of("message_start", "cache_read_input_tokens")(r) or 0) > 500,
        True,
        False,
        STREAMS,
    ),
    "cached-tokens-unmapped": (
        _again("cranes"),
        above(500, body("usage", "cache_read_input_tokens")),
        True,
        False,
        set(),
    ),
    "cached-part-counted-twice": (_again("docks"), above(500, body("usage", "input_tokens")), False, True, set()),
    "stop-sequence-decomposed": (
        {"prompt": "Reply with exactly: to Zürich", "stop_sequences": ["Zürich"]},
        lambda r: r.json()["stop_sequence"] == "Zürich",
        True,
        False,
        set(),
    ),
    "token-count-as-float": (
        _counted(),
        lambda r: isinstance(r.json()["input_tokens"], float),
        False,
        True,
        {"tokens"},
    ),
    "refusal-as-client-error": (REFUSED, status, 200, 400, set()),
    "cache-writes-as-input": (
        _long("herons"),
        above(500, body("usage", "cache_creation_input_tokens")),
        True,
        False,
        set(),
    ),
    "cache-read-halved": (_again("eddies"), above(1000, body("usage", "cache_read_input_tokens")), True, False, set()),
    "cache-creation-parts-missing": (
        _long("ferries"),
        lambda r: "cache_creation" in r.json()["usage"],
        True,
        False,
        MESSAGES | STREAMS,
    ),
    "cache-creation-parts-zero": (
        _long("gulls"),
        above(500, body("usage", "cache_creation", "ephemeral_5m_input_tokens")),
        True,
        False,
        set(),
    ),
    "cache-mark-on-tools-refused": ({"tools": [{**WEATHER, **MARK}]}, status, 200, 400, set()),
    "cache-mark-added": (_marks(4), status, 200, 400, set()),
    "any-number-of-cache-marks": (_marks(5), status, 400, 200, set()),
    "cache-marks-in-any-order": ({"system": MINUTES_FIRST}, status, 400, 200, set()),
    "count-tokens-missing": (_counted(), status, 200, 404, {"tokens"}),
    "models-missing": ({"method": "GET", "path": "/v1/models"}, status, 200, 404, set()),
    "count-tokens-at-another-backend": (_counted(), status, 200, 401, {"tokens"}),
    "count-without-tools": (_counted(tools=[WEATHER]), above(40, body("input_tokens")), True, False, set()),
    "count-without-system": (_counted(system="Be brief. " * 20), above(40, body("input_tokens")), True, False, set()),
    "count-without-images": (_counted(prompt=_picture()), above(100, body("input_tokens")), True, False, set()),
}
