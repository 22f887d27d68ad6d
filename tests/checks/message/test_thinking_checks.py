from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, outcome, streamed, verdict
from messages import call, error, message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
REDACTED = {"type": "redacted_thinking", "data": "ZGF0YQ"}


def _thinks(*blocks: Any, **params: Any) -> Evidence:
    return evidence(exchange(message(*blocks)), params=params)


@pytest.mark.parametrize("block", [THOUGHT, REDACTED])
def test_thinking_that_was_enabled_must_come(block: Any) -> None:
    enabled = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    assert outcome("thinking.present", _asked(block, said("a"), **enabled)) is Outcome.PASS
    assert outcome("thinking.present", _asked(said("a"), **enabled)) is Outcome.FAIL


@pytest.mark.parametrize("request_", [{}, {"thinking": {"type": "adaptive"}}])
def test_whether_to_think_is_the_models_choice_unless_it_is_enabled(request_: Any) -> None:
    assert outcome("thinking.present", _asked(THOUGHT, said("a"), **request_)) is Outcome.PASS
    assert left_open("thinking.present", _asked(said("a"), **request_))


def test_thinking_that_was_not_asked_for_fails() -> None:
    assert outcome("thinking.absent", _thinks(said("a"))) is Outcome.PASS
    found = verdict("thinking.absent", _thinks(said("a"), THOUGHT))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1")


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((THOUGHT, said("a"), call()), Outcome.PASS),
        ((THOUGHT, said("a"), THOUGHT, call()), Outcome.PASS),
        (({"type": "some_new_block"}, THOUGHT), Outcome.PASS),
        ((said("a"), THOUGHT), Outcome.FAIL),
        ((call(), REDACTED), Outcome.FAIL),
        ((said("a"),), Outcome.INCONCLUSIVE),
    ],
)
def test_thinking_comes_first(blocks: Any, expected: Outcome) -> None:
    assert outcome("thinking.first", _thinks(*blocks)) is expected


@pytest.mark.parametrize("proof", [{"signature": ""}, {"signature": None}, {"signature": 7}])
def test_an_unsigned_block_fails(proof: Any) -> None:
    assert outcome("thinking.signed", _thinks(THOUGHT, REDACTED)) is Outcome.PASS
    found = verdict("thinking.signed", _thinks(REDACTED, THOUGHT | proof))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1/signature")


def test_signatures_of_streams_are_those_of_the_folded_message() -> None:
    stream = streamed(message(THOUGHT, said("a")))
    assert outcome("thinking.signed", evidence(exchange(stream), "stream")) is Outcome.PASS


# --- thinking that nobody asked for, or that shows up as text ---------------------------------------------------------

LONG = "First I divide the days by seven, then I check whether anything is left over, and nothing is left."


def _asked(*blocks: Any, **request: Any) -> Evidence:
    return evidence(exchange(message(*blocks), request=request))


@pytest.mark.parametrize(
    ("request_", "blocks", "expected"),
    [
        ({}, (said("a"),), Outcome.PASS),
        ({}, (THOUGHT, said("a")), Outcome.FAIL),
        ({}, (REDACTED,), Outcome.FAIL),
        ({"thinking": {"type": "disabled"}}, (THOUGHT,), Outcome.NOT_APPLICABLE),
        ({"thinking": {"type": "adaptive"}}, (THOUGHT,), Outcome.NOT_APPLICABLE),
    ],
)
def test_unasked_thinking_is_seen_where_the_request_says_nothing(request_: Any, blocks: Any, expected: Outcome) -> None:
    assert outcome("thinking.unasked", _asked(*blocks, **request_)) is expected


@pytest.mark.parametrize("leak", ["<think>Hm.</think>13", "13</think>", "<reasoning>Hm.", "<thinking>Hm</thinking>"])
def test_marks_of_thinking_in_text_fail(leak: str) -> None:
    assert outcome("thinking.not-in-text", _thinks(said("It takes 13 weeks; think of 91 < 100."))) is Outcome.PASS
    assert outcome("thinking.not-in-text", _thinks(THOUGHT, said(leak))) is Outcome.FAIL


