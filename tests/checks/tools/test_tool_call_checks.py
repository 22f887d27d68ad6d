"""Calls against the request and against each other."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, outcome, streamed, verdict
from messages import call, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

STORY = {
    "name": "story",
    "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


def _asked(*blocks: Any, tools: Any = ({"name": "Get-It_1"},), **request: Any) -> Evidence:
    return evidence(exchange(message(*blocks), request={"tools": list(tools), **request}))


# --- names ----------------------------------------------------------------------------------------------------------


def test_a_call_names_a_tool_to_the_letter() -> None:
    assert outcome("tools.name-declared", _asked(call("Get-It_1"))) is Outcome.PASS
    for altered in ("get-it_1", "Get_It_1", "Get-It_", "default.Get-It_1", None):
        found = verdict("tools.name-declared", _asked(said("One moment."), call() | {"name": altered}))
        assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1/name"), altered


def test_names_are_compared_in_streams_too() -> None:
    of = exchange(streamed(message(call("get-it_1"))), request={"tools": [{"name": "Get-It_1"}], "stream": True})
    assert outcome("tools.name-declared", evidence(of, "stream")) is Outcome.FAIL


@pytest.mark.parametrize("tools", [(), ({"type": "computer_toolset_20260801"}, {"name": "other"})])
def test_names_that_the_request_does_not_give_are_not_compared(tools: Any) -> None:
    assert outcome("tools.name-declared", _asked(call("click"), tools=tools)) is Outcome.NOT_APPLICABLE


def test_an_answer_without_calls_names_nothing() -> None:
    assert outcome("tools.name-declared", _asked(said("Hello."))) is Outcome.NOT_APPLICABLE


# --- ids ------------------------------------------------------------------------------------------------------------

HISTORY = [
    {"role": "user", "content": "Look twice."},
    {"role": "assistant", "content": [call("look", id="toolu_1")]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "nothing"}]},
]


@pytest.mark.parametrize(
    ("ids", "messages", "expected"),
    [
        (["toolu_2"], HISTORY, Outcome.PASS),
        (["toolu_2", "toolu_1"], HISTORY, Outcome.FAIL),
        (["toolu_1"], HISTORY[:1], Outcome.NOT_APPLICABLE),
        ([], HISTORY, Outcome.NOT_APPLICABLE),
        ([None], HISTORY, Outcome.PASS),
        (["toolu_2"], [{"role": "assistant", "content": [call("look", id={})]}, *HISTORY], Outcome.PASS),
    ],
)
def test_an_id_is_new_in_the_conversation(ids: list[Any], messages: Any, expected: Outcome) -> None:
    assert outcome("tools.ids-new", _asked(*(call(id=one) for one in ids), messages=messages)) is expected


# --- calls as text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        '<tool_call>{"name": "look"}</tool_call>',
        "<function=look><parameter=at>",
        '<function_calls><invoke name="look">',
        "<|tool_call_begin|>look",
        '<|python_tag|>{"name": "look"}',
        "<｜tool▁calls▁begin｜>",
        '[TOOL_CALLS] [{"name": "look"}]',
        "[Tool call: look({})]",
    ],
)
def test_a_call_that_is_spelled_out_fails(told: str) -> None:
    assert outcome("tools.not-as-text", _asked(said(f"One moment. {told}"))) is Outcome.FAIL


@pytest.mark.parametrize("told", ["I call the tool now.", 'The answer is {"name": "look"}.', "a < b, [see above]", ""])
def test_prose_about_calls_passes(told: str) -> None:
    assert outcome("tools.not-as-text", _asked(said(told))) is Outcome.PASS


def test_markup_that_was_asked_for_passes() -> None:
    asked = [{"role": "user", "content": "Repeat: <tool_call>"}]
    assert outcome("tools.not-as-text", _asked(said("<tool_call>"), messages=asked)) is Outcome.PASS


@pytest.mark.parametrize("request_", [{"tools": ()}, {"tool_choice": {"type": "none"}}])
def test_where_no_call_can_come_markup_is_only_text(request_: Any) -> None:
    assert outcome("tools.not-as-text", _asked(said("<tool_call>"), **request_)) is Outcome.NOT_APPLICABLE


# --- calls that were cut --------------------------------------------------------------------------------------------


def _cut(*blocks: Any, reason: str = "tool_use", spent: Any = 64) -> Evidence:
    answer = message(*blocks, stop_reason=reason, usage={"input_tokens": 9, "output_tokens": spent})
    return evidence(exchange(answer, request={"tools": [STORY], "max_tokens": 64}))


def test_a_cut_call_has_stop_reason_max_tokens() -> None:
    assert outcome("tools.cut-told", _cut(call("story"), reason="max_tokens")) is Outcome.PASS
    assert outcome("tools.cut-told", _cut(said("Once"), reason="max_tokens")) is Outcome.PASS
    for reason in ("tool_use", "end_turn"):
        found = verdict("tools.cut-told", _cut(call("story"), reason=reason))
        assert (found.outcome, found.pointer) == (Outcome.FAIL, "/stop_reason")


@pytest.mark.parametrize(
    "of",
    [
        _cut(call("story", text="Once."), spent=20),
        _cut(call("story", text="Once."), spent=64),
        _cut(call("story"), spent=20),
        _cut(call("story"), spent=None),
        _cut(said("No."), reason="end_turn"),
    ],
)
def test_a_brief_model_leaves_it_open(of: Evidence) -> None:
    assert verdict("tools.cut-told", of).cause is Cause.MODEL_CHOICE


# --- calls that were lost -------------------------------------------------------------------------------------------


def _counted(*blocks: Any, tokens: Any, thought: int = 0) -> Any:
    usage = {"input_tokens": 9, "output_tokens": tokens, "output_tokens_details": {"thinking_tokens": thought}}
    return exchange(message(*blocks, usage=usage))


TWO = (call(id="toolu_1"), call(id="toolu_2"))


def _against(before: Any, now: Any) -> Evidence:
    return evidence(now, params={"as_in": "whole"}, earlier={"whole": before})


def test_all_calls_are_told() -> None:
    assert (
        outcome("tools.every-call-told", _against(_counted(*TWO, tokens=80), _counted(*TWO, tokens=80))) is Outcome.PASS
    )


def test_a_call_whose_tokens_were_counted_is_missed() -> None:
    found = _against(_counted(*TWO, tokens=80), _counted(TWO[0], tokens=78))
    assert outcome("tools.every-call-told", found) is Outcome.FAIL


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (_counted(*TWO, tokens=80), _counted(TWO[0], tokens=42)),
        (_counted(TWO[0], tokens=42), _counted(TWO[0], tokens=42)),
        (_counted(said("Well."), *TWO, tokens=80), _counted(TWO[0], tokens=80)),
        (_counted(*TWO, tokens=80), _counted(said("Let me look."), TWO[0], tokens=80)),
        (_counted(*TWO, tokens=900), _counted(TWO[0], tokens=900)),
        (_counted(*TWO, tokens=80, thought=20), _counted(TWO[0], tokens=80)),
        (_counted(*TWO, tokens=None), _counted(TWO[0], tokens=80)),
    ],
    ids=["fewer-tokens", "one-before", "text-before", "text-now", "hidden-thinking", "thinking", "not-counted"],
)
def test_fewer_calls_may_be_the_models_choice(before: Any, now: Any) -> None:
    assert verdict("tools.every-call-told", _against(before, now)).cause is Cause.MODEL_CHOICE


def test_without_the_other_answer_it_is_left_open() -> None:
    refused = exchange({"type": "error"}, status=400)
    found = verdict("tools.every-call-told", _against(refused, _counted(TWO[0], tokens=80)))
    assert found.cause is Cause.PREREQUISITE_FAILED
