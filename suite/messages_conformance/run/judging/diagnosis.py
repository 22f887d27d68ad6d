"""What the first requests of a run show of an endpoint, where they make all others pointless: one sentence, one exit.

Who can mend it decides the exit (docs/decisions/0016): only the user 2, time or payment 3; an endpoint that does answer
where the Messages API should, and answers as something else, does not conform: 1. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from messages_conformance.catalog.model import Provider
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_object
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.checks.http.answers import is_outage
from messages_conformance.run.judging import shapes
from messages_conformance.run.judging.elsewhere import NOT_THERE, Place
from messages_conformance.run.judging.preflight import model_refused, model_sent, no_credit
from messages_conformance.wire.exchange import Failure, FailureReason

ExitCode: TypeAlias = Literal[1, 2, 3]


class Kind(StrEnum):
    """Everything that ends a run at its first requests. The list is closed: a new kind is a decision."""

    NOTHING_LISTENS = "nothing-listens"
    NAME_UNKNOWN = "name-unknown"
    UNREACHABLE = "unreachable"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    NO_TLS = "no-tls"
    TLS_ONLY = "tls-only"
    TLS_FAILED = "tls-failed"
    NO_ANSWER = "no-answer"
    BROKEN_OFF = "broken-off"
    KEY_REFUSED = "key-refused"
    NOT_FOUND = "not-found"
    REDIRECT = "redirect"
    MODEL_UNKNOWN = "model-unknown"
    NO_CREDIT = "no-credit"
    WEB_PAGE = "web-page"
    NO_JSON = "no-json"
    EMPTY = "empty"
    OTHER_API = "other-api"
    ENVELOPE = "envelope"
    REFUSED = "refused"
    OUTAGE = "outage"
    RATE_LIMIT = "rate-limit"


_CAUSES: Final[Mapping[Kind, Cause]] = {
    Kind.NO_ANSWER: Cause.DEADLINE,
    Kind.NO_CREDIT: Cause.CREDIT,
    Kind.OUTAGE: Cause.PROVIDER_5XX,
    Kind.RATE_LIMIT: Cause.RATE_LIMIT,
}
"""Why nothing is decided where it is not the transport."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found. `sentence` follows the provider's title, and says what came and what to do next."""

    kind: Kind
    sentence: str
    exit: ExitCode

    @property
    def verdict(self) -> Verdict:
        """What stands for every check that is not asked."""
        cause = {1: Cause.PREREQUISITE_FAILED, 2: Cause.CONFIGURATION}.get(self.exit)
        return inconclusive(cause or _CAUSES.get(self.kind, Cause.TRANSPORT), self.sentence)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of the first requests: the answer to the preflight; in which headers the key was sent; the models that
    the provider lists; and what answered elsewhere. `envelopes` are the names under which its own contract wraps an
    answer."""

    provider: Provider
    answer: Answer
    headers_tried: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    elsewhere: Place | None = None
    envelopes: frozenset[str] = frozenset()

    @property
    def origin(self) -> str:
        parts = urlsplit(self.answer.request.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        return urlsplit(self.answer.request.url).hostname or ""

    @property
    def path(self) -> str:
        return urlsplit(self.answer.request.url).path

    @property
    def said(self) -> str:
        """The status, and what the answer says of itself."""
        status, told = str(self.answer.status), shapes.message_of(self.answer)
        if told.startswith(status):  # as the titles of most error pages do
            return told
        return f"{status} ({told})" if told else status


def diagnose(seen: Seen) -> Diagnosis | None:
    """What is there instead of the Messages API, or why it does not answer; None where the answer is to be judged."""
    if seen.answer.failure is not None:
        return _of_failure(seen, seen.answer.failure)
    if seen.answer.is_refused or seen.answer.status >= 300:
        return next(found for find in _REFUSALS if (found := find(seen)))
    if shapes.is_message(seen.answer) or shapes.envelope(seen.answer) in seen.envelopes:
        return None
    return next(found for find in _ANSWERS if (found := find(seen)))


def _could_not(kind: Kind, told: str, code: ExitCode) -> Diagnosis:
    return Diagnosis(kind, f"could not be asked: {told}", code)


def _does_not_conform(kind: Kind, told: str) -> Diagnosis:
    return Diagnosis(kind, f"does not conform: {told}", 1)


# --- no answer --------------------------------------------------------------------------------------------------------

_FAILURES: Final[Mapping[FailureReason, tuple[Kind, ExitCode, str]]] = {
    "refused": (Kind.NOTHING_LISTENS, 3, "nothing listens at {origin}; start the server, or correct the base URL"),
    "unresolved": (Kind.NAME_UNKNOWN, 2, "the name {host} has no address; correct the base URL"),
    "unreachable": (
        *(Kind.UNREACHABLE, 3),
        "{host} cannot be reached ({detail}); check the network and the base URL",
    ),
    "proxy": (
        *(Kind.PROXY, 3),
        "the proxy of the environment leads nowhere ({detail}); check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    ),
    "certificate-expired": (
        *(Kind.CERTIFICATE, 3),
        "the certificate of {host} has expired, or is not valid yet; it has to be renewed",
    ),
    "certificate-self-signed": (
        *(Kind.CERTIFICATE, 3),
        "the certificate of {host} is self-signed, and no client trusts it; to go on, name its file in SSL_CERT_FILE",
    ),
    "certificate-name": (
        *(Kind.CERTIFICATE, 3),
        "the certificate was made for another name than {host}; use the name that it was made for",
    ),
    "certificate-untrusted": (
        *(Kind.CERTIFICATE, 3),
        "who signed the certificate of {host} is not trusted here; to go on, name that root in SSL_CERT_FILE",
    ),
    "no-tls": (Kind.NO_TLS, 2, "{origin} speaks no TLS; begin the base URL with http://"),
    "tls-only": (Kind.TLS_ONLY, 2, "{origin} speaks TLS only; begin the base URL with https://"),
    "tls": (Kind.TLS_FAILED, 3, "TLS with {host} fails ({detail}); look at the server's TLS settings"),
}


def _of_failure(seen: Seen, failure: Failure) -> Diagnosis:
    reason = "tls-only" if seen.elsewhere is not None else failure.reason
    if reason in _FAILURES:
        kind, code, told = _FAILURES[reason]
        return _could_not(kind, told.format(origin=seen.origin, host=seen.host, detail=failure.detail), code)
    if failure.kind in ("timeout", "deadline"):
        told = f"hangs: {failure.detail}; look whether it is up, or give it more time with --timeout"
        return Diagnosis(Kind.NO_ANSWER, told, 3)
    return Diagnosis(Kind.BROKEN_OFF, f"breaks off its answer: {failure.detail}; look into the server's log", 3)


# --- a refusal --------------------------------------------------------------------------------------------------------

_NAMES_SHOWN: Final = 8
_HTTPS_WANTED: Final = (b"plain http request was sent to https port", b"http request to an https server")
_OF_KEYS: Final = frozenset({"authentication_error", "permission_error"})


def _redirect(seen: Seen) -> Diagnosis | None:
    if not 300 <= seen.answer.status < 400:
        return None
    target = seen.answer.response.header("location") if seen.answer.response else None
    where = f"to {target[:200]}" if target else "without saying where"
    told = (
        f"{seen.path} redirects {where} ({seen.answer.status}), where clients do not take their key; give that address"
    )
    return _could_not(Kind.REDIRECT, told, 2)


def _model_unknown(seen: Seen) -> Diagnosis | None:
    if not model_refused(seen.answer):
        return None
    names, more = seen.offered[:_NAMES_SHOWN], len(seen.offered) - _NAMES_SHOWN
    offered = f"it offers {', '.join(names)}{f' and {more} more' if more > 0 else ''}" if names else "give another name"
    told = f"there is no model `{model_sent(seen.answer)}` for this key: {seen.said}; {offered}"
    return _could_not(Kind.MODEL_UNKNOWN, told, 2)


def _no_credit(seen: Seen) -> Diagnosis | None:
    if not no_credit(seen.answer):
        return None
    return Diagnosis(Kind.NO_CREDIT, f"has no credit for this key: {seen.said}; pay in, or use another key", 3)


def _tls_only(seen: Seen) -> Diagnosis | None:
    told = seen.answer.body[:4096].lower()
    if not any(words in told for words in _HTTPS_WANTED):
        return None
    return _could_not(Kind.TLS_ONLY, f"{seen.origin} speaks TLS only; begin the base URL with https://", 2)


def _weather(seen: Seen) -> Diagnosis | None:
    """An outage or a limit: by the status, or by the type of an error under a status that hides it."""
    answer = seen.answer
    cause = guard.outage(answer.exchange) or (is_outage(answer.error or {}) if answer.status < 400 else None)
    if cause is Cause.RATE_LIMIT:
        pause = guard.retry_after(answer.exchange)
        later = f"in {pause:g} s" if pause else "later"
        told = f"refuses the first request for its rate limit: {seen.said}; ask again {later}"
        return Diagnosis(Kind.RATE_LIMIT, told, 3)
    return None if cause is None else Diagnosis(Kind.OUTAGE, f"is out of order: {seen.said}; ask again later", 3)


def _not_found(seen: Seen) -> Diagnosis | None:
    if seen.answer.status not in NOT_THERE:
        return None
    nothing = f"nothing takes messages at {seen.path}: {seen.said}"
    match seen.elsewhere:
        case None:
            return _could_not(Kind.NOT_FOUND, f"{nothing}; correct the base URL or `path`", 2)
        case Place("Messages", base_url, path):
            return _could_not(Kind.NOT_FOUND, f"{nothing}; {base_url}{path} answers: give that address", 2)
        case Place(api, _, path):
            told = f"{nothing}; {path} answers, which is OpenAI's {api} API: give the address of a Messages API"
            return _could_not(Kind.OTHER_API, told, 2)


def _page_of_a_middlebox(seen: Seen) -> Diagnosis | None:
    if not shapes.is_web_page(seen.answer) or seen.answer.status == HTTPStatus.UNAUTHORIZED:
        return None
    told = f"a web page turns the request away: {seen.said}; let what stands before the API allow it"
    return _could_not(Kind.WEB_PAGE, told, 2)


def _key_refused(seen: Seen) -> Diagnosis | None:
    if seen.answer.status not in {401, 403} and (seen.answer.error or {}).get("type") not in _OF_KEYS:
        return None
    auth = seen.provider.auth
    if auth.style == "none":
        told = f"it wants a key: {seen.said}; name the variable that holds one with --api-key-env, or in `auth`"
        return _could_not(Kind.KEY_REFUSED, told, 2)
    ways = " and as ".join(seen.headers_tried) or auth.header or auth.style
    told = f"the key in {auth.env}, sent as {ways}, was refused: {seen.said}; set another key"
    return _could_not(Kind.KEY_REFUSED, told, 2)


def _refused(seen: Seen) -> Diagnosis:
    if api := shapes.foreign_api(seen.answer):
        told = f"it refuses the plainest request, as OpenAI's {api} API would: {seen.said}"
        return _does_not_conform(Kind.OTHER_API, told)
    return _does_not_conform(Kind.REFUSED, f"it refuses the plainest request: {seen.said}")


_Find: TypeAlias = Callable[[Seen], Diagnosis | None]

_REFUSALS: Final[tuple[_Find, ...]] = (
    *(_redirect, _model_unknown, _no_credit, _tls_only, _weather, _not_found),
    *(_page_of_a_middlebox, _key_refused, _refused),
)
"""What a refusal may be; the first that it is counts, and it is one."""

# --- an answer --------------------------------------------------------------------------------------------------------


def _web_page(seen: Seen) -> Diagnosis | None:
    if not shapes.is_web_page(seen.answer):
        return None
    title = shapes.title_of(seen.answer)
    page = f"a web page, “{title}”," if title else "a web page"
    return _could_not(Kind.WEB_PAGE, f"{page} is at {seen.path}; correct the base URL or `path`", 2)


def _envelope(seen: Seen) -> Diagnosis | None:
    if (name := shapes.envelope(seen.answer)) is None:
        return None
    told = f"its answer is in an envelope, under `{name}`, where no client looks"
    return _does_not_conform(Kind.ENVELOPE, told)


def _other_api(seen: Seen) -> Diagnosis | None:
    if (api := shapes.foreign_api(seen.answer)) is None:
        return None
    return _does_not_conform(Kind.OTHER_API, f"it answers as OpenAI's {api} API, not as the Messages API")


def _empty(seen: Seen) -> Diagnosis | None:
    if seen.answer.body.strip():
        return None
    return _does_not_conform(Kind.EMPTY, f"it answers {seen.answer.status} with an empty body")


def _nothing_known(seen: Seen) -> Diagnosis:
    came = seen.answer.beginning(120)
    if as_object(seen.answer.body_json) is None and not seen.answer.is_stream:
        return _could_not(Kind.NO_JSON, f"{seen.path} gives no JSON object: {came}; correct the base URL or `path`", 2)
    return _does_not_conform(Kind.OTHER_API, f"its answer is no message: {came}")


_ANSWERS: Final[tuple[_Find, ...]] = (_empty, _web_page, _envelope, _other_api, _nothing_known)
"""What an answer that is no message may be; the first that it is counts, and it is one."""
