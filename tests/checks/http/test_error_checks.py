"""How errors are told, whatever caused them."""

from __future__ import annotations

import pytest
from exchanges import evidence, exchange, outcome, sse, verdict
from messages import error, message
from messages_conformance.catalog.model import Expect
from messages_conformance.checks.base import Cause, Outcome


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (422, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (503, "overloaded_error"),
        (529, "overloaded_error"),
    ],
)
def test_status_and_type_that_go_together_pass(status: int, kind: str) -> None:
    told = exchange(error(kind), status=status)
    assert outcome("error.status-of-type", evidence(told, "error")) is Outcome.PASS


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "overloaded_error", "overloaded_error with 503 or 529"),
        (429, "overloaded_error", "rate_limit_error with 429"),
        (500, "overloaded_error", "overloaded_error with 503 or 529"),
        (400, "api_error", "api_error with 5xx"),
        (500, "invalid_request_error", "invalid_request_error with 4xx"),
        (404, "invalid_request_error", "not_found_error with 404"),
        (200, "not_found_error", "not_found_error with 404"),
    ],
)
@pytest.mark.parametrize("expect", ["message", "error"])
def test_a_status_of_another_type_fails_even_in_an_outage(
    expect: Expect, status: int, kind: str, expected: str
) -> None:
    found = verdict("error.status-of-type", evidence(exchange(error(kind), status=status), expect))
    assert (found.outcome, found.expected, found.actual) == (Outcome.FAIL, expected, f"{kind} with {status}")


def test_nothing_follows_from_a_type_that_the_table_does_not_list_or_from_no_error() -> None:
    for told in (exchange(error("teapot_error"), status=418), exchange({"detail": "no"}, status=404), exchange()):
        assert outcome("error.status-of-type", evidence(told, "error")) is Outcome.NOT_APPLICABLE


def test_an_error_inside_a_stream_has_no_status_of_its_own() -> None:
    told = exchange(sse(error("overloaded_error")))
    assert outcome("error.status-of-type", evidence(told, "stream")) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: must be above 0",
        "messages.0: wrong\n\tline two",
        "größer als 0",
        "data: Field required",
        "source:\ndata: Field required",
        "upstream said {'code': 7}",
        "7",
    ],
)
def test_a_message_for_people_is_readable(text: str) -> None:
    assert outcome("error.readable", evidence(exchange(error(text=text), status=400), "error")) is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "an empty one"),
        ("  ", "an empty one"),
        ("\x1f\ufffd\x08\x00", "bytes that are no text"),
        ("oh \x00", "bytes that are no text"),
        ('event:error\ndata:{"type":"error"}', "an event stream"),
        (r"event: error\ndata: {}", "an event stream"),
        ('{"error": {"message": "no"}}', "another JSON document"),
        ("[]", "another JSON document"),
    ],
)
def test_what_people_cannot_read_fails(text: str, what: str) -> None:
    found = verdict("error.readable", evidence(exchange(error(text=text), status=529), "message"))
    assert found.outcome is Outcome.FAIL
    assert found.actual is not None
    assert found.actual.startswith(f"{what}: ")


def test_without_a_message_there_is_nothing_to_read() -> None:
    for told in (exchange({"error": {"type": "api_error"}}, status=400), exchange(message())):
        assert outcome("error.readable", evidence(told, "any")) is Outcome.NOT_APPLICABLE


def test_an_outage_alone_fails_nothing_else() -> None:
    told = evidence(exchange(error("overloaded_error"), status=529), "error")
    assert verdict("error.refused", told).cause is Cause.OVERLOAD
