from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, outcome, sse, streamed, verdict
from messages import error, message
from messages_conformance.catalog.model import Expect
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.wire.exchange import Exchange


def test_a_message_and_a_stream_count_as_accepted() -> None:
    assert outcome("answer.accepted", evidence(exchange())) is Outcome.PASS
    stream = evidence(exchange(streamed(message())), "stream")
    assert outcome("answer.accepted", stream) is Outcome.PASS


@pytest.mark.parametrize("status", [400, 404, 405, 422])
def test_a_refused_valid_request_fails_and_quotes_the_reason(status: int) -> None:
    found = verdict("answer.accepted", evidence(exchange(error(text="no such field"), status=status)))
    assert found.outcome is Outcome.FAIL
    assert found.expected == "200"
    assert found.actual == f'{status} invalid_request_error: "no such field"'


def test_an_error_told_with_status_200_is_no_acceptance() -> None:
    assert outcome("answer.accepted", evidence(exchange({"error": "no"}))) is Outcome.FAIL
    found = verdict("answer.accepted", evidence(exchange({"success": False, "message": "no"})))
    assert found.actual == 'an error sent with status 200 without an error type: "no"'
    assert outcome("answer.accepted", evidence(exchange(error()))) is Outcome.FAIL
    assert outcome("answer.accepted", evidence(exchange(sse(error())), "stream")) is Outcome.FAIL


@pytest.mark.parametrize(
    ("kind", "cause"), [("overloaded_error", Cause.OVERLOAD), ("rate_limit_error", Cause.RATE_LIMIT)]
)
def test_an_outage_told_with_status_200_leaves_acceptance_open(kind: str, cause: Cause) -> None:
    assert verdict("answer.accepted", evidence(exchange(sse(error(kind))), "stream")).cause is cause


def test_an_error_that_cuts_a_stream_does_not_take_back_its_acceptance() -> None:
    cut = sse({"type": "message_start", "message": message()}, error("overloaded_error"))
    assert outcome("answer.accepted", evidence(exchange(cut), "stream")) is Outcome.PASS


def test_a_refused_key_is_the_providers_fault_only_where_its_style_is_asked_about() -> None:
    refused = exchange(error("authentication_error"), status=401)
    assert verdict("answer.accepted", evidence(refused)).cause is Cause.AUTH
    assert outcome("answer.accepted", evidence(refused, auth_style="bearer")) is Outcome.FAIL


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_outages_never_fail(status: int) -> None:
    assert outcome("answer.accepted", evidence(exchange(error("api_error"), status=status))) is Outcome.INCONCLUSIVE


def test_a_stream_that_nobody_asked_for_is_no_json_message() -> None:
    assert outcome("answer.is-json-message", evidence(exchange())) is Outcome.PASS
    assert outcome("answer.is-json-message", evidence(exchange(streamed(message())))) is Outcome.FAIL
    assert outcome("answer.is-json-message", evidence(exchange([message()]))) is Outcome.FAIL
    assert outcome("answer.is-json-message", evidence(exchange(b"<html>"))) is Outcome.FAIL


@pytest.mark.parametrize("label", ["text/plain", "application/problem+json", ""])
def test_json_under_another_label_fails(label: str) -> None:
    found = verdict("http.content-type-json", evidence(exchange(headers=(("content-type", label),))))
    assert found.outcome is Outcome.FAIL


def test_the_label_may_carry_a_charset() -> None:
    headers = (("Content-Type", "application/json; charset=utf-8"),)
    assert outcome("http.content-type-json", evidence(exchange(headers=headers))) is Outcome.PASS


@pytest.mark.parametrize("expect", ["message", "stream", "error", "any"])
def test_every_answer_needs_a_request_id(expect: Expect) -> None:
    headers = (("content-type", "application/json"),)
    assert outcome("http.request-id", evidence(exchange(headers=headers), expect)) is Outcome.FAIL
    assert outcome("http.request-id", evidence(exchange(), expect)) is Outcome.PASS


def _refusal(status: int = 400, kind: str = "invalid_request_error", **more: Any) -> Any:
    return evidence(exchange(error(kind), status=status), "error", **more)


def test_acceptance_of_a_forbidden_request_fails_once() -> None:
    accepted = evidence(exchange(), "error", params={"status": 400})
    found = verdict("error.refused", accepted)
    assert (found.outcome, found.actual) == (Outcome.FAIL, "accepted: 200")
    assert found.expected == "refused with 400 invalid_request_error"
    assert outcome("error.status", accepted) is Outcome.NOT_APPLICABLE
    assert outcome("error.type", accepted) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("status", [400, 413, 422])
