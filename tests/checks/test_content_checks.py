from __future__ import annotations

from typing import Any

import pytest
from exchanges import call, error, evidence, exchange, message, outcome, said, sse, streamed, verdict
from messages_conformance.checks.base import Cause, Evidence, Outcome


def _says(text: str, params: dict[str, Any] | None = None, **changes: Any) -> Evidence:
    return evidence(exchange(message(said(text), **changes)), params=params)


def test_words_are_found_in_messages_and_streams_alike() -> None:
    params = {"all": ["one", "TWO"]}
    assert outcome("text.contains", _says("One two", params)) is Outcome.PASS
    stream = evidence(exchange(streamed(message(said("one"), said(" two")))), "stream", params=params)
    assert outcome("text.contains", stream) is Outcome.PASS


def _again(text: str, before: str, params: dict[str, Any]) -> Evidence:
    """An answer to a request that was answered before."""
    earlier = {"before": exchange(message(said(before)))}
    return evidence(exchange(message(said(text))), params={**params, "as_in": "before"}, earlier=earlier)


def test_missing_words_are_the_models_choice_unless_it_said_them_before() -> None:
    assert verdict("text.contains", _says("one", {"all": ["two"]})).cause is Cause.MODEL_CHOICE
    assert outcome("text.contains", _again("one", "one two", {"all": ["two"]})) is Outcome.FAIL
    assert verdict("text.contains", _again("one", "three", {"all": ["two"]})).cause is Cause.MODEL_CHOICE


def test_one_of_several_words_is_enough() -> None:
    params = {"any": ["red", "rouge"]}
    assert outcome("text.contains", _again("rouge", "red", params)) is Outcome.PASS
    found = verdict("text.contains", _again("blue", "red", params))
    assert (found.outcome, found.expected) == (Outcome.FAIL, "text with red or rouge")


def test_a_model_that_declines_is_no_fault_of_the_provider() -> None:
    declined = _says("", {"all": ["one"]}, stop_reason="refusal")
    assert verdict("text.contains", declined).cause is Cause.MODEL_CHOICE
    assert verdict("text.not-empty", declined).cause is Cause.MODEL_CHOICE


def test_a_stream_cut_by_an_error_is_left_undecided() -> None:
    cut = sse({"type": "message_start", "message": message(content=[], stop_reason=None)}, error("overloaded_error"))
    told = evidence(exchange(cut), "stream", params={"is": "end_turn"})
    assert verdict("stop-reason", told).cause is Cause.OVERLOAD


def test_an_answer_without_a_message_is_left_undecided() -> None:
    found = verdict("text.not-empty", evidence(exchange([1, 2])))
    assert found.cause is Cause.PREREQUISITE_FAILED


def test_excluded_words_fail() -> None:
    assert outcome("text.excludes", _says("four", {"any": ["five"]})) is Outcome.PASS
    assert outcome("text.excludes", _says("FIVE", {"any": ["five"]})) is Outcome.FAIL


def test_an_empty_text_fails_unless_the_tokens_ran_out() -> None:
    assert outcome("text.not-empty", _says("x")) is Outcome.PASS
    assert outcome("text.not-empty", _says(" \n")) is Outcome.FAIL
    assert verdict("text.not-empty", _says("", stop_reason="max_tokens")).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alder and birch", Outcome.PASS),
        ("alder", Outcome.FAIL),
        ("I cannot tell", Outcome.INCONCLUSIVE),
        ("only cedar", Outcome.FAIL),
    ],
)
def test_a_word_left_out_by_a_willing_model_never_reached_it(text: str, expected: Outcome) -> None:
    params = {"words": ["alder", "birch"], "control": "cedar"}
    assert outcome("system.honoured", _says(text, params)) is expected


def test_without_a_control_word_silence_proves_nothing() -> None:
    assert verdict("system.honoured", _says("hello", {"words": ["alder"]})).cause is Cause.MODEL_CHOICE


def test_a_forced_stop_reason_must_match() -> None:
    assert outcome("stop-reason", _says("x", {"is": "end_turn"})) is Outcome.PASS
    found = verdict("stop-reason", _says("x", {"is": "max_tokens"}))
    assert (found.outcome, found.actual, found.pointer) == (Outcome.FAIL, '"end_turn"', "/stop_reason")
    assert verdict("stop-reason", _says("x", {"is": "tool_use", "forced": False})).cause is Cause.MODEL_CHOICE


def test_a_refusal_by_the_model_is_its_choice_even_where_another_reason_was_forced() -> None:
    declined = _says("x", {"is": "tool_use"}, stop_reason="refusal")
    assert verdict("stop-reason", declined).cause is Cause.MODEL_CHOICE
    assert outcome("stop-reason", _says("x", {"is": "refusal"}, stop_reason="refusal")) is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "reason", "named", "expected"),
    [
        ("1, 2, 3, 4, ", "stop_sequence", "5", Outcome.PASS),
        ("1, 2, 3, 4, 5", "stop_sequence", "5", Outcome.FAIL),
        ("1, 2, 3, 4, 5, 6", "end_turn", None, Outcome.FAIL),
        ("1, 2, 3, 4, ", "stop_sequence", None, Outcome.FAIL),
        ("1, 2, 3, 4, ", "end_turn", None, Outcome.FAIL),
        ("I would rather not", "end_turn", None, Outcome.INCONCLUSIVE),
        ("1, 2, 3, 4", "max_tokens", None, Outcome.INCONCLUSIVE),
    ],
)
def test_a_stop_sequence_is_cut_and_named(text: str, reason: str, named: str | None, expected: Outcome) -> None:
    told = _says(text, {"one_of": ["5"], "cut_after": "4"}, stop_reason=reason, stop_sequence=named)
    assert outcome("stop-sequence.named", told) is expected


