"""What a run shows of the expectations: which hold and accept, and which are untrue and fail the run."""

from __future__ import annotations

from typing import Any

import handmade
import pytest
from handmade import Line, line
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.checks.base import Outcome
from messages_conformance.results.known import Held, Seen, describes
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit, judge_provider
from messages_conformance.results.vocabulary import State


def failed(scenario: str = "a", check: str = "c", actual: str = "nothing", **more: Any) -> Line:
    return line(scenario, check, "fail", expected="an id", actual=actual, **more)


def run(*told: Line, complete: bool = True, **entry: Any) -> Run:
    """A run of the maker with one expectation: of the check `c`, unless told otherwise."""
    expectation = handmade.expectation(**{"check": "c", **entry})
    return handmade.run(handmade.header(expectations=(expectation,)), *told, complete=complete)


def verdict(of: Run) -> tuple[Exit, str]:
    found = judge_provider(of, of.providers[0])
    return found.exit, found.sentence


def held(of: Run) -> Held:
    (account,) = of.accounts
    return account.held


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"actual": "nothing"},
        {"actual": "n*g"},
        {"pointer": "/id"},
        {"pointer": "/*", "actual": "*"},
        {"at_most": 1},
    ],
)
def test_a_failure_that_is_as_described_is_accepted(entry: dict[str, Any]) -> None:
    of = run(failed(pointer="/id"), line("b", "other"), **entry)
    assert held(of) is Held.HOLDS
    assert of.cells["maker", "a"].state("drop-in") is State.KNOWN
    assert verdict(of) == (Exit.CONFORMS, "is as expected: known deviations in 1 cell")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"actual": "null"}, "c fails differently in a: nothing came, and the entry accepts null (e.yaml:1)"),
        ({"actual": "no"}, "c fails differently in a: nothing came, and the entry accepts no (e.yaml:1)"),
        ({"pointer": "/type"}, "c fails differently in a: at /id, and the entry accepts /type (e.yaml:1)"),
    ],
)
def test_a_failure_that_is_different_is_not_accepted(entry: dict[str, Any], said: str) -> None:
    of = run(failed(pointer="/id", level="MAY"), line("b", "other"), **entry)
    assert held(of) is Held.DIFFERS
    assert of.cells["maker", "a"].state("drop-in") is State.DEVIATES
    assert verdict(of) == (Exit.DOES_NOT, f"is not as expected: {said}")


def test_of_several_failures_only_those_that_are_described_are_accepted() -> None:
    of = run(failed("a"), failed("b", actual="null"), actual="nothing")
    assert held(of) is Held.HOLDS
    assert [of.cells["maker", name].state("drop-in") for name in "ab"] == [State.KNOWN, State.FAIL]


def test_what_came_is_compared_letter_by_letter_but_for_the_star() -> None:
    def is_like(actual: str, pattern: str) -> bool:
        seen = Seen("maker", "a", "c", "drop-in", Outcome.FAIL, None, actual)
        return describes(handmade.expectation(actual=pattern), seen)

    assert is_like('["a"]?', '["a"]?')
    assert not is_like("a", "[a]")
    assert not is_like("a", "?")
    assert is_like("one\ntwo", "one*")
    assert is_like("a * b", "a * b")


@given(st.text())
def test_what_came_always_describes_itself(actual: str) -> None:
    seen = Seen("maker", "a", "c", "drop-in", Outcome.FAIL, None, actual)
    assert describes(handmade.expectation(actual=actual), seen)


def test_an_entry_that_is_met_in_too_many_places_accepts_none() -> None:
    twice = failed("a"), failed("b"), failed("b", question="as-documented")
    assert held(run(*twice, at_most=2)) is Held.HOLDS
    of = run(*twice, at_most=1)
    assert held(of) is Held.TOO_MANY
    assert {of.cells["maker", name].state("drop-in") for name in "ab"} == {State.FAIL}
    assert verdict(of) == (
        Exit.DOES_NOT,
        "does not conform: 1 cause (1 MUST); expectations that do not hold: 1",
    )
    assert of.accounts[0].sentence == "fails in 2 places, and the entry accepts at most 1"


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2026-11-20", "expired on 2026-11-20, the day of this run"),
        ("2026-11-19", "expired on 2026-11-19, 1 day before this run"),
        ("2026-10-20", "expired on 2026-10-20, 31 days before this run"),
    ],
)
def test_an_expired_entry_says_since_when_and_fails_the_run(expires: str, said: str) -> None:
    weak, passing = failed(level="MAY"), line("a", "c")
    for of in (run(weak, line("b", "d"), expires=expires), run(passing, expires=expires, in_part=True)):
        assert held(of) is Held.EXPIRED
        assert verdict(of) == (
            Exit.DOES_NOT,
            f"is not as expected: c {said} (e.yaml:1)",
        )


def test_an_entry_whose_check_passes_everywhere_is_stale() -> None:
    assert held(run(line("a", "c"), expires="2026-11-20")) is Held.STALE
    of = run(line("a", "c"), line("b", "c", "not-applicable"))
    assert held(of) is Held.STALE
    assert verdict(of) == (Exit.DOES_NOT, "is not as expected: c no longer fails (e.yaml:1)")


def test_an_entry_is_not_stale_where_it_may_still_hold() -> None:
    """An outage, or a run of a part, must not make a list look wrong."""
    limited = line("b", "c", "inconclusive", cause="rate-limit")
    for of in (
        run(line("a", "c"), limited),
        run(line("a", "c"), complete=False),
        run(line("a", "c"), in_part=True),
        run(line("a", "c", "not-applicable")),
        run(line("a", "other")),
    ):
        assert held(of) is Held.UNDECIDED
        assert not of.untrue(of.providers[0])


def test_a_part_of_a_run_shows_all_the_same_that_an_entry_is_wrong() -> None:
    assert held(run(failed(), in_part=True, actual="null")) is Held.DIFFERS
    assert held(run(failed(), in_part=True, expires="2026-11-20")) is Held.EXPIRED


def test_an_entry_that_does_not_hold_leaves_its_failures_to_one_that_does() -> None:
    entries = (handmade.expectation(check="c", actual="null"), handmade.expectation(check="c", actual="nothing"))
    of = handmade.run(handmade.header(expectations=entries), failed())
    assert [account.held for account in of.accounts] == [Held.DIFFERS, Held.HOLDS]
    assert of.cells["maker", "a"].state("drop-in") is State.KNOWN
    assert verdict(of)[0] is Exit.DOES_NOT


def test_entries_speak_of_their_own_provider() -> None:
    assert held(run(failed(), provider="somebody")) is Held.UNDECIDED
