"""What a run amounts to: the one decision that text, JSON and exit code share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import handmade
import pytest
from handmade import Line, line, provider
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results.clients import Answer as Client
from messages_conformance.results.clients import answers
from messages_conformance.results.conformance import Conformance, conformance
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Dependence, Diagnosed, Planned, Profile, Record, Skipped
from messages_conformance.results.verdict import Exit, Judgement, judge_provider, judge_run
from messages_conformance.results.vocabulary import Question

MUST, SHOULD, MAY = Level
PASS, FAIL, INCONCLUSIVE, NOT_APPLICABLE, HARNESS_ERROR = Outcome


@dataclass(frozen=True)
class Judged:
    """One planned check; without an outcome it was never judged."""

    outcome: Outcome | None = PASS
    level: Level = MUST
    question: Question = "drop-in"


@dataclass(frozen=True)
class Column:
    """A provider and its scenarios, each a list of checks; a text stands for why a scenario was not applicable."""

    id: str = "maker"
    cells: tuple[tuple[Judged, ...] | str, ...] = ()
    kind: str = "live"
    contract: str = "anthropic"
    skipped: str | None = None
    diagnosed: tuple[str, Literal[1, 2, 3]] | None = None


def run(*columns: Column, complete: bool = True, profiles: tuple[Profile, ...] = ()) -> Run:
    asked = tuple(provider(c.id, kind=c.kind, contract=c.contract) for c in columns)
    header = handmade.header(providers=asked, profiles=profiles)
    told: list[Line | Record] = []
    for column in columns:
        if column.skipped:
            told.append(Skipped(column.id, column.skipped))
        if column.diagnosed:
            told.append(Diagnosed(column.id, "found", *column.diagnosed))
        for number, cell in enumerate(column.cells):
            told += _cell(column.id, f"s{number}", cell)
    return handmade.run(header, *told, complete=complete)


def _cell(provider: str, scenario: str, cell: tuple[Judged, ...] | str) -> Sequence[Line | Record]:
    if isinstance(cell, str):
        return [Planned(provider, scenario, cell)]
    return [
        line(scenario, f"c{n}", judged.outcome, judged.question, provider=provider, level=judged.level)
        for n, judged in enumerate(cell)
    ]


def judged(*cells: tuple[Judged, ...] | str, fail_on: Level = MUST, **more: Any) -> tuple[Exit, str]:
    complete = more.pop("complete", True)
    judgement = judge_run(run(Column(cells=cells, **more), complete=complete), fail_on)
    return judgement.exit, judgement.sentence


GOOD = (Judged(),)
NOTHING_KNOWN = (Conformance.UNDECIDED, Client.UNKNOWN)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([GOOD], (Exit.CONFORMS, "Maker conforms")),
        ([GOOD, "not claimed"], (Exit.CONFORMS, "Maker conforms")),
        ([(Judged(), Judged(NOT_APPLICABLE))], (Exit.CONFORMS, "Maker conforms")),
        (
            [(Judged(), Judged(FAIL, SHOULD)), (Judged(FAIL, MAY),)],
            (Exit.CONFORMS, "Maker conforms, but breaks SHOULD or MAY clauses: 2 causes (1 SHOULD, 1 MAY)"),
        ),
        ([(Judged(), Judged(INCONCLUSIVE, SHOULD))], (Exit.CONFORMS, "Maker conforms")),
        (
            [(Judged(FAIL), Judged(FAIL)), (Judged(FAIL, SHOULD),)],
            (Exit.DOES_NOT, "Maker does not conform: 2 causes (2 MUST)"),
        ),
        ([(Judged(FAIL),), (Judged(INCONCLUSIVE),), (Judged(None),)], (Exit.DOES_NOT, None)),
        ([GOOD, (Judged(INCONCLUSIVE),)], (Exit.INCOMPLETE, "Maker is inconclusive in 1 cell")),
        (
            [(Judged(INCONCLUSIVE), Judged(INCONCLUSIVE)), (Judged(INCONCLUSIVE),)],
            (Exit.INCOMPLETE, "Maker is inconclusive in 2 cells"),
        ),
        (
            [GOOD, (Judged(None),)],
            (Exit.INCOMPLETE, "Maker is incomplete: not everything that was planned was judged"),
        ),
        ([(Judged(INCONCLUSIVE),), (Judged(None),)], (Exit.INCOMPLETE, None)),
        (["not claimed"], (Exit.INCOMPLETE, "Maker is incomplete: nothing was judged")),
        ([(Judged(NOT_APPLICABLE),)], (Exit.INCOMPLETE, "Maker is incomplete: nothing was judged")),
        ([], (Exit.INCOMPLETE, "Maker is incomplete: nothing was judged")),
        (
            [GOOD, (Judged(FAIL), Judged(HARNESS_ERROR, MAY))],
            (Exit.FAULT, "Maker could not be judged in 1 cell: a fault of this program"),
        ),
    ],
)
def test_one_provider(cells: list[Any], expected: tuple[Exit, str | None]) -> None:
    exit_, sentence = judged(*cells)
    assert exit_ is expected[0]
    assert expected[1] is None or sentence == expected[1]


@pytest.mark.parametrize(
    ("fail_on", "level", "expected"),
    [
        (level, failed, Exit.DOES_NOT if failed.rank <= level.rank else Exit.CONFORMS)
        for level in Level
        for failed in Level
    ],
)
def test_fail_on_says_which_failures_count(fail_on: Level, level: Level, expected: Exit) -> None:
    assert judged((Judged(), Judged(FAIL, level)), fail_on=fail_on)[0] is expected


@pytest.mark.parametrize(
    ("fail_on", "level", "expected"),
    [(a, b, Exit.INCOMPLETE if b.rank <= a.rank else Exit.CONFORMS) for a in Level for b in Level],
)
def test_what_counts_when_it_fails_counts_when_it_is_open(fail_on: Level, level: Level, expected: Exit) -> None:
    assert judged((Judged(), Judged(INCONCLUSIVE, level)), fail_on=fail_on)[0] is expected


def test_a_stream_without_a_footer_never_passes() -> None:
    assert judged(GOOD, complete=False)[0] is Exit.INCOMPLETE


def test_both_questions_count_where_both_are_asked() -> None:
    documented = (Judged(), Judged(FAIL, question="as-documented"))
    assert judged(documented, contract="naga")[0] is Exit.DOES_NOT
    open_ = (Judged(), Judged(INCONCLUSIVE, question="as-documented"))
    assert judged(open_, contract="naga") == (Exit.INCOMPLETE, "Maker is inconclusive in 1 cell")


# --- several providers ----------------------------------------------------------------------------------------------

RED = ((Judged(FAIL),),)
OPEN = ((Judged(INCONCLUSIVE),),)
BROKEN = ((Judged(HARNESS_ERROR),),)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([Column("a", (GOOD,)), Column("b", RED)], (Exit.DOES_NOT, "B")),
        ([Column("a", OPEN), Column("b", (GOOD,))], (Exit.INCOMPLETE, "A")),
        ([Column("a", OPEN), Column("b", RED)], (Exit.DOES_NOT, "B")),
        ([Column("a", RED), Column("b", BROKEN)], (Exit.FAULT, "B")),
        ([Column("a", (GOOD,)), Column("b", (GOOD,))], (Exit.CONFORMS, "A")),
        ([Column("a", (GOOD,)), Column("b", RED, kind="played")], (Exit.CONFORMS, "A")),
        ([Column("a", RED, kind="played"), Column("b", RED, kind="played")], (Exit.DOES_NOT, "A")),
        ([Column("a", (GOOD,)), Column("b", skipped="no key")], (Exit.CONFORMS, "A")),
        ([Column("a", RED, kind="played"), Column("b", skipped="no key")], (Exit.DOES_NOT, "A")),
        ([Column("a", skipped="no key"), Column("b", skipped="no key")], (Exit.INCOMPLETE, "nothing was run")),
        ([], (Exit.INCOMPLETE, "nothing was run")),
    ],
)
def test_a_run_is_as_good_as_the_worst_of_those_that_decide(columns: list[Column], expected: tuple[Exit, str]) -> None:
    judgement = judge_run(run(*columns))
    assert judgement.exit is expected[0]
    assert judgement.sentence.startswith(expected[1])


def test_a_skipped_provider_says_why() -> None:
    skipped = run(Column(skipped="its key is not set: export KEY"))
    judgement = judge_provider(skipped, skipped.providers[0])
    assert judgement.exit is Exit.INCOMPLETE
    assert judgement.sentence == "was not run: its key is not set: export KEY"


@pytest.mark.parametrize(
    ("code", "expected"),
    [(1, (Conformance.DOES_NOT, Client.BREAKS)), (2, NOTHING_KNOWN), (3, NOTHING_KNOWN)],
)
def test_a_diagnosis_comes_before_whatever_was_judged(code: Literal[1, 2, 3], expected: object) -> None:
    client = Profile("chat", "plain chat", "", depends=(Dependence(("anthropic:x",), "nothing is shown", ()),))
    for outcome in Outcome:
        cells = ((Judged(outcome),),)
        found = run(Column(cells=cells, diagnosed=("could not be asked: silence", code)), profiles=(client,))
        judgement = judge_run(found)
        assert (judgement.exit, judgement.sentence) == (code, "Maker could not be asked: silence")
        maker = found.providers[0]
        told = conformance(found, maker, "drop-in", ()), answers(found, maker)[0].answer
        assert told == expected


CHECKS = st.builds(Judged, st.none() | st.sampled_from(Outcome), st.sampled_from(Level))
CELLS = st.lists(st.just("not claimed") | st.lists(CHECKS, min_size=1, max_size=4).map(tuple), max_size=4)


@given(CELLS, st.booleans(), st.sampled_from(Level))
def test_green_means_that_everything_planned_was_judged_and_nothing_that_counts_is_red_or_open(
    cells: list[Any], complete: bool, fail_on: Level
) -> None:
    checks = [check for cell in cells if not isinstance(cell, str) for check in cell]
    counting = {check.outcome for check in checks if check.level.rank <= fail_on.rank}
    outcomes = {check.outcome for check in checks}
    green = (
        complete and PASS in outcomes and not outcomes & {None, HARNESS_ERROR} and not counting & {FAIL, INCONCLUSIVE}
    )
    exit_ = judged(*cells, complete=complete, fail_on=fail_on)[0]
    assert (exit_ is Exit.CONFORMS) == green
    assert (exit_ is Exit.FAULT) == (HARNESS_ERROR in outcomes)
    assert (exit_ is Exit.DOES_NOT) == (HARNESS_ERROR not in outcomes and FAIL in counting)


@given(CELLS)
def test_a_stricter_reader_is_never_more_content(cells: list[Any]) -> None:
    content = [judged(*cells, fail_on=level)[0] is Exit.CONFORMS for level in (MUST, SHOULD, MAY)]
    assert content == sorted(content, reverse=True)


def test_without_a_footer_each_provider_is_judged_by_what_was_planned_for_it() -> None:
    """A run of parallel jobs, put together: one was lost, and the others had come to their end."""
    lines = line("s", "a", provider="one"), line("s", "a", None, provider="lost")
    combined = handmade.run(handmade.header(provider("one"), provider("lost")), *lines, complete=False)
    one, lost = combined.providers
    assert judge_provider(combined, one) == Judgement(Exit.CONFORMS, "conforms")
    assert judge_provider(combined, lost).exit is Exit.INCOMPLETE
    assert judge_run(combined).exit is Exit.INCOMPLETE


def test_a_run_without_a_footer_never_conforms() -> None:
    cut_off = handmade.run(handmade.header(), line("s", "a"), complete=False)
    assert judge_run(cut_off) == Judgement(Exit.INCOMPLETE, "the run was cut off before its end")
