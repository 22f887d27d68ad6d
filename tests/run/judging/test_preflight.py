"""What the first request settles: the style of the key, and whether the model is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from making import asking, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import DIAGNOSIS, Auth
from messages_conformance.checks.base import Cause, Check, Outcome, inconclusive
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.judging.preflight import key_found
from playing import Played, http, ok, play, refusal

LIMITED = inconclusive(Cause.RATE_LIMIT, "429")
FIRST = scenario("first", tags=frozenset({"preflight"}))
STYLES = (
    scenario("auth.x", asking("auth.x", auth_style="x-api-key")),
    scenario("auth.b", asking("auth.b", auth_style="bearer")),
)
MODELS = scenario("models", asking("models", route="models", method="GET", body=None, expect="models"))

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
    found = played.run.diagnoses["maker"]
    assert (found.diagnosis, found.exit) == ("key-refused", Exit.USAGE)
    assert "MAKER_KEY, sent as x-api-key and as Authorization: Bearer, was refused: 401" in found.sentence
    assert played.result("other", "answer.accepted").note == found.sentence


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
