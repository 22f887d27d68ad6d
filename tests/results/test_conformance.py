"""One word for one question: a fault decides, what is open leaves it undecided."""

from __future__ import annotations

from collections.abc import Sequence

import handmade
import pytest
from handmade import Line, line, provider
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results.conformance import Conformance, conformance
from messages_conformance.results.findings import findings
from messages_conformance.results.reading import Run

MUST, SHOULD, MAY = Level
PASS, FAIL, INCONCLUSIVE, NOT_APPLICABLE, HARNESS_ERROR = Outcome
YES, NO, OPEN = Conformance


def answer(lines: Sequence[Line], fail_on: Level = MUST, *, complete: bool = True) -> Conformance:
    run: Run = handmade.run(handmade.header(providers=(provider("maker"),)), *lines, complete=complete)
    asked = run.providers[0]
    return conformance(run, asked, "drop-in", findings(run, asked), fail_on)


def judged(*outcomes: tuple[Outcome | None, Level]) -> list[Line]:
    return [line("s", f"c{n}", outcome, level=level) for n, (outcome, level) in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(PASS, MUST)], YES),
        ([(PASS, MUST), (NOT_APPLICABLE, MUST)], YES),
        ([(NOT_APPLICABLE, MUST)], OPEN),
        ([], OPEN),
        ([(PASS, MUST), (INCONCLUSIVE, MUST)], OPEN),
        ([(PASS, MUST), (HARNESS_ERROR, MUST)], OPEN),
        ([(PASS, MUST), (None, MUST)], OPEN),
        ([(FAIL, MUST), (INCONCLUSIVE, MUST), (None, MUST)], NO),
        ([(PASS, MUST), (FAIL, SHOULD), (INCONCLUSIVE, SHOULD)], YES),
    ],
)
def test_the_outcomes_of_one_question_make_its_answer(
    outcomes: list[tuple[Outcome | None, Level]], expected: Conformance
) -> None:
    assert answer(judged(*outcomes)) is expected


def test_the_level_that_counts_is_the_users_choice() -> None:
    assert answer(judged((PASS, MUST), (FAIL, SHOULD)), SHOULD) is NO
    assert answer(judged((PASS, MUST), (INCONCLUSIVE, SHOULD)), SHOULD) is OPEN


def test_a_run_that_was_cut_off_conforms_to_nothing() -> None:
    assert answer([*judged((PASS, MUST)), line("later", "x", None)], complete=False) is OPEN


def test_what_was_judged_whole_before_a_run_was_cut_off_conforms() -> None:
    """One of many parallel jobs was lost: the others had come to their end."""
    assert answer(judged((PASS, MUST)), complete=False) is YES
