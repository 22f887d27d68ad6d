"""States that a right server may be in: what befalls it, and is told as the contract says (contract: errors).

A state stands before the path of any play, as a mood does. A defect of that play shows in what the state tells too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.http.frames import named
from messages_conformance.reference.play import Context, Frame, Json, Play, Reply

_OVERLOADED = Refusal(529, "overloaded_error", "Overloaded", "load")
_RETRY_AFTER = ("retry-after", "1")

_DELTAS = 6
"""So many deltas leave before a stream fails."""


def _busy_at_first(found: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    first = context.route == "messages" and context.earlier == 0
    return found or ((_OVERLOADED,) if first else ())


def _with_retry_after(reply: Reply, _: Context) -> Reply:
    overloaded = reply.status == _OVERLOADED.status
    return replace(reply, headers=(*reply.headers, _RETRY_AFTER)) if overloaded else reply


def _failing(frames: tuple[Frame, ...], _: Context) -> tuple[Frame, ...]:
    deltas = [at for at, frame in enumerate(frames) if b"content_block_delta" in frame.data]
    error: Json = {"type": "error", "error": {"type": _OVERLOADED.type, "message": _OVERLOADED.message}}
    return (*frames[: (deltas[:_DELTAS] or [0])[-1] + 1], named(error))


STATES: Mapping[str, Play] = {
    "overloaded-once": Play(validate=_busy_at_first, response=_with_retry_after),
    "error-in-stream": Play(frames=_failing),
}
