"""The engine against peers on loopback: what it sends, what it leaves, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from engine_plays import CLAUSE, FIRST, Play, says
from making import asking, check, model, scenario, step, use
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Price, Scenario
from messages_conformance.checks.base import Cause, Check, Evidence, Outcome, Verdict, failed, passed
from messages_conformance.errors import UserError
from messages_conformance.results.records import Tokens
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.results.vocabulary import State
from messages_conformance.run.sending.sender import ATTEMPTS
from playing import SOON, http, in_turn, limits, ok, play, refusal


def _prompts(evidence: Evidence) -> Verdict:
    """Judges a whole run by the ids of its exchanges."""
    return failed("nothing", ", ".join(evidence.earlier))


def test_what_looks_back_is_judged_last_over_all_that_was_asked(catalog: Catalog) -> None:
    back = scenario("back", step("all", expect="run"))
    first, second = (scenario(name, asking(name)) for name in ("a.first", "b.second"))
    checks = {"seen": check("seen", CLAUSE, judge=_prompts, on=("run",))}
    checks |= {"says": check("says", CLAUSE, judge=says, on=("message",))}
    played = play(catalog, checks, ok, back, second, first)
    assert sorted(played.prompts) == ["a.first/ask", "b.second/ask"]
    assert played.seen[-1][0] == "back"
    assert played.result("back", "seen", "all").actual == "maker/a.first/ask/1.1, maker/b.second/ask/1.1"


def test_what_looks_back_on_nothing_is_left_open(catalog: Catalog) -> None:
    checks = {"seen": check("seen", CLAUSE, judge=_prompts, on=("run",))}
    played = play(catalog, checks, ok, scenario("back", step("all", expect="run")))
    assert played.result("back", "seen", "all").cause == Cause.PREREQUISITE_FAILED
    assert played.prompts == []


def _is_away_from_the_loop(_: Evidence) -> Verdict:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return passed()
    return failed("a thread of its own", "the event loop")


def test_a_large_answer_does_not_hold_up_the_arrival_of_others(catalog: Catalog) -> None:
    away = {"away": check("away", CLAUSE, judge=_is_away_from_the_loop, on=("message",))}
    large = ok(text="a word " * 4000)
    played = play(catalog, away, lambda _: large, scenario("a.first", asking("a.first")))
    assert played.result("a.first", "away").outcome is Outcome.PASS


def refusing(name: str = "wrong", **changes: Any) -> Scenario:
    demand = use("error.refused", clauses=("anthropic:error.invalid-request",))
    return scenario(name, asking(name, expect="error", checks=(demand,)), **changes)


LIMITED = refusal(429, "rate_limit_error", **SOON)


# --- the plain way --------------------------------------------------------------------------------------------------


def test_everything_planned_is_sent_once_judged_and_recorded(run: Play) -> None:
    asked = [FIRST, *(scenario(f"s{number}") for number in range(5))]
    played = run(lambda _: ok(), *asked)
    assert sorted(played.prompts) == sorted(f"{s.id}/ask" for s in asked)
    assert played.prompts[0] == "first/ask"
    assert [e.id for e in played.exchanges] == [f"maker/{prompt}/1.1" for prompt in played.prompts]
    assert sorted(played.seen) == [(s.id, State.PASS) for s in sorted(asked, key=lambda s: s.id)]
    assert judge_run(played.run).exit is Exit.CONFORMS
    assert played.footer.exchanges == len(asked)
    assert played.footer.results == {"pass": 2 * len(asked)}
    assert played.footer.tokens == Tokens(10 * len(asked), 5 * len(asked))
    assert played.footer.cost == {}


def test_a_result_names_the_exchanges_that_it_rests_on(run: Play) -> None:
    played = run(lambda _: ok(), FIRST)
    assert played.result("first", "answer.accepted").exchanges == ("maker/first/ask/1.1",)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_as_many_requests_at_a_time_as_the_provider_allows(run: Play, concurrency: int) -> None:
    asked = [scenario(f"s{number}") for number in range(9)]
    played = run(lambda _: ok(), *asked, pause=0.03, limits=limits(concurrency=concurrency))
    assert played.server.most_at_once == concurrency
    assert played.server.connections == concurrency


def test_what_the_answers_cost_is_counted(run: Play) -> None:
    priced = {"cheap": model(price=Price(1_000_000, 2_000_000, "EUR"))}
    played = run(lambda _: ok(), FIRST, scenario("other"), models=priced)
    assert played.footer.cost == {"EUR": 2 * (10 + 2 * 5)}


# --- preflight ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refusal(401, "authentication_error"), Cause.CONFIGURATION),
        (refusal(402, "billing_error"), Cause.CREDIT),
        (http(302, b"", location="/elsewhere"), Cause.CONFIGURATION),
        (LIMITED, Cause.RATE_LIMIT),
        (refusal(500, "api_error", **SOON), Cause.PROVIDER_5XX),
        (b"no HTTP at all\r\n\r\n", Cause.TRANSPORT),
    ],
)
def test_a_provider_that_fails_the_preflight_is_asked_nothing_else(run: Play, answer: bytes, cause: Cause) -> None:
    played = run(lambda _: answer, FIRST, scenario("other"), refusing(twin="first"), virtual=True)
    assert set(played.prompts) == {"first/ask"}
    sentence = played.run.diagnoses["maker"].sentence
    for result in (result for cell in played.run.cells.values() for result in cell.results):
        assert (result.outcome, result.cause, result.exchanges) == (Outcome.INCONCLUSIVE, cause, ())
        assert result.note == sentence
    assert judge_run(played.run).sentence == f"Maker {sentence}"


def test_who_is_served_while_this_client_is_not_is_judged(run: Play) -> None:
    why = scenario("why", tags=frozenset({"diagnosis"}))
    refused = refusal(403, "permission_error")
    played = run(lambda prompt: ok() if prompt == "why/ask" else refused, FIRST, why, scenario("other"))
    assert sorted(played.prompts) == ["first/ask", "why/ask"]
    assert played.run.diagnoses == {}
    assert played.result("why", "answer.accepted").outcome is Outcome.PASS
    assert played.result("other", "answer.accepted").cause == Cause.AUTH


def test_a_refused_connection_is_a_matter_of_transport(run: Play) -> None:
    played = run(lambda _: ok(), FIRST, scenario("other"), base_url="http://127.0.0.1:9")
    assert played.prompts == []
    assert len(played.exchanges) == ATTEMPTS
    assert played.result("other", "answer.accepted").cause == "transport"
    assert played.result("first", "answer.accepted").cause == "transport"
    failures = [exchange.failure and exchange.failure.kind for exchange in played.exchanges]
    assert failures == ["connect"] * ATTEMPTS


def test_the_preflight_is_sent_even_if_nobody_chose_it_and_reported_only_if_somebody_did(run: Play) -> None:
    played = run(lambda _: ok(), scenario("other"), drawn_in=[FIRST])
    assert played.prompts == ["first/ask", "other/ask"]
    assert list(played.run.cells) == [("maker", "other")]


# --- twins ----------------------------------------------------------------------------------------------------------


def test_a_refusal_passes_if_its_twin_is_accepted(run: Play) -> None:
    played = run(
        lambda prompt: refusal(400, "invalid_request_error") if prompt == "wrong/ask" else ok(),
        refusing(twin="right"),
        drawn_in=[scenario("right")],
    )
    assert played.result("wrong", "error.refused").outcome is Outcome.PASS
    assert sorted(played.prompts) == ["right/ask", "wrong/ask"]


def test_a_refusal_means_nothing_if_its_twin_is_refused_too(run: Play) -> None:
    played = run(lambda _: refusal(400, "invalid_request_error"), refusing(twin="right"), drawn_in=[scenario("right")])
    result = played.result("wrong", "error.refused")
    assert (result.outcome, result.cause) == (Outcome.INCONCLUSIVE, "prerequisite-failed")
    assert "right" in (result.note or "")
    assert judge_run(played.run).exit is Exit.INCOMPLETE


def test_what_was_accepted_and_should_not_is_red_whatever_the_twin(run: Play) -> None:
    played = run(
        lambda prompt: ok() if prompt == "wrong/ask" else refusal(400, "invalid_request_error"),
        refusing(twin="right"),
        drawn_in=[scenario("right")],
    )
    assert played.result("wrong", "error.refused").outcome is Outcome.FAIL


def test_a_twin_runs_once_for_all_that_need_it_and_for_itself(run: Play) -> None:
    twins = [refusing(f"wrong{number}", twin="right") for number in range(6)]
    played = run(
        lambda prompt: ok() if prompt == "right/ask" else refusal(400, "invalid_request_error"),
        *twins,
        scenario("right"),
        pause=0.01,
    )
    assert played.prompts.count("right/ask") == 1
    assert len(played.prompts) == 7
    assert judge_run(played.run).exit is Exit.CONFORMS


# --- again, and not again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outage", [LIMITED, refusal(503, "api_error", **SOON), refusal(529, "overloaded_error", **SOON)]
)
def test_after_an_outage_it_asks_again_and_records_every_attempt(run: Play, outage: bytes) -> None:
    played = run(in_turn(outage, outage, ok()), FIRST)
    attempts = tuple(f"maker/first/ask/1.{attempt}" for attempt in (1, 2, 3))
    assert tuple(e.id for e in played.exchanges) == attempts
    result = played.result("first", "answer.accepted")
    assert (result.outcome, result.exchanges) == (Outcome.PASS, attempts)


def test_it_gives_up_after_three_attempts(run: Play) -> None:
    for outage, cause in (
        (refusal(503, "api_error", **SOON), "provider-5xx"),
        (b"no HTTP at all\r\n\r\n", "transport"),
    ):
        played = run(lambda _, outage=outage: outage, FIRST, virtual=True)
        assert len(played.prompts) == ATTEMPTS == 3
        result = played.result("first", "answer.accepted")
        assert (result.outcome, result.cause) == (Outcome.INCONCLUSIVE, cause)


def test_after_an_answer_that_does_not_come_in_time_it_does_not_ask_again(run: Play) -> None:
    played = run(in_turn(ok()[:-20], ok()), FIRST, limits=limits(read_timeout=0.2))
    assert len(played.prompts) == 1
    assert played.result("first", "answer.accepted").cause == Cause.DEADLINE


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400, "invalid_request_error"),
        refusal(404, "not_found_error"),
        refusal(402, "billing_error"),
        http(200, b"not json"),
        http(200, {}),
    ],
)
def test_after_an_answer_however_wrong_it_never_asks_again(run: Play, answer: bytes) -> None:
    played = run(in_turn(answer, ok()), scenario("other"))
    assert played.prompts == ["other/ask"]


def test_a_retry_after_holds_back_every_slot_of_the_provider(run: Play) -> None:
    arrivals: list[float] = []
    asked = [scenario(f"s{number}") for number in range(4)]

    def answer(_: str) -> bytes:
        arrivals.append(time.monotonic())
        return refusal(429, "rate_limit_error", retry_after="0.4") if len(arrivals) == 1 else ok()

    played = run(answer, *asked, limits=limits(concurrency=1))
    assert len(played.prompts) == 5
    assert arrivals[1] - arrivals[0] >= 0.39
    assert arrivals[-1] - arrivals[1] < 0.8  # three answers, and no further pause
    assert played.watch.waited == [("maker", pytest.approx(0.4, abs=0.01), "rate limit")]
    assert played.watch.requests == 4, "the one that was sent again is one request"
    assert judge_run(played.run).exit is Exit.CONFORMS


# --- our own faults, and the user's ---------------------------------------------------------------------------------


def test_a_check_that_raises_is_reported_as_a_fault_of_this_program(
    catalog: Catalog, some_checks: Mapping[str, Check]
) -> None:
    def burst(_: Evidence) -> Verdict:
        raise RecursionError

    broken = check("broken", CLAUSE, judge=burst, on=("message",))
    played = play(catalog, {**some_checks, "broken": broken}, lambda _: ok(), FIRST)
    assert played.result("first", "broken").outcome is Outcome.HARNESS_ERROR
    assert played.result("first", "answer.accepted").outcome is Outcome.PASS
    assert played.seen == [("first", State.FAULT)]
    assert judge_run(played.run).exit is Exit.FAULT


def test_a_request_that_cannot_be_sent_is_told_once_and_as_the_users_error(run: Play) -> None:
    with pytest.raises(UserError, match="header x-vendor holds a line break") as caught:
        run(lambda _: ok(), FIRST, scenario("other"), headers=(("x-vendor", "a\nb"),))
    assert len(caught.value.problems) == 1
