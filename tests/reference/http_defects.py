"""What the defects around messages change, for test_reference_defects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from asking import HEADERS, events_of

Json = dict[str, Any]
See = Callable[[httpx.Response], Any]

BAD: Json = {"max_tokens": "x"}
BAD_STREAM: Json = {**BAD, "stream": True}
UNKNOWN: Json = {"model": "nothing"}
COUNT: Json = {"prompt": "Count from 1 to 30."}
STREAM: Json = {**COUNT, "stream": True}
TAMPERED: Json = {
    "prompt": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": "c2ln"}]},
        {"role": "user", "content": "Say hi"},
    ]
}
BEARER = {**{k: v for k, v in HEADERS.items() if k != "x-api-key"}, "authorization": "Bearer reference-key"}
MANAGED: Json = {
    "headers": {**HEADERS, "anthropic-beta": "context-management-2025-06-27"},
    "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
}
SESSION: Json = {"metadata": {"user_id": "one-session"}, "stream": True}


def status(response: httpx.Response) -> int:
    return response.status_code


def told(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["type"]


def at(*path: str) -> See:
    def see(response: httpx.Response) -> Any:
        value: Any = response.json()
        for name in path:
            value = value[name]
        return value

    return see


def opens(response: httpx.Response) -> str:
    return response.text[:6]


def readable(response: httpx.Response) -> bool:
    message = response.json()["error"]["message"]
    return "\ufffd" not in message and "data:" not in message


def words(response: httpx.Response) -> set[str]:
    deltas = (event.get("delta", {}).get("text", "") for event in events_of(response.text))
    return set("".join(deltas).split())


def starts(response: httpx.Response) -> int:
    return response.text.count("event: message_start")


def reset(response: httpx.Response) -> bool:
    return response.headers["anthropic-ratelimit-tokens-reset"].isdecimal()


def get(path: str, method: str = "GET") -> Json:
    return {"method": method, "path": path}


WIRE: dict[str, tuple[Json, See, Any, Any]] = {
    "error-body-as-event": (BAD, opens, '{"type', "event:"),
    "refused-stream-ends-turn": (BAD_STREAM, status, 400, 200),
    "refused-stream-never-ends": (BAD_STREAM, status, 400, 200),
    "refusal-of-framework": ({"service_tier": "auto"}, status, 200, 422),
    "overload-as-400": ({"route": "count_tokens"}, status, 200, 400),
    "refusal-as-overload": (TAMPERED, told, (400, "invalid_request_error"), (429, "overloaded_error")),
    "error-message-compressed": (BAD, readable, True, False),
    "error-message-holds-event": (BAD, readable, True, False),
    "template-fails": ({"system": [{"type": "text", "text": "Be brief."}] * 3}, status, 200, 500),
    "error-types-foreign": (BAD, told, (400, "invalid_request_error"), (400, "upstream_error")),
    "error-without-type": (BAD, lambda r: "type" in r.json(), True, False),
    "unknown-model-400": (UNKNOWN, told, (404, "not_found_error"), (400, "model_not_found")),
    "unknown-model-served": (UNKNOWN, status, 404, 200),
    "one-model-for-all": ({"model": "reference-small"}, at("model"), "reference-small", "reference"),
    "agents-only": ({}, status, 200, 403),
    "bearer-refused": ({"headers": BEARER}, status, 200, 401),
    "beta-invented": ({}, status, 200, 400),
    "betas-dropped": (MANAGED, status, 200, 400),
    "version-unchecked": ({"headers": {**HEADERS, "anthropic-version": "banana"}}, status, 400, 200),
    "beta-unchecked": ({"headers": {**HEADERS, "anthropic-beta": "banana"}}, status, 400, 200),
    "root-405": (get("/", "HEAD"), status, 200, 405),
    "unknown-path-foreign": (get("/v1/messages/batches"), lambda r: next(iter(r.json())), "type", "detail"),
    "rate-limit-epoch": ({}, reset, False, True),
    "page-ids-wrong": (get("/v1/models"), at("first_id"), "reference", "0"),
    "page-ids-null": (get("/v1/models"), at("first_id"), "reference", None),
    "paging-ignored": (get("/v1/models?limit=1"), lambda r: len(r.json()["data"]), 1, 3),
    "default-model-looked-up": (get("/v1/models/reference"), at("id"), "reference", "default"),
    "models-listed-under-other-names": (get("/v1/models"), at("first_id"), "reference", "vendor/reference"),
    "answer-empty": ({}, lambda r: len(r.content) == 0, False, True),
    "stream-required": ({}, status, 200, 400),
    "streams-share-state": (
        {
            **SESSION,
            "prompt": "Repeat the word MAPLE 30 times.",
            "after": {**SESSION, "prompt": "Repeat the word HERON 30 times."},
        },
        lambda r: "HERON" in " ".join(words(r)),
        False,
        True,
    ),
    "stream-restarted": (STREAM, starts, 1, 2),
}
"""Defect: request, what is seen, without the defect, with it."""

MESSAGES = {"text", "tool", "thinking", "stop", "limit", "system", "history", "forbidden tool"}
STREAMS = {"stream", "stream of blocks"}
ERRORS = {"bad", "bad stream", "no key", "unknown model", "unknown field", "document", "citations"}

REACH: dict[str, set[str]] = {
    "error-body-as-event": ERRORS,
    "refused-stream-ends-turn": {"bad stream"},
    "refused-stream-never-ends": {"bad stream"},
    "refusal-of-framework": set(),
    "overload-as-400": {"tokens"},
    "refusal-as-overload": set(),
    "error-message-compressed": ERRORS,
    "error-message-holds-event": ERRORS,
    "template-fails": set(),
    "error-types-foreign": ERRORS,
    "error-without-type": ERRORS,
    "unknown-model-400": {"unknown model"},
    "unknown-model-served": {"unknown model"},
    "one-model-for-all": set(),
    "agents-only": MESSAGES | STREAMS | ERRORS | {"tokens"},
    "bearer-refused": {"no key"},
    "beta-invented": MESSAGES | STREAMS,
    "betas-dropped": set(),
    "version-unchecked": set(),
    "beta-unchecked": set(),
    "root-405": set(),
    "unknown-path-foreign": set(),
    "rate-limit-epoch": set(),
    "page-ids-wrong": set(),
    "page-ids-null": set(),
    "paging-ignored": set(),
    "default-model-looked-up": set(),
    "models-listed-under-other-names": set(),
    "answer-empty": MESSAGES | STREAMS,
    "stream-required": MESSAGES,
    "streams-share-state": set(),
    "stream-restarted": {"stream"},
}
"""Defect: the probes that it changes, where these are not all streams. The hours of resets are left out of them."""
