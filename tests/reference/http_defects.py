"""What the defects around messages change, for test_reference_defects.py."""

from __future__ import annotations

from typing import Any

import httpx
from asking import HEADERS, events_of
from probes import ERRORS, STREAMS, Json, See, Wire

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


MESSAGES = {"text", "tool", "thinking", "stop", "limit", "system", "history", "forbidden tool"}


WIRE: Wire = {
    "error-body-as-event": (BAD, opens, '{"type', "event:", ERRORS),
    "refused-stream-ends-turn": (BAD_STREAM, status, 400, 200, {"bad stream"}),
    "refused-stream-never-ends": (BAD_STREAM, status, 400, 200, {"bad stream"}),
    "refusal-of-framework": ({"service_tier": "auto"}, status, 200, 422, set()),
    "overload-as-400": ({"route": "count_tokens"}, status, 200, 400, {"tokens"}),
    "refusal-as-overload": (TAMPERED, told, (400, "invalid_request_error"), (429, "overloaded_error"), set()),
    "error-message-compressed": (BAD, readable, True, False, ERRORS),
    "error-message-holds-event": (BAD, readable, True, False, ERRORS),
    "template-fails": ({"system": [{"type": "text", "text": "Be brief."}] * 3}, status, 200, 500, set()),
    "error-types-foreign": (BAD, told, (400, "invalid_request_error"), (400, "upstream_error"), ERRORS),
    "error-without-type": (BAD, lambda r: "type" in r.json(), True, False, ERRORS),
    "unknown-model-400": (UNKNOWN, told, (404, "not_found_error"), (400, "model_not_found"), {"unknown model"}),
    "unknown-model-served": (UNKNOWN, status, 404, 200, {"unknown model"}),
    "one-model-for-all": ({"model": "reference-small"}, at("model"), "reference-small", "reference", set()),
    "agents-only": ({}, status, 200, 403, MESSAGES | STREAMS | ERRORS | {"tokens"}),
    "bearer-refused": ({"headers": BEARER}, status, 200, 401, {"no key"}),
    "beta-invented": ({}, status, 200, 400, MESSAGES | STREAMS),
    "betas-dropped": (MANAGED, status, 200, 400, set()),
    "version-unchecked": ({"headers": {**HEADERS, "anthropic-version": "banana"}}, status, 400, 200, set()),
    "beta-unchecked": ({"headers": {**HEADERS, "anthropic-beta": "banana"}}, status, 400, 200, set()),
    "root-405": (get("/", "HEAD"), status, 200, 405, set()),
    "unknown-path-foreign": (get("/v1/messages/batches"), lambda r: next(iter(r.json())), "type", "detail", set()),
    "rate-limit-epoch": ({}, reset, False, True, set()),
    "page-ids-wrong": (get("/v1/models"), at("first_id"), "reference", "0", set()),
    "page-ids-null": (get("/v1/models"), at("first_id"), "reference", None, set()),
    "paging-ignored": (get("/v1/models?limit=1"), lambda r: len(r.json()["data"]), 1, 3, set()),
    "default-model-looked-up": (get("/v1/models/reference"), at("id"), "reference", "default", set()),
    "models-listed-under-other-names": (get("/v1/models"), at("first_id"), "reference", "vendor/reference", set()),
    "answer-empty": ({}, lambda r: len(r.content) == 0, False, True, MESSAGES | STREAMS),
    "stream-required": ({}, status, 200, 400, MESSAGES),
    "streams-share-state": (
        {
            **SESSION,
            "prompt": "Repeat the word MAPLE 30 times.",
            "after": {**SESSION, "prompt": "Repeat the word HERON 30 times."},
        },
        lambda r: "HERON" in " ".join(words(r)),
        False,
        True,
        set(),
    ),
    "stream-restarted": (STREAM, starts, 1, 2, {"stream"}),
}
