"""A 5xx that one form of request gets is told from an outage, by the engine and by a replay of what it recorded."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import making
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import asking, scenario, use
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.run.judging.replay import Recording, judge_again
from messages_conformance.run.planning.plan import every, make_plan
from messages_conformance.run.sending.sender import ATTEMPTS
from playing import SOON, Answer, Played, in_turn, limits, ok, play, refusal


class Play(Protocol):
    def __call__(self, answer: Answer, *asked: Scenario, **more: Any) -> Played: ...


@pytest.fixture(scope="module")
def accepted(checks: Mapping[str, Check]) -> Mapping[str, Check]:
    """The checks that every answer gets here."""
    return {name: checks[name] for name in ("answer.accepted", "answer.is-json-message")}


@pytest.fixture
def run(catalog: Catalog, accepted: Mapping[str, Check]) -> Play:
    def playing(answer: Answer, *asked: Scenario, **more: Any) -> Played:
        return play(catalog, accepted, answer, *asked, **more)

    return playing


FIRST = scenario("first", tags=frozenset({"preflight"}))
BROKEN = refusal(500, "api_error", **SOON)


def one_form_fails(answer: Answer, run: Play) -> Played:
    """The preflight and two other scenarios are answered; `odd` as `answer` says."""
    asked = [FIRST, scenario("one"), scenario("odd"), scenario("two")]
    return run(lambda prompt: answer(prompt) if prompt == "odd/ask" else ok(), *asked)


def again(catalog: Catalog, accepted: Mapping[str, Check], played: Played) -> dict[str, Outcome]:
    """The outcomes of the recording, judged again."""
    asked = [FIRST, scenario("one"), scenario("odd"), scenario("two")]
    recording = Recording.of(played.run.exchanges)
    plan = make_plan(every([making.provider()], asked), replace(catalog, scenarios=tuple(asked)), accepted)
    verdicts = {unit.scenario.id: judge_again(unit, plan, recording) for unit in plan.units}
    return {f"{name}/{key[1]}": judged[0].outcome for name, of in verdicts.items() for key, judged in of.items()}


def outcomes(played: Played) -> dict[str, Outcome]:
    return {
        f"{name}/{r.check}": Outcome(r.outcome) for (_, name), cell in played.run.cells.items() for r in cell.results
    }


def test_a_form_of_request_that_always_gets_a_500_is_red(
    catalog: Catalog, accepted: Mapping[str, Check], run: Play
) -> None:
    played = one_form_fails(lambda _: BROKEN, run)
    result = played.result("odd", "answer.accepted")
    assert result.outcome is Outcome.FAIL
    assert "every time, while others were answered" in (result.actual or "")
    assert Counter(played.prompts) == {"odd/ask": 3, "first/ask": 4, "one/ask": 1, "two/ask": 1}
    assert played.seen[-1][0] == "odd", "it is judged last"
    assert again(catalog, accepted, played) == outcomes(played)


def test_a_server_that_flaps_makes_no_red(catalog: Catalog, accepted: Mapping[str, Check], run: Play) -> None:
    for answers in ((BROKEN, ok()), (BROKEN, BROKEN, ok())):
        played = one_form_fails(in_turn(*answers), run)
        assert played.result("odd", "answer.accepted").outcome is Outcome.PASS
        assert played.prompts.count("odd/ask") == len(answers)
        assert again(catalog, accepted, played) == outcomes(played)


def test_in_a_run_in_which_anything_flapped_no_other_500_is_red(
    catalog: Catalog, accepted: Mapping[str, Check], run: Play
) -> None:
    flapping = in_turn(BROKEN, ok())

    def answer(prompt: str) -> bytes:
        match prompt:
            case "odd/ask":
                return BROKEN
            case "two/ask":
                return flapping(prompt)
            case _:
                return ok()

    played = run(answer, FIRST, scenario("one"), scenario("odd"), scenario("two"))
    assert Outcome.FAIL not in outcomes(played).values()
    assert played.result("odd", "answer.accepted").cause == "provider-5xx"
    assert again(catalog, accepted, played) == outcomes(played)


def test_a_server_that_dies_half_way_makes_no_red(catalog: Catalog, accepted: Mapping[str, Check], run: Play) -> None:
    """From its third answer on it has nothing but 500 for anybody."""
    asked = [FIRST, scenario("one"), scenario("odd"), scenario("two")]
    played = run(in_turn(ok(), ok(), BROKEN), *asked, limits=limits(concurrency=1))
    assert Outcome.FAIL not in outcomes(played).values()
    assert len([o for o in outcomes(played).values() if o is Outcome.INCONCLUSIVE]) == 4
    assert len(played.prompts) <= len(asked) + ATTEMPTS + 2
    assert again(catalog, accepted, played) == outcomes(played)


# --- mistakes ---------------------------------------------------------------------------------------------------------

MISTAKES = 8


def mistakes() -> list[Scenario]:
    """Requests that are to be refused, beside as many that are to be accepted."""
    demand = use("error.refused", clauses=("anthropic:error.invalid-request",))
    wrong = [asking(f"wrong{number}", expect="error", checks=(demand,)) for number in range(MISTAKES)]
    return [
        FIRST,
        *(scenario(f"wrong{number}", one, twin="first") for number, one in enumerate(wrong)),
        *(scenario(f"right{number}") for number in range(MISTAKES)),
    ]


@pytest.fixture(scope="module")
def judged(catalog: Catalog, checks: Mapping[str, Check]) -> Play:
    chosen = {name: checks[name] for name in ("answer.accepted", "error.refused")}

    def playing(answer: Answer, *asked: Scenario, **more: Any) -> Played:
        return play(catalog, chosen, answer, *asked, virtual=True, **more)

    return playing


def failed(played: Played) -> set[str]:
    return {name for name, outcome in outcomes(played).items() if outcome is Outcome.FAIL}


REFUSED = refusal(400, "invalid_request_error")


def test_where_every_mistake_gets_a_500_each_is_asked_twice_and_one_of_them_once_more(judged: Play) -> None:
    played = judged(lambda prompt: BROKEN if prompt.startswith("wrong") else ok(), *mistakes())
    asked = Counter(prompt.partition("/")[0] for prompt in played.prompts)
    assert sum(number for name, number in asked.items() if name.startswith("wrong")) == 2 * MISTAKES + 1
    assert asked["first"] <= 5
    assert failed(played) == {f"wrong{number}/error.refused" for number in range(MISTAKES)}


@pytest.mark.parametrize("answer", [refusal(503, "api_error"), b"no HTTP at all\r\n\r\n"], ids=["503", "nothing"])
def test_where_every_mistake_gets_the_same_outage_few_are_asked_again(judged: Play, answer: bytes) -> None:
    played = judged(lambda prompt: answer if prompt.startswith("wrong") else ok(), *mistakes())
    wrong = Counter(exchange.attempt for exchange in played.exchanges if exchange.scenario.startswith("wrong"))
    assert wrong[1] == MISTAKES
    assert wrong[2] + wrong[3] <= MISTAKES, "each twice, if all of them were"
    assert failed(played) == set()
    assert played.footer.results["pass"] == 1 + MISTAKES


@pytest.mark.gate
@settings(max_examples=20)
@given(
    begins=st.integers(1, 40),
    lasts=st.integers(0, 40),
    outage=st.sampled_from([BROKEN, refusal(502, "api_error"), refusal(503, "api_error"), b"no HTTP\r\n\r\n"]),
    turned=st.integers(0, MISTAKES),
)
def test_one_outage_whenever_it_comes_makes_no_red(
    judged: Play, begins: int, lasts: int, outage: bytes, turned: int
) -> None:
    """The first so many mistakes always get a 500; all else is answered as it should, but for the outage."""
    arrived = itertools.count()

    def answer(prompt: str) -> bytes:
        if begins <= next(arrived) < begins + lasts:
            return outage
        name = prompt.partition("/")[0]
        if not name.startswith("wrong"):
            return ok()
        return BROKEN if int(name.removeprefix("wrong")) < turned else REFUSED

    played = judged(answer, *mistakes())
    assert failed(played) <= {f"wrong{number}/error.refused" for number in range(turned)}
