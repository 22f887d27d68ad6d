"""What a job shows of the provider. A raise is the wire's; what a model said or chose decides nothing (decision 29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from messages_conformance.catalog.jobs import Job
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.sdk.told import Told, unmet

_BY_STATUS: Final[Mapping[int, Cause]] = {
    401: Cause.AUTH,
    402: Cause.CREDIT,
    403: Cause.AUTH,
    429: Cause.RATE_LIMIT,
    503: Cause.OVERLOAD,
    529: Cause.OVERLOAD,
}
_IN_STREAM: Final[Mapping[str, Cause]] = {
    "overloaded_error": Cause.OVERLOAD,
    "rate_limit_error": Cause.RATE_LIMIT,
    "timeout_error": Cause.PROVIDER_5XX,
    "api_error": Cause.PROVIDER_5XX,
}
"""Errors that a right server may send in the middle of a stream, whose status is 200."""

_NO_CONNECTION: Final = ("anthropic.APIConnectionError", "anthropic.APITimeoutError")
_BROKEN_OFF: Final = "httpx"
"""How the qualified names begin of what is raised where an answer broke off: the SDK wraps what comes before it."""

_CUT: Final = ("max_tokens", "refusal", "model_context_window_exceeded", "pause_turn")
_ANSWERED: Final = (None, Cause.MODEL_CHOICE)


@dataclass(frozen=True, slots=True)
class Found:
    """`told` follows "the SDK". `raised` is the qualified name of an exception, and `status` what it tells of HTTP.
    `recurs` says that it counts only if it comes alike a second time, while the provider answers other jobs."""

    outcome: Outcome
    told: str = ""
    cause: Cause | None = None
    raised: str | None = None
    status: int | None = None
    recurs: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether the provider answered, be it wrongly."""
        return self.outcome is not Outcome.HARNESS_ERROR and self.cause in _ANSWERED

    def is_like(self, other: Found) -> bool:
        return (self.cause, self.raised, self.status) == (other.cause, other.raised, other.status)


def found(told: Told, job: Job) -> Found:
    """What one try of a job shows."""
    match told.end:
        case "hung":
            return Found(Outcome.INCONCLUSIVE, "got no answer in time", Cause.TRANSPORT, recurs=True)
        case "died":
            return Found(Outcome.HARNESS_ERROR, f"ended with its process: {told.reason}")
        case "unsupported":
            return Found(Outcome.NOT_APPLICABLE, told.reason)
        case _:
            return _of_raised(told.raised, job) if told.raised else _of_seen(told, job)


def settled(first: Found, between: Found | None, second: Found) -> Found:
    """What two tries of a job show together, with what the plainest job got `between` them; None where the job itself
    is the plainest. What comes alike twice while another job is answered is no outage."""
    if not second.is_like(first):
        again = second.told or "did the job"
        cause = second.cause or Cause.TRANSPORT
        return Found(
            Outcome.INCONCLUSIVE, f"{first.told}; the second time it {again}", cause, first.raised, first.status
        )
    if first.cause is None or (between is not None and between.is_answer):
        return Found(Outcome.FAIL, f"{first.told}, each of two times", None, first.raised, first.status)
    return first


def _of_raised(raised: Mapping[str, Any], job: Job) -> Found:
    name, status, message = raised["type"], raised.get("status"), raised["message"]
    number = f" ({status})" if status else ""
    told = f"raises {name}{number}: {message}"
    cause = _cause(raised)
    if job.wants.raises and job.wants.status in (None, status):
        return Found(Outcome.PASS, f"raises {name}{number}", None, name, status)
    if job.wants.raises and cause in (None, Cause.AUTH):
        wrong = f"raises {name} with the status {status} instead of {job.wants.status}: {message}"
        return Found(Outcome.FAIL, wrong, None, name, status)
    if cause is None and name.startswith("pydantic") and "schema" in job.asks:
        said = f"cannot read the answer by its schema, which a model that was cut off does not fill: {message}"
        return Found(Outcome.INCONCLUSIVE, said, Cause.MODEL_CHOICE, name, status)
    if name.startswith(_BROKEN_OFF):
        return Found(Outcome.INCONCLUSIVE, told, Cause.TRANSPORT, name, status, recurs=True)
    if cause is not None:
        return Found(Outcome.INCONCLUSIVE, told, cause, name, status)
    return Found(Outcome.FAIL, told, None, name, status, recurs=True)


def _cause(raised: Mapping[str, Any]) -> Cause | None:
    """Why an exception says nothing of the protocol; None where it does."""
    status = raised.get("status")
    if raised["type"] in _NO_CONNECTION:
        return Cause.TRANSPORT
    if not isinstance(status, int):
        return None
    if status < 300:
        return next((cause for kind, cause in _IN_STREAM.items() if kind in raised["message"]), None)
    return _BY_STATUS.get(status) or (Cause.PROVIDER_5XX if status >= 500 and status != 501 else None)


def _of_seen(told: Told, job: Job) -> Found:
    if job.wants.raises:
        return Found(Outcome.FAIL, "raises nothing, though the request must be refused")
    if broken := next(_broken(told.seen, job), None):
        return Found(Outcome.FAIL, broken)
    if missed := unmet(told, job):
        return Found(Outcome.INCONCLUSIVE, f"hands over what the model chose to say: {missed[0]}", Cause.MODEL_CHOICE)
    return Found(Outcome.PASS)


def _broken(seen: Mapping[str, Any], job: Job) -> Iterator[str]:
    """What no model can cause, each as it follows "the SDK"."""
    match job.route:
        case "count_tokens":
            yield from () if seen.get("count") else ("hands over no count",)
        case "models":
            yield from () if seen.get("models") else ("hands over no model",)
        case _:
            turns: list[Mapping[str, Any]] = seen.get("turns") or []
            # Nothing is built of an answer that is left.
            yield from _built(turns[1:] if "hang_up" in job.asks else turns)
            yield from _disobeyed(turns, job)


def _built(turns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The API builds a message, whatever the model says in it."""
    calls = [call for turn in turns for call in turn.get("calls", ())]
    if not turns:
        yield "hands over no message"
    if any(turn.get("stop") is None for turn in turns):
        yield "hands over a message without a stop reason"
    if any(not turn.get("usage") for turn in turns):
        yield "hands over a message without usage"
    if any("whole" in turn for turn in turns):
        yield "hands over another text than its stream showed"
    if any(not call.get("id") for call in calls):
        yield "hands over a call without an id"
    if any(not isinstance(call.get("arguments"), dict) for call in calls):
        yield "hands over a call without arguments"


def _disobeyed(turns: Sequence[Mapping[str, Any]], job: Job) -> Iterator[str]:
    """What the request left no choice in; an answer that was cut off shows nothing of it."""
    called = {call.get("name") for turn in turns for call in turn.get("calls", ())}
    is_cut = any(turn.get("stop") in _CUT for turn in turns)
    if not is_cut and job.asks.get("force") not in {None, *called}:
        yield "hands over no call, though the tool is forced"
    if not is_cut and job.wants.thinking and not any("thinking" in turn for turn in turns):
        yield "hands over no thinking, though it is switched on"
    if any(stop in (turn.get("text") or "") for stop in job.asks.get("stop", ()) for turn in turns):
        yield "hands over a text that holds its stop sequence"
