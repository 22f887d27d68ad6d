"""Verdicts on one unit: what a walk shows, and what trials, twins and the preflight change."""

from __future__ import annotations

from typing import Any

import making
import pytest
from making import asking, check, clause, contract, provider, scenario
from messages import message
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.run.judging.verdicts import Verdicts, judge_walk, model_chose, with_trial, with_twin
from messages_conformance.run.planning.plan import Planned, make_plan
from messages_conformance.run.walking.unit import Sent
from walking import Answered, Given, walked

CONTRACTS = [contract("anthropic", clause("anthropic:x"))]

# --- judging --------------------------------------------------------------------------------------------------------


def planned_for(asked: Scenario, *checks: Any) -> tuple[Planned, ...]:
    world = making.catalog(CONTRACTS, [asked])
    return make_plan([(provider(), asked)], world, making.checks(*checks)).units[0].checks


def judged(asked: Scenario, answers: dict[str, Given], *checks: Any) -> Verdicts:
    return judge_walk(walked(asked, answers)[0], planned_for(asked, *checks))


_SHAPE = check(
    "shape", "anthropic:x", judge=lambda e: failed(e.step.expect, "wrong"), on=("error",), answered_only=False
)
_ORDER = check("order", "anthropic:x", judge=lambda e: failed(e.step.expect, "wrong"), on=("stream",))


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, Outcome.FAIL), (422, Outcome.FAIL), (404, Outcome.NOT_APPLICABLE), (200, Outcome.NOT_APPLICABLE)],
)
def test_an_error_in_place_of_an_answer_is_judged_as_an_error(status: int, expected: Outcome) -> None:
    verdicts = judged(scenario("s"), {"ask": Answered(status, {})}, _SHAPE, check("w", "anthropic:x", on=("message",)))
    verdict = verdicts["ask", "shape", "drop-in"][0]
    assert verdict.outcome is expected
    assert verdict.expected in (None, "error")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b'event: message_start\ndata: {"type":"message_start","message":{"content":[]}}\n\n', 200, Outcome.FAIL),
        (b'event: error\ndata: {"type":"error","error":{}}\n\n', 200, Outcome.NOT_APPLICABLE),
        ({"type": "error"}, 400, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_stream_in_place_of_a_refusal_is_judged_as_a_stream(body: Any, status: int, expected: Outcome) -> None:
    asked = asking("s", expect="error", body={"stream": True, "max_tokens": 0, "messages": []})
    verdicts = judged(scenario("s", asked), {"ask": Answered(status, body)}, _SHAPE, _ORDER)
    assert verdicts["ask", "order", "drop-in"][0].outcome is expected


def test_each_step_is_judged_on_its_own_exchange_and_sees_the_earlier_ones() -> None:
    seen: dict[str, set[str]] = {}

    def look(evidence: Evidence) -> Verdict:
        seen[evidence.step.id] = set(evidence.earlier)
        return passed(evidence.answer.request_json["messages"][0]["content"])

    two = scenario("s", asking("s", "a"), asking("s", "b"))
    verdicts = judged(two, {"a": message(), "b": message()}, check("look", "anthropic:x", judge=look, on=("message",)))
    assert {key[0]: (verdict.note, names) for key, (verdict, names) in verdicts.items()} == {
        "a": ("s/a", ("a/1.1",)),
        "b": ("s/b", ("b/1.1",)),
    }
    assert "a" in seen["b"]


def test_what_was_not_sent_is_inconclusive_for_its_reason_and_rests_on_nothing() -> None:
    held = inconclusive(Cause.BUDGET, "no money")
    one = check("x", "anthropic:x", on=("message",))
    assert judged(scenario("s"), {"ask": Sent(withheld=held)}, one) == {("ask", "x", "drop-in"): (held, ())}


def test_a_check_that_raises_is_our_fault_and_costs_no_other_verdict() -> None:
    def burst(_: Evidence) -> Verdict:
        raise KeyError("stop_reason")

    broken = check("broken", "anthropic:x", judge=burst, on=("message",))
    verdicts = judged(scenario("s"), {"ask": message()}, broken, check("whole", "anthropic:x", on=("message",)))
    verdict = verdicts["ask", "broken", "drop-in"][0]
    assert (verdict.outcome, verdict.note) == (Outcome.HARNESS_ERROR, "KeyError: 'stop_reason'")
    assert verdicts["ask", "whole", "drop-in"][0] == passed()


# --- twins and trials -----------------------------------------------------------------------------------------------

CHOSE = inconclusive(Cause.MODEL_CHOICE, "no tool was called")
LIMITED = inconclusive(Cause.RATE_LIMIT, "429")
FAILED = failed("a", "b")
NOTHING = not_applicable("nothing to look at")


@pytest.mark.parametrize(
    ("name", "verdict", "status", "changed"),
    [
        ("error.refused", passed(), 400, True),
        ("error.type", passed("as it should be"), 400, True),
        ("error.refused", FAILED, 200, False),
        ("error.refused", FAILED, 500, True),  # whatever its twin got as well
        ("error.refused", LIMITED, 400, False),
        ("error.type", NOTHING, 400, False),
        ("http.request-id", passed(), 400, False),
    ],
)
def test_a_refusal_counts_only_with_its_twin(name: str, verdict: Verdict, status: int, changed: bool) -> None:
    planned = planned_for(scenario("s"), check(name, "anthropic:x", on=("message",)))
    twin, _ = walked(scenario("messages.basic"), {"ask": Answered(400, message())})
    walks = walked(scenario("s"), {"ask": Answered(status, message())})[0], twin
    ((found, names),) = with_twin({planned[0].key: (verdict, ("1.1",))}, planned, walks, "messages.basic").values()
    assert names == ("1.1",)
    if not changed:
        assert found is verdict
        return
    assert found.cause is Cause.PREREQUISITE_FAILED
    assert "messages.basic" in (found.note or "")


def verdicts(verdict: Verdict, trial: int) -> Verdicts:
    return {("ask", "x", "drop-in"): (verdict, (f"ask/{trial}.1",))}


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (CHOSE, passed(), 2),
        (CHOSE, FAILED, 2),
        (CHOSE, CHOSE, 2),
        (passed(), FAILED, 2),  # it holds on every answer or not at all
        (NOTHING, FAILED, 2),
        (FAILED, passed(), 1),  # a failure is not asked away
        (FAILED, CHOSE, 1),
        (passed(), CHOSE, 1),
        (passed(), LIMITED, 1),
    ],
)
def test_a_further_trial_adds_failures_and_what_the_model_had_left_open(
    first: Verdict, second: Verdict, counts: int
) -> None:
    expected = verdicts(first, 1) if counts == 1 else verdicts(second, 2)
    assert with_trial(verdicts(first, 1), verdicts(second, 2)) == expected


@pytest.mark.parametrize(("verdict", "again"), [(CHOSE, True), (LIMITED, False), (FAILED, False), (passed(), False)])
def test_only_the_models_choice_is_asked_for_again(verdict: Verdict, again: bool) -> None:
    assert model_chose(verdicts(verdict, 1)) is again


def test_a_missing_route_leaves_nothing_to_say_of_its_refusals() -> None:
    listing = scenario("list", asking("list", route="models", method="GET", body=None, expect="models"))
    twin = walked(listing, {"ask": Answered(404, b"<html>")})[0]
    planned = planned_for(scenario("s"), check("error.json", "anthropic:x", on=("message",)))
    walks = walked(scenario("s"), {"ask": Answered(404, b"<html>")})[0], twin
    ((verdict, names),) = with_twin({p.key: (FAILED, ("s/1.1",)) for p in planned}, planned, walks, "list").values()
    assert (verdict.cause, verdict.note, names) == (
        Cause.PREREQUISITE_FAILED,
        "the route of its twin list is missing",
        ("s/1.1",),
    )
