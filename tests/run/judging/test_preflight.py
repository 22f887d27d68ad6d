"""What the first request settles: the style of the key, the model, and what stands for all that is not asked then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from making import asking, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import DIAGNOSIS, Auth
from messages_conformance.checks.base import Cause, Check, Outcome, inconclusive
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.judging.preflight import hindrance, key_found, stands_for
from messages_conformance.run.walking.unit import Sent
from playing import Played, http, ok, play, refusal, said
from walking import Answered, Given, walked

LIMITED = inconclusive(Cause.RATE_LIMIT, "429")
FIRST = scenario("first", tags=frozenset({"preflight"}))
STYLES = (
    scenario("auth.x", asking("auth.x", auth_style="x-api-key")),
    scenario("auth.b", asking("auth.b", auth_style="bearer")),
)
MODELS = scenario("models", asking("models", route="models", method="GET", body=None, expect="models"))

# --- what stands for the rest ---------------------------------------------------------------------------------------


def test_everything_waits_for_the_preflight_but_itself_and_what_looks_for_the_reason() -> None:
    first, looking = scenario("first"), scenario("looking", tags=frozenset({DIAGNOSIS}))
    for other, waits in ((scenario("other"), True), (first, False), (looking, False)):
        assert stands_for(LIMITED, first, other) == (LIMITED if waits else None)
        assert stands_for(None, first, other) is None
    misfit = inconclusive(Cause.CONFIGURATION, "no such model")
    assert stands_for(misfit, first, first) is stands_for(misfit, first, looking) is misfit


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (said(), None),
        (Answered(401, said()), Cause.AUTH),
        (Answered(402, said()), Cause.CREDIT),
        (Answered(404, said()), Cause.PREREQUISITE_FAILED),
        (Answered(529, said()), Cause.OVERLOAD),
        (Sent(withheld=LIMITED), Cause.RATE_LIMIT),
    ],
)
def test_a_preflight_that_is_not_answered_stands_for_all_with_its_cause(given: Given, cause: Cause | None) -> None:
    first = scenario("first")
    found = hindrance(walked(first, {"ask": given})[0], first)
    assert (found and found.cause) is cause


def test_what_stands_for_the_rest_shows_what_came() -> None:
    found = hindrance(walked(FIRST, {"ask": Answered(404, b"<html>Not  Found</html>")})[0], FIRST)
    assert found is not None
    assert found.note == "first was not answered so nothing else was asked: 404 <html>Not Found</html>"


# --- the key --------------------------------------------------------------------------------------------------------


def keyed(header: str, **more: Any) -> Any:
    """A peer that takes the key in one header alone."""

    def answer(request: str) -> bytes:
        return ok(**more) if f"\r\n{header}:" in request.lower() else refusal(401, "authentication_error")

    return answer


@pytest.fixture
def run(catalog: Catalog, checks: Mapping[str, Check]) -> Any:
    def start(answer: Any, *asked: Any, **more: Any) -> Played:
        return play(catalog, checks, answer, *asked, whole=True, **more)

    return start


@pytest.mark.parametrize(
    ("style", "header", "told"),
    [
        ("x-api-key", "authorization", "the key is taken as Authorization: Bearer, not as x-api-key: curl as"),
        ("bearer", "x-api-key", "the key is taken as x-api-key, not as Authorization: Bearer: current official SDKs"),
    ],
)
def test_a_key_that_is_taken_in_the_other_header_is_sent_there_and_the_deviation_is_judged_once(
    run: Any, style: Any, header: str, told: str
) -> None:
    looking = scenario("looking", tags=frozenset({DIAGNOSIS}))
    asked = (FIRST, scenario("other"), looking, *STYLES)
    played: Played = run(keyed(header), *asked, auth=Auth(style, "MAKER_KEY"))
    refused = {"x-api-key": "auth.x", "bearer": "auth.b"}[style]
    failed = {name for (_, name), cell in played.run.cells.items() if Outcome.FAIL in {r.outcome for r in cell.results}}
    assert failed == {refused}
    assert played.result("first", "answer.accepted").exchanges == ("maker/first/ask/1.1", "maker/first/ask/1.2")
    assert sorted(played.prompts) == ["auth.b/ask", "auth.x/ask", "first/ask", "first/ask", "looking/ask", "other/ask"]
    assert (key_found(played.run.exchanges) or "").startswith(told)


def test_a_key_that_is_taken_as_configured_is_tried_in_no_other_way(run: Any) -> None:
    played: Played = run(keyed("x-api-key"), FIRST, scenario("other"), drawn_in=STYLES)
    assert sorted(played.prompts) == ["first/ask", "other/ask"]
    assert key_found(played.run.exchanges) is None


def test_a_key_that_is_refused_in_both_headers_leaves_everything_open(run: Any) -> None:
    played: Played = run(keyed("no-such-header"), FIRST, scenario("other"), drawn_in=STYLES)
    assert sorted(played.prompts) == ["auth.b/ask", "first/ask"]
    result = played.result("other", "answer.accepted")
    assert result.cause == Cause.AUTH
    assert (result.note or "").startswith("first was not answered, with the key in either header, so nothing")


def test_a_provider_without_a_key_has_no_other_header(run: Any) -> None:
    played: Played = run(keyed("x-api-key"), FIRST, drawn_in=STYLES, auth=Auth("none"))
    assert played.prompts == ["first/ask"]


# --- the model ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404, "not_found_error", "model: cheap-model not found"),
        refusal(400, "invalid_request_error", "Invalid model name passed in model=cheap-model"),
        http(404, {"detail": "The model `cheap-model` does not exist"}),
    ],
)
def test_a_model_that_is_not_there_is_the_users_matter(run: Any, answer: bytes) -> None:
    listed = http(200, {"data": [{"id": "small"}, {"id": "large"}, {}], "has_more": False})
    looking = scenario("looking", tags=frozenset({DIAGNOSIS}))

    def answered(request: str) -> bytes:
        return listed if request.startswith("GET") else answer

    played: Played = run(
        answered,
        *(FIRST, scenario("other"), looking),
        drawn_in=(MODELS, *STYLES),
    )
    results = [result for cell in played.run.cells.values() for result in cell.results]
    assert {(result.outcome, result.cause) for result in results} == {(Outcome.INCONCLUSIVE, Cause.CONFIGURATION)}
    verdict = judge_run(played.run)
    assert verdict.exit is Exit.USAGE
    assert "there is no model `cheap-model` for this key: 40" in verdict.sentence
    assert verdict.sentence.endswith("; it offers small, large")


@pytest.mark.parametrize(
    "answer",
    [
        refusal(404, "not_found_error", "There is nothing at /v1/messages"),
        refusal(400, "invalid_request_error", "cheap-model takes no max_tokens"),
        http(404, b"<html>Not Found</html>", content_type="text/html"),
    ],
)
def test_another_refusal_of_the_preflight_is_the_providers(run: Any, answer: bytes) -> None:
    def answered(_: str) -> bytes:
        return answer

    played: Played = run(answered, FIRST, scenario("other"), drawn_in=(MODELS, *STYLES))
    assert played.result("first", "answer.accepted").outcome is Outcome.FAIL
    assert played.result("other", "answer.accepted").cause == Cause.PREREQUISITE_FAILED
    assert "/v1/models" not in played.prompts
