"""What surrounds the messages of an endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import JSON_HEADERS, evidence, exchange, outcome, verdict
from messages import error, message
from messages_conformance.checks.base import Cause, Evidence, Outcome
from messages_conformance.wire.exchange import Exchange, Failure

REFUSED = exchange(error("permission_error"), status=403)


# --- who is served --------------------------------------------------------------------------------------------------


def _client(here: Exchange, there: Exchange) -> Evidence:
    return evidence(here, params={"step": "plain"}, earlier={"plain": there})


def test_clients_that_are_both_served_pass() -> None:
    assert outcome("http.any-client", _client(exchange(), exchange())) is Outcome.PASS


@pytest.mark.parametrize("status", [401, 403])
def test_a_client_that_is_turned_away_where_another_is_served_fails(status: int) -> None:
    turned_away = exchange(error(), status=status)
    found = verdict("http.any-client", _client(exchange(), turned_away))
    assert found.actual == f"{status} for one client and 200 for another"
    assert outcome("http.any-client", _client(turned_away, exchange())) is Outcome.FAIL


@pytest.mark.parametrize(("here", "there"), [(403, 403), (400, 200), (200, 404), (200, 429), (401, 429)])
def test_other_differences_say_nothing_about_clients(here: int, there: int) -> None:
    asked = _client(exchange(error(), status=here), exchange(error(), status=there))
    assert verdict("http.any-client", asked).cause is Cause.PREREQUISITE_FAILED


def test_without_the_other_answer_clients_cannot_be_compared() -> None:
    lost = Exchange(exchange().request, None, Failure("connect", "refused"), "", None, 1.0)
    assert outcome("http.any-client", _client(exchange(), lost)) is Outcome.INCONCLUSIVE
    assert outcome("http.any-client", evidence(exchange(), params={"step": "plain"})) is Outcome.INCONCLUSIVE


# --- other routes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "expected"), [(200, Outcome.PASS), (204, Outcome.PASS), (405, Outcome.FAIL)])
def test_the_root_is_probed(status: int, expected: Outcome) -> None:
    assert outcome("http.root-probe", evidence(exchange(b"", status=status), "any")) is expected
    assert outcome("http.root-probe", evidence(exchange(b"", status=503), "any")) is Outcome.INCONCLUSIVE


def _batches(body: Any, status: int = 200) -> Outcome:
    return outcome("http.batches", evidence(exchange(body, status=status), "any"))


def test_batches_are_listed_or_unknown() -> None:
    assert _batches({"data": [], "has_more": False, "first_id": None, "last_id": None}) is Outcome.PASS
    assert _batches(error("not_found_error"), 404) is Outcome.PASS
    assert _batches(error("authentication_error"), 401) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"detail": "Not Found"}),
        (404, b"<html>"),
        (404, error("invalid_request_error")),
        (405, error()),
        (400, error()),
        (200, message()),
        (200, error("not_found_error")),
    ],
)
def test_any_other_answer_about_batches_fails(status: int, body: Any) -> None:
    assert _batches(body, status) is Outcome.FAIL


# --- headers --------------------------------------------------------------------------------------------------------


def _limited(**told: str) -> Outcome:
    headers = tuple((f"anthropic-ratelimit-tokens-{part}", value) for part, value in told.items())
    return outcome("http.rate-limit-headers", evidence(exchange(headers=(*JSON_HEADERS, *headers))))


def test_rate_limits_are_numbers_and_times() -> None:
    assert _limited(limit="4000", remaining="0", reset="2026-11-20T10:00:00Z") is Outcome.PASS
    assert _limited(reset="2026-11-20T10:00:00.5+01:00") is Outcome.PASS
    assert _limited() is Outcome.NOT_APPLICABLE


def test_the_limits_of_a_subscription_have_a_form_of_their_own() -> None:
    unified = (("anthropic-ratelimit-unified-status", "allowed"), ("anthropic-ratelimit-unified-reset", "1790000000"))
    told = evidence(exchange(headers=(*JSON_HEADERS, *unified)))
    assert outcome("http.rate-limit-headers", told) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "told", [{"limit": "unlimited"}, {"remaining": "-1"}, {"reset": "1790000000"}, {"reset": "30s"}]
)
def test_rate_limits_of_another_form_fail(told: dict[str, str]) -> None:
    assert _limited(**told) is Outcome.FAIL


# --- models ---------------------------------------------------------------------------------------------------------


def _two(asked: str, model: Any, there: Any) -> Evidence:
    other = exchange(message(model=there), request={"model": "small"})
    here = exchange(message(model=model), request={"model": asked})
    return evidence(here, params={"step": "first"}, earlier={"first": other})


def test_two_models_answer_under_two_names() -> None:
    assert outcome("models.honoured", _two("large", "large-2026", "small-2026")) is Outcome.PASS
    assert outcome("models.honoured", _two("small", "small", "small")) is Outcome.NOT_APPLICABLE
    assert outcome("models.honoured", _two("large", None, "small")) is Outcome.INCONCLUSIVE
    found = verdict("models.honoured", _two("large", "default", "default"))
    assert (found.outcome, found.expected) == (Outcome.FAIL, "another model than for small")


@pytest.mark.parametrize(("came", "expected"), [("vendor/small", Outcome.PASS), ("default", Outcome.FAIL)])
def test_a_model_is_looked_up_under_its_id(came: str, expected: Outcome) -> None:
    url = "http://provider.test/v1/models/vendor%2Fsmall"
    assert outcome("models.looked-up", evidence(exchange({"id": came}, url=url), "model")) is expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"first_id": "a", "last_id": "b"}, Outcome.PASS),
        ({"first_id": "a", "last_id": None}, Outcome.FAIL),
        ({"first_id": "a"}, Outcome.PASS),
        ({"first_id": "b", "last_id": "b"}, Outcome.FAIL),
        ({"first_id": "a", "last_id": "z"}, Outcome.FAIL),
        ({}, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_page_names_its_first_and_last_id(told: dict[str, Any], expected: Outcome) -> None:
    page = exchange({"data": [{"id": "a"}, {"id": "b"}], **told})
    assert outcome("models.page-ids", evidence(page, "models")) is expected


def _pages(first: list[str], second: list[str]) -> Evidence:
    before, page = ({"data": [{"id": one} for one in ids]} for ids in (first, second))
    return evidence(exchange(page), "models", params={"step": "first", "size": 1}, earlier={"first": exchange(before)})


@pytest.mark.parametrize(
    ("second", "expected"),
    [(["b"], Outcome.PASS), ([], Outcome.PASS), (["a"], Outcome.FAIL), (["b", "c"], Outcome.FAIL)],
)
def test_the_next_page_goes_on(second: list[str], expected: Outcome) -> None:
    assert outcome("models.next-page", _pages(["a"], second)) is expected
    assert outcome("models.next-page", _pages(["a", "b"], second)) is Outcome.FAIL


def test_without_a_page_before_there_is_no_next_one() -> None:
    asked = evidence(exchange({"data": []}), "models", params={"step": "first", "size": 1})
    assert outcome("models.next-page", asked) is Outcome.INCONCLUSIVE


def test_an_empty_page_has_no_ids() -> None:
    page = exchange({"data": [], "first_id": None, "last_id": None})
    assert outcome("models.page-ids", evidence(page, "models")) is Outcome.NOT_APPLICABLE
