"""What the defects of how requests are read change, for test_reference_defects.py."""

from __future__ import annotations

import httpx
from asking import HEADERS, WEATHER
from probes import Json, Wire

TWICE: Json = {"prompt": [{"role": "user", "content": "Hello"}, {"role": "user", "content": "Say hi"}]}
CONTEXT = {**HEADERS, "anthropic-beta": "context-management-2025-06-27"}
TOLD: Json = {
    "system": "The code word is FIG.",
    "prompt": [
        {"role": "user", "content": "Hello."},
        {"role": "system", "content": "The code word is BANANA."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "List the code words."},
        {"role": "system", "content": "The code word is CHERRY."},
    ],
}
BEGUN: Json = {"prompt": [{"role": "user", "content": "Count from 1 to 3."}, {"role": "assistant", "content": "1, 2,"}]}
INTERRUPTED: Json = {
    "prompt": [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "Say hi"},
    ]
}


def _status(response: httpx.Response) -> int:
    return response.status_code


def _words(response: httpx.Response) -> str:
    return "".join(block["text"] for block in response.json()["content"])


def _reason(response: httpx.Response) -> str:
    return response.json()["stop_reason"]


def _edited(kind: str) -> Json:
    return {"context_management": {"edits": [{"type": kind}]}, "headers": CONTEXT}


WIRE: Wire = {
    "optional-fields-refused": ({"metadata": {"user_id": "someone"}}, _status, 200, 400, set()),
    "alternation-required": (TWICE, _status, 200, 400, set()),
    "max-tokens-renamed": ({"model": "reference-thinking"}, _status, 200, 400, set()),
    "limit-untold": ({"max_tokens": 32_000}, _status, 200, 400, set()),
    "context-management-refused": (_edited("clear_tool_uses_20250919"), _status, 200, 400, set()),
    "edit-without-its-thinking": (_edited("clear_thinking_20251015"), _status, 200, 400, set()),
    "effort-refused": ({"output_config": {"effort": "low"}}, _status, 200, 400, set()),
    "stop-sequences-counted": ({"stop_sequences": list("vwxyz")}, _status, 200, 400, set()),
    "empty-turn-fails": (INTERRUPTED, _status, 400, 500, set()),
    "blank-stop-sequence-fails": ({"stop_sequences": [" "]}, _status, 400, 500, set()),
    "blank-stop-sequence-stops": ({"stop_sequences": [""]}, _status, 400, 200, set()),
    "max-tokens-unchecked": ({"max_tokens": -1}, _status, 400, 200, {"bad"}),
    "tool-names-unchecked": ({"tools": [{**WEATHER, "name": "a b"}]}, _status, 400, 200, set()),
    "later-system-turns-dropped": (TOLD, _words, "FIG, BANANA, CHERRY", "FIG, BANANA", set()),
    "prefill-dropped": (BEGUN, _words, " 3", "1, 2, 3", set()),
    "max-tokens-lowered": ({"prompt": "Count from 1 to 300."}, _reason, "end_turn", "max_tokens", set()),
}
