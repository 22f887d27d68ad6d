"""What must agree between two forms of one request."""

from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, outcome, streamed, verdict
from hypothesis import given
from hypothesis import strategies as st
from messages import message, said
from messages_conformance.checks.base import Outcome
from messages_conformance.checks.message.alike import REPEATS, is_altered, repeat

LINE = "so ha ha ha dinner bookkeeper 1001"
COUNTS = {"input_tokens": 12, "output_tokens": 15}


def _compared(other: dict[str, Any], **here: Any) -> Outcome:
    of = evidence(exchange(message(**here)), params={"step": "plain"}, earlier={"plain": exchange(message(**other))})
    return outcome("message.same-envelope", of)


@pytest.mark.parametrize(
    ("other", "here", "expected"),
    [
        ({}, {}, Outcome.PASS),
        ({"stop_details": None}, {"stop_details": {"type": "x"}}, Outcome.PASS),
        ({"model": "another"}, {}, Outcome.FAIL),
        ({"container": None}, {}, Outcome.FAIL),
        ({}, {"created": 1}, Outcome.FAIL),
        ({"service": "a"}, {"service": 1}, Outcome.FAIL),
        ({"flag": True}, {"flag": 1}, Outcome.FAIL),
        ({"usage": {**COUNTS, "total_tokens": 27}}, {"usage": COUNTS}, Outcome.FAIL),
        ({"usage": COUNTS}, {"usage": {**COUNTS, "input_tokens": 13}}, Outcome.PASS),
        ({"stop_reason": "max_tokens", "note": 1}, {}, Outcome.INCONCLUSIVE),
    ],
)
def test_forms_are_answered_in_one_shape(other: dict[str, Any], here: dict[str, Any], expected: Outcome) -> None:
    assert _compared(other, **here) is expected


def test_without_an_answer_there_is_nothing_to_compare() -> None:
    refused = exchange({"type": "error", "error": {"type": "x", "message": "y"}}, status=400)
    for check in ("message.same-envelope", "text.same-as"):
        of = evidence(exchange(message()), params={"step": "plain"}, earlier={"plain": refused})
        assert outcome(check, of) is Outcome.INCONCLUSIVE


def _texts(plain: list[str], pieces: list[str]) -> Outcome:
    """The verdict on what each form said, the first time and again."""
    request = {"stream": True, "messages": [{"role": "user", "content": LINE}]}
    earlier = {repeat("plain", n) if n > 1 else "plain": exchange(message(said(t))) for n, t in enumerate(plain, 1)}
    again = {
        repeat("ask", n): exchange(streamed(message(said(text))), request=request)
        for n, text in enumerate(pieces, 1)
        if n > 1
    }
    of = exchange(streamed(message(said(pieces[0]))), request=request)
    return verdict(
        "text.same-as", evidence(of, "stream", params={"step": "plain"}, earlier={**earlier, **again})
    ).outcome


@pytest.mark.parametrize("damaged", ["so ha dinner bookkeeper 1001", "so ha ha ha diner bookeeper 1001", LINE * 2])
def test_a_stream_that_is_damaged_each_time_is_wrong(damaged: str) -> None:
    assert _texts([LINE] * REPEATS, [damaged] * REPEATS) is Outcome.FAIL


@pytest.mark.parametrize(
    ("plain", "pieces", "expected"),
    [
        ([LINE], [LINE], Outcome.PASS),
        ([LINE], ["so ha ha ha diner bookeeper 1001"], Outcome.INCONCLUSIVE),  # never asked again
        ([LINE] * REPEATS, ["ha ha diner bookeeper 1001", LINE], Outcome.INCONCLUSIVE),
        ([LINE, "ha ha"], ["so ha ha ha diner bookeeper 1001"] * REPEATS, Outcome.INCONCLUSIVE),
        ([LINE], ["so ha ha ha dinner"], Outcome.INCONCLUSIVE),  # an answer that is over sooner
        ([LINE], ["Here it is: " + LINE], Outcome.INCONCLUSIVE),  # a model that says more
        ([LINE], ["I would rather not."], Outcome.INCONCLUSIVE),
        ([LINE], [""], Outcome.INCONCLUSIVE),
    ],
)
def test_a_model_may_say_another_thing(plain: list[str], pieces: list[str], expected: Outcome) -> None:
    assert _texts(plain, pieces) is expected


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_is_altered_is_another_text_of_the_same_letters(one: str, other: str) -> None:
    assert not is_altered(one, one) or one == ""
    if is_altered(one, other):
        assert one != other
        assert set(one) <= set(other) or set(other) <= set(one)
