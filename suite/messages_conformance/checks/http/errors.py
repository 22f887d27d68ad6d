"""How errors are reported, whatever caused them: wire checks on every answer, which judge those that are errors.

They do not know why an error came, so they judge what is true of all errors: status and type fit each other, and people
can read the message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from messages_conformance.catalog.model import Expect
from messages_conformance.checks.answer.events import parse_json, shown
from messages_conformance.checks.base import Evidence, Verdict, check, failed, not_applicable, passed

_STATUSES_OF: Mapping[str, frozenset[int]] = {
    "authentication_error": frozenset({401}),
    "billing_error": frozenset({402}),
    "permission_error": frozenset({403}),
    "not_found_error": frozenset({404}),
    "conflict_error": frozenset({409}),
    "request_too_large": frozenset({413}),
    "rate_limit_error": frozenset({429}),
    "timeout_error": frozenset({408, 504}),
    "overloaded_error": frozenset({503, 529}),
}
_TAKEN = frozenset[int]().union(*_STATUSES_OF.values())
_CLIENT_FAULTS = frozenset(range(400, 500)) - _TAKEN
_SERVER_FAULTS = frozenset(range(500, 600)) - {529}
"""502 to 504 are a gateway's words about the server behind it."""

_FRAME = re.compile(r"(?:^|\n|\\n)data:\s*[{\[]")
"""An event's data, with plain or escaped line ends; a field named `data` does not match."""


def _allowed(kind: object) -> frozenset[int] | None:
    match kind:
        case "invalid_request_error":
            return _CLIENT_FAULTS
        case "api_error":
            return _SERVER_FAULTS
        case str():
            return _STATUSES_OF.get(kind)
        case _:
            return None


_ANSWERS: Final[tuple[Expect, ...]] = ("message", "stream", "tokens", "models", "model", "error", "any")


@check(
    "error.status-of-type",
    title="Status and type of an error fit each other",
    why="Clients retry by the status and report by the type: an overload becomes fatal, or a mistake is repeated.",
    clauses=("anthropic:error.status-of-type",),
    on=_ANSWERS,
    answered_only=False,
    of_outages=True,
)
def status_of_type(evidence: Evidence) -> Verdict:
    """An error inside a stream has no status of its own: 200 was sent before."""
    error = evidence.answer.error
    if error is None or evidence.answer.is_stream:
        return not_applicable("the answer is not an error")
    kind = error.get("type")
    allowed = _allowed(kind)
    if allowed is None:
        return not_applicable("an error type that the documented table does not list")
    status = evidence.answer.status
    if status in allowed:
        return passed()
    wanted = " or ".join(map(str, sorted(allowed))) if len(allowed) <= 2 else f"{min(allowed) // 100}xx"
    own = next((name for name, statuses in _STATUSES_OF.items() if status in statuses), None)
    return failed(f"{own} with {status}" if own else f"{kind} with {wanted}", f"{kind} with {status}")


@check(
    "error.readable",
    title="An error message can be read",
    why="The person who looks for the fault sees raw bytes, or a document inside a document.",
    clauses=("anthropic:error.readable",),
    on=_ANSWERS,
    answered_only=False,
    of_outages=True,
)
def readable(evidence: Evidence) -> Verdict:
    message = (evidence.answer.error or {}).get("message")
    if not isinstance(message, str):
        return not_applicable("no error message came")
    wrong = _unreadable(message)
    if wrong is None:
        return passed()
    return failed("a message for people", f"{wrong}: {shown(message)}", pointer="/error/message")


def _unreadable(message: str) -> str | None:
    if not message.strip():
        return "an empty one"
    if any(mark == "\ufffd" or (unicodedata.category(mark) == "Cc" and mark not in "\n\r\t") for mark in message):
        return "bytes that are no text"
    if _FRAME.search(message):
        return "an event stream"
    try:
        inner = parse_json(message)
    except ValueError:
        return None
    return "another JSON document" if isinstance(inner, dict | list) else None
