from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, left_open, missed, outcome, sse, streamed, verdict
from messages import call, error, message, said
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


def test_missing_words_are_missed_whatever_the_model_said_before() -> None:
    miss = missed("text.contains", _says("one", {"all": ["one", "two", "three"]}))
    assert (miss.expected, miss.actual) == ("text with two, three", '"one"')
    assert miss.parts == ("two", "three")


def test_of_words_to_choose_from_all_are_missed_or_none() -> None:
    miss = missed("text.contains", _says("one", {"all": ["one", "four"], "any": ["two", "three"]}))
    assert (miss.expected, miss.parts) == ("text with four, two or three", ("four", "two", "three"))
    assert missed("text.contains", _says("two", {"all": ["four"], "any": ["two", "three"]})).parts == ("four",)


def test_an_earlier_answer_that_holds_them_is_the_control() -> None:
    assert not missed("text.contains", _says("one", {"all": ["two"]})).beside
    assert not missed("text.contains", _again("one", "three", {"all": ["two"]})).beside
    assert missed("text.contains", _again("one", "one two", {"all": ["two"]})).beside


def test_one_of_several_words_is_enough() -> None:
    params = {"any": ["red", "rouge"]}
    assert outcome("text.contains", _again("rouge", "red", params)) is Outcome.PASS
    assert missed("text.contains", _again("blue", "red", params)).expected == "text with red or rouge"


def test_an_answer_that_begins_anew_is_missed_until_the_counts_are_seen() -> None:
    params = {"all": ["4", "5"], "begun": ["1", "2"]}
    assert outcome("prefill.continued", _says(" 4, 5", params)) is Outcome.PASS
    for anew in ("", "- 1\n- 2\n- 3\n- 4\n- 5"):
        assert missed("prefill.continued", _says(anew, params)).expected == "text that goes on with 4, 5"
    assert left_open("prefill.continued", _says("", params, stop_reason="refusal"))


def test_a_model_that_declines_is_no_fault_of_the_provider() -> None:
    declined = _says("", {"all": ["one"]}, stop_reason="refusal")
    assert left_open("text.contains", declined)
    assert left_open("text.not-empty", declined)


def test_a_stream_cut_by_an_error_is_left_undecided() -> None:
    cut = sse({"type": "message_start", "message": message(content=[], stop_reason=None)}, error("overloaded_error"))
    told = evidence(exchange(cut), "stream", params={"is": "end_turn"})
    assert verdict("stop-reason", told).cause is Cause.OVERLOAD


def test_an_answer_without_a_message_is_left_undecided() -> None:
    found = verdict("text.not-empty", evidence(exchange([1, 2])))
    assert found.cause is Cause.PREREQUISITE_FAILED


def _excludes(text: str, word: str, **request: Any) -> Evidence:
    return evidence(exchange(message(said(text)), request=request), params={"any": [word]})


def test_a_word_that_only_another_request_holds_fails() -> None:
    assert outcome("text.excludes", _excludes("four", "five")) is Outcome.PASS
    assert outcome("text.excludes", _excludes("FIVE", "five")) is Outcome.FAIL


def test_a_word_that_the_request_holds_may_come_back() -> None:
    assert left_open("text.excludes", _excludes("FIVE", "five", system="Never say Five."))


def test_a_stop_sequence_may_not_come_back_although_the_request_holds_it() -> None:
    assert outcome("text.excludes", _excludes("five", "five", stop_sequences=["five"])) is Outcome.FAIL


def test_an_empty_text_is_missed_unless_the_tokens_ran_out() -> None:
    assert outcome("text.not-empty", _says("x")) is Outcome.PASS
    assert missed("text.not-empty", _says(" \n")).expected == "some text"
    assert left_open("text.not-empty", _says("", stop_reason="max_tokens"))


def test_a_model_that_repeats_every_code_word_heard_them() -> None:
    assert outcome("system.honoured", _says("alder and BIRCH", {"words": ["alder", "birch"]})) is Outcome.PASS


@pytest.mark.parametrize(
    ("text", "parts"),
    [("alder", ("birch",)), ("I cannot tell", ("alder", "birch")), ("only cedar", ("alder", "birch"))],
)
def test_a_model_may_leave_out_a_code_word_that_it_heard(text: str, parts: tuple[str, ...]) -> None:
    miss = missed("system.honoured", _says(text, {"words": ["alder", "birch"], "control": "cedar"}))
    assert (miss.parts, miss.beside) == (parts, False)


# --- stop reasons -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("came", ["stop_sequence", "pause_turn", "tool_use", None, 7])
def test_a_reason_that_the_request_rules_out_fails(came: Any) -> None:
    assert outcome("stop-reason", _says("x", {"is": "end_turn"})) is Outcome.PASS
    found = verdict("stop-reason", _says("x", {"is": "end_turn"}, stop_reason=came))
    assert (found.outcome, found.expected, found.pointer) == (Outcome.FAIL, "end_turn", "/stop_reason")