def test_any_refusal_for_the_request_counts(status: int) -> None:
    found = verdict("error.refused", _refusal(status))
    assert found.outcome is Outcome.PASS
    assert (found.note is None) == (status == 400)


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (401, Cause.AUTH),
        (402, Cause.CREDIT),
        (403, Cause.AUTH),
        (404, Cause.PREREQUISITE_FAILED),
        (408, Cause.TRANSPORT),
        (429, Cause.RATE_LIMIT),
    ],
)
def test_refusals_for_another_reason_prove_nothing(status: int, cause: Cause) -> None:
    assert verdict("error.refused", _refusal(status)).cause is cause
    assert outcome("error.status", _refusal(status)) in {Outcome.NOT_APPLICABLE, Outcome.INCONCLUSIVE}


def test_failing_over_a_bad_request_is_no_refusal() -> None:
    found = verdict("error.refused", _refusal(500, "api_error", persists=True))
    assert found.outcome is Outcome.FAIL
    assert found.actual is not None
    assert found.actual.startswith("no refusal, but 500 api_error")


def test_one_500_may_be_an_outage_and_501_is_never_one() -> None:
    assert verdict("error.refused", _refusal(500, "api_error")).cause is Cause.PROVIDER_5XX
    assert outcome("error.refused", _refusal(501, "api_error")) is Outcome.FAIL


def test_a_valid_request_that_always_gets_a_5xx_is_not_taken() -> None:
    came = exchange(error("api_error", "oops"), status=500)
    assert verdict("answer.accepted", evidence(came)).cause is Cause.PROVIDER_5XX
    found = verdict("answer.accepted", evidence(came, persists=True))
    assert (found.outcome, found.actual) == (
        Outcome.FAIL,
        '500 api_error: "oops", every time, while others were answered',
    )
    never = verdict("answer.accepted", evidence(exchange(error("api_error", "oops"), status=501)))
    assert (never.outcome, never.actual) == (Outcome.FAIL, '501 api_error: "oops"')


def test_other_outages_leave_a_refusal_open() -> None:
    assert verdict("error.refused", _refusal(503, "api_error")).outcome is Outcome.INCONCLUSIVE


def test_a_refusal_under_status_200_counts_but_has_the_wrong_status() -> None:
    told = evidence(exchange(error()), "error")
    assert outcome("error.refused", told) is Outcome.PASS
    assert outcome("error.status", told) is Outcome.FAIL


def test_an_outage_under_status_200_is_no_refusal() -> None:
    assert verdict("error.refused", evidence(exchange(error("overloaded_error")), "error")).cause is Cause.OVERLOAD


@pytest.mark.parametrize("auth", ["none", "wrong"])
def test_without_a_valid_key_401_is_expected(auth: Any) -> None:
    assert outcome("error.status", _refusal(401, "authentication_error", auth=auth)) is Outcome.PASS
    assert outcome("error.refused", _refusal(403, auth=auth)) is Outcome.PASS
    assert outcome("error.status", _refusal(403, auth=auth)) is Outcome.FAIL


def test_a_status_given_by_the_scenario_is_the_expected_one() -> None:
    assert outcome("error.status", _refusal(404, "not_found_error", params={"status": 404})) is Outcome.PASS
    assert outcome("error.status", _refusal(400, params={"status": 404})) is Outcome.FAIL


def test_the_error_type_is_compared_and_implies_its_status() -> None:
    missing = {"type": "not_found_error"}
    assert outcome("error.type", _refusal(404, "not_found_error", params=missing)) is Outcome.PASS
    assert outcome("error.type", _refusal()) is Outcome.PASS
    found = verdict("error.type", _refusal(404, "invalid_request_error", params=missing))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/error/type")


def test_an_error_without_type_fails() -> None:
    found = verdict("error.type", evidence(exchange({"error": {"message": "no"}}, status=400), "error"))
    assert (found.outcome, found.actual) == (Outcome.FAIL, "no error type")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("messages.0.content: required", True),
        ("Messages[0].Content is required", True),
        ("the field content is required", True),
        ("Bad request", False),
    ],
)
def test_the_field_may_be_named_in_several_ways(text: str, named: bool) -> None:
    told = evidence(exchange(error(text=text), status=400), "error", params={"field": "messages.0.content"})
    assert outcome("error.names-field", told) is (Outcome.PASS if named else Outcome.FAIL)


