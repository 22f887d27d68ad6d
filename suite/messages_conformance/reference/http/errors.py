"""Refusals and the error envelope (contract: errors)."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Source: TypeAlias = Literal["auth", "version", "beta", "json", "schema", "rule", "model", "route", "size", "load"]
"""Which part of the contract refused: a dialect may not know that part."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered. `path` leads to the value at fault; `keyword` is the schema keyword it broke."""

    status: int
    type: str
    message: str
    source: Source
    path: tuple[str | int, ...] = ()
    keyword: str | None = None


def invalid(source: Source, message: str, *path: str | int, keyword: str | None = None) -> Refusal:
    """A 400; where there is a path, the message starts with it."""
    where = ".".join(str(part) for part in path)
    return Refusal(400, "invalid_request_error", f"{where}: {message}" if where else message, source, path, keyword)


def unauthenticated(message: str) -> Refusal:
    return Refusal(401, "authentication_error", message, "auth")


def not_found(message: str, source: Source = "route") -> Refusal:
    return Refusal(404, "not_found_error", message, source)


def envelope(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The body of a refusal; `request_id` equals the `request-id` header."""
    error = {"type": refusal.type, "message": refusal.message}
    return {"type": "error", "error": error, "request_id": request_id}


def new_request_id() -> str:
    return f"req_{secrets.token_hex(12)}"


def dump(value: Any) -> bytes:
    """JSON as it leaves the server."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
