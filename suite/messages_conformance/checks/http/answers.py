"""Was a valid request accepted, and is the answer of the requested kind?"""

from __future__ import annotations

from collections.abc import Mapping

from messages_conformance.checks.answer.events import shown
from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Outcome,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)

JSON_TYPE = "application/json"

_OUTAGE_TYPE: Mapping[str, Cause] = {
    "overloaded_error": Cause.OVERLOAD,
    "rate_limit_error": Cause.RATE_LIMIT,
    "api_error": Cause.PROVIDER_5XX,
    "timeout_error": Cause.PROVIDER_5XX,
}

# --- what was said --------------------------------------------------------------------------------------------------


def is_outage(error: dict[str, object]) -> Cause | None:
    """The cause of an error that is not about the request, by its type; None if the error is about the request."""
    kind = error.get("type")
    return _OUTAGE_TYPE.get(kind) if isinstance(kind, str) else None


def said(evidence: Evidence) -> str:
    """The answer in a line: status, error type and the beginning of the message; for an error in another shape, what
    came."""
    error = evidence.answer.error
    if error is None:
        return str(evidence.answer.status) if evidence.answer.status < 400 else evidence.answer.beginning()
    kind, message = error.get("type"), error.get("message")
    told = f": {shown(message, 200)}" if isinstance(message, str) else ""
    return f"{evidence.answer.status} {kind if isinstance(kind, str) else 'without an error type'}{told}"


def is_refused(evidence: Evidence) -> bool:
    return evidence.answer.status >= 400 or evidence.answer.error is not None


# --- accepted -------------------------------------------------------------------------------------------------------


@check(
    "answer.accepted",
    title="A valid request is answered with 200",
    why="A request that Anthropic's API accepts is refused here: the client's call fails outright.",
    clauses=("anthropic:http.accepts-valid-request",),
    on=("message", "stream", "tokens", "models", "model"),
    answered_only=False,
)
def accepted(evidence: Evidence) -> Verdict:
    """If a refused request was taken apart, report its smallest part that is still refused, once."""
    verdict, culprit = _taken(evidence), evidence.culprit
    if culprit is None or verdict.outcome is not Outcome.FAIL:
        return verdict
    if culprit.step != evidence.step.id:
        return inconclusive(Cause.PREREQUISITE_FAILED, f"refused because of {culprit}, as step {culprit.step} shows")
    return failed(f"200 for {culprit}", verdict.actual or "")


def _taken(evidence: Evidence) -> Verdict:
    """A refused key says nothing about the request, unless the scenario tests how the key is sent."""
    status, error = evidence.answer.status, evidence.answer.error
    if status in {401, 403} and evidence.step.auth_style is None:
        return inconclusive(Cause.AUTH, f"the key was refused: {said(evidence)}")
    if error is None:
        return passed() if status == 200 else failed("200", _as_often(evidence))
    if status < 400 and (cause := is_outage(error)):
        return inconclusive(cause, f"an error sent with status {said(evidence)}")
    return failed("200", _as_often(evidence) if status >= 400 else f"an error sent with status {said(evidence)}")


def _as_often(evidence: Evidence) -> str:
    """The answer in a line, with what makes a 5xx more than an outage."""
    return f"{said(evidence)}, every time, while others were answered" if evidence.persists else said(evidence)


@check(
    "answer.decided",
    title="A request at the edge is answered or refused, and never fails with a 5xx",
    why="A client repeats a request that failed with 5xx, although it can never succeed.",
    clauses=("anthropic:error.client-fault-is-4xx",),
    answered_only=False,
)
def decided(evidence: Evidence) -> Verdict:
    """The contract does not say whether this request is accepted: an answer and a refusal both pass."""
    status, error = evidence.answer.status, evidence.answer.error
    if status in {401, 403}:
        return inconclusive(Cause.AUTH, f"the key was refused: {said(evidence)}")
    wanted = "an answer, or a refusal with 4xx and an error type"
    if status >= 400:
        is_refusal = status < 500 and error is not None and isinstance(error.get("type"), str)
        return passed(f"refused: {said(evidence)}") if is_refusal else failed(wanted, said(evidence))
    if error is not None:
        cause = is_outage(error)
        told = f"an error sent with status {said(evidence)}"
        return inconclusive(cause, told) if cause else failed(wanted, told)
    return passed() if evidence.message is not None else failed(wanted, f"{status} without a message")


@check(
    "answer.is-json-message",
    title="Without `stream: true` the answer is one JSON object",
    why="A client that did not ask for a stream parses the whole body as JSON and fails on anything else.",
    clauses=("anthropic:request.stream.default",),
    on=("message",),
)
def json_message(evidence: Evidence) -> Verdict:
    if evidence.answer.is_stream:
        return failed("one JSON object", "a stream of server-sent events that the request did not ask for")
    body = evidence.answer.body_json
    if not isinstance(body, dict):
        return failed("one JSON object", shown(body) if body is not None else "a body that is not JSON")
    return passed()


@check(
    "http.content-type-json",
    title="A JSON answer is labelled application/json",
    why="SDKs parse the body by its content type and return raw text if the label is wrong.",
    clauses=("anthropic:http.content-type-json",),
    on=("message", "tokens", "models", "model"),
)
def content_type(evidence: Evidence) -> Verdict:
    if evidence.answer.body_json is None:
        return not_applicable("the body is not JSON")
    came = evidence.answer.media_type
    return passed() if came == JSON_TYPE else failed(f"content-type {JSON_TYPE}", came or "no content-type")


# --- request ids ----------------------------------------------------------------------------------------------------


@check(
    "http.request-id",
    title="Every answer carries the header request-id",
    why="Support can trace a call only by this id, which SDKs read from the header.",
    clauses=("anthropic:http.request-id-header",),
    answered_only=False,
)
def request_id(evidence: Evidence) -> Verdict:
    response = evidence.answer.response
    came = response.header("request-id") if response is not None else None
    return passed() if came else failed("a header request-id", "none" if came is None else "an empty one")
