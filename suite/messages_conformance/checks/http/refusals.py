"""Refusals: whether what the contract forbids is refused, for that reason, and in the promised form.

A server that answers a bad request with 500 has not refused it. Other outages never reach these checks
(`guard.pre_judge`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps

from messages_conformance.checks.answer.events import as_integer, dig, shown
from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Judge,
    Outcome,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.http.answers import JSON_TYPE, is_outage, said
from messages_conformance.checks.params import NAME, closed, deciding

_TYPE_OF: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
}
_STATUS_OF: Mapping[str, int] = {name: status for status, name in _TYPE_OF.items()}

_OTHER_REASON: Mapping[int, Cause] = {
    401: Cause.AUTH,
    402: Cause.CREDIT,
    403: Cause.AUTH,
    404: Cause.PREREQUISITE_FAILED,
    408: Cause.TRANSPORT,
    429: Cause.RATE_LIMIT,
}
"""Types of error that say nothing about the request on purpose."""


def _wanted_status(evidence: Evidence) -> int:
    """The expected status of the refusal: the given one, else the one of the given error type, else the key's."""
    given = evidence.params.get("status") or _STATUS_OF.get(evidence.params.get("type", ""))
    return given or (400 if evidence.step.auth == "own" else 401)


def _wanted(evidence: Evidence) -> str:
    return f"{_wanted_status(evidence)} {_wanted_type(evidence)}"


def _wanted_type(evidence: Evidence) -> str:
    return evidence.params.get("type") or _TYPE_OF.get(_wanted_status(evidence), "invalid_request_error")


_STATUS = deciding(
    {
        400: "anthropic:error.invalid-request",
        401: "anthropic:error.authentication",
        404: "anthropic:error.not-found",
    },
    type="integer",
    minimum=400,
    maximum=499,
    default=400,
)
_TYPE = deciding(
    {
        "invalid_request_error": "anthropic:error.type-invalid-request",
        "authentication_error": "anthropic:error.authentication",
        "not_found_error": "anthropic:error.not-found",
    },
    type="string",
    minLength=1,
    default="invalid_request_error",
)

# --- refused --------------------------------------------------------------------------------------------------------


