"""What came of a run, cell by cell: whether all that is not green has been looked at and explained.

`messages-conformance` itself decides whether a provider conforms. Here the question is another one, of this suite: is
there a red, of any level, that nobody has looked at, an expectation that no longer holds, or an amber whose cause
cannot be the model's?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import Cell, Result, Run

from real.setup import SetUp


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A set-up's run: its results by outcome, those that an expectation explains, and what nobody has explained."""

    name: str
    outcomes: Counter[Outcome]
    known: int
    unexplained: tuple[str, ...]

    @property
    def line(self) -> str:
        passed, red, amber = (self.outcomes[o] for o in (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE))
        return f"{self.name}: {passed} pass, {self.known} of {red} fail as known, {amber} open; " + (
            f"{len(self.unexplained)} unexplained" if self.unexplained else "nothing unexplained"
        )


def review(setup: SetUp, run: Run) -> Reviewed:
    """Look at a run."""
    results = [(cell, result) for cell in run.cells.values() for result in cell.results]
    return Reviewed(
        setup.name,
        Counter(result.outcome for _, result in results),
        sum(result.accepted is not None for _, result in results),
        (
            *_of_the_run(run),
            *_not_as_expected(run),
            *(told for cell, result in results if (told := _of_result(setup, cell, result))),
        ),
    )


def _of_the_run(run: Run) -> Iterator[str]:
    if not run.complete:
        yield "the run did not come to its end"
    yield from (f"{name} was not asked: {reason}" for name, reason in run.skipped.items())


def _not_as_expected(run: Run) -> Iterator[str]:
    return (account.told for account in run.accounts if account.held.fails)


def _of_result(setup: SetUp, cell: Cell, result: Result) -> str | None:
    where = f"{cell.scenario}/{result.step} {result.check}"
    match result.outcome:
        case Outcome.FAIL if result.is_broken and result.check not in setup.may_fail:
            return f"{where}: {result.level}, expected {result.expected}, actual {result.actual}"
        case Outcome.INCONCLUSIVE if result.cause not in setup.may_be_open:
            return f"{where}: open, {result.cause}: {result.note or result.actual}"
        case Outcome.HARNESS_ERROR:
            return f"{where}: a fault of this program: {result.note}"
        case _:
            return None
