"""What all stream checks share: is there a stream to judge, and did an error event end it?"""

from __future__ import annotations

from functools import wraps

from messages_conformance.checks.answer.events import StreamEvent, shown
from messages_conformance.checks.answer.fold import Block
from messages_conformance.checks.base import Cause, Evidence, Judge, Verdict, inconclusive

_CAUSE_OF_ERROR = {
    "overloaded_error": Cause.OVERLOAD,
    "rate_limit_error": Cause.RATE_LIMIT,
    "billing_error": Cause.CREDIT,
    "authentication_error": Cause.AUTH,
    "permission_error": Cause.AUTH,
    "invalid_request_error": Cause.PREREQUISITE_FAILED,
    "not_found_error": Cause.PREREQUISITE_FAILED,
    "request_too_large": Cause.PREREQUISITE_FAILED,
}
CUT_REASONS = ("max_tokens", "model_context_window_exceeded", "refusal")
"""Stop reasons that may cut a block short."""


def on_stream(judge: Judge) -> Judge:
    """A judge that sees event streams only: `stream.is-sse` alone reports another kind of body."""

    @wraps(judge)
    def judge_stream(evidence: Evidence) -> Verdict:
        if not evidence.answer.is_stream:
            return inconclusive(Cause.PREREQUISITE_FAILED, "no event stream came: see the check stream.is-sse")
        return judge(evidence)

    return judge_stream


def interruption(evidence: Evidence) -> Verdict | None:
    """Inconclusive if an `error` event ended the stream: then what is missing proves nothing."""
    last = evidence.answer.last_read
    if last is None or last.kind != "error":
        return None
    kind = last.get("error", "type")
    cause = _CAUSE_OF_ERROR.get(kind, Cause.PROVIDER_5XX) if isinstance(kind, str) else Cause.PROVIDER_5XX
    return inconclusive(cause, f"event {last.number} is an error of type {shown(kind)}, which ended the stream")


def whole_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """The stream's content blocks, without those that were cut: by a token limit, a refusal (after which another model
    may go on, with a `fallback` block), or an error. A cut block may rightly lack its signature or the rest of its
    arguments."""
    found = evidence.answer.blocks
    cut = (evidence.message or {}).get("stop_reason") in CUT_REASONS or interruption(evidence) is not None
    kept = found[:-1] if cut else found
    types = [block.opened.get("type") for block in found]
    return tuple(block for at, block in enumerate(kept) if types[at + 1 : at + 2] != ["fallback"])


def number_of(event: StreamEvent | None) -> int | None:
    return event.number if event is not None else None
