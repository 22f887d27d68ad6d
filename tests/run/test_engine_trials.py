"""The engine against peers on loopback: several trials, several steps, and what they may cost."""

from __future__ import annotations

import pytest
from engine_plays import FIRST, Play
from making import asking, model, scenario, use
from messages import message
from messages_conformance.catalog.model import Price, Scenario
from messages_conformance.checks.base import Outcome
from messages_conformance.results.verdict import Exit, judge_run
from playing import http, in_turn, limits, ok

# --- trials ---------------------------------------------------------------------------------------------------------


def choosing(trials: int = 3) -> Scenario:
    return scenario("choosing", asking("choosing", checks=(use("says"),)), trials=trials)


@pytest.mark.parametrize(
    ("texts", "sent", "outcome"),
    [
        (("yes",), 1, Outcome.PASS),
        (("no", "yes"), 2, Outcome.PASS),
        (("no", "no", "yes"), 3, Outcome.PASS),
        (("no", "no", "no", "yes"), 3, Outcome.INCONCLUSIVE),
        (("no", "wrong"), 2, Outcome.FAIL),
        (("wrong", "yes"), 1, Outcome.FAIL),
    ],
)
def test_only_the_models_choice_is_asked_for_again(
    run: Play, texts: tuple[str, ...], sent: int, outcome: Outcome
) -> None:
    played = run(in_turn(*(ok(text) for text in texts)), choosing())
    assert [e.id for e in played.exchanges] == [f"maker/choosing/ask/{trial}.1" for trial in range(1, sent + 1)]
    assert played.result("choosing", "says").outcome is outcome


def test_a_failure_of_the_first_trial_is_not_asked_away_by_the_second(run: Play) -> None:
    streamed = b'event: message_start\ndata: {"type": "message_start"}\n\n'
    answers = in_turn(ok("no"), http(200, streamed, content_type="text/event-stream"))
    second = run(answers, choosing(2)).result("choosing", "answer.is-json-message")
    assert (second.outcome, second.exchanges) == (Outcome.FAIL, ("maker/choosing/ask/2.1",))

    first = run(in_turn(http(201, message("no")), ok("yes")), choosing(2)).result("choosing", "answer.accepted")
    assert (first.outcome, first.exchanges) == (Outcome.FAIL, ("maker/choosing/ask/1.1",))


# --- steps that lean on steps ---------------------------------------------------------------------------------------


def leaning() -> Scenario:
    body = {"max_tokens": 16, "messages": [{"role": "user", "content": "${answer}"}]}
    return scenario(
        "leaning",
        asking("leaning", "first", capture={"answer": "content[0].text"}),
        asking("leaning", "second", body=body),
    )


def test_what_one_answer_says_is_sent_in_the_next_step(run: Play) -> None:
    played = run(lambda _: ok("a secret word \ud800"), leaning())
    assert played.prompts == ["leaning/first", "a secret word \ud800"]
    assert judge_run(played.run).exit is Exit.CONFORMS


def test_without_the_captured_value_the_later_step_is_open_and_the_earlier_one_is_not(run: Play) -> None:
    played = run(lambda _: ok(content=[]), leaning())
    assert played.prompts == ["leaning/first"]
    assert played.result("leaning", "answer.accepted", "first").outcome is Outcome.PASS
    second = played.result("leaning", "answer.accepted", "second")
    assert (second.outcome, second.cause) == (Outcome.INCONCLUSIVE, "prerequisite-failed")
    assert "content[0].text" in (second.note or "")
    assert judge_run(played.run).exit is Exit.INCOMPLETE


# --- money ----------------------------------------------------------------------------------------------------------


def test_each_request_is_paid_in_the_currency_of_its_model(run: Play) -> None:
    models = {
        "cheap": model(price=Price(1_000_000, 2_000_000, "EUR")),
        "thinking": model("thinking", price=Price(10_000_000, 20_000_000, "CNY")),
    }
    deep = scenario("deep", asking("deep", role="thinking"))
    played = run(lambda _: ok(), FIRST, scenario("other"), deep, models=models)
    assert played.footer.cost == {"EUR": 2 * (10 + 2 * 5), "CNY": 10 * 10 + 20 * 5}


def test_a_spend_limit_leaves_the_rest_open(run: Play) -> None:
    price = Price(1_000_000, 1_000_000)  # 15 for an answer as it comes, and up to 16 + the prompt set aside for it
    asked = [scenario(f"s{number}") for number in range(4)]
    played = run(lambda _: ok(), *asked, models={"cheap": model(price=price)}, limits=limits(concurrency=1, spend=80.0))
    assert 1 <= len(played.prompts) < 4
    open_ = [r for s in asked[len(played.prompts) :] for r in played.cell(s.id).results]
    assert {(r.outcome, r.cause) for r in open_} == {(Outcome.INCONCLUSIVE, "budget")}
    assert "80.0" in (open_[0].note or "")
    assert played.footer.cost["USD"] == 15 * len(played.prompts) <= 80
    assert judge_run(played.run).exit is Exit.INCOMPLETE


def test_a_limit_that_does_not_even_allow_the_preflight_sends_nothing(run: Play) -> None:
    played = run(
        lambda _: ok(), FIRST, scenario("other"), models={"cheap": model(price=Price(1e6, 1e6))}, limits=limits(spend=1)
    )
    assert played.prompts == []
    assert played.result("other", "answer.accepted").cause == "budget"
