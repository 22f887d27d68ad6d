"""What a job shows of a provider: red is what no model and no outage can cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog.jobs import Job, Wants
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.errors import Where
from messages_conformance.sdk.found import Found, found, settled
from messages_conformance.sdk.told import Told

USED: dict[str, Any] = {"stop": "end_turn", "usage": {"input": 1, "output": 1}, "calls": []}
CALL: dict[str, Any] = {"name": "get_weather", "arguments": {}, "id": True}
SCHEMA = {"type": "object", "properties": {"millions": {"type": "integer"}}, "required": ["millions"]}
MUST_REFUSE = Wants(raises=True, status=404)


def job(wants: Wants | None = None, **asks: Any) -> Job:
    return Job("job", "a job", asks, wants or Wants(), Where(Path("jobs.yaml"), 1))


def raised(kind: str, status: int | None = None, message: str = "Error") -> Told:
    return Told(raised={"type": kind, "message": message, "status": status})


def turn(**changes: Any) -> Told:
    return Told(seen={"turns": [{**USED, "text": "hello", **changes}]})


def test_an_answer_that_is_left_has_no_end() -> None:
    left = Told(seen={"turns": [{"text": "one, two,", "pieces": 2}, {**USED, "text": "hello"}]})
    assert found(left, job(hang_up=2)).outcome is Outcome.PASS
    assert found(left, job()).told == "hands over a message without a stop reason"


@pytest.mark.parametrize(
    ("told", "of", "cause"),
    [
        (raised("anthropic.RateLimitError", 429), job(), Cause.RATE_LIMIT),
        (raised("anthropic.OverloadedError", 529), job(), Cause.OVERLOAD),
        (raised("anthropic.PaymentRequiredError", 402), job(), Cause.CREDIT),
        (raised("anthropic.InternalServerError", 500), job(), Cause.PROVIDER_5XX),
        (raised("anthropic.AuthenticationError", 401), job(), Cause.AUTH),
        (raised("anthropic.APIConnectionError"), job(), Cause.TRANSPORT),
        (raised("anthropic.APITimeoutError"), job(), Cause.TRANSPORT),
        (raised("anthropic.APIStatusError", 200, "{'error': {'type': 'overloaded_error'}}"), job(), Cause.OVERLOAD),
        (raised("anthropic.RateLimitError", 429), job(MUST_REFUSE), Cause.RATE_LIMIT),
        (raised("pydantic_core._pydantic_core.ValidationError"), job(schema=SCHEMA), Cause.MODEL_CHOICE),
        (turn(text="bye"), job(Wants(text=("hello",))), Cause.MODEL_CHOICE),
        (turn(), job(Wants(calls=("get_weather",))), Cause.MODEL_CHOICE),
        (turn(stop="max_tokens"), job(Wants(calls=("get_weather",)), force="get_weather"), Cause.MODEL_CHOICE),
        (turn(stop="refusal"), job(Wants(thinking=True)), Cause.MODEL_CHOICE),
        (turn(thinking=""), job(Wants(thinking=True)), Cause.MODEL_CHOICE),
    ],
)
def test_an_outage_and_a_model_leave_a_job_undecided(told: Told, of: Job, cause: Cause) -> None:
    shown = found(told, of)
    assert (shown.outcome, shown.cause, shown.recurs) == (Outcome.INCONCLUSIVE, cause, False)


@pytest.mark.parametrize(
    ("told", "of", "said"),
    [
        (turn(), job(MUST_REFUSE), "raises nothing, though"),
        (raised("anthropic.BadRequestError", 400), job(MUST_REFUSE), "the status 400 instead of 404"),
        (raised("anthropic.AuthenticationError", 401), job(MUST_REFUSE), "the status 401 instead of 404"),
        (turn(), job(force="get_weather"), "no call, though the tool is forced"),
        (turn(), job(Wants(thinking=True)), "no thinking, though it is switched on"),
        (turn(text="six, seven"), job(stop=["seven"]), "a text that holds its stop sequence"),
        (turn(stop=None), job(), "without a stop reason"),
        (turn(usage={}), job(), "without usage"),
        (turn(whole="other"), job(), "another text than its stream showed"),
        (turn(calls=[{**CALL, "id": False}]), job(), "a call without an id"),
        (turn(calls=[{**CALL, "arguments": "{}"}]), job(), "a call without arguments"),
        (Told(seen={"turns": []}), job(), "no message"),
        (Told(seen={"count": 0}), job(route="count_tokens"), "no count"),
        (Told(seen={"models": []}), job(route="models"), "no model"),
    ],
)
def test_what_no_model_can_cause_is_red_at_once(told: Told, of: Job, said: str) -> None:
    shown = found(told, of)
    assert (shown.outcome, shown.cause, shown.recurs) == (Outcome.FAIL, None, False)
    assert said in shown.told


@pytest.mark.parametrize(
    ("told", "of"),
    [
        (turn(text="Hello."), job(Wants(text=("hello",)))),
        (turn(calls=[CALL]), job(Wants(calls=("get_weather",)), force="get_weather")),
        (turn(stop="max_tokens"), job(Wants(stop="max_tokens"))),
        (Told(seen={"count": 9}), job(route="count_tokens")),
        (raised("anthropic.NotFoundError", 404), job(MUST_REFUSE)),
        (raised("anthropic.APIStatusError", 200, "overloaded_error"), job(Wants(raises=True))),
    ],
)
def test_a_job_is_done(told: Told, of: Job) -> None:
    assert found(told, of).outcome is Outcome.PASS


REFUSED = found(raised("anthropic.BadRequestError", 400, "no tools here"), job())
HUNG = found(Told("hung"), job())
BROKEN_OFF = found(raised("httpx.RemoteProtocolError"), job())
LIMITED = found(raised("anthropic.RateLimitError", 429), job())
DONE = Found(Outcome.PASS)


def test_what_an_outage_might_be_is_tried_once_more() -> None:
    assert REFUSED.recurs
    assert HUNG.recurs
    assert BROKEN_OFF.recurs


@pytest.mark.parametrize("first", [REFUSED, HUNG, BROKEN_OFF])
def test_what_comes_alike_twice_is_red_while_another_job_is_answered(first: Found) -> None:
    shown = settled(first, DONE, first)
    assert (shown.outcome, shown.cause) == (Outcome.FAIL, None)
    assert shown.told == f"{first.told}, each of two times"


@pytest.mark.parametrize("first", [HUNG, BROKEN_OFF])
@pytest.mark.parametrize("between", [LIMITED, HUNG, None])
def test_what_may_be_an_outage_is_open_while_nothing_else_is_answered(first: Found, between: Found | None) -> None:
    assert settled(first, between, first) == first


def test_a_refusal_is_an_answer_by_itself() -> None:
    assert settled(REFUSED, None, REFUSED).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("second", "cause", "said"),
    [(DONE, Cause.TRANSPORT, "did the job"), (LIMITED, Cause.RATE_LIMIT, "raises anthropic.RateLimitError (429)")],
)
def test_what_came_once_is_open_and_tells_both(second: Found, cause: Cause, said: str) -> None:
    shown = settled(REFUSED, DONE, second)
    assert (shown.outcome, shown.cause) == (Outcome.INCONCLUSIVE, cause)
    assert f"no tools here; the second time it {said}" in shown.told


def test_a_driver_that_ends_is_no_fault_of_a_provider() -> None:
    shown = found(Told("died", reason="out of memory"), job())
    assert (shown.outcome, shown.told) == (Outcome.HARNESS_ERROR, "ended with its process: out of memory")
    assert found(Told("unsupported", reason="no pictures"), job()).outcome is Outcome.NOT_APPLICABLE