@pytest.mark.parametrize("came", ["max_tokens", "model_context_window_exceeded", "some_new_reason", "refusal"])
@pytest.mark.parametrize("wanted", ["end_turn", "tool_use"])
def test_a_limit_or_a_refusal_may_end_any_answer(came: str, wanted: str) -> None:
    told = evidence(exchange(message(call(), stop_reason=came)), params={"is": wanted})
    assert left_open("stop-reason", told)


def test_the_reason_follows_from_the_calls() -> None:
    def called(wanted: str, came: str) -> Evidence:
        return evidence(exchange(message(call(), stop_reason=came)), params={"is": wanted})

    assert outcome("stop-reason", called("tool_use", "tool_use")) is Outcome.PASS
    assert outcome("stop-reason", called("tool_use", "end_turn")) is Outcome.FAIL
    assert left_open("stop-reason", called("end_turn", "tool_use"))
    not_called = verdict("stop-reason", _says("x", {"is": "tool_use"}))
    assert not_called.cause is Cause.PREREQUISITE_FAILED


def test_a_refusal_by_the_model_is_told_as_one() -> None:
    assert outcome("stop-reason.refusal", _says("x", stop_reason="refusal")) is Outcome.PASS
    assert outcome("stop-reason.refusal", _says("x", stop_reason="end_turn")) is Outcome.FAIL


def _bounded(reason: str, *, bound: int = 20, used: Any = 40) -> Evidence:
    """An answer that max_tokens bounds to half of what the step `before` took."""
    before = exchange(message(usage={"input_tokens": 9, "output_tokens": used}))
    now = exchange(message(said("one"), stop_reason=reason), request={"max_tokens": bound})
    return evidence(now, params={"after": "before"}, earlier={"before": before})


def test_an_answer_that_its_limit_cut_says_so() -> None:
    assert outcome("stop-reason.max-tokens", _bounded("max_tokens")) is Outcome.PASS
    assert missed("stop-reason.max-tokens", _bounded("end_turn")).beside


@pytest.mark.parametrize(("bound", "used"), [(21, 40), (64, 40), (20, None)])
def test_what_was_not_bound_to_half_of_itself_shows_nothing(bound: int, used: Any) -> None:
    assert not missed("stop-reason.max-tokens", _bounded("end_turn", bound=bound, used=used)).beside


BEFORE = "1, 2, 3, 4, 5, 6"


def _stopped(text: str, reason: str, named: Any = None, before: str = BEFORE) -> Evidence:
    params = {"one_of": ["5"], "after": "before"}
    answer = message(said(text), stop_reason=reason, stop_sequence=named)
    return evidence(exchange(answer), params=params, earlier={"before": exchange(message(said(before)))})


@pytest.mark.parametrize(
    ("text", "reason", "named", "expected"),
    [
        ("1, 2, 3, 4, ", "stop_sequence", "5", Outcome.PASS),
        ("1, 2, 3, 4, 5", "stop_sequence", "5", Outcome.FAIL),
        ("1, 2, 3, 4, 5, 6", "end_turn", None, Outcome.FAIL),
        ("1, 2, 3, 4, ", "stop_sequence", None, Outcome.FAIL),
        ("1, 2, 3, 4, ", "stop_sequence", "6", Outcome.FAIL),
    ],
)
def test_a_stop_sequence_is_cut_and_named(text: str, reason: str, named: str | None, expected: Outcome) -> None:
    assert outcome("stop-sequence.named", _stopped(text, reason, named)) is expected


@pytest.mark.parametrize("text", ["1, 2, 3, 4, ", "1, 2, 3, 4", "1, 2, 3, 4."])
def test_an_answer_that_ends_where_the_earlier_one_went_on_is_missed_beside_it(text: str) -> None:
    assert missed("stop-sequence.named", _stopped(text, "end_turn")).beside


@pytest.mark.parametrize(
    ("text", "reason", "before"),
    [
        ("I would rather not", "end_turn", BEFORE),
        ("1, 2, 3, 4", "max_tokens", BEFORE),
        ("1, 2, 3", "end_turn", BEFORE),
        ("1, 2, 3, 4", "end_turn", "1, 2, 3, 4"),
        ("", "end_turn", "5, 6"),
    ],
    ids=["unwilling", "cut-by-its-limit", "before-the-place", "never-came", "at-the-start"],
)
def test_a_model_that_does_not_come_to_the_sequence_proves_nothing(text: str, reason: str, before: str) -> None:
    assert left_open("stop-sequence.named", _stopped(text, reason, before=before))


def test_without_an_earlier_answer_a_missing_sequence_proves_nothing() -> None:
    refused = exchange(error(), status=400)
    params = {"one_of": ["5"], "after": "before"}
    told = evidence(exchange(message(said("1, 2"))), params=params, earlier={"before": refused})
    assert left_open("stop-sequence.named", told)


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


@pytest.mark.parametrize(("named", "expected"), [("Zürich", Outcome.PASS), ("Zu\u0308rich", Outcome.FAIL)])
def test_the_stop_sequence_is_one_of_those_of_the_request(named: str, expected: Outcome) -> None:
    ended = exchange(
        message(said("a"), stop_reason="stop_sequence", stop_sequence=named), request={"stop_sequences": ["Zürich"]}
    )
    assert outcome("message.stop-sequence-pairing", evidence(ended)) is expected
