from __future__ import annotations

from dataclasses import replace

import pytest
from messages_conformance.catalog.model import Expect
from messages_conformance.checks.base import Cause, Check, Outcome, passed
from messages_conformance.checks.guard import may_be_an_outage, missing_route, outage, pre_judge, retry_after
from messages_conformance.wire.exchange import Exchange, Failure, FailureKind, Headers, Request, Response
from streams import exchange

_ORDINARY = Check(lambda _: passed(), "a", "", "")
_OF_REFUSALS = Check(lambda _: passed(), "b", "", "", answered_only=False)
_OF_OUTAGES = Check(lambda _: passed(), "c", "", "", answered_only=False, of_outages=True)


_OF_ROUTES = Check(lambda _: passed(), "d", "", "", answered_only=False, of_routes=True)


def _answered(status: int, headers: Headers = (), failure: Failure | None = None) -> Exchange:
    return exchange(Response(status, headers, ()), failure)


def _cause(judged: Exchange, check: Check = _ORDINARY, expect: Expect = "message") -> Cause | None:
    verdict = pre_judge(judged, check, expect)
    if verdict is None:
        return None
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.note
    return verdict.cause


@pytest.mark.parametrize(
    ("status", "ordinary", "of_refusals"),
    [
        (200, None, None),
        (204, None, None),
        (302, Cause.PREREQUISITE_FAILED, None),
        (400, Cause.PREREQUISITE_FAILED, None),
        (401, Cause.AUTH, None),
        (402, Cause.CREDIT, Cause.CREDIT),
        (403, Cause.AUTH, None),
        (404, Cause.PREREQUISITE_FAILED, None),
        (413, Cause.PREREQUISITE_FAILED, None),
        (429, Cause.RATE_LIMIT, Cause.RATE_LIMIT),
        (500, Cause.PROVIDER_5XX, Cause.PROVIDER_5XX),
        (501, Cause.PREREQUISITE_FAILED, None),
        (502, Cause.PROVIDER_5XX, Cause.PROVIDER_5XX),
        (503, Cause.OVERLOAD, Cause.OVERLOAD),
        (504, Cause.PROVIDER_5XX, Cause.PROVIDER_5XX),
        (529, Cause.OVERLOAD, Cause.OVERLOAD),
    ],
)
def test_what_a_status_leaves_to_judge(status: int, ordinary: Cause | None, of_refusals: Cause | None) -> None:
    assert _cause(_answered(status)) is ordinary
    assert _cause(_answered(status), _OF_REFUSALS) is of_refusals
    assert _cause(_answered(status), _OF_OUTAGES) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((403, Cause.TRANSPORT), (407, Cause.TRANSPORT), (429, Cause.RATE_LIMIT), (502, Cause.PROVIDER_5XX)),
        *((400, None), (401, None), (404, None)),
    ],
)
def test_the_page_of_a_middlebox_says_nothing_of_the_api(status: int, expected: Cause | None) -> None:
    page = _answered(status, (("Content-Type", "Text/HTML; charset=utf-8"),))
    for check in (_OF_REFUSALS, _OF_OUTAGES):
        assert _cause(page, check) is expected
    assert _cause(_answered(403, (("content-type", "application/json"),)), _OF_REFUSALS) is None


def test_the_page_of_a_gateway_that_one_form_of_request_always_gets_is_judged() -> None:
    page = _answered(502, (("content-type", "text/html"),))
    assert pre_judge(page, _OF_REFUSALS, "message", persists=True) is None


@pytest.mark.parametrize(
    ("status", "of_refusals"),
    [(429, Cause.RATE_LIMIT), (500, None), (502, None), (503, None), (529, None), (402, Cause.CREDIT)],
)
def test_a_5xx_that_persists_is_judged_by_the_checks_of_refusals_only(status: int, of_refusals: Cause | None) -> None:
    verdict = pre_judge(_answered(status), _OF_REFUSALS, "message", persists=True)
    assert (verdict and verdict.cause) is of_refusals
    ordinary = pre_judge(_answered(status), _ORDINARY, "message", persists=True)
    assert ordinary is not None
    assert ordinary.cause is (of_refusals or Cause.PREREQUISITE_FAILED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, False), (400, False), (429, False), (500, True), (501, False), (502, True), (503, False), (529, False)],
)
def test_only_a_5xx_that_does_not_say_what_it_is_may_be_either(status: int, expected: bool) -> None:
    assert may_be_an_outage(_answered(status)) is expected


def test_no_answer_at_all_is_no_5xx() -> None:
    assert not may_be_an_outage(exchange(None, Failure("connect", "refused")))


