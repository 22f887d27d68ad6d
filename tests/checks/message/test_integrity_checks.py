from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, outcome, streamed, verdict
from messages import call, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
TOOLS = {"tools": [{"name": "weather", "input_schema": {"type": "object"}}]}


def _asked(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two is < three | four > one.", Outcome.PASS),
        ("<|im_start|>assistant\nHello", Outcome.FAIL),
        ("Hello<|eot_id|>", Outcome.FAIL),
        ("<｜end▁of▁sentence｜>", Outcome.FAIL),
        ("[INST] Hello [/INST]", Outcome.FAIL),
        ("<s> Hello", Outcome.FAIL),
        ("An HTML list may use <s>old</s> prices.", Outcome.PASS),
    ],
)
def test_marks_of_a_template_are_no_text(text: str, expected: Outcome) -> None:
    assert outcome("message.no-template-residue", evidence(exchange(message(said(text))))) is expected
    assert (
        outcome("message.no-template-residue", evidence(exchange(streamed(message(said(text)))), "stream")) is expected
    )


def test_a_mark_that_was_asked_for_is_text() -> None:
    told = exchange(message(said("It says [INST].")), request=_asked("What does [INST] say?"))
    assert outcome("message.no-template-residue", evidence(told)) is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", Outcome.PASS),
        (" Hello", Outcome.PASS),
        ("\n\nHello", Outcome.FAIL),
        ("\nWell, Hello", Outcome.INCONCLUSIVE),
        ("\n", Outcome.NOT_APPLICABLE),
    ],
)
def test_empty_lines_before_a_text_that_they_would_have_ended_were_put_there(text: str, expected: Outcome) -> None:
    asked = {"messages": [{"role": "user", "content": "Go"}], "stop_sequences": ["\nHello"]}
    assert outcome("message.no-leading-newline", evidence(exchange(message(said(text)), request=asked))) is expected


def test_a_model_may_begin_with_empty_lines_itself() -> None:
    assert outcome("message.no-leading-newline", evidence(exchange(message(said("\n2"))))) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("content", "reason", "expected"),
    [
        ([THOUGHT], "end_turn", Outcome.FAIL),
        ([THOUGHT, said("Yes.")], "end_turn", Outcome.PASS),
        ([THOUGHT], "max_tokens", Outcome.NOT_APPLICABLE),
        ([said("Yes.")], "end_turn", Outcome.NOT_APPLICABLE),
    ],
)
def test_thinking_alone_is_no_answer(content: list[Any], reason: str, expected: Outcome) -> None:
    told = evidence(exchange(message(*content, stop_reason=reason)))
    assert outcome("message.not-only-thinking", told) is expected


@pytest.mark.parametrize(
    ("content", "usage", "changes", "expected"),
    [
        ([], {"output_tokens": 40}, {}, Outcome.FAIL),
        ([said("")], {"output_tokens": 40}, {}, Outcome.FAIL),
        ([], {"output_tokens": 3}, {}, Outcome.PASS),
        ([], {"output_tokens": 40, "output_tokens_details": {"thinking_tokens": 38}}, {}, Outcome.PASS),
        ([], {"output_tokens": 40}, {"stop_reason": "max_tokens"}, Outcome.PASS),
        ([THOUGHT], {"output_tokens": 40}, {}, Outcome.PASS),
        ([said("Yes.")], {"output_tokens": 40}, {}, Outcome.PASS),
    ],
)
def test_what_was_paid_for_is_there(
    content: list[Any], usage: dict[str, Any], changes: dict[str, Any], expected: Outcome
) -> None:
    told = message(**{"content": content, "usage": {"input_tokens": 9, **usage}, **changes})
    assert outcome("message.output-present", evidence(exchange(told))) is expected


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
def test_a_call_needs_tools(kind: str) -> None:
    called = message({**call(), "type": kind}, stop_reason="tool_use")
    assert outcome("message.calls-asked-for", evidence(exchange(called))) is Outcome.FAIL
    assert outcome("message.calls-asked-for", evidence(exchange(called, request=TOOLS))) is Outcome.PASS
    assert outcome("message.calls-asked-for", evidence(exchange(message()))) is Outcome.PASS


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("end_turn", Outcome.PASS), ("some_new_reason", Outcome.PASS), (None, Outcome.PASS), ("tool_calls", Outcome.FAIL)],
)
def test_another_apis_reason_is_wrong_and_an_unknown_one_is_not(reason: str | None, expected: Outcome) -> None:
    assert outcome("message.stop-reason-vocabulary", evidence(exchange(message(stop_reason=reason)))) is expected


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"type": "refusal", "category": None, "explanation": None}, Outcome.PASS),
        ({"type": "refusal"}, Outcome.FAIL),
        (None, Outcome.FAIL),
    ],
)
def test_a_refusal_has_details(details: Any, expected: Outcome) -> None:
    refused = message(stop_reason="refusal", stop_details=details)
    assert outcome("message.refusal-details", evidence(exchange(refused))) is expected


def test_what_was_not_refused_needs_no_details() -> None:
    assert outcome("message.refusal-details", evidence(exchange(message()))) is Outcome.NOT_APPLICABLE


FORCED = {"tool_choice": {"type": "any"}}


def _twice(here: dict[str, Any], there: dict[str, Any], **request: Any) -> Evidence:
    stream = exchange(streamed(here), request={"stream": True, **request})
    return evidence(stream, "stream", params={"step": "plain"}, earlier={"plain": exchange(there)})


CALLED = message(call(), stop_reason="tool_use")


def test_both_modes_answer_alike() -> None:
    assert outcome("message.same-as", _twice(CALLED, CALLED)) is Outcome.PASS
    with_words = message(said("I look it up."), call(), stop_reason="tool_use")
    assert outcome("message.same-as", _twice(with_words, CALLED)) is Outcome.PASS


@pytest.mark.parametrize(
    "here",
    [
        message(call(), stop_reason="end_turn"),
        message(call(), stop_reason="tool_use", stop_sequence="x"),
        message(said("No."), stop_reason="tool_use"),
    ],
)
def test_what_differs_between_the_modes_fails_unless_the_model_had_a_choice(here: dict[str, Any]) -> None:
    assert outcome("message.same-as", _twice(here, CALLED, **FORCED)) is Outcome.FAIL
    assert outcome("message.same-as", _twice(here, CALLED, tool_choice={"type": "tool"})) is Outcome.FAIL
    assert left_open("message.same-as", _twice(here, CALLED))
    assert left_open("message.same-as", _twice(here, CALLED, tool_choice={"type": "auto"}))


def test_a_count_that_one_mode_leaves_out_fails_in_any_case() -> None:
    cached = message(usage={"input_tokens": 9, "output_tokens": 3, "cache_read_input_tokens": 900})
    assert outcome("message.same-as", _twice(message(), cached)) is Outcome.FAIL
    nothing_cached = message(usage={"input_tokens": 9, "output_tokens": 3, "cache_read_input_tokens": 0})
    assert outcome("message.same-as", _twice(message(), nothing_cached)) is Outcome.PASS


def test_without_another_answer_nothing_is_compared() -> None:
    refused = exchange({"type": "error"}, status=400)
    told = evidence(exchange(CALLED), params={"step": "plain"}, earlier={"plain": refused})
    assert verdict("message.same-as", told).cause is Cause.PREREQUISITE_FAILED
    declined = evidence(
        exchange(CALLED), params={"step": "plain"}, earlier={"plain": exchange(message(stop_reason="refusal"))}
    )
    assert verdict("message.same-as", declined).cause is Cause.PREREQUISITE_FAILED