def test_marks_that_the_request_itself_holds_may_come_back() -> None:
    asked = _asked(said("The tag is <think>."), system="Explain the tag <think>.")
    assert outcome("thinking.not-in-text", asked) is Outcome.PASS


def test_a_thought_that_is_repeated_as_text_fails() -> None:
    thought = {**THOUGHT, "thinking": LONG}
    assert outcome("thinking.not-in-text", _thinks(thought, said("13"))) is Outcome.PASS
    assert outcome("thinking.not-in-text", _thinks(thought, said(f"{LONG} So it is 13."))) is Outcome.FAIL
    assert outcome("thinking.not-in-text", _thinks(THOUGHT, said("Hm. So it is 13."))) is Outcome.PASS
    assert outcome("thinking.not-in-text", _thinks(THOUGHT)) is Outcome.NOT_APPLICABLE


HIDDEN = {**THOUGHT, "thinking": ""}


@pytest.mark.parametrize(
    ("display", "blocks", "expected"),
    [
        ("omitted", (HIDDEN,), Outcome.PASS),
        ("omitted", (HIDDEN, THOUGHT), Outcome.FAIL),
        ("omitted", (said("a"),), Outcome.INCONCLUSIVE),
        ("omitted", (REDACTED,), Outcome.INCONCLUSIVE),
        ("summarized", (THOUGHT, HIDDEN), Outcome.PASS),
        ("summarized", (HIDDEN,), Outcome.FAIL),
    ],
)
def test_thinking_is_displayed_as_asked(display: str, blocks: Any, expected: Outcome) -> None:
    assert outcome("thinking.display", _thinks(*blocks, **{"is": display})) is expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((THOUGHT, call()), Outcome.PASS),
        ((call(),), Outcome.FAIL),
        ((THOUGHT, said("a")), Outcome.FAIL),
    ],
)
def test_thinking_and_a_forced_tool_are_both_honoured_or_refused(blocks: Any, expected: Outcome) -> None:
    assert outcome("thinking.forced-tool", evidence(exchange(message(*blocks)), "any")) is expected


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", Outcome.PASS),
        (500, "api_error", Outcome.INCONCLUSIVE),
        (501, "api_error", Outcome.FAIL),
        (404, "not_found_error", Outcome.INCONCLUSIVE),
        (429, "rate_limit_error", Outcome.INCONCLUSIVE),
    ],
)
def test_only_a_refusal_for_that_reason_settles_a_forced_tool(status: int, kind: str, expected: Outcome) -> None:
    refused = exchange(error(kind, "not together with thinking"), status=status)
    assert outcome("thinking.forced-tool", evidence(refused, "any")) is expected


def _hidden(answer: Any, shown: Any) -> Evidence:
    return evidence(exchange(answer), params={"step": "shown"}, earlier={"shown": exchange(shown)})


def test_thinking_that_is_not_shown_leaves_its_block() -> None:
    shown = message(THOUGHT, said("13"))
    kept = message({**THOUGHT, "thinking": ""}, said("13"))
    assert outcome("thinking.kept", _hidden(kept, shown)) is Outcome.PASS
    for spent, expected in ((40, Outcome.FAIL), (0, Outcome.NOT_APPLICABLE)):
        counts = {"input_tokens": 9, "output_tokens": 50, "output_tokens_details": {"thinking_tokens": spent}}
        assert outcome("thinking.kept", _hidden(message(said("13"), usage=counts), shown)) is expected


def test_a_model_that_tells_no_tokens_of_thinking_may_not_have_thought() -> None:
    shown, untold = message(THOUGHT, said("13")), message(said("13"))
    assert verdict("thinking.kept", _hidden(untold, shown)).cause is Cause.MODEL_CHOICE
    assert verdict("thinking.kept", _hidden(untold, untold)).cause is Cause.MODEL_CHOICE


def test_a_forced_tool_that_always_breaks_the_server_fails() -> None:
    broken = evidence(exchange(error("api_error"), status=500), "any", persists=True)
    assert outcome("thinking.forced-tool", broken) is Outcome.FAIL
