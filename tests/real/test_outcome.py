"""Which results of a run somebody has to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import samples
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import Run
from real.outcome import review
from real.servers import aimock
from real.setup import SetUp

(ENTRY,) = samples.header().expectations


def run(complete: bool = True, **changes: Any) -> Run:
    """The sample run with one expectation, changed."""
    return samples.run(complete=complete, expectations=(replace(ENTRY, **changes),))


def setup(*may_be_open: str) -> SetUp:
    return replace(aimock.SCRIPTED, may_be_open=frozenset(may_be_open))


def unexplained(of: Run, *may_be_open: str) -> str:
    return "\n".join(review(setup(*may_be_open), of).unexplained)


def test_a_red_is_unexplained_until_an_expectation_explains_it() -> None:
    assert "errors.wrong-key/ask error.type: MUST" in unexplained(run(provider="nobody"))
    assert "errors.wrong-key/ask error.type: MUST" not in unexplained(run())
    assert review(setup(), run()).known == 1


def test_a_check_that_fails_by_chance_is_explained_by_the_set_up() -> None:
    by_chance = replace(setup(), may_fail={"error.type": "A new word each time."})
    assert "error.type: MUST" not in "\n".join(review(by_chance, run(provider="nobody")).unexplained)


def test_an_amber_is_explained_by_a_cause_that_is_lawful_here() -> None:
    causes = {r.cause for cell in run().cells.values() for r in cell.results if r.outcome is Outcome.INCONCLUSIVE}
    open_causes = [cause for cause in causes if cause]
    assert open_causes
    assert all(f"open, {cause}" in unexplained(run()) for cause in open_causes)
    assert ": open, " not in unexplained(run(), *open_causes)


def test_a_fault_of_this_program_is_never_explained() -> None:
    assert "a fault of this program" in unexplained(run())


def test_a_run_that_was_cut_off_says_so() -> None:
    assert "did not come to its end" in unexplained(run(complete=False))
    assert "did not come to its end" not in unexplained(run())


def test_an_expectation_that_does_not_hold_is_told() -> None:
    better = run(provider="reference", check="stream.end", scenarios=("*",))
    assert "stream.end no longer fails (work/expectations.yaml:2)" in unexplained(better)


def test_one_line_sums_it_up() -> None:
    assert review(setup(), run()).line.startswith("aimock: ")
