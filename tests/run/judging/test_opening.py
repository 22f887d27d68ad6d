"""The first requests of a run: how few tell what is there, that nothing else is asked then, and that a recording says
the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import making
import pytest
from making import asking, scenario
from messages import message
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import DIAGNOSIS, Scenario
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.results.verdict import Exit, Judgement, judge_run
from messages_conformance.run.judging.elsewhere import is_there, places
from messages_conformance.run.judging.replay import Recording, diagnosed_again
from messages_conformance.run.planning.plan import every, make_plan
from messages_conformance.run.walking.requests import build
from messages_conformance.wire.exchange import Exchange, Failure
from playing import Played, http, ok, play, refusal

FIRST = scenario("first", tags=frozenset({"preflight"}))
ASKED = (FIRST, *(scenario(f"s{number}") for number in range(12)))
NOTHING = http(404, {"detail": "Not Found"})
CHAT = {"object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "pong"}}]}

Run = Callable[..., Played]


@pytest.fixture
def run(catalog: Catalog, checks: Mapping[str, Check]) -> Run:
    def start(answer: Any, *asked: Scenario, **more: Any) -> Played:
        return play(catalog, checks, answer, *(asked or ASKED), whole=True, **more)

    return start


def always(answer: bytes) -> Callable[[str], bytes]:
    return lambda _: answer


def at(**answers: bytes) -> Callable[[str], bytes]:
    """A server that has something at these paths alone; `_` stands for `/`."""
    return lambda request: answers.get(request.split()[1].replace("/", "_"), NOTHING)


def paths(played: Played) -> list[str]:
    return [exchange.request.url.removeprefix(played.server.url) for exchange in played.exchanges]


def told(played: Played) -> tuple[str, int]:
    found = played.run.diagnoses["maker"]
    return found.diagnosis, found.exit


# --- elsewhere ------------------------------------------------------------------------------------------------------


def test_after_a_404_the_usual_places_are_asked_until_one_answers(run: Run) -> None:
    played = run(at(_anthropic_v1_messages=ok()))
    assert paths(played) == ["/v1/messages", "/anthropic/v1/messages"]
    assert told(played) == ("not-found", Exit.USAGE)
    found = judge_run(played.run)
    assert f"{played.server.url}/anthropic/v1/messages answers: give that address" in found.sentence
    assert found.exit is Exit.USAGE


@pytest.mark.parametrize("answer", [http(200, CHAT), refusal(401, "authentication_error"), http(400, {"error": {}})])
def test_an_openai_server_is_told_by_its_own_path(run: Run, answer: bytes) -> None:
    played = run(at(_v1_chat_completions=answer))
    assert paths(played)[-1] == "/v1/chat/completions"
    assert told(played) == ("other-api", Exit.USAGE)
    assert "OpenAI's Chat Completions API" in played.run.diagnoses["maker"].sentence


@pytest.mark.parametrize("nothing", [NOTHING, http(404, b"<html><title>404</title>", content_type="text/html")])
def test_where_nothing_is_anywhere_few_places_are_asked(run: Run, nothing: bytes) -> None:
    played = run(always(nothing))
    assert told(played) == ("not-found", Exit.USAGE)
    assert len(played.exchanges) == 5


def test_a_page_or_a_redirect_for_every_path_is_no_place_that_answers(run: Run) -> None:
    def answer(request: str) -> bytes:
        elsewhere = (
            http(200, b"<html>", content_type="text/html") if "/api/" in request else http(302, b"", location="/")
        )
        return NOTHING if request.startswith("POST /v1/messages ") else elsewhere

    assert told(run(answer)) == ("not-found", Exit.USAGE)


def test_a_model_that_is_not_there_is_looked_for_nowhere_else(run: Run) -> None:
    played = run(always(refusal(404, "not_found_error", "model: cheap-model not found")))
    assert told(played) == ("model-unknown", Exit.USAGE)
    assert paths(played) == ["/v1/messages"]


def test_who_hangs_up_is_asked_over_tls_without_the_key() -> None:
    asked = making.provider(base_url="http://maker.example")
    request = build(asked, FIRST.steps[0], {}, "Made-Up-Key-1")
    gone = Failure("protocol", "Server disconnected without sending a response.", "hung-up")
    answer = Answer(Exchange(request, None, gone, "2026-11-20T10:00:00Z", None, 2.0))
    ((step, there, place),) = places(asked, FIRST.steps[0], answer)
    sent = build(there, step, {}, "Made-Up-Key-1")
    assert sent.url == place.url == "https://maker.example/v1/messages"
    assert "Made-Up-Key-1" not in str(sent)
    untrusted = replace(gone, kind="connect", reason="certificate-untrusted")
    assert is_there(place, Answer(replace(answer.exchange, failure=untrusted)))
    assert not is_there(place, Answer(replace(answer.exchange, failure=replace(gone, reason="tls"))))


# --- nothing else ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        (http(200, CHAT), "shape.anthropic.message.type"),
        (http(200, {"code": 0, "data": message()}), "shape.anthropic.message.type"),
        (http(200, b""), "answer.is-json-message"),
        (refusal(422, "invalid_request_error", "never"), "answer.accepted"),
    ],
)
def test_what_does_not_conform_at_its_first_answer_is_one_finding_and_one_request(
    run: Run, answer: bytes, check: str
) -> None:
    played = run(always(answer))
    assert len(played.exchanges) == 1
    results = [(key[1], result) for key, cell in played.run.cells.items() for result in cell.results]
    failed = [(name, result.check) for name, result in results if result.outcome is Outcome.FAIL]
    assert failed == [("first", check)]
    sentence = played.run.diagnoses["maker"].sentence
    assert {result.note for _, result in results if result.outcome is not Outcome.FAIL} == {sentence}
    assert judge_run(played.run) == Judgement(Exit.DOES_NOT, f"Maker {sentence}")


def test_a_key_that_nobody_takes_costs_one_request_more_for_each_reason_that_is_looked_for(run: Run) -> None:
    looking = scenario("looking", asking("looking"), tags=frozenset({DIAGNOSIS}))
    other = scenario("auth.b", asking("auth.b", auth_style="bearer"))
    played = run(always(refusal(401, "authentication_error")), *ASKED, looking, drawn_in=(other,))
    assert sorted(played.prompts) == ["auth.b/ask", "first/ask", "looking/ask"]
    assert told(played) == ("key-refused", Exit.USAGE)


def test_an_answered_preflight_is_no_diagnosis(run: Run) -> None:
    played = run(always(ok()))
    assert played.run.diagnoses == {}
    assert len(played.exchanges) == len(ASKED)


# --- again ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        at(_anthropic_v1_messages=ok()),
        at(_v1_chat_completions=http(200, CHAT)),
        always(refusal(401, "authentication_error", "the key Made-Up-Key-1 is wrong")),
        always(http(200, {"data": message()})),
        always(ok()),
    ],
)
def test_a_recording_gives_the_same_diagnosis(
    catalog: Catalog, checks: Mapping[str, Check], run: Run, answer: Callable[[str], bytes]
) -> None:
    played = run(answer)
    recorded = played.run.diagnoses.get("maker")
    asked = making.provider(base_url=played.server.url)
    plan = make_plan(every([asked], ASKED), replace(catalog, scenarios=ASKED), checks)
    again = diagnosed_again(asked, plan, Recording.of(played.run.exchanges))
    assert (again and (again.kind, again.sentence, again.exit)) == (
        recorded and (recorded.diagnosis, recorded.sentence, recorded.exit)
    )
    assert recorded is None or "Made-Up-Key-1" not in recorded.sentence
