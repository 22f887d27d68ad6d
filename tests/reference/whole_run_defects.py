"""What the defects of whole runs and of connections change, for test_reference_defects.py."""

from __future__ import annotations

import httpx
from asking import WEATHER
from probes import ERRORS, STREAMS, Json, Wire

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


WIRE: Wire = {
    "answers-replayed-from-cache": ({**MARKED, "after": MARKED}, read_from_cache, True, False, set()),
    "limit-without-retry-after": ({**TIERED, "prompt": "One"}, lambda r: r.status_code, 200, 429, set()),
    "limit-in-foreign-shape": ({**TIERED, "prompt": "Two"}, lambda r: r.status_code, 200, 429, set()),
    "large-bodies-refused": ({"prompt": "word " * 30_000}, lambda r: r.status_code, 200, 413, set()),
    "session-busy-after-hang-up": (
        {"metadata": {"user_id": "busy"}, "after": LONG},
        lambda r: r.status_code,
        200,
        400,
        set(),
    ),
    "key-in-errors": (
        {"max_tokens": "x"},
        lambda r: "reference-key" in r.text,
        False,
        True,
        ERRORS,
    ),
    "request-id-constant": ({}, lambda r: r.headers["request-id"] == "req_1", False, True, set()),
    "request-id-lost-with-tools": (
        TOOL,
        lambda r: "request-id" in r.headers,
        True,
        False,
        {"tool", "stream of blocks", "forbidden tool"},
    ),
    "streamed-model-renamed": (STREAM, lambda r: '"model":"backend/reference"' in r.text, False, True, STREAMS),
}
