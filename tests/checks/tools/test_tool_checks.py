from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, missed, outcome, verdict
from messages import call, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

WEATHER = {
    "name": "weather",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
        "required": ["city"],
    },
}


BASH = {"type": "bash_20250124", "name": "bash"}
TOOLS = [WEATHER, BASH, {"type": "mystery_20990101", "name": "unknown_to_us"}]
ANY = {"type": "any"}
THE_WEATHER = {"type": "tool", "name": "weather"}


def _calls(
    *blocks: Any, params: dict[str, Any] | None = None, choice: Any = None, tools: Any = TOOLS, **changes: Any
) -> Evidence:
    request = {"tools": tools} | ({} if choice is None else {"tool_choice": choice})
    return evidence(exchange(message(*blocks, **changes), request=request), params=params)


def test_a_tool_that_the_request_forces_must_be_called() -> None:
    wanted = {"name": "weather"}
    assert outcome("tools.called", _calls(call("weather"), params=wanted, choice=THE_WEATHER)) is Outcome.PASS
    assert outcome("tools.called", _calls(call("bash"), params=wanted, choice=THE_WEATHER)) is Outcome.FAIL
    assert outcome("tools.called", _calls(said("no"), params=wanted, choice=THE_WEATHER)) is Outcome.FAIL
    assert outcome("tools.called", _calls(said("no"), params={}, choice=THE_WEATHER)) is Outcome.FAIL


def test_where_any_tool_is_due_which_one_is_the_models_choice() -> None:
    assert outcome("tools.called", _calls(said("no"), params={}, choice=ANY)) is Outcome.FAIL
    assert outcome("tools.called", _calls(said("no"), params={"name": "weather"}, choice=ANY)) is Outcome.FAIL
    another = _calls(call("bash"), params={"name": "weather"}, choice=ANY)
    assert left_open("tools.called", another)
    the_only_one = _calls(call("bash"), params={"name": "weather"}, choice=ANY, tools=[WEATHER])
    assert outcome("tools.called", the_only_one) is Outcome.FAIL


@pytest.mark.parametrize("choice", [None, {"type": "auto"}, {"type": "none"}, {"type": "tool", "name": "bash"}])
def test_a_call_that_the_request_does_not_force_is_the_models_choice(choice: Any) -> None:
    assert left_open("tools.called", _calls(said("no"), params={"name": "weather"}, choice=choice))


def test_a_forced_call_that_did_not_fit_is_left_open() -> None:
    assert left_open("tools.called", _calls(content=[], choice=ANY, stop_reason="max_tokens"))


def test_text_where_a_call_is_forced_shows_that_it_was_not() -> None:
    assert outcome("tools.called", _calls(said("we"), choice=ANY, stop_reason="max_tokens")) is Outcome.FAIL


@pytest.mark.parametrize("choice", [None, ANY, THE_WEATHER])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_how_many_calls_come_is_the_models_choice(times: int, choice: Any) -> None:
    told = _calls(call(), call(id="toolu_2"), params={"times": times}, choice=choice)
    assert left_open("tools.called", told) is (times != 2)
    assert (outcome("tools.called", told) is Outcome.PASS) is (times == 2)


def test_a_forbidden_call_fails_and_one_that_was_only_not_due_does_not() -> None:
    assert outcome("tools.not-called", _calls(said("sunny"), choice={"type": "none"})) is Outcome.PASS
    assert outcome("tools.not-called", _calls(call(), choice={"type": "none"})) is Outcome.FAIL
    assert left_open("tools.not-called", _calls(call()))
    assert left_open("tools.not-called", _calls(call(), choice={"type": "auto"}))


BLOCKS_AND_PLACES = [
    (call(city=1), "/content/0/input/city"),
    (call(days=2), "/content/0/input"),
    (call(city="Paris", days=0), "/content/0/input/days"),
    (call() | {"input": '{"city": "Paris"}'}, "/content/0/input"),
    (call("bash") | {"input": None}, "/content/0/input"),
    (call("bash", cmd="ls"), "/content/0/input"),
    (call("bash", command=["ls"]), "/content/0/input/command"),
]


@pytest.mark.parametrize(
    "block",
    [
        call(city="Paris", days=2),
        call("bash", command="ls"),
        call("bash", restart=True),
        call("unknown_to_us"),
    ],
)
def test_arguments_that_satisfy_the_schema_pass(block: Any) -> None:
    assert outcome("tools.input-valid", _calls(block)) is Outcome.PASS


@pytest.mark.parametrize(("block", "pointer"), BLOCKS_AND_PLACES)
def test_a_model_may_get_arguments_wrong(block: Any, pointer: str) -> None:
    assert missed("tools.input-valid", _calls(block)).pointer == pointer


@pytest.mark.parametrize(("block", "pointer"), BLOCKS_AND_PLACES)
def test_wrong_arguments_of_a_strict_tool_fail(block: Any, pointer: str) -> None:
    strict = [{**tool, "strict": True} for tool in TOOLS]
    found = verdict("tools.input-valid", _calls(block, tools=strict))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, pointer)


def test_arguments_that_were_cut_or_never_came_are_left_open() -> None:
    assert verdict("tools.input-valid", _calls(call(), stop_reason="max_tokens")).cause is Cause.MODEL_CHOICE
    assert verdict("tools.input-valid", _calls(said("no"))).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize("name", ["unheard_of", None])
def test_arguments_for_a_tool_that_the_request_lacks_are_left_open(name: Any) -> None:
    assert verdict("tools.input-valid", _calls(call() | {"name": name})).cause is Cause.MODEL_CHOICE


def test_parallel_calls_need_distinct_ids() -> None:
    assert outcome("tools.ids-distinct", _calls(call(), call(id="toolu_2"))) is Outcome.PASS
    assert outcome("tools.ids-distinct", _calls(call(), call())) is Outcome.FAIL
    assert verdict("tools.ids-distinct", _calls(call())).cause is Cause.MODEL_CHOICE


def test_at_most_one_call() -> None:
    assert outcome("tools.at-most-one", _calls(call())) is Outcome.PASS
    assert outcome("tools.at-most-one", _calls(call(), call(id="toolu_2"))) is Outcome.FAIL
    assert verdict("tools.at-most-one", _calls(said("no"))).cause is Cause.MODEL_CHOICE
