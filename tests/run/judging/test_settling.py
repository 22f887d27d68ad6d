"""How what one answer leaves open is settled: with as few requests as decide it, and never without a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from making import asking, scenario, use
from messages import message
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.run.judging.settling import TIMES
from messages_conformance.run.walking.words import code_words
from settled import Fake, settled
from walking import Answered, Given

PROMPT = [
    {"type": "text", "text": "The word is ${word_1}."},
    {"type": "text", "text": "Which word is it? Answer with that word alone."},
]


def words(**changes: Any) -> Scenario:
    """A model is asked for a word that stands in a block of its own."""
    body = {"max_tokens": 16, "messages": [{"role": "user", "content": PROMPT}]}
    wanted = use("text.contains", params={"all": ["${word_1}"]})
    return scenario("words", asking("words", body=body, checks=(wanted,)), **changes)


def tokens(text: str, count: int) -> Any:
    return message(text, usage={"input_tokens": count, "output_tokens": 5})


def model(
    *, plain: Callable[[int], str], tested: Callable[[int], str] = lambda _: "no", without: int = 10, first: int = 10
) -> Fake:
    """A model that says something of each form of request in each trial. The prompt counts 10 tokens, `without` that
    many without the word, and the preflight `first`: by default every prompt counts alike, which shows nothing."""

    def answers(name: str, step: str, trial: int) -> Given:
        match name, step:
            case "first", _:
                return tokens("pong", first)
            case _, "ask.without":
                return tokens("no", without)
            case _, "ask.plain":
                return tokens(plain(trial), 9)
            case _:
                return tokens(tested(trial), 10)

    return Fake(answers)


def word(trial: int) -> str:
    return code_words(trial)["word_1"]


# --- nothing is asked twice -------------------------------------------------------------------------------------------


def test_while_things_are_green_nothing_is_asked_again() -> None:
    fake = model(plain=word, tested=word)
    verdicts, exchanges = settled(fake, words(trials=3))
    assert verdicts["text.contains"].outcome is Outcome.PASS
    assert list(fake.asked) == ["maker/words/ask/1.1"]
    assert exchanges["text.contains"] == ("maker/words/ask/1.1",)


def test_a_miss_without_a_control_stays_open() -> None:
    made = use("stop-reason.max-tokens", params={"after": "ask"})
    of = scenario("made", asking("made", checks=(made,)))
    fake = Fake(lambda _name, _step, _trial: message())
    verdicts, _ = settled(fake, of)
    assert verdicts["stop-reason.max-tokens"].miss is not None
    assert verdicts["stop-reason.max-tokens"].cause is Cause.MODEL_CHOICE
    assert fake.of("made") == ["ask/1.1"]


def test_what_the_model_chose_is_asked_again_as_often_as_the_scenario_says() -> None:
    made = use("tools.not-called")
    of = scenario("made", asking("made", checks=(made,)), trials=3)
    call: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}
    fake = Fake(lambda _name, _step, trial: message(content=[call]) if trial < 2 else message())
    assert settled(fake, of)[0]["tools.not-called"].outcome is Outcome.PASS
    assert fake.of("made") == ["ask/1.1", "ask/2.1"]


# --- against the plain form -------------------------------------------------------------------------------------------


def test_a_model_that_misses_the_plain_form_too_leaves_it_open() -> None:
    fake = model(plain=lambda _: "no")
    verdicts, _ = settled(fake, words())
    found = verdicts["text.contains"]
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MODEL_CHOICE)
    assert "the plain form is missed too" in (found.note or "")
    assert fake.of("words") == ["ask/1.1", "ask.plain/1.1"], "one request"


def test_six_of_six_against_six_of_six_is_the_providers_fault_and_both_numbers_are_told() -> None:
    fake = model(plain=word)
    verdicts, exchanges = settled(fake, words())
    found = verdicts["text.contains"]
    assert found.outcome is Outcome.FAIL
    assert found.expected == f"text with {word(TIMES)}"
    assert found.actual == '"no"; 6 of 6 times, while the plain form of the same request is honoured'
    under_test = [f"ask/{trial}.1" for trial in range(1, TIMES + 1)]
    plain = [f"ask.plain/{trial}.1" for trial in range(1, TIMES + 1)]
    assert sorted(fake.of("words")) == sorted([*under_test, *plain])
    assert set(exchanges["text.contains"]) == {f"maker/words/{name}" for name in fake.of("words")}
    # The answer that is shown is the one that the verdict points into, not the control's.
    assert exchanges["text.contains"][-1].startswith("maker/words/ask/")


def test_each_try_is_asked_with_other_words_in_both_forms() -> None:
    fake = model(plain=word)
    settled(fake, words())
    for trial in range(1, TIMES + 1):
        for form in ("ask", "ask.plain"):
            assert word(trial) in json.dumps(fake.asked[f"maker/words/{form}/{trial}.1"])


@pytest.mark.parametrize("trial", range(2, TIMES + 1))
def test_one_later_answer_that_is_as_it_should_be_clears_the_provider(trial: int) -> None:
    fake = model(plain=word, tested=lambda now: word(now) if now == trial else "no")
    verdicts, _ = settled(fake, words())
    assert verdicts["text.contains"].outcome is Outcome.PASS
    assert f"ask/{trial}.1" in fake.of("words")
    assert f"ask/{trial + 1}.1" not in fake.of("words")
    assert f"ask.plain/{trial}.1" not in fake.of("words")


@pytest.mark.parametrize("trial", range(2, TIMES + 1))
def test_one_later_miss_of_the_plain_form_leaves_it_open(trial: int) -> None:
    fake = model(plain=lambda now: "no" if now == trial else word(now))
    found = settled(fake, words())[0]["text.contains"]
    assert found.cause is Cause.MODEL_CHOICE
    assert f"the plain form is missed 1 time in {trial}" in (found.note or "")


def test_an_echo_of_the_question_is_no_control() -> None:
    fake = model(plain=lambda trial: f"The word is {word(trial)}. Which word is it? Answer with that word alone.")
    assert settled(fake, words())[0]["text.contains"].cause is Cause.MODEL_CHOICE


# --- by the provider's counts -----------------------------------------------------------------------------------------


def test_a_part_that_counts_nothing_never_arrived() -> None:
    fake = model(plain=lambda _: "no", without=10, first=3)
    found = settled(fake, words())[0]["text.contains"]
    assert found.outcome is Outcome.FAIL
    assert found.actual == '"no"; and the prompt counts 10 tokens with the part of COBALT and without it'
    assert fake.of("words") == ["ask/1.1", "ask.without/1.1"]
    assert word(1) not in json.dumps(fake.asked["maker/words/ask.without/1.1"])


def test_a_part_that_counts_arrived_whatever_the_model_makes_of_it() -> None:
    fake = model(plain=word, without=7, first=3)
    found = settled(fake, words())[0]["text.contains"]
    assert found.cause is Cause.MODEL_CHOICE
    assert "the part arrived: the prompt counts 10 tokens with it and 7 without" in (found.note or "")
    assert fake.of("words") == ["ask/1.1", "ask.without/1.1"]


def test_a_count_that_is_the_same_for_every_prompt_shows_nothing() -> None:
    fake = model(plain=lambda _: "no", without=10, first=10)
    assert settled(fake, words())[0]["text.contains"].cause is Cause.MODEL_CHOICE
    assert "ask.without/1.1" not in fake.of("words"), "nothing is left out where that can show nothing"


@pytest.mark.parametrize(
    ("second", "outcome", "told"),
    [
        (10, Outcome.FAIL, "tokens with the part of WALNUT and without it"),
        (6, Outcome.INCONCLUSIVE, "the prompt counts 10 tokens with it and 7 or 6 without"),
        (0, Outcome.INCONCLUSIVE, "the prompt counts 10 tokens with it and 7 without"),
    ],
)
def test_a_part_that_arrived_does_not_hide_one_that_did_not(second: int, outcome: Outcome, told: str) -> None:
    blocks = ["The first word is ${word_1}.", "The second word is ${word_2}, not ${word_3}.", "Which words are there?"]
    content = [{"type": "text", "text": text} for text in blocks]
    wanted = use("text.contains", params={"all": ["${word_1}", "${word_2}", "${word_3}"]})
    body = {"max_tokens": 16, "messages": [{"role": "user", "content": content}]}
    counts = {"ping": 3, "ask": 10, "ask.without": 7, "ask.without-2": second}

    def answers(name: str, step: str, _: int) -> Given:
        return tokens("no", counts["ping" if name == "first" else step])

    fake, of = Fake(answers), scenario("parts", asking("parts", body=body, checks=(wanted,)))
    found = settled(fake, of)[0]["text.contains"]
    assert found.outcome is outcome
    assert told in (found.actual or found.note or "")
    assert fake.of("parts") == ["ask/1.1", "ask.without/1.1", "ask.without-2/1.1"], (
        "two words in one place, one request"
    )


# --- beside an earlier step of the same walk --------------------------------------------------------------------------


def beside(honoured: Callable[[int], bool]) -> tuple[Fake, Scenario]:
    """The second step is bound to half of what the first one took."""
    wanted = use("stop-reason.max-tokens", params={"after": "long"})
    bound = {"max_tokens": 8, "messages": [{"role": "user", "content": "again"}]}
    of = scenario("cap", asking("cap", "long"), asking("cap", "bound", body=bound, checks=(wanted,)))

    def answers(_name: str, step: str, trial: int) -> Given:
        reason = "max_tokens" if step == "bound" and honoured(trial) else "end_turn"
        return message(stop_reason=reason, usage={"input_tokens": 9, "output_tokens": 40})

    return Fake(answers), of


def test_what_an_earlier_step_of_each_try_shows_is_the_control() -> None:
    fake, of = beside(lambda _: False)
    found = settled(fake, of)[0]["stop-reason.max-tokens"]
    assert found.outcome is Outcome.FAIL
    assert "6 of 6 times, while an earlier step of each try shows" in (found.actual or "")
    assert len(fake.of("cap")) == 2 * TIMES


def test_a_later_try_that_is_cut_clears_the_provider() -> None:
    fake, of = beside(lambda trial: trial == 3)
    assert settled(fake, of)[0]["stop-reason.max-tokens"].outcome is Outcome.PASS
    assert len(fake.of("cap")) == 2 * 3


# --- twins ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "outcome"), [(200, Outcome.PASS), (500, Outcome.INCONCLUSIVE)])
def test_a_refusal_whose_twin_failed_shows_nothing(status: int, outcome: Outcome) -> None:
    def answers(name: str, _step: str, _trial: int) -> Given:
        refused = {"type": "error", "error": {"type": "invalid_request_error", "message": "No."}}
        return Answered(400, refused) if name == "wrong" else Answered(status, message())

    of = scenario("wrong", asking("wrong", expect="error", checks=(use("error.refused"),)), twin="right")
    found = settled(fake := Fake(answers), of, scenario("right"))[0]["error.refused"]
    assert found.outcome is outcome
    assert found.cause is (None if status == 200 else Cause.PREREQUISITE_FAILED)
    assert sorted(fake.asked) == ["maker/right/ask/1.1", "maker/wrong/ask/1.1"]
