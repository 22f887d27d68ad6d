"""What the defects of thinking change, for test_reference_defects.py."""

from __future__ import annotations

import httpx
from asking import OLD, WEATHER, events_of
from probes import Json, See, Wire

ENABLED: Json = {"type": "enabled", "budget_tokens": 1024}
ADAPTIVE: Json = {"type": "adaptive"}
THINK: Json = {"prompt": "Say hi", "thinking": ENABLED, "max_tokens": 2048}
STREAM: Json = {**THINK, "stream": True}
CITIES: Json = {
    "prompt": "Use the get_weather tool for Oslo and for Bergen.",
    "tools": [WEATHER],
    "thinking": ADAPTIVE,
    "max_tokens": 2048,
}
REDACTED: Json = {
    "prompt": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "ZGF0YQ=="}]},
        {"role": "user", "content": "Say hi"},
    ]
}
LOOP: Json = {
    "prompt": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}]},
    ],
    "tools": [WEATHER],
}
SWITCHED_ON: Json = {
    **LOOP,
    "prompt": [*LOOP["prompt"], {"role": "assistant", "content": "Sun."}, {"role": "user", "content": "Say hi"}],
}
NOTES: Json = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "The first code word is BANANA."},
}
SORTABLE: Json = {
    "prompt": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [NOTES, {"type": "text", "text": "The second code word is CHERRY."}]},
        {"role": "user", "content": "List the code words."},
    ],
    "headers": OLD,
}


def status(response: httpx.Response) -> int:
    return response.status_code


def kinds(response: httpx.Response) -> list[str]:
    return [block["type"] for block in response.json()["content"]]


def first(name: str) -> See:
    return lambda response: response.json()["content"][0].get(name)


def deltas(response: httpx.Response) -> list[str]:
    """The kinds of deltas, and the ends of blocks, each once in a row."""
    told: list[str] = []
    for event in events_of(response.text):
        kind = event.get("delta", {}).get("type") or event["type"]
        if (kind.endswith("_delta") and kind != "message_delta") or kind == "content_block_stop":
            told += [kind] if told[-1:] != [kind] else []
    return told


WHOLE = ["thinking_delta", "signature_delta", "content_block_stop", "text_delta", "content_block_stop"]
INTERLEAVED = ["thinking", "text", "tool_use", "thinking", "tool_use"]

NOT_THINKING = {
    "text",
    "tool",
    "stop",
    "limit",
    "system",
    "history",
    "forbidden tool",
    "stream",
    "stream of blocks",
}


WIRE: Wire = {
    "thinking-text-stripped": (THINK, lambda r: first("thinking")(r) == "", False, True, {"thinking"}),
    "omitted-thinking-absent": (
        {**THINK, "thinking": {**ENABLED, "display": "omitted"}},
        kinds,
        ["thinking", "text"],
        ["text"],
        set(),
    ),
    "thinking-demanded-of-earlier-turns": ({**THINK, **SWITCHED_ON}, status, 200, 400, set()),
    "thinking-history-refused": (REDACTED, status, 200, 400, set()),
    "adaptive-refused": ({**THINK, "thinking": ADAPTIVE}, status, 200, 400, set()),
    "thinking-demanded-back": (LOOP, status, 200, 400, set()),
    "thinking-budget-unchecked": ({**THINK, "thinking": {**ENABLED, "budget_tokens": 4096}}, status, 400, 200, set()),
    "thinking-not-disabled": (
        {"prompt": "Say hi", "thinking": {"type": "disabled"}},
        kinds,
        ["text"],
        ["thinking", "text"],
        set(),
    ),
    "thinking-by-default": ({"prompt": "Say hi", "max_tokens": 64}, kinds, ["text"], ["thinking"], NOT_THINKING),
    "thinking-dropped-for-tool": (
        {**THINK, "tools": [WEATHER], "tool_choice": {"type": "any"}},
        status,
        400,
        200,
        set(),
    ),
    "thinking-display-ignored": (
        {**THINK, "thinking": {**ENABLED, "display": "omitted"}},
        lambda response: first("thinking")(response) == "",
        True,
        False,
        set(),
    ),
    "thinking-in-text": (THINK, kinds, ["thinking", "text"], ["text"], {"thinking"}),
    "thinking-merged": (CITIES, kinds, INTERLEAVED, ["thinking", "text", "tool_use", "tool_use"], set()),
    "history-sorted": (SORTABLE, first("text"), "BANANA, CHERRY", "CHERRY, BANANA", set()),
    "signature-fabricated": (THINK, lambda r: first("signature")(r) == "cGxhY2Vob2xkZXI=", False, True, {"thinking"}),
    "signature-not-streamed": (STREAM, lambda r: "signature_delta" in deltas(r), True, False, set()),
    "signature-late": (STREAM, lambda r: deltas(r)[:3] == WHOLE[:3], True, False, set()),
    "signature-in-block-of-its-own": (STREAM, lambda r: deltas(r).count("content_block_stop"), 2, 3, set()),
}