def test_a_refusal_is_json() -> None:
    assert outcome("error.json", _refusal()) is Outcome.PASS
    html = exchange(b"<html>no</html>", status=400, headers=(("content-type", "text/html"),))
    assert outcome("error.json", evidence(html, "error")) is Outcome.FAIL
    unlabelled = exchange(error(), status=400, headers=())
    assert outcome("error.json", evidence(unlabelled, "error")) is Outcome.FAIL
    assert outcome("error.json", evidence(exchange(), "error")) is Outcome.NOT_APPLICABLE


def test_what_is_too_large_may_be_refused_before_it_reaches_the_api() -> None:
    page = exchange(b"<html>too large</html>", status=413, headers=(("content-type", "text/html"),))
    assert outcome("error.json", evidence(page, "error")) is Outcome.NOT_APPLICABLE
    mislabelled = exchange(error("request_too_large"), status=413, headers=(("content-type", "text/html"),))
    assert outcome("error.json", evidence(mislabelled, "error")) is Outcome.FAIL


def test_a_refused_stream_request_is_answered_before_a_stream_begins() -> None:
    asked = {"stream": True}
    refused = exchange(error(), status=400, request=asked)
    assert outcome("error.before-stream-is-json", evidence(refused, "error")) is Outcome.PASS
    late = exchange(sse(error()), request=asked)
    assert outcome("error.before-stream-is-json", evidence(late, "error")) is Outcome.FAIL
    assert outcome("error.before-stream-is-json", _refusal()) is Outcome.NOT_APPLICABLE


def test_the_two_request_ids_of_an_error_are_compared() -> None:
    def told(**more: Any) -> Any:
        return evidence(exchange(error(**more), status=400), "error")

    assert outcome("error.request-id-matches", told(request_id="req_1")) is Outcome.PASS
    assert outcome("error.request-id-matches", told(request_id="req_2")) is Outcome.FAIL
    assert outcome("error.request-id-matches", told()) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (exchange(), Outcome.PASS),
        (exchange(error(), status=400), Outcome.PASS),
        (exchange(error("api_error"), status=500), Outcome.INCONCLUSIVE),
        (exchange(error("api_error"), status=501), Outcome.FAIL),
        (exchange({"detail": "roles must alternate"}, status=400), Outcome.FAIL),
        (exchange({"error": {"message": "no"}}, status=422), Outcome.FAIL),
        (exchange(error()), Outcome.FAIL),
        (exchange(b""), Outcome.FAIL),
        (exchange(error("overloaded_error")), Outcome.INCONCLUSIVE),
        (exchange(error("authentication_error"), status=401), Outcome.INCONCLUSIVE),
        (exchange(error("api_error"), status=502), Outcome.INCONCLUSIVE),
    ],
)
def test_a_request_at_the_edge_is_answered_or_refused_in_order(came: Exchange, expected: Outcome) -> None:
    assert outcome("answer.decided", evidence(came, "any")) is expected


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_request_at_the_edge_that_always_breaks_the_server_is_not_decided(status: int) -> None:
    broken = evidence(exchange(error("api_error"), status=status), "any", persists=True)
    assert outcome("answer.decided", broken) is Outcome.FAIL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max_tokens: 32000 > 8192, which is the most that some-model-2024-10-22 can write", Outcome.PASS),
        ("at most 8,192 are possible", Outcome.PASS),
        ("400: 32000 is too large for some-model-2024-10-22", Outcome.FAIL),
        ("Unsupported parameter", Outcome.FAIL),
        ("1" * 5000, Outcome.FAIL),
    ],
)
def test_a_refusal_of_max_tokens_tells_how_much_is_possible(text: str, expected: Outcome) -> None:
    asked = {"max_tokens": 32000}
    told = evidence(exchange(error(text=text), status=400, request=asked), "any")
    assert outcome("error.tells-limit", told) is expected


def test_only_a_refusal_of_max_tokens_can_lack_the_limit() -> None:
    asked = {"max_tokens": 32000}
    assert outcome("error.tells-limit", evidence(exchange(request=asked), "any")) is Outcome.PASS
    elsewhere = exchange(error("not_found_error", "no such model"), status=404, request=asked)
    assert verdict("error.tells-limit", evidence(elsewhere, "any")).cause is Cause.PREREQUISITE_FAILED


def test_a_refusal_in_a_foreign_shape_is_shown_as_it_came() -> None:
    refused = verdict("answer.accepted", evidence(exchange({"detail": "No such field."}, status=422), "message"))
    assert (refused.outcome, refused.actual) == (Outcome.FAIL, '422 {"detail": "No such field."}')
