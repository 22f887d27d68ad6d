"""Code words: enough of them, and other ones in each trial."""

from __future__ import annotations

from itertools import combinations

from messages_conformance.catalog.scenarios.steps import CODE_WORDS
from messages_conformance.run.judging.settling import TIMES
from messages_conformance.run.walking.words import code_words

TRIALS = range(1, TIMES + 1)


def test_every_trial_has_a_word_for_each_placeholder() -> None:
    for trial in TRIALS:
        assert set(code_words(trial)) == set(CODE_WORDS)


def test_no_two_trials_of_one_verdict_share_a_word() -> None:
    words = [word for trial in TRIALS for word in code_words(trial).values()]
    assert len(set(words)) == len(words)


def test_no_word_is_part_of_another() -> None:
    words = [word.casefold() for trial in TRIALS for word in code_words(trial).values()]
    assert [(one, other) for one, other in combinations(words, 2) if one in other or other in one] == []


def test_the_same_trial_has_the_same_words_and_there_is_one_for_any_number() -> None:
    assert code_words(3) == code_words(3)
    assert code_words(TIMES + 1) == code_words(1)
