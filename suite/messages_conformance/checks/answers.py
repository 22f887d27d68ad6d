"""Was the request taken or refused, and is the answer of the kind that was asked for?

These checks look at refusals themselves. Outages, limits and missing credit never reach them (`guard.pre_judge`); a
plain 500 does, because it is what a server says that fails over a bad request instead of refusing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps

from messages_conformance.checks import view
from messages_conformance.checks.base import (
    Cause,
    Check,
    Evidence,
    Judge,
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.events import as_object, dig
from messages_conformance.checks.params import NAME, closed, deciding
from messages_conformance.checks.reading import was_streamed

JSON_TYPE = "application/json"

ERROR_TYPE_OF: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
}
_OTHER_REASON: Mapping[int, Cause] = {
    401: Cause.AUTH,
    402: Cause.CREDIT,
    403: Cause.AUTH,
    404: Cause.PREREQUISITE_FAILED,
    408: Cause.TRANSPORT,
    429: Cause.RATE_LIMIT,
}
"""Refusals that say nothing about what was wrong with the request on purpose."""

_OUTAGE_TYPE: Mapping[str, Cause] = {
    "overloaded_error": Cause.OVERLOAD,
    "rate_limit_error": Cause.RATE_LIMIT,
    "api_error": Cause.PROVIDER_5XX,
    "timeout_error": Cause.PROVIDER_5XX,
}

# --- what was said --------------------------------------------------------------------------------------------------


def _status(evidence: Evidence) -> int:
    response = evidence.exchange.response
    return response.status if response is not None else 0


def _error(evidence: Evidence) -> dict[str, object] | None:
    """The error that the answer tells of, whatever its status: as the body, or as an event of a stream."""
    event = next((event for event in view.events(evidence) if event.kind == "error"), None)
    told = as_object(event.data if event is not None else view.answer_json(evidence))
    if told is None or not (told.get("type") == "error" or (told.get("error") and "content" not in told)):
        return None
    error = told.get("error")
    return as_object(error) or {"message": error if isinstance(error, str) else None}


def _said(evidence: Evidence) -> str:
    """The answer in a line: status, error type and the beginning of the message."""
    error = _error(evidence)
    if error is None:
        return str(_status(evidence))
    message = error.get("message")
    told = f": {view.shown(message, 200)}" if isinstance(message, str) else ""
    return f"{_status(evidence)} {error.get('type') or 'without an error type'}{told}"


def _is_refused(evidence: Evidence) -> bool:
    return _status(evidence) >= 400 or _error(evidence) is not None


def _wanted_status(evidence: Evidence) -> int:
    return evidence.params.get("status", 400 if evidence.step.auth == "own" else 401)


def _wanted(evidence: Evidence) -> str:
    status = _wanted_status(evidence)
    return f"{status} {evidence.params.get('type', ERROR_TYPE_OF.get(status, ''))}".rstrip()


# --- accepted -------------------------------------------------------------------------------------------------------


def _accepted(evidence: Evidence) -> Verdict:
    """A refused key leaves it open whether the request is taken, unless how the key travels is what was asked."""
    status, error = _status(evidence), _error(evidence)
    if status == 500:
        return inconclusive(Cause.PROVIDER_5XX, _said(evidence))
    if status in {401, 403} and evidence.step.auth_style is None:
        return inconclusive(Cause.AUTH, f"the key was refused: {_said(evidence)}")
    if status == 200 and error is None:
        return passed()
    if status == 200 and error is not None and (cause := _OUTAGE_TYPE.get(str(error.get("type")))):
        return inconclusive(cause, f"an error told with status 200: {_said(evidence)}")
    return failed("200", _said(evidence) if status != 200 else f"an error told with status 200: {_said(evidence)}")


def _json_message(evidence: Evidence) -> Verdict:
    response = evidence.exchange.response
    if response is not None and view.is_sse(response):
        return failed("one JSON object", "a stream of server-sent events that nobody asked for")
    body = view.answer_json(evidence)
    if not isinstance(body, dict):
        return failed("one JSON object", view.shown(body) if body is not None else "a body that is not JSON")
    return passed()


def _content_type(evidence: Evidence) -> Verdict:
    response = evidence.exchange.response
    if response is None or view.answer_json(evidence) is None:
        return not_applicable("the body is not JSON")
    came = view.media_type(response)
    return passed() if came == JSON_TYPE else failed(f"content-type {JSON_TYPE}", came or "no content-type")


# --- refused --------------------------------------------------------------------------------------------------------


def _refused(evidence: Evidence) -> Verdict:
    status, wanted = _status(evidence), _wanted_status(evidence)
    if status == 500:
        return failed(f"refused with {_wanted(evidence)}", f"500 instead of a refusal: {_said(evidence)}")
    if not _is_refused(evidence):
        return failed(f"refused with {_wanted(evidence)}", f"accepted: {_said(evidence)}")
    if status == wanted:
        return passed()
    if status < 400:
        return passed(f"refused, but under status {status}")
    if evidence.step.auth != "own" and status in {401, 403}:
        return passed(f"refused with {status}")
    if status in _OTHER_REASON:
        return inconclusive(_OTHER_REASON[status], f"refused for another reason: {_said(evidence)}")
    return passed(f"refused with {status} instead of {wanted}")


def _of_refusal(judge: Judge) -> Judge:
    """A check that looks closer at a refusal, and so has nothing to look at where there was none."""

    @wraps(judge)
    def judge_refusal(evidence: Evidence) -> Verdict:
        if _refused(evidence).outcome is not Outcome.PASS:
            return not_applicable(f"not the refusal that was asked for ({_said(evidence)}): see error.refused")
        return judge(evidence)

    return judge_refusal


@_of_refusal
def _refused_with_status(evidence: Evidence) -> Verdict:
    wanted = _wanted_status(evidence)
    return passed() if _status(evidence) == wanted else failed(str(wanted), _said(evidence))


@_of_refusal
def _refused_with_type(evidence: Evidence) -> Verdict:
    wanted = evidence.params.get("type", ERROR_TYPE_OF.get(_wanted_status(evidence), "invalid_request_error"))
    came = (_error(evidence) or {}).get("type")
    if came == wanted:
        return passed()
    return failed(wanted, view.shown(came) if came is not None else "no error type", pointer="/error/type")


@_of_refusal
def _names_field(evidence: Evidence) -> Verdict:
    """Bracketed and dotted paths are the same; the last key alone is enough, since wording is no contract."""
    message = (_error(evidence) or {}).get("message")
    if not isinstance(message, str):
        return not_applicable("the error has no message")
    path = _dotted(evidence.params["field"])
    last = next((part for part in reversed(path.split(".")) if not part.isdigit()), path)
    if path in _dotted(message) or last in _dotted(message):
        return passed()
    return failed(f"a message that names {evidence.params['field']}", view.shown(message, 200), pointer="/error/message")


def _dotted(path: str) -> str:
    return path.replace("[", ".").replace("]", "").casefold()


def _of_4xx(judge: Callable[[Evidence], str | None]) -> Judge:
    """A check of how a refusal is told, whatever its reason. `judge` says what is wrong, or None."""

    @wraps(judge)
    def judge_4xx(evidence: Evidence) -> Verdict:
        if not _is_refused(evidence) or _status(evidence) >= 500:
            return not_applicable("the request was not refused")
        wrong = judge(evidence)
        return passed() if wrong is None else failed("an error as one JSON object", wrong)

    return judge_4xx


@_of_4xx
def _error_json(evidence: Evidence) -> str | None:
    response = evidence.exchange.response
    came = (view.media_type(response) if response is not None else None) or "no content-type"
    if not isinstance(view.answer_json(evidence), dict):
        return f"a body that is no JSON object ({came})"
    return None if came == JSON_TYPE else f"content-type {came}"


def _error_before_stream(evidence: Evidence) -> Verdict:
    if not was_streamed(evidence.exchange):
        return not_applicable("no stream was asked for")
    return _told_as_json(evidence)


@_of_4xx
def _told_as_json(evidence: Evidence) -> str | None:
    response = evidence.exchange.response
    is_stream = response is not None and view.is_sse(response)
    return f"a stream under status {_status(evidence)}" if is_stream else None


# --- request ids ----------------------------------------------------------------------------------------------------


def _request_id(evidence: Evidence) -> Verdict:
    response = evidence.exchange.response
    came = response.header("request-id") if response is not None else None
    return passed() if came else failed("a header request-id", "none" if came is None else "an empty one")


def _request_id_matches(evidence: Evidence) -> Verdict:
    response = evidence.exchange.response
    told = response.header("request-id") if response is not None else None
    body = dig(view.answer_json(evidence), "request_id")
    if not told or body is None:
        return not_applicable("only one of header and body carries a request id" if told or body else "no request id")
    return passed() if body == told else failed(told, view.shown(body), pointer="/request_id")


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

CHECKS = (
    Check(
        id="answer.accepted",
        title="A valid request is answered with 200",
        why="A request that Anthropic's API takes is refused here: the client's call fails outright.",
        judge=_accepted,
        clauses=("anthropic:http.accepts-valid-request",),
        on=("message", "stream", "tokens", "models", "model"),
        answered_only=False,
    ),
    Check(
        id="answer.is-json-message",
        title="Without `stream: true` the answer is one JSON object",
        why="A client that asked for no stream parses the whole body as JSON and fails on anything else.",
        judge=_json_message,
        clauses=("anthropic:request.stream.default",),
        on=("message",),
    ),
    Check(
        id="http.content-type-json",
        title="A JSON answer is labelled application/json",
        why="SDKs parse the body by its content type and hand out raw text when the label is wrong.",
        judge=_content_type,
        clauses=("anthropic:http.content-type-json",),
        on=("message", "tokens", "models", "model"),
    ),
    Check(
        id="error.refused",
        title="A request that the contract forbids is refused",
        why="A mistake that is swallowed shows up later as a wrong answer, and nobody knows why.",
        judge=_refused,
        clauses=("anthropic:error.invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
        params=closed(status=_STATUS, type={"type": "string", "minLength": 1}),
        kind="behaviour",
        answered_only=False,
    ),
    Check(
        id="error.status",
        title="The refusal has the promised HTTP status",
        why="SDKs choose the exception, and whether to retry, by the status.",
        judge=_refused_with_status,
        clauses=("anthropic:error.invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
        params=closed(status=_STATUS),
        kind="behaviour",
        answered_only=False,
    ),
    Check(
        id="error.type",
        title="The refusal has the promised error type",
        why="Programs branch on `error.type` to tell the caller's mistakes from the provider's troubles.",
        judge=_refused_with_type,
        clauses=("anthropic:error.type-invalid-request", "anthropic:error.authentication", "anthropic:error.not-found"),
        params=closed(type=_TYPE),
        kind="behaviour",
        answered_only=False,
    ),
    Check(
        id="error.names-field",
        title="The error message names the field at fault",
        why="Without the name, whoever reads the log has to guess which of dozens of fields was wrong.",
        judge=_names_field,
        clauses=("anthropic:error.names-field",),
        params=closed(("field",), field=NAME),
        kind="behaviour",
        answered_only=False,
    ),
    Check(
        id="error.json",
        title="A refusal is told as JSON",
        why="An SDK that cannot parse the error shows the user a bare status instead of the reason.",
        judge=_error_json,
        clauses=("anthropic:http.content-type-json",),
        on=("error",),
        answered_only=False,
    ),
    Check(
        id="error.before-stream-is-json",
        title="A refused stream request is answered with JSON and a 4xx, not with a stream",
        why="A client that reads a refusal as a stream sees an empty answer and no error.",
        judge=_error_before_stream,
        clauses=("anthropic:error.before-stream-is-json",),
        on=("error",),
        answered_only=False,
    ),
    Check(
        id="http.request-id",
        title="Every answer carries the header request-id",
        why="Support can trace a call only by its id, which SDKs read from this header.",
        judge=_request_id,
        clauses=("anthropic:http.request-id-header",),
        on=("message", "stream", "error", "tokens", "models", "model", "any"),
        answered_only=False,
    ),
    Check(
        id="error.request-id-matches",
        title="The request id in an error's body equals the header",
        why="Two ids for one call send whoever investigates it down the wrong path.",
        judge=_request_id_matches,
        clauses=("anthropic:error.request-id-matches-header",),
        on=("error",),
        answered_only=False,
    ),
)
