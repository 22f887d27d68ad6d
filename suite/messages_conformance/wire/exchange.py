"""One request and everything that came back, as immutable values.

Times are milliseconds since the request began to be sent. Bytes are kept as they arrived after content decoding
(gzip and the like), because that is what a client's SSE reader sees.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]

FailureKind: TypeAlias = Literal["connect", "timeout", "protocol", "too-large", "deadline", "decode"]
"""Why no complete answer exists. `too-large` and `deadline` are our own bounds; the rest is the peer's or the way's."""

FailureReason: TypeAlias = Literal[
    "refused", "unresolved", "unreachable", "proxy", "hung-up",
    "certificate-expired", "certificate-self-signed", "certificate-name", "certificate-untrusted",
    "no-tls", "tls-only", "tls",
]  # fmt: skip
"""What is known of a connection that failed: nobody listens; the name has no address; no way leads there, or none in
time; the proxy on the way has none; closed before an answer; what is wrong with the certificate; a peer that speaks no
TLS, or nothing else; TLS that failed in another way."""


def header(headers: Headers, name: str) -> str | None:
    """The first value of `name` (case-insensitive), or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `body` is None for GET and HEAD; headers are in sending order and include the credentials. After
    `hang_up_after` events of a stream the client goes away, and the answer is what came until then."""

    method: str
    url: str
    headers: Headers
    body: bytes | None = None
    hang_up_after: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that arrived together."""

    at_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; `chunks` in order of arrival."""

    status: int
    headers: Headers
    chunks: tuple[Chunk, ...]

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)

    def header(self, name: str) -> str | None:
        return header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Failure:
    """A transport failure. `detail` is for people and carries no secret."""

    kind: FailureKind
    detail: str
    reason: FailureReason | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt. `response` may be partial when `failure` is set, and is None when no status line came. `tells_key`
    says that the answer holds a credential of the request; once redacted, nothing else would show it."""

    request: Request
    response: Response | None
    failure: Failure | None
    started: str
    first_byte_ms: float | None
    total_ms: float
    tells_key: bool = field(default=False, kw_only=True)


def read_json(body: bytes | None) -> Any:
    """A body as JSON, read anew; None when there is none or it is not JSON."""
    if body is None:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
