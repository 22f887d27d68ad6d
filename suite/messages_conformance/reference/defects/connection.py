"""Defects of the limit on a body, and of the treatment of clients that disconnect."""

from __future__ import annotations

import time

from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal, dump, envelope
from messages_conformance.reference.play import Context, Play, Reply

_BOUND = 100 * 1024
"""The default limit on a body in some web frameworks."""


def _bounded(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    if int(context.headers.get("content-length", "0")) <= _BOUND:
        return refusals
    return (Refusal(413, "request_too_large", "request entity too large", "size"),)


class _BusySession:
    """Goes on with a long stream whether it is read or not, and refuses the session until the stream is done."""

    _RUNS_S = 10.0
    _LONG = 100

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}

    def __call__(self, reply: Reply, context: Context) -> Reply:
        session, now = str(context.body.get("metadata", {}).get("user_id")), time.monotonic()
        if session != "None" and now - self._begun.get(session, 0.0) < self._RUNS_S:
            busy = Refusal(400, "invalid_request_error", "The session is busy", "rule")
            headers = (("content-type", "application/json"), ("request-id", "req_busy"))
            return Reply(400, headers, dump(envelope(busy, "req_busy")))
        if isinstance(reply.body, tuple) and len(reply.body) > self._LONG:
            self._begun[session] = now
        return reply


DEFECTS = (
    defect(
        "large-bodies-refused",
        "A body of more than 100 KiB is refused",
        Play(validate=_bounded),
        "http.large-body",
    ),
    defect(
        "session-busy-after-hang-up",
        "A client that hangs up in the middle of a stream is refused until the stream would have ended",
        Play(response=_BusySession()),
        "http.hang-up-survived",
    ),
)
