"""What steps capture: JMESPath, and the two functions that scenarios of two steps need."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.run.walking.finding import found


def middle_word(text: Any) -> Any:
    return found("middle_word(@)", text)


def test_what_jmespath_finds_is_found() -> None:
    assert found("content[0].text", {"content": [{"text": "pong"}]}) == "pong"
    assert found("content[9].text", {"content": []}) is None
    assert found("length(content)", {"content": 7}) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("There once lived a fisherman who sang.", "lived"),
        ("alpha beta gamma delta", "gamma"),
        ("the end of it all", None),  # too short, every one of them
        ("alone", None),  # nothing comes before it
        ("gamma, gamma and gamma", None),
        ("one-sided children's tale, told slowly", "told"),
        ("", None),
        (None, None),
        (7, None),
        (["alpha beta gamma"], None),
    ],
)
def test_a_word_from_the_middle_of_a_text(text: Any, word: str | None) -> None:
    assert middle_word(text) == word


@given(
    text=st.lists(st.sampled_from(["alpha", "beta", "gammas", "a", "it's", "x-ray", "Beta", "alphabet"])).map(" ".join)
)
def test_a_text_cut_at_that_word_ends_before_it_and_not_at_its_start(text: str) -> None:
    word = middle_word(text)
    if word is not None:
        before, at, _ = text.partition(word)
        assert at == word
        assert before
        assert word.isalpha()
        assert len(word) >= 4
        assert text.split().index(word) == len(before.split()), "it begins no longer word"


@pytest.mark.parametrize(
    ("number", "half"), [(40, 20), (41, 20), (2, 1), (1, None), (0, None), (-4, None), (None, None), ("40", None)]
)
def test_half_of_a_number(number: Any, half: int | None) -> None:
    assert found("half(@)", number) == half


def test_they_take_what_an_expression_finds() -> None:
    answer = {"content": [{"type": "text", "text": "alpha beta gamma delta"}], "usage": {"output_tokens": 9}}
    assert found("middle_word(content[0].text)", answer) == "gamma"
    assert found("half(usage.output_tokens)", answer) == 4
    assert found("half(usage.thinking_tokens)", answer) is None