@check(
    "error.refused",
    title="A request that the contract forbids is refused",
    why="An accepted mistake shows up later as a wrong answer, and nobody knows why.",
    clauses=("anthropic:error.invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
    params=closed(status=_STATUS, type=NAME),
    answered_only=False,
)
def refused(evidence: Evidence) -> Verdict:
    if evidence.answer.status >= 500:
        return failed(f"refused with {_wanted(evidence)}", f"no refusal, but {said(evidence)}")
    if not evidence.answer.is_refused:
        return failed(f"refused with {_wanted(evidence)}", f"accepted: {said(evidence)}")
    return _refused_for_its_reason(evidence)


def _refused_for_its_reason(evidence: Evidence) -> Verdict:
    status, wanted = evidence.answer.status, _wanted_status(evidence)
    if status == wanted:
        return passed()
    if status < 400 and (cause := is_outage(evidence.answer.error or {})):
        return inconclusive(cause, f"an error sent with status {said(evidence)}")
    is_about_the_key = evidence.step.auth != "own" and status in {401, 403}
    if status in _OTHER_REASON and not is_about_the_key:
        return inconclusive(_OTHER_REASON[status], f"refused for another reason: {said(evidence)}")
    return passed(f"refused with {status} instead of {wanted}")


def _of_refusal(judge: Judge) -> Judge:
    """A check of a refusal's details: without the expected refusal it has nothing to judge."""

    @wraps(judge)
    def judge_refusal(evidence: Evidence) -> Verdict:
        if refused.judge(evidence).outcome is not Outcome.PASS:
            return not_applicable(f"not the expected refusal ({said(evidence)}): see error.refused")
        return judge(evidence)

    return judge_refusal


@check(
    "error.status",
    title="The refusal has the promised HTTP status",
    why="SDKs choose the exception, and whether to retry, by the status.",
    clauses=("anthropic:error.invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
    params=closed(status=_STATUS),
    answered_only=False,
)
@_of_refusal
def refused_with_status(evidence: Evidence) -> Verdict:
    wanted = _wanted_status(evidence)
    return passed() if evidence.answer.status == wanted else failed(str(wanted), said(evidence))


@check(
    "error.type",
    title="The refusal has the promised error type",
    why="Programs branch on `error.type` to tell the caller's mistakes from the provider's problems.",
    clauses=("anthropic:error.type-invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
    params=closed(type=_TYPE),
    answered_only=False,
)
@_of_refusal
def refused_with_type(evidence: Evidence) -> Verdict:
    wanted = _wanted_type(evidence)
    came = (evidence.answer.error or {}).get("type")
    if came == wanted:
        return passed()
    return failed(wanted, shown(came) if came is not None else "no error type", pointer="/error/type")


@check(
    "error.names-field",
    title="The error message names the field at fault",
    why="Without the name, the reader of the log must guess which of dozens of fields was wrong.",
    clauses=("anthropic:error.names-field",),
    params=closed(("field",), field=NAME),
    answered_only=False,
)
@_of_refusal
def names_field(evidence: Evidence) -> Verdict:
    """Bracketed and dotted paths are equal; the last key alone is enough, since the wording is not promised."""
    message = (evidence.answer.error or {}).get("message")
    if not isinstance(message, str):
        return not_applicable("the error has no message")
    path = _dotted(evidence.params["field"])
    last = next((part for part in reversed(path.split(".")) if not part.isdigit()), path)
    if path in _dotted(message) or last in _dotted(message):
        return passed()
    return failed(f"a message that names {evidence.params['field']}", shown(message, 200), pointer="/error/message")


_NUMBER = re.compile(r"(?<![\w.-])\d[\d,_]*(?![\w-]|\.\d)")
"""A number on its own, not one inside a name such as `some-model-2026-10-21`."""

_TOO_LONG = 20
"""More digits than any limit has; Python would refuse to read thousands of them."""


@check(
    "error.tells-limit",
    title="A refusal of a too large max_tokens names the largest possible value",
    why="Agents ask for 32,000 tokens and more; unless the refusal names the limit, every request fails.",
    clauses=("anthropic:request.max_tokens.ceiling",),
    answered_only=False,
)
def tells_limit(evidence: Evidence) -> Verdict:
    """The requested value and the status are numbers too, and do not count."""
    asked = as_integer(dig(evidence.answer.request_json, "max_tokens"))
    if not evidence.answer.is_refused:
        return passed("the request was accepted")
    if evidence.answer.status != 400 or asked is None:
        return inconclusive(Cause.PREREQUISITE_FAILED, f"refused for another reason: {said(evidence)}")
    message = (evidence.answer.error or {}).get("message")
    found = _NUMBER.findall(message if isinstance(message, str) else "")
    numbers = [int(digits) for number in found if len(digits := re.sub(r"\D", "", number)) < _TOO_LONG]
    if any(number < asked and number != 400 for number in numbers):
        return passed()
    return failed("a message with the largest value", shown(message, 200), pointer="/error/message")


def _dotted(path: str) -> str:
    return path.replace("[", ".").replace("]", "").casefold()


def _of_4xx(judge: Callable[[Evidence], str | None]) -> Judge:
    """A check of the form of a refusal, whatever its reason. `judge` says what is wrong, or None."""

    @wraps(judge)
    def judge_4xx(evidence: Evidence) -> Verdict:
        if not evidence.answer.is_refused or evidence.answer.status >= 500:
            return not_applicable("the request was not refused")
        wrong = judge(evidence)
        return passed() if wrong is None else failed("an error as one JSON object", wrong)

    return judge_4xx


@check(
    "error.json",
    title="A refusal is JSON",
    why="An SDK that cannot parse the error shows its user a bare status instead of the reason.",
    clauses=("anthropic:http.content-type-json",),
    on=("error",),
    answered_only=False,
)
def error_json(evidence: Evidence) -> Verdict:
    """A request that is too large never reaches the API: a server before it refuses it in its own way (api/errors)."""
    if evidence.answer.status == 413 and evidence.answer.body_json is None:
        return not_applicable("413 may come from the network in front of the API, with a body of its own")
    return _refusal_in_json(evidence)


@_of_4xx
def _refusal_in_json(evidence: Evidence) -> str | None:
    came = evidence.answer.media_type or "no content-type"
    if not isinstance(evidence.answer.body_json, dict):
        return f"a body that is no JSON object ({came})"
    return None if came == JSON_TYPE else f"content-type {came}"


@check(
    "error.before-stream-is-json",
    title="A refused stream request is answered with JSON and a 4xx, not with a stream",
    why="A client that reads a refusal as a stream sees an empty answer and no error.",
    clauses=("anthropic:error.before-stream-is-json",),
    on=("error",),
    answered_only=False,
)
def error_before_stream(evidence: Evidence) -> Verdict:
    if not evidence.answer.asked_for_stream:
        return not_applicable("no stream was asked for")
    return _told_as_json(evidence)


@_of_4xx
def _told_as_json(evidence: Evidence) -> str | None:
    return f"a stream under status {evidence.answer.status}" if evidence.answer.is_stream else None


@check(
    "error.request-id-matches",
    title="The request id in an error's body equals the header",
    why="Two ids for one call mislead the person who investigates it.",
    clauses=("anthropic:error.request-id-matches-header",),
    on=("error",),
    answered_only=False,
)
def request_id_matches(evidence: Evidence) -> Verdict:
    response = evidence.answer.response
    told = response.header("request-id") if response is not None else None
    body = dig(evidence.answer.body_json, "request_id")
    if not told or body is None:
        return not_applicable("only one of header and body carries a request id" if told or body else "no request id")
    return passed() if body == told else failed(told, shown(body), pointer="/request_id")