def test_without_knowing_what_comes_before_a_missing_sequence_proves_nothing() -> None:
    assert verdict("stop-sequence.named", _says("1, 2", {"one_of": ["5"]})).cause is Cause.MODEL_CHOICE


@pytest.mark.parametrize(
    ("reason", "named", "expected"),
    [
        ("end_turn", None, Outcome.PASS),
        ("stop_sequence", "5", Outcome.PASS),
        ("stop_sequence", None, Outcome.FAIL),
        ("end_turn", "5", Outcome.FAIL),
    ],
)
def test_stop_reason_and_stop_sequence_go_together(reason: str, named: str | None, expected: Outcome) -> None:
    answer = message(stop_reason=reason, stop_sequence=named)
    assert outcome("message.stop-sequence-pairing", evidence(exchange(answer))) is expected
    assert outcome("message.stop-sequence-pairing", evidence(exchange(streamed(answer)), "stream")) is expected


@pytest.mark.parametrize(
    ("reason", "calls", "expected"),
    [
        ("tool_use", True, Outcome.PASS),
        ("end_turn", False, Outcome.PASS),
        ("max_tokens", True, Outcome.PASS),
        ("some_new_reason", True, Outcome.PASS),
        ("tool_use", False, Outcome.FAIL),
        ("end_turn", True, Outcome.FAIL),
        ("pause_turn", True, Outcome.FAIL),
    ],
)
def test_stop_reason_and_tool_calls_go_together(reason: str, calls: bool, expected: Outcome) -> None:
    answer = message(*([call()] if calls else []), stop_reason=reason)
    assert outcome("message.tool-use-pairing", evidence(exchange(answer))) is expected


def test_an_empty_text_block_is_pointed_out() -> None:
    assert outcome("message.no-empty-text", evidence(exchange(message(call())))) is Outcome.PASS
    found = verdict("message.no-empty-text", evidence(exchange(message(said("a"), said("")))))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1/text")


@pytest.mark.parametrize(("reason", "expected"), [("refusal", Outcome.PASS), ("max_tokens", Outcome.PASS)])
def test_a_block_that_had_just_begun_may_be_empty(reason: str, expected: Outcome) -> None:
    last, earlier = message(said("a"), said("")), message(said(""), said("a"))
    assert outcome("message.no-empty-text", evidence(exchange(last | {"stop_reason": reason}))) is expected
    assert outcome("message.no-empty-text", evidence(exchange(earlier | {"stop_reason": reason}))) is Outcome.FAIL


def test_ids_are_compared_with_those_of_other_steps_only() -> None:
    def second(number: str) -> Evidence:
        return evidence(exchange(), earlier={"first": exchange(streamed(message(id=number)), request={"stream": True})})

    assert outcome("message.ids-differ", second("msg_2")) is Outcome.PASS
    assert outcome("message.ids-differ", second("msg_1")) is Outcome.FAIL
    assert verdict("message.ids-differ", evidence(exchange())).cause is Cause.PREREQUISITE_FAILED


def _cut(used: int, *, text: str = "one, two", bound: int = 2048, **asked: Any) -> Outcome:
    answer = message(said(text), stop_reason="max_tokens", usage={"input_tokens": 9, "output_tokens": used})
    came = exchange(answer, request={"max_tokens": bound, **asked})
    return outcome("message.max-tokens-used", evidence(came))


def test_an_answer_that_is_cut_early_was_bounded_by_the_server() -> None:
    assert _cut(256) is Outcome.FAIL
    assert _cut(2048) is Outcome.PASS


def test_counts_that_are_off_are_no_bound_of_the_server() -> None:
    assert _cut(1100) is Outcome.PASS
    assert _cut(1, bound=64) is Outcome.PASS
    assert _cut(256, text="word " * 1000) is Outcome.PASS


def test_what_thinking_used_is_not_held_against_the_answer() -> None:
    assert _cut(256, thinking={"type": "adaptive"}) is Outcome.NOT_APPLICABLE


def test_an_answer_that_was_not_cut_has_used_what_it_needed() -> None:
    assert outcome("message.max-tokens-used", evidence(exchange(message()))) is Outcome.NOT_APPLICABLE


def test_a_refusal_that_is_as_good_as_an_answer_holds_no_words_to_look_for() -> None:
    refused = evidence(exchange(error(), status=400), "any", params={"words": ["alder"]})
    assert outcome("system.honoured", refused) is Outcome.NOT_APPLICABLE
