"""One cell of a run, and the results in it: what was planned, what was judged, what that amounts to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results import records
from messages_conformance.results.vocabulary import QUESTIONS, Question, State

Promised: TypeAlias = tuple[tuple[str, str, Question], ...]
"""What is planned for a cell: step, check, question."""

Kind: TypeAlias = tuple[Outcome, Level, bool]
"""What a result says: its outcome, at which level, and whether its owner accepts a failure."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often a check failed and passed, where it was asked several times."""

    failed: int
    passed: int

    @property
    def is_flaky(self) -> bool:
        return self.failed > 0 < self.passed

    @property
    def decided(self) -> int:
        return self.failed + self.passed

    @property
    def rate(self) -> float:
        """The part of the decided times that failed, from 0 to 1; 0 where none was decided."""
        return self.failed / self.decided if self.failed else 0.0

    @property
    def told(self) -> str:
        """`fails 2 of 5`"""
        return f"fails {self.failed} of {self.decided}"

    def __add__(self, other: Times) -> Times:
        return Times(self.failed + other.failed, self.passed + other.passed)


@dataclass(frozen=True, slots=True)
class Result:
    """One check result: a step as it was planned, a criterion, and the verdict on it. `expectation` is the entry that
    accepts a failure; `times` is known where the scenario was repeated. (The records that it is made of are shared: a
    large run has hundreds of thousands of results.)"""

    planned: records.PlannedStep
    criterion: records.Criterion
    verdict: records.Verdict
    expectation: records.Expectation | None = None
    times: Times | None = None

    @property
    def step(self) -> str:
        return self.planned.step

    @property
    def where(self) -> str:
        return self.planned.where

    @property
    def check(self) -> str:
        return self.criterion.check

    @property
    def question(self) -> Question:
        return self.criterion.question

    @property
    def level(self) -> Level:
        return self.criterion.level

    @property
    def clauses(self) -> tuple[str, ...]:
        return self.criterion.clauses

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @property
    def cause(self) -> Cause | None:
        return self.verdict.cause

    @property
    def expected(self) -> str | None:
        return self.verdict.expected

    @property
    def actual(self) -> str | None:
        return self.verdict.actual

    @property
    def pointer(self) -> str | None:
        return self.verdict.pointer

    @property
    def event(self) -> int | None:
        return self.verdict.event

    @property
    def note(self) -> str | None:
        return self.verdict.note

    @property
    def exchanges(self) -> tuple[str, ...]:
        return self.verdict.exchanges

    @property
    def is_flaky(self) -> bool:
        """Whether it failed in some repetitions and passed in others."""
        return self.times is not None and self.times.is_flaky

    @property
    def accepted(self) -> str | None:
        """The reason for which its owner accepts a failure."""
        return self.expectation.reason if self.expectation else None

    @property
    def state(self) -> State:
        """What this result alone makes of its cell."""
        return State.KNOWN if self.expectation else _state(self.outcome, self.level)

    @property
    def is_broken(self) -> bool:
        """A failure that nobody has accepted."""
        return self.outcome is Outcome.FAIL and self.expectation is None


