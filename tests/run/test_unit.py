"""One unit from requests to verdicts, without any engine: what is sent is handed to a function."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import making
import pytest
from making import asking, check, clause, contract, provider, scenario
from messages_conformance.catalog.model import Scenario, Step
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
from messages_conformance.run.plan import make_plan
from messages_conformance.run.unit import (
    Sent,
    Verdicts,
    Walk,
    judge_walk,
    model_chose,
    walk,
    with_trial,
    without_twin,
)
from messages_conformance.wire.exchange import Chunk, Exchange, Request, Response
from playing import said

CONTRACTS = [contract("anthropic", clause("anthropic:x"))]
Given = Any
"""The body of an answer as JSON or bytes, an `Answered`, or a `Sent` as it is."""


@dataclass
class Answered:
    status: int
    body: Any


def answered(request: Request, given: Given) -> Exchange:
    said = given if isinstance(given, Answered) else Answered(200, given)
    data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
    response = Response(said.status, (), (Chunk(1.0, data),))
    return Exchange(request, response, None, "2026-11-20T10:00:00.000Z", 1.0, 2.0)


def walked(asked: Scenario, answers: dict[str, Given]) -> tuple[Walk, dict[str, Any]]:
    """The walk, and the JSON body that each step really sent."""
    bodies: dict[str, Any] = {}

    async def send(step: Step, trial: int, request: Request) -> Sent:
        bodies[step.id] = request.json
        given = answers[step.id]
        return given if isinstance(given, Sent) else Sent(((f"{step.id}/{trial}.1", answered(request, given)),))

    return asyncio.run(walk(provider(), asked, 1, "key", send)), bodies


def loop(capture: dict[str, str], **changes: Any) -> Scenario:
    """Two steps, the second of which sends back what the first captured."""
    return scenario(
        "loop",
        asking("loop", "call", capture=capture, **changes),
        asking("loop", "result", body={"max_tokens": 1, "messages": "${answer}"}),
    )


# --- captured values ------------------------------------------------------------------------------------------------


def test_captured_values_travel_to_later_steps() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
    expression = "content[?type=='tool_use'] | [0]"
    made, bodies = walked(loop({"answer": expression}), {"call": said(content=[call]), "result": said()})
    assert bodies["result"]["messages"] == call
    assert made.accepted


def test_from_a_stream_the_folded_message_is_captured() -> None:
    events = [
        {"type": "message_start", "message": said("", content=[], stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "po"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ng"}},
        {"type": "content_block_stop", "index": 0},
    ]
    stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
    made, bodies = walked(loop({"answer": "content[0].text"}, expect="stream"), {"call": stream, "result": said()})
    assert bodies["result"]["messages"] == "pong"
    assert made.accepted


@pytest.mark.parametrize(
    ("expression", "given"),
    [
        ("content[9].text", said()),
        ("content", said(content=[])),
        ("content", Answered(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "No."}})),
        ("content", b"no JSON at all"),
        ("content", []),
        ("length(content)", said(content=7)),  # a function that cannot take what the peer put there
    ],
)
def test_a_missing_capture_withholds_every_later_step(expression: str, given: Given) -> None:
    three = scenario(
        "loop",
        asking("loop", "call", capture={"answer": expression}),
        asking("loop", "result", body={"messages": "${answer}"}),
        asking("loop", "last"),
    )
    made, bodies = walked(three, {"call": given})
    assert list(bodies) == ["call"]
    assert not made.accepted
    for later in ("result", "last"):
        withheld = made.sent[later].withheld
        assert withheld is not None
        assert withheld.cause is Cause.PREREQUISITE_FAILED
        assert withheld.note == f"step call gave nothing for `answer` ({expression}) to go on with"


def test_a_step_that_was_withheld_withholds_the_rest_for_its_own_reason() -> None:
    held = inconclusive(Cause.BUDGET, "no money")
    made, bodies = walked(loop({"answer": "content"}), {"call": Sent(withheld=held)})
    assert list(bodies) == ["call"]
    assert made.sent["result"].withheld is held


# --- judging --------------------------------------------------------------------------------------------------------


def judged(asked: Scenario, answers: dict[str, Given], *checks: Any) -> Verdicts:
    world = making.catalog(CONTRACTS, [asked])
    plan = make_plan([(provider(), asked)], world, making.checks(*checks))
    return judge_walk(walked(asked, answers)[0], plan.units[0].checks)


def test_each_step_is_judged_on_its_own_exchange_and_sees_the_earlier_ones() -> None:
    seen: dict[str, set[str]] = {}

    def look(evidence: Evidence) -> Verdict:
        seen[evidence.step.id] = set(evidence.earlier)
        return passed(evidence.exchange.request.json["messages"][0]["content"])

    two = scenario("s", asking("s", "a"), asking("s", "b"))
    verdicts = judged(two, {"a": said(), "b": said()}, check("look", "anthropic:x", judge=look, on=("message",)))
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
    verdicts = judged(scenario("s"), {"ask": said()}, broken, check("whole", "anthropic:x", on=("message",)))
    verdict = verdicts["ask", "broken", "drop-in"][0]
    assert (verdict.outcome, verdict.note) == (Outcome.HARNESS_ERROR, "KeyError: 'stop_reason'")
    assert verdicts["ask", "whole", "drop-in"][0] == passed()


# --- twins and trials -----------------------------------------------------------------------------------------------

CHOSE = inconclusive(Cause.MODEL_CHOICE, "no tool was called")
LIMITED = inconclusive(Cause.RATE_LIMIT, "429")
FAILED = failed("a", "b")
NOTHING = not_applicable("nothing to look at")


@pytest.mark.parametrize(
    ("name", "verdict", "changed"),
    [
        ("error.refused", passed(), True),
        ("error.type", passed("as it should be"), True),
        ("error.refused", FAILED, False),
        ("error.refused", LIMITED, False),
        ("error.type", NOTHING, False),
        ("http.request-id", passed(), False),
    ],
)
def test_a_refusal_passes_only_with_its_twin(name: str, verdict: Verdict, changed: bool) -> None:
    found, names = without_twin(check(name, "anthropic:x"), (verdict, ("1.1",)), "messages.basic")
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


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (201, False), (400, False), (500, False)])
def test_a_twin_is_accepted_only_with_200(status: int, accepted: bool) -> None:
    made, _ = walked(scenario("s"), {"ask": Answered(status, said())})
    assert made.accepted is accepted
