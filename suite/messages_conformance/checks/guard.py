"""Whether there is anything to judge, decided before any check sees an exchange.

A check may only fail for what the provider's protocol did. Outages, limits, missing credit and broken connections leave
it inconclusive, with one of the causes of the closed list.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from messages_conformance.catalog.model import Expect
from messages_conformance.checks.base import Cause, Check, Verdict, inconclusive, not_applicable
from messages_conformance.wire.exchange import Exchange, FailureKind, FailureReason, Response

_CAUSE_OF_FAILURE: dict[FailureKind, Cause] = {
    "connect": Cause.TRANSPORT,
    "timeout": Cause.TRANSPORT,
    "protocol": Cause.TRANSPORT,
    "decode": Cause.TRANSPORT,
    "deadline": Cause.DEADLINE,
    # Our bound on size, like the one on time, ends the reading before the answer does.
    "too-large": Cause.DEADLINE,
}
NOT_IMPLEMENTED = 501
"""The server says itself that it does not do this, and never will."""

_OF_MIDDLEBOXES = frozenset({403, 407, 429, 502, 503, 504})
"""Statuses that a firewall or a proxy gives for itself."""

_NO_ROUTE = frozenset({404, 405, NOT_IMPLEMENTED})

_WORTH_A_RETRY: frozenset[FailureKind] = frozenset({"connect", "protocol"})
"""Whoever let one deadline pass lets the next one pass too, and each costs minutes."""

_FOR_GOOD: frozenset[FailureReason] = frozenset(
    {
        *("unresolved", "no-tls", "tls-only", "tls"),
        *("certificate-expired", "certificate-self-signed", "certificate-name", "certificate-untrusted"),
    }
)
"""What another attempt meets again."""


def pre_judge(exchange: Exchange, check: Check, expect: Expect, *, persists: bool = False) -> Verdict | None:
    """The verdict that makes `check` superfluous for this exchange, or None if the check is to judge it.

    Checks that judge refusals themselves (`answered_only` False) are stopped by outages, limits and missing credit
    only. A 5xx that `persists` for this request while others are answered is no outage, and 501 never is: both are left
    to these checks. For a step that expects an error (or anything), a refusal is the answer. A failure of the transport
    leaves only those checks something to judge that name it in `judges_failures`. An error sent with status 200 is the
    provider's fault and is judged. Of a whole run the check chooses itself what it can judge.
    """
    response = exchange.response
    if expect == "run" or (expect != "error" and _is_plain(response) and exchange.failure is None):
        return None
    if missing_route(exchange) and not check.of_routes:
        return inconclusive(
            Cause.PREREQUISITE_FAILED, "the route is missing: see the checks tokens.served, models.served"
        )
    if response is not None and from_a_middlebox(exchange) and not (response.status >= 500 and persists):
        cause = _limit_or_outage(response.status) or Cause.TRANSPORT
        return inconclusive(cause, f"a web page came with {response.status}, as from a firewall or a proxy")
    by_status = (
        None if response is None or check.of_outages else _by_status(response.status, check, expect, persists=persists)
    )
    if by_status is not None:
        return by_status
    if exchange.failure is not None and exchange.failure.kind not in check.judges_failures:
        cut = "the answer was cut" if response is not None else "no answer came"
        return inconclusive(_CAUSE_OF_FAILURE[exchange.failure.kind], f"{cut}: {exchange.failure.detail}")
    return inconclusive(Cause.TRANSPORT, "no answer came") if response is None else None


def _is_plain(response: Response | None) -> bool:
    """Whether nothing can be in the way, as of nearly all answers."""
    return response is not None and response.status == 200


def _by_status(status: int, check: Check, expect: Expect, *, persists: bool) -> Verdict | None:
    cause = None if status == NOT_IMPLEMENTED or (status >= 500 and persists) else _limit_or_outage(status)
    if cause is not None:
        return inconclusive(cause, f"the provider answered {status}")
    if not check.answered_only:
        return None
    if status in {401, 403}:
        return inconclusive(Cause.AUTH, f"the key was refused with {status}")
    return _unexpected(status, expect)


def _unexpected(status: int, expect: Expect) -> Verdict | None:
    accepted = 200 <= status < 300
    if expect == "error" and accepted:
        return not_applicable(f"the request was accepted with {status}, so there is no refusal to look at")
    if expect not in {"error", "any"} and not accepted:
        return inconclusive(
            Cause.PREREQUISITE_FAILED, f"the request was refused with {status}: see the check answer.accepted"
        )
    return None


def _limit_or_outage(status: int) -> Cause | None:
    match status:
        case 429:
            return Cause.RATE_LIMIT
        case 402:
            return Cause.CREDIT
        case 503 | 529:
            return Cause.OVERLOAD
        case _:
            return Cause.PROVIDER_5XX if status >= 500 else None


def missing_route(exchange: Exchange) -> bool:
    """Whether the answer says of a route beside the messages that it is not there. A single model that is looked up may
    be unknown for itself."""
    status = exchange.response.status if exchange.response is not None else 0
    return status in _NO_ROUTE and urlsplit(exchange.request.url).path.endswith(("/count_tokens", "/models"))


def from_a_middlebox(exchange: Exchange) -> bool:
    """Whether a web page came that what stands before an API sends, such as a firewall or a proxy: it says nothing of
    the API, neither by its body nor by its headers."""
    response = exchange.response
    if response is None or response.status not in _OF_MIDDLEBOXES:
        return False
    return (response.header("content-type") or "").lower().startswith("text/html")


def may_be_an_outage(exchange: Exchange) -> bool:
    """Whether it is a 5xx of which one answer does not tell whether it is an outage or what this request always gets.
    An overload says what it is, and so does 501."""
    status = exchange.response.status if exchange.response is not None else 0
    return status != NOT_IMPLEMENTED and _limit_or_outage(status) is Cause.PROVIDER_5XX


def outage(exchange: Exchange) -> Cause | None:
    """Why the same request may fare better: a rate limit, a 5xx other than 501, or a connection that failed. None if
    the answer, whatever it says, is the answer."""
    if exchange.response is not None:
        cause = _limit_or_outage(exchange.response.status)
        if cause is not None and exchange.response.status != NOT_IMPLEMENTED:
            return None if cause is Cause.CREDIT else cause
    failure = exchange.failure
    if failure is None or failure.kind not in _WORTH_A_RETRY or failure.reason in _FOR_GOOD:
        return None
    return Cause.TRANSPORT


def retry_after(exchange: Exchange) -> float | None:
    """Seconds to wait before another attempt, as the response asks; never negative. `retry-after-ms` comes first, as in
    the official Python SDK, then `retry-after` (seconds or an HTTP date, RFC 9110 section 10.2.3). None where it does
    not ask or cannot be understood."""
    response = exchange.response
    if response is None:
        return None
    asked = _number(response.header("retry-after-ms"), per_second=1000)
    return asked if asked is not None else _seconds(exchange, response, response.header("retry-after"))


def _seconds(exchange: Exchange, response: Response, value: str | None) -> float | None:
    if (number := _number(value)) is not None:
        return number
    until, now = _http_date(value), _now(exchange, response)
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _number(value: str | None, per_second: int = 1) -> float | None:
    try:
        number = float(value or "") / per_second
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _now(exchange: Exchange, response: Response) -> datetime | None:
    """When the response came: by the peer's clock if it tells, since its date is meant by that clock; else by ours."""
    if told := _http_date(response.header("date")):
        return told
    try:
        return _aware(datetime.fromisoformat(exchange.started)) + timedelta(milliseconds=exchange.total_ms)
    except (ValueError, OverflowError):
        return None


def _http_date(value: str | None) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(value)) if value else None
    except (ValueError, OverflowError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
