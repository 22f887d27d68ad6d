"""Requests that touch everything, to see which of them a defect changes, and what a table of defects is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx
from asking import WEATHER

Json: TypeAlias = dict[str, Any]

See: TypeAlias = Callable[[httpx.Response], Any]
"""What a defect changes, read off a response."""

Wire: TypeAlias = dict[str, tuple[Json, See, Any, Any, set[str]]]
"""Defect: a request, what is seen of the answer, without the defect, with it, and the probes that it changes."""

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