@dataclass(frozen=True)
class Cell:
    """One scenario at one provider: what was planned, what was judged, and the exchanges that show it. `lacks`
    are the features and traits for want of which it was not asked; `repetitions` are the cells of which it is made,
    where the scenario was repeated."""

    provider: str
    scenario: str
    not_applicable: str | None
    planned: Promised
    results: tuple[Result, ...]
    exchanges: tuple[records.Exchange, ...]
    lacks: tuple[str, ...] = ()
    repetitions: tuple[Cell, ...] = ()

    def asked(self, question: Question) -> tuple[Result, ...]:
        """The results that answer `question`."""
        return self._by_question.get(question, ())

    @cached_property
    def _by_question(self) -> Mapping[Question, tuple[Result, ...]]:
        found: dict[Question, list[Result]] = defaultdict(list)
        for result in self.results:
            found[result.question].append(result)
        return {question: tuple(results) for question, results in found.items()}

    def kinds(self, question: Question) -> frozenset[Kind]:
        """What the results that answer `question` say, each once: a hundred results are of few kinds."""
        return self._kinds.get(question, frozenset())

    @cached_property
    def _kinds(self) -> Mapping[Question, frozenset[Kind]]:
        return {
            question: frozenset((r.verdict.outcome, r.criterion.level, r.expectation is not None) for r in results)
            for question, results in self._by_question.items()
        }

    def broken(self, question: Question) -> tuple[Result, ...]:
        """The failures that nobody has accepted."""
        if not any(outcome is Outcome.FAIL for outcome, _, _ in self.kinds(question)):
            return ()
        return tuple(result for result in self.asked(question) if result.is_broken)

    def missing(self, question: Question) -> tuple[tuple[str, str], ...]:
        """Planned (step, check) pairs that were never judged, be it in one repetition."""
        return self._missing[question]

    def state(self, question: Question) -> State:
        """The cell's word for `question`: the worst that any of its checks says.

        A cell is green only if everything planned for it was judged and no MUST check is inconclusive.
        """
        return self._states[question]

    @cached_property
    def _missing(self) -> Mapping[Question, tuple[tuple[str, str], ...]]:
        return {question: self._missing_of(question) for question in QUESTIONS}

    @cached_property
    def _states(self) -> Mapping[Question, State]:
        return {question: self._state_of(question) for question in QUESTIONS}

    def _missing_of(self, question: Question) -> tuple[tuple[str, str], ...]:
        if self.repetitions:
            left = (pair for cell in self.repetitions for pair in cell.missing(question))
            return tuple(dict.fromkeys(left))
        return tuple((step, check) for step, check, asked in self._unjudged if asked == question)

    @cached_property
    def _unjudged(self) -> Promised:
        done = {(each.planned.step, each.criterion.check, each.criterion.question) for each in self.results}
        return tuple(promised for promised in self.planned if promised not in done)

    def _state_of(self, question: Question) -> State:
        if self.not_applicable:
            return State.NOT_APPLICABLE
        kinds = self.kinds(question)
        unlike = [kind for kind in kinds if kind[0] is not Outcome.PASS]
        others = [State.KNOWN if accepted else _state(outcome, level) for outcome, level, accepted in unlike]
        state = _settled(others, passed=len(unlike) < len(kinds))
        return _worst([State.INCOMPLETE, state]) if self.missing(question) else state


_ORDER: Final = tuple(State)


def state_of(judged: Iterable[tuple[Outcome, Level]]) -> State:
    """The worst that any of a cell's check results says."""
    results = tuple(judged)
    others = [_state(outcome, level) for outcome, level in results if outcome is not Outcome.PASS]
    return _settled(others, passed=len(others) < len(results))


def _settled(others: Iterable[State], *, passed: bool) -> State:
    """The worst of what passed, if anything did, and of all `others`. No cell is green in which nothing was decided."""
    worst = _worst([*others, State.PASS] if passed else others)
    return State.INCONCLUSIVE if worst is State.PASS and not passed else worst


def _state(outcome: Outcome, level: Level) -> State:
    match outcome:
        case Outcome.PASS:
            return State.PASS
        case Outcome.FAIL:
            return State.FAIL if level is Level.MUST else State.DEVIATES
        case Outcome.INCONCLUSIVE:
            # An undecided SHOULD or MAY does not make the MUSTs undecided.
            return State.INCONCLUSIVE if level is Level.MUST else State.PASS
        case Outcome.NOT_APPLICABLE:
            return State.NOT_APPLICABLE
        case Outcome.HARNESS_ERROR:
            return State.FAULT


def _worst(states: Iterable[State]) -> State:
    return min(states, key=_ORDER.index, default=State.NOT_APPLICABLE)