@pytest.mark.parametrize(
    ("expect", "status", "cause"),
    [
        ("error", 400, None),
        ("error", 404, None),
        ("error", 401, Cause.AUTH),
        ("error", 500, Cause.PROVIDER_5XX),
        ("any", 400, None),
        ("any", 200, None),
        ("any", 429, Cause.RATE_LIMIT),
        ("stream", 400, Cause.PREREQUISITE_FAILED),
    ],
)
def test_a_refusal_is_an_answer_where_one_is_expected(expect: Expect, status: int, cause: Cause | None) -> None:
    assert _cause(_answered(status), expect=expect) is cause


def test_an_accepted_request_leaves_no_refusal_to_look_at() -> None:
    verdict = pre_judge(_answered(200), _ORDINARY, "error")
    assert verdict is not None
    assert verdict.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("check", [_ORDINARY, _OF_REFUSALS])
@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("connect", Cause.TRANSPORT),
        ("timeout", Cause.TRANSPORT),
        ("protocol", Cause.TRANSPORT),
        ("decode", Cause.TRANSPORT),
        ("deadline", Cause.DEADLINE),
        ("too-large", Cause.DEADLINE),
    ],
)
def test_without_a_whole_answer_nothing_is_judged(kind: FailureKind, cause: Cause, check: Check) -> None:
    assert _cause(exchange(None, Failure(kind, "it broke")), check) is cause
    assert _cause(_answered(200, failure=Failure(kind, "it broke")), check, "stream") is cause


def test_an_exchange_without_answer_or_failure_is_not_judged() -> None:
    assert _cause(exchange(None)) is Cause.TRANSPORT


def test_the_status_says_more_than_the_cut_after_it() -> None:
    assert _cause(_answered(429, failure=Failure("protocol", "reset"))) is Cause.RATE_LIMIT


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (200, None),
        (400, None),
        (402, None),
        (429, Cause.RATE_LIMIT),
        (500, Cause.PROVIDER_5XX),
        (503, Cause.OVERLOAD),
        (529, Cause.OVERLOAD),
    ],
)
def test_which_answers_are_worth_another_attempt(status: int, cause: Cause | None) -> None:
    assert outage(_answered(status)) is cause


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("connect", Cause.TRANSPORT),
        ("timeout", None),
        ("protocol", Cause.TRANSPORT),
        ("decode", None),
        ("deadline", None),
        ("too-large", None),
    ],
)
def test_which_failures_are_worth_another_attempt(kind: FailureKind, cause: Cause | None) -> None:
    assert outage(exchange(None, Failure(kind, ""))) is cause
    assert outage(_answered(200, failure=Failure(kind, ""))) is cause


def test_what_another_attempt_meets_again_is_not_worth_one() -> None:
    assert outage(exchange(None, Failure("connect", "", "certificate-expired"))) is None
    assert outage(exchange(None, Failure("connect", "", "refused"))) is Cause.TRANSPORT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Fri, 20 Nov 2026 10:00:40 GMT", 30.0),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0.0),
        ("Fri, 20 Nov 2026 10:00:40 -0000", 30.0),
        ("soon", None),
        ("", None),
        ("inf", None),
        ("nan", None),
        ("Fri, 99 Nov 99999999999 10:00:40 GMT", None),
    ],
)
def test_how_long_to_wait(value: str, seconds: float | None) -> None:
    peer_clock = ("Date", "Fri, 20 Nov 2026 10:00:10 GMT")
    assert retry_after(_answered(429, (("Retry-After", value), peer_clock))) == seconds


def test_a_date_is_taken_by_our_clock_where_the_peer_tells_none() -> None:
    judged = _answered(429, (("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT"),))
    assert retry_after(judged) == pytest.approx(30 - 0.009)  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize(("value", "seconds"), [("1500", 1.5), ("-1", 0.0), ("soon", 7.0), ("inf", 7.0), ("", 7.0)])
def test_milliseconds_come_first_where_they_can_be_understood(value: str, seconds: float) -> None:
    assert retry_after(_answered(429, (("Retry-After", "7"), ("Retry-After-Ms", value)))) == seconds


def test_nobody_asked_to_wait() -> None:
    assert retry_after(exchange(None)) is None
    assert retry_after(_answered(429)) is None


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_missing_route_leaves_one_check_something_to_judge(status: int) -> None:
    for path, missing in (("messages/count_tokens", True), ("models", True), ("models/x", False), ("messages", False)):
        asked = replace(_answered(status), request=Request("POST", f"http://h/v1/{path}?beta=true", (), None))
        assert missing_route(asked) is missing
        assert pre_judge(asked, _OF_ROUTES, "tokens") is None
        others = {_cause(asked, check, "tokens") for check in (_OF_REFUSALS, _OF_OUTAGES)}
        assert others == ({Cause.PREREQUISITE_FAILED} if missing else {None})
    there = replace(_answered(400), request=Request("POST", "http://h/v1/messages/count_tokens", (), None))
    assert not missing_route(there)
