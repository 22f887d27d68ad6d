"""The models that the reference offers (contract: models)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messages_conformance.reference.http.errors import Refusal, invalid

CONTEXT_WINDOW = 200_000
OUTPUT_CEILING = 128_000
DEFAULT_PAGE = 20

ALIASES = {"reference-latest": "reference", "reference-thinking-latest": "reference-thinking"}


def _info(model_id: str, name: str, created: str) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model_id,
        "display_name": name,
        "created_at": created,
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": None,
        "max_input_tokens": CONTEXT_WINDOW,
        "max_tokens": OUTPUT_CEILING,
        "capabilities": None,
    }


MODELS: Mapping[str, dict[str, Any]] = {
    info["id"]: info
    for info in (
        _info("reference", "Reference", "2026-10-21T00:00:00Z"),
        _info("reference-thinking", "Reference Thinking", "2026-09-01T00:00:00Z"),
        _info("reference-small", "Reference Small", "2026-08-01T00:00:00Z"),
    )
}


def resolve(model: str) -> str | None:
    """The id of the model that a request names, or None if there is no such model."""
    wanted = ALIASES.get(model, model)
    return wanted if wanted in MODELS else None


def page(query: Mapping[str, str]) -> dict[str, Any]:
    """One page of the list, newest model first. The query must have passed `page_refusals`."""
    listed = [info for info in MODELS.values() if query.get("lifecycle[]", "active") == info["lifecycle"]]
    ids = [info["id"] for info in listed]
    limit = int(query.get("limit", DEFAULT_PAGE))
    if before := query.get("before_id"):
        end = ids.index(before) if before in ids else 0
        start = max(0, end - limit)
        more = start > 0
    else:
        start = ids.index(query["after_id"]) + 1 if query.get("after_id") in ids else 0
        end = start + limit
        more = end < len(ids)
    data = listed[start:end]
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "has_more": more, "first_id": first, "last_id": last}


def page_refusals(query: Mapping[str, str]) -> tuple[Refusal, ...]:
    limit = query.get("limit", "1")
    if limit.isdecimal() and 1 <= int(limit) <= 1000:
        return ()
    return (invalid("rule", "Must be a whole number from 1 to 1000", "limit"),)
