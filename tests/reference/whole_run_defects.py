"""What the defects of whole runs and of connections change, for test_reference_defects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from asking import WEATHER

Json = dict[str, Any]
See = Callable[[httpx.Response], Any]

MARKED: Json = {
    "system": [
        {"type": "text", "text": "All about answers that come again. " * 400, "cache_control": {"type": "ephemeral"}}
    ]
}
TOOL: Json = {"prompt": "What is the weather in Oslo?", "tools": [WEATHER]}
STREAM: Json = {"prompt": "Count from 1 to 30.", "stream": True}


def read_from_cache(response: httpx.Response) -> bool:
    """A request that is answered anew reads what the one before it has written."""
    return response.json()["usage"]["cache_read_input_tokens"] > 0


LONG: Json = {"prompt": "Count from 1 to 120.", "metadata": {"user_id": "busy"}, "stream": True}
TIERED: Json = {"service_tier": "auto"}

WIRE: dict[str, tuple[Json, See, Any, Any]] = {
    "answers-replayed-from-cache": ({**MARKED, "after": MARKED}, read_from_cache, True, False),
    "limit-without-retry-after": ({**TIERED, "prompt": "One"}, lambda r: r.status_code, 200, 429),
    "limit-in-foreign-shape": ({**TIERED, "prompt": "Two"}, lambda r: r.status_code, 200, 429),
    "large-bodies-refused": ({"prompt": "word " * 30_000}, lambda r: r.status_code, 200, 413),
    "session-busy-after-hang-up": (
        {"metadata": {"user_id": "busy"}, "after": LONG},
        lambda r: r.status_code,
        200,
        400,
    ),
    "request-id-constant": ({}, lambda r: r.headers["request-id"] == "req_1", False, True),
    "request-id-lost-with-tools": (TOOL, lambda r: "request-id" in r.headers, True, False),
    "streamed-model-renamed": (STREAM, lambda r: '"model":"backend/reference"' in r.text, False, True),
}
"""Defect: request, what is seen, without the defect, with it."""

REACH: dict[str, set[str]] = {
    "answers-replayed-from-cache": set(),
    "limit-without-retry-after": set(),
    "limit-in-foreign-shape": set(),
    "large-bodies-refused": set(),
    "session-busy-after-hang-up": set(),
    "request-id-constant": set(),
    "request-id-lost-with-tools": {"tool", "stream of blocks", "forbidden tool"},
}
"""Defect: the probes that it changes, where these are not all streams."""
