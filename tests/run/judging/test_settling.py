"""How what one answer leaves open is settled: with as few requests as decide it, and never without a reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from making import asking, provider, scenario, use
from messages import message
from messages_conformance.catalog.model import Level, Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Outcome, Verdict
from messages_conformance.checks.registry import WRITTEN
from messages_conformance.run.judging.outages import ASKED_AGAIN, is_stormy
from messages_conformance.run.judging.settling import TIMES, settle
from messages_conformance.run.judging.verdicts import Verdicts, judge_walk
from messages_conformance.run.planning.plan import Plan, Planned, Unit
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.run.walking.words import code_words
from messages_conformance.wire.exchange import read_json
from walking import Answered, Given, answered

BY_ID = {check.id: check for check in WRITTEN}
FIRST = scenario("first", tags=frozenset({"preflight"}))

Answers = Callable[[str, str, int], Given]
"""What comes for a scenario's step (`ask`, or `ask.plain`) in a trial."""


@dataclass
class Fake:
    """Answers as a function has them; remembers what it was asked, each request once, as the engine sends it."""

    answers: Answers
    stormy: bool = False
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    told: dict[str, Answer] = field(default_factory=dict[str, Answer])

    def _sent(self, scenario: str, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        request = build(provider(), step, values, "key")
        name = f"maker/{scenario}/{step.id}/{trial}.1"
        self.asked[name] = read_json(request.body)
        self.told[name] = answered(request, self.answers(scenario, step.id, trial))
        return Sent(((name, self.told[name]),))

    async def walk(self, scenario: Scenario, trial: int) -> Walk:
        async def send(step: Step, trial: int, _: Any) -> Sent:
            return self._sent(scenario.id, step, trial, code_words(trial))

        return await walk(provider(), scenario, trial, "key", send)

    async def step(self, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        return self._sent(unit.scenario.id, step, trial, values)

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        return judge_walk(walked, planned)

    def seen(self) -> Mapping[str, Answer]:
        if not self.stormy:
            return self.told
        request = build(provider(), asking("other"), {}, "key")
        return self.told | {
            f"maker/other/ask/1.{attempt}": answered(request, Answered(status, message()))
            for attempt, status in enumerate((500, 200), 1)
        }

    def of(self, name: str) -> list[str]:
        """The ids of what was asked of one scenario."""
        return [one.removeprefix(f"maker/{name}/") for one in self.asked if one.startswith(f"maker/{name}/")]


def settled(fake: Fake, of: Scenario, *others: Scenario) -> tuple[dict[str, Verdict], dict[str, tuple[str, ...]]]:
    """The verdicts by the checks' ids, and the exchanges on which each rests."""
    planned = tuple(
        Planned(step, BY_ID[use.check], use, "drop-in", ("anthropic:message.content",), Level.MUST)
        for step in of.steps
        for use in step.checks
    )
    unit = Unit(provider(), of, planned)
    plan = Plan((unit,), {one.id: one for one in (FIRST, of, *others)})
    verdicts = asyncio.run(settle(unit, plan, fake))
    named = {key[1]: judged for key, judged in verdicts.items()}
    return {name: verdict for name, (verdict, _) in named.items()}, {name: ids for name, (_, ids) in named.items()}


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


# --- 5xx --------------------------------------------------------------------------------------------------------------

ACCEPTED = use("answer.accepted")


OTHERS = (scenario("accepted"), scenario("refused", asking("refused", expect="error")))


def broken(status: int, until: int = 99, first: Callable[[int], int] = lambda _: 200) -> Fake:
    """`s` is answered with `status` until trial `until`, and the preflight as `first` says of each trial."""

    def answers(name: str, _step: str, trial: int) -> Given:
        return Answered(first(trial) if name == "first" else status if trial < until else 200, message())

    return Fake(answers)


def of_5xx(fake: Fake, **changes: Any) -> Verdict:
    of = scenario("s", asking("s", checks=(ACCEPTED,)), **changes)
    return settled(fake, of, *OTHERS)[0]["answer.accepted"]


def test_a_5xx_every_time_while_the_preflight_is_answered_in_between_is_judged() -> None:
    fake = broken(500)
    found = of_5xx(fake)
    assert found.outcome is Outcome.FAIL
    assert "every time, while others were answered" in (found.actual or "")
    assert fake.of("s") == [f"ask/{trial}.1" for trial in range(1, ASKED_AGAIN + 1)]
    assert fake.of("first") == [f"ask/{trial}.1" for trial in range(2, ASKED_AGAIN + 2)]


@pytest.mark.parametrize("trial", range(2, ASKED_AGAIN + 2))
def test_a_5xx_while_the_preflight_fails_too_is_an_outage(trial: int) -> None:
    fake = broken(500, first=lambda now: 500 if now == trial else 200)
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


@pytest.mark.parametrize("until", range(2, ASKED_AGAIN + 1))
def test_a_5xx_that_comes_and_goes_is_forgotten(until: int) -> None:
    fake = broken(500, until)
    assert of_5xx(fake).outcome is Outcome.PASS
    assert len(fake.of("s")) == until


def test_in_a_run_that_flaps_no_5xx_says_anything() -> None:
    fake = broken(500)
    fake.stormy = True
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


def seen_before(*trials: int, status: int = 500, refusal: bool = False) -> Fake:
    """The scenario always gets a 500, and another request got `status` in these trials."""
    fake = broken(500)
    request = build(provider(), asking("other"), {}, "key")
    name = "refused" if refusal else "accepted"
    fake.told |= {f"maker/{name}/ask/{n}.1": answered(request, Answered(status, message())) for n in trials}
    return fake


def test_the_last_round_is_left_out_where_a_request_of_the_same_form_always_got_that() -> None:
    known = seen_before(1, 2, 3)
    assert of_5xx(known).outcome is Outcome.FAIL
    assert known.of("s") == ["ask/1.1", "ask/2.1"]
    assert known.of("first") == ["ask/2.1", "ask/4.1"]
    for fake in (seen_before(1, 2), seen_before(1, 2, 3, status=502), seen_before(1, 2, 3, refusal=True)):
        assert of_5xx(fake).outcome is Outcome.FAIL
        assert len(fake.of("s")) == ASKED_AGAIN


def test_what_is_known_of_a_form_makes_no_red_of_an_outage() -> None:
    for trial in (2, 4):
        fake = seen_before(1, 2, 3)
        inner = fake.answers
        fake.answers = lambda name, step, now, inner=inner, trial=trial: (
            Answered(500, message()) if (name, now) == ("first", trial) else inner(name, step, now)
        )
        assert of_5xx(fake).cause is Cause.PROVIDER_5XX
    fake = seen_before(1, 2, 3)
    fake.stormy = True
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


def test_501_is_judged_at_once_and_an_overload_never_is() -> None:
    never = broken(501)
    assert of_5xx(never).outcome is Outcome.FAIL
    assert of_5xx(overloaded := broken(529)).cause is Cause.OVERLOAD
    assert list(never.asked) == list(overloaded.asked) == ["maker/s/ask/1.1"]


def test_whether_any_request_was_answered_both_ways() -> None:
    def exchanges(*statuses: int) -> dict[str, Any]:
        request = build(provider(), asking("s"), {}, "key")
        return {f"maker/s/ask/{n}.1": answered(request, Answered(s, message())) for n, s in enumerate(statuses, 1)}

    def of_two(*statuses: int) -> dict[str, Any]:
        return {name.replace("/s/", f"/s{name[-3]}/"): told for name, told in exchanges(*statuses).items()}

    assert is_stormy(exchanges(500, 200))
    assert is_stormy(exchanges(200, 200, 502))
    assert not is_stormy(exchanges(500, 500, 500))
    assert not is_stormy(exchanges(501, 200))
    assert not is_stormy(of_two(500, 200))


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
