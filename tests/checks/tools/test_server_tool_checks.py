from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, outcome, verdict
from messages import Json, call, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

SEARCH: Json = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "rain"}}
HIT: Json = {"type": "web_search_result", "url": "https://example.com", "title": "Rain", "encrypted_content": "x"}
RESULT: Json = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [HIT]}
FAILED: Json = {**RESULT, "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}}
COUNTED: Json = {"input_tokens": 9, "output_tokens": 9, "server_tool_use": {"web_search_requests": 1}}


def _answers(*blocks: Any, request: Any = None, params: Any = None, **changes: Any) -> Evidence:
    return evidence(exchange(message(*blocks, **changes), request=request), params=params)


def test_a_forced_search_must_come() -> None:
    wanted, forced = {"name": "web_search"}, {"tool_choice": {"type": "tool", "name": "web_search"}}
    check = "server-tools.called"
    assert outcome(check, _answers(SEARCH, RESULT, params=wanted)) is Outcome.PASS
    assert outcome(check, _answers(said("a"), params=wanted, request=forced)) is Outcome.FAIL
    assert outcome(check, _answers(call("web_search"), params=wanted, request=forced)) is Outcome.FAIL
    cut = _answers(said("a"), params=wanted, request=forced, stop_reason="max_tokens")
    assert verdict(check, cut).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(
    "request_", [{}, {"tool_choice": {"type": "any"}}, {"tool_choice": {"type": "tool", "name": "weather"}}]
)
def test_a_search_that_the_request_does_not_force_is_the_models_choice(request_: Json) -> None:
    told = _answers(said("a"), params={"name": "web_search"}, request=request_)
    assert left_open("server-tools.called", told)


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((SEARCH, RESULT, said("a")), Outcome.PASS),
        ((SEARCH, FAILED), Outcome.PASS),
        (
            (SEARCH, said("a"), {**SEARCH, "id": "srvtoolu_2"}, RESULT, {**RESULT, "tool_use_id": "srvtoolu_2"}),
            Outcome.PASS,
        ),
        ((SEARCH, {**RESULT, "tool_use_id": "srvtoolu_2"}), Outcome.FAIL),
        ((RESULT, SEARCH), Outcome.FAIL),
        ((SEARCH, RESULT, RESULT), Outcome.FAIL),
        ((SEARCH, said("a")), Outcome.FAIL),
        ((said("a"), call()), Outcome.NOT_APPLICABLE),
    ],
)
def test_calls_and_results_pair_up(blocks: Any, expected: Outcome) -> None:
    assert outcome("server-tools.paired", _answers(*blocks)) is expected


@pytest.mark.parametrize("reason", ["pause_turn", "max_tokens", "tool_use", "refusal"])
def test_a_call_may_be_left_open_where_the_turn_goes_on(reason: str) -> None:
    assert outcome("server-tools.paired", _answers(SEARCH, stop_reason=reason)) is Outcome.PASS


def test_a_result_may_belong_to_a_call_of_the_turn_before() -> None:
    request = {"messages": [{"role": "assistant", "content": [SEARCH, call()]}, {"role": "user", "content": "x"}]}
    assert outcome("server-tools.paired", _answers(RESULT, said("a"), request=request)) is Outcome.PASS


def test_searches_beyond_max_uses_fail_inside_the_answer() -> None:
    request = {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 1}]}
    check = "server-tools.within-max-uses"
    assert outcome(check, _answers(SEARCH, RESULT, SEARCH, FAILED, request=request)) is Outcome.PASS
    assert outcome(check, _answers(SEARCH, RESULT, SEARCH, RESULT, request=request)) is Outcome.FAIL
    assert outcome(check, _answers(SEARCH, RESULT)) is Outcome.NOT_APPLICABLE
    assert outcome(check, _answers(said("a"), request=request)) is Outcome.NOT_APPLICABLE


def test_searches_are_counted() -> None:
    assert outcome("server-tools.counted", _answers(SEARCH, RESULT, usage=COUNTED)) is Outcome.PASS
    assert outcome("server-tools.counted", _answers(SEARCH, RESULT)) is Outcome.FAIL
    none = {**COUNTED, "server_tool_use": {"web_search_requests": 0}}
    assert outcome("server-tools.counted", _answers(SEARCH, RESULT, usage=none)) is Outcome.FAIL
    assert outcome("server-tools.counted", _answers(SEARCH, FAILED)) is Outcome.NOT_APPLICABLE


DEFERRED: Json = {
    "tools": [
        {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
        {"name": "weather", "defer_loading": True, "input_schema": {"type": "object"}},
    ]
}
REFERENCE: Json = {"type": "tool_reference", "tool_name": "weather"}
FOUND: Json = {
    "type": "tool_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": {"type": "tool_search_tool_search_result", "tool_references": [REFERENCE]},
}


def test_a_deferred_tool_is_found_before_it_is_called() -> None:
    check = "server-tools.deferred-found"
    assert outcome(check, _answers(SEARCH, FOUND, call(), request=DEFERRED)) is Outcome.PASS
    assert outcome(check, _answers(call(), request=DEFERRED)) is Outcome.FAIL
    assert outcome(check, _answers(said("a"), request=DEFERRED)) is Outcome.NOT_APPLICABLE


def test_a_tool_that_was_found_before_or_is_forced_needs_no_search() -> None:
    check = "server-tools.deferred-found"
    result = {"type": "tool_result", "tool_use_id": "toolu_0", "content": [REFERENCE]}
    before = DEFERRED | {"messages": [{"role": "user", "content": [result]}]}
    assert outcome(check, _answers(call(), request=before)) is Outcome.PASS
    forced = DEFERRED | {"tool_choice": {"type": "tool", "name": "weather"}}
    assert outcome(check, _answers(call(), request=forced)) is Outcome.NOT_APPLICABLE
    without = {"tools": DEFERRED["tools"][1:]}
    assert outcome(check, _answers(call(), request=without)) is Outcome.NOT_APPLICABLE
