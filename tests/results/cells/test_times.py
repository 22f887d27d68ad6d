"""What several judgements of one thing say together."""

from __future__ import annotations

from collections.abc import Sequence

import handmade
import pytest
from handmade import line
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.findings import findings
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.results.vocabulary import State
from repeating import repeated, scenarios


@pytest.mark.parametrize(
    ("outcomes", "stands", "state", "times"),
    [
        (["pass", "pass"], "pass", State.PASS, Times(0, 2)),
        (["pass", "fail", "pass"], "fail", State.FAIL, Times(1, 2)),
        (["fail", "fail"], "fail", State.FAIL, Times(2, 0)),
        (["inconclusive", "pass"], "pass", State.PASS, Times(0, 1)),
        (["inconclusive", "inconclusive"], "inconclusive", State.INCONCLUSIVE, Times(0, 0)),
        (["pass", "harness-error"], "harness-error", State.FAULT, Times(0, 1)),
        (["not-applicable", "fail", "pass"], "fail", State.FAIL, Times(1, 1)),
        (["not-applicable", "not-applicable"], "not-applicable", State.NOT_APPLICABLE, Times(0, 0)),
    ],
)
def test_no_repetition_makes_a_failure_good_and_each_is_counted(
    outcomes: Sequence[str], stands: str, state: State, times: Times
) -> None:
    run = repeated(outcomes)
    assert list(run.cells) == [("maker", "a")]
    cell = run.cells["maker", "a"]
    (result,) = cell.results
    assert (result.outcome, cell.state("drop-in"), result.times) == (stands, state, times)
    assert result.is_flaky == (times.failed > 0 and times.passed > 0)


def test_a_repetition_that_was_never_judged_leaves_the_cell_open() -> None:
    run = repeated(["pass", None])
    assert run.cells["maker", "a"].missing("drop-in") == (("ask", "c"),)
    assert judge_run(run).exit is Exit.INCOMPLETE


def test_a_flaky_check_fails_the_run_and_says_how_often() -> None:
    run = repeated(["pass", "fail", "pass", "fail", "pass"])
    (finding,) = findings(run, run.providers[0])
    assert finding.is_flaky
    assert finding.times == Times(2, 3)
    assert Times(2, 3).told == "fails 2 of 5"
    assert judge_run(run).exit is Exit.DOES_NOT
    assert judge_run(run).sentence == "Maker does not conform: 1 cause (1 MUST), flaky"


def test_a_finding_that_shows_every_time_in_one_place_is_not_flaky() -> None:
    run = repeated(["pass", "fail"], line("b", "c", "fail", expected="x", actual="y"))
    (finding,) = findings(run, run.providers[0])
    assert not finding.is_flaky
    assert judge_run(run).sentence == "Maker does not conform: 1 cause (1 MUST)"


def test_one_flaky_cause_among_others_is_counted() -> None:
    run = repeated(["pass", "fail"], line("a", "d", "fail", expected="x", actual="y"), line("a~2", "d", "fail"))
    assert judge_run(run).sentence == "Maker does not conform: 2 causes (2 MUST), 1 of them flaky"


def test_exchanges_of_all_repetitions_belong_to_the_cell() -> None:
    names = [scenario.id for scenario in scenarios(3)]
    run = repeated(["pass", "fail", "pass"], *(handmade.exchange(name) for name in names))
    assert [each.scenario for each in run.cells["maker", "a"].exchanges] == names
    assert run.planned == tuple(("maker", name) for name in names)
    assert [scenario.id for scenario in run.scenarios] == ["a"]


def test_a_run_without_repetitions_counts_nothing() -> None:
    run = handmade.run(handmade.header(), line("a", "c", "fail", expected="x", actual="y"))
    (result,) = run.cells["maker", "a"].results
    assert result.times is None
    assert run.cells["maker", "a"].repetitions == ()
