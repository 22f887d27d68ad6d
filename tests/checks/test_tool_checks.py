from __future__ import annotations

from typing import Any

import pytest
from exchanges import call, evidence, exchange, message, outcome, said, verdict
from messages_conformance.checks.base import Cause, Evidence, Outcome

WEATHER = {
    "name": "weather",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
        "required": ["city"],
    },
}


def _calls(*blocks: Any, params: dict[str, Any] | None = None, **changes: Any) -> Evidence:
    tools = [WEATHER, {"type": "bash_20250124", "name": "bash"}, {"type": "mystery_20990101", "name": "unknown_to_us"}]
    request = {"tools": tools}
    return evidence(exchange(message(*blocks, **changes), request=request), params=params)


def test_the_named_tool_must_be_called() -> None:
    assert outcome("tools.called", _calls(call("weather"), params={"name": "weather"})) is Outcome.PASS
    assert outcome("tools.called", _calls(call("bash"), params={"name": "weather"})) is Outcome.FAIL
    assert outcome("tools.called", _calls(said("no"), params={})) is Outcome.FAIL


def test_an_unforced_call_is_the_models_choice() -> None:
    assert verdict("tools.called", _calls(said("no"), params={"forced": False})).cause is Cause.MODEL_CHOICE


def test_a_forced_call_that_did_not_fit_is_left_open() -> None:
    assert verdict("tools.called", _calls(said("we"), stop_reason="max_tokens")).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(("times", "expected"), [(1, Outcome.FAIL), (2, Outcome.PASS), (3, Outcome.FAIL)])
def test_calls_are_counted(times: int, expected: Outcome) -> None:
    assert outcome("tools.called", _calls(call(), call(id="toolu_2"), params={"times": times})) is expected


def test_a_forbidden_call_fails() -> None:
    assert outcome("tools.not-called", _calls(said("sunny"))) is Outcome.PASS
    assert outcome("tools.not-called", _calls(call())) is Outcome.FAIL


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        (call(city="Paris", days=2), None),
        (call("bash", command="ls"), None),
        (call(city=1), "/content/0/input/city"),
        (call(days=2), "/content/0/input"),
        (call(city="Paris", days=0), "/content/0/input/days"),
        (call() | {"input": '{"city": "Paris"}'}, "/content/0/input"),
        (call("bash") | {"input": None}, "/content/0/input"),
        (call("bash", restart=True), None),
        (call("bash", cmd="ls"), "/content/0/input"),
        (call("bash", command=["ls"]), "/content/0/input/command"),
        (call("unknown_to_us"), None),
    ],
)
def test_arguments_must_satisfy_the_schema(block: Any, pointer: str | None) -> None:
    found = verdict("tools.input-valid", _calls(block))
    assert (found.outcome, found.pointer) == (Outcome.FAIL if pointer else Outcome.PASS, pointer)


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
