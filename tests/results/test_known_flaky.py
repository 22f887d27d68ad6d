"""Expectations of what fails only now and then."""

from __future__ import annotations

from collections.abc import Sequence

import handmade
import pytest
from handmade import line
from messages_conformance.results.known import Account, Held
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit, judge_run
from repeating import repeated

OFTEN = ["pass", "fail", "fail", "fail", "pass"]


def account(run: Run) -> Account:
    (found,) = run.accounts
    return found


@pytest.mark.parametrize(
    ("outcomes", "flaky"),
    [(OFTEN, 1.0), (OFTEN, 0.6), (["fail", "fail"], 1.0), (["fail"], 0.1), (["inconclusive", "fail"], 0.1)],
)
def test_what_may_fail_now_and_then_is_accepted_up_to_its_rate(outcomes: Sequence[str], flaky: float) -> None:
    run = repeated(outcomes, line("b", "other"), entry=handmade.expectation(check="c", flaky=flaky))
    assert account(run).held is Held.HOLDS
    assert judge_run(run).exit is Exit.CONFORMS


def test_what_fails_more_often_than_its_entry_says_fails_the_run() -> None:
    run = repeated(OFTEN, entry=handmade.expectation(check="c", flaky=0.5))
    assert account(run).held is Held.TOO_MANY
    assert account(run).sentence == "fails 3 of 5 in a, and the entry accepts a rate of at most 0.5"
    assert judge_run(run).exit is Exit.DOES_NOT


def test_an_entry_without_flaky_is_stale_once_its_check_passes_in_a_repetition() -> None:
    run = repeated(OFTEN, entry=handmade.expectation(check="c"))
    assert account(run).held is Held.STALE
    assert account(run).sentence == "fails 3 of 5 in a, and an entry without `flaky` says that it always fails"
    assert judge_run(run).exit is Exit.DOES_NOT


def test_what_always_fails_is_accepted_by_an_entry_without_flaky_however_often_it_is_asked() -> None:
    run = repeated(["fail", "fail"], line("b", "other"), entry=handmade.expectation(check="c"))
    assert account(run).held is Held.HOLDS


def test_what_fails_now_and_then_need_not_fail_this_time() -> None:
    run = repeated(["pass", "pass"], entry=handmade.expectation(check="c", flaky=1.0))
    assert account(run).held is Held.UNDECIDED
    assert account(run).sentence == "did not fail this time"
    assert judge_run(run).exit is Exit.CONFORMS


def test_it_ends_by_its_day_like_any_other() -> None:
    for outcomes in (OFTEN, ["pass", "pass"]):
        run = repeated(outcomes, entry=handmade.expectation(check="c", flaky=1.0, expires="2026-11-20"))
        assert account(run).held is Held.EXPIRED
