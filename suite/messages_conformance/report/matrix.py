"""The matrix that every output draws: scenarios by provider, with what fails counted and grouped.

Pure: a `Run` in, values out. Nothing here decides a verdict; `results.reading` and `results.verdict` do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report.failure import Failure, found
from messages_conformance.report.trials import Trial, trial
from messages_conformance.report.words import KIND_LABELS, probed
from messages_conformance.results.clients import ProfileAnswer, answers
from messages_conformance.results.findings import Finding, findings
from messages_conformance.results.known import Account
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Provider, Scenario
from messages_conformance.results.verdict import Judgement, judge_provider, judge_run
from messages_conformance.results.vocabulary import Question, State
from messages_conformance.run.judging.preflight import key_found

_KINDS = tuple(KIND_LABELS)
_UNSETTLED = frozenset({Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR})

_FIRST_AREAS = (
    "messages",
    "streaming",
    "system prompts",
    "stop reasons",
    "errors",
    "tools",
    "tool results",
    "thinking",
)
_LAST_AREAS = ("the whole run", "betas")
"""Areas that are looked at first, and last; the others keep the order of the header between them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of one provider, for one question. What is broken is counted by its cause, all else by checks;
    `missing` were planned and never judged."""

    passed: int = 0
    must: int = 0
    weaker: int = 0
    consequences: int = 0
    known: int = 0
    inconclusive: int = 0
    not_applicable: int = 0
    faults: int = 0
    missing: int = 0

    def __str__(self) -> str:
        """In words, the gravest first; zeros are left out."""
        return _told(*self._exceptions, (self.passed, "passed"), (self.not_applicable, "not applicable"))

    @property
    def answer(self) -> str:
        """The short answer: what is not as promised, or that everything is."""
        return (
            _told(*self._exceptions)
            if any(number for number, _ in self._exceptions)
            else _told((self.passed, "checks hold"))
        )

    @property
    def _exceptions(self) -> tuple[tuple[int, str], ...]:
        return (
            (self.must, "MUST broken"),
            (self.weaker, "SHOULD or MAY broken"),
            (self.consequences, "consequence" if self.consequences == 1 else "consequences"),
            (self.known, "known and accepted"),
            (self.inconclusive, "inconclusive"),
            (self.missing, "never judged"),
            (self.faults, "fault of this program" if self.faults == 1 else "faults of this program"),
        )


def _told(*counted: tuple[int, str]) -> str:
    return " · ".join(f"{number} {words}" for number, words in counted if number) or "nothing was judged"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One result and the scenario it was seen in."""

    scenario: Scenario
    result: Result


@dataclass(frozen=True, slots=True)
class Gathered:
    """The results that have one reason: why they are accepted, or what left them undecided."""

    reason: str
    seen: tuple[Sighting, ...]

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        return tuple({sighting.scenario.id: sighting.scenario for sighting in self.seen}.values())


@dataclass(frozen=True, slots=True)
class Column:
    """One provider that was run. `label` says what kind of provider it is, in words that must stand beside it; `notes`
    are what else its reader must know.
    `not_asked` maps a reason to the scenarios that were, for that reason, not asked of it; `untrue` are the
    expectations that do not hold; `trial` has what the official SDK did, if it was asked."""

    provider: Provider
    label: str
    questions: tuple[Question, ...]
    judgement: Judgement
    counts: Mapping[Question, Counts]
    findings: tuple[Failure, ...]
    known: tuple[Gathered, ...]
    open: tuple[Gathered, ...]
    not_asked: Mapping[str, tuple[Scenario, ...]]
    notes: tuple[str, ...]
    clients: tuple[ProfileAnswer, ...]
    untrue: tuple[Account, ...] = ()
    trial: Trial | None = None

    @property
    def id(self) -> str:
        return self.provider.id

    @property
    def title(self) -> str:
        return self.provider.title

    @property
    def kind(self) -> str:
        return self.provider.kind


@dataclass(frozen=True, slots=True)
class Square:
    """One scenario at one provider; `cell` is None where the plan of a cut-off run does not hold it."""

    column: Column
    cell: Cell | None
    states: Mapping[Question, State]

    def levels(self, question: Question) -> tuple[Level, ...]:
        """The levels at which something is broken or undecided, strongest first."""
        found = {r.level for r in self.cell.asked(question) if r.outcome in _UNSETTLED} if self.cell else set[Level]()
        return tuple(level for level in Level if level in found)


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario, with one square per column."""

    scenario: Scenario
    squares: tuple[Square, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it concerns no provider at all."""
        return all(state is State.NOT_APPLICABLE for square in self.squares for state in square.states.values())


@dataclass(frozen=True, slots=True)
class Area:
    """The scenarios of one area, in header order."""

    id: str
    rows: tuple[Row, ...]

    def worst(self, index: int, question: Question) -> tuple[State, int]:
        """The worst state in column `index`, and how many scenarios are in it."""
        found = [row.squares[index].states[question] for row in self.rows]
        state = next(state for state in State if state in found)
        return state, found.count(state)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole picture. `skipped` holds the providers that were not run, with the reason."""

    run: Run
    judgement: Judgement
    columns: tuple[Column, ...]
    areas: tuple[Area, ...]
    skipped: tuple[tuple[Provider, str], ...]


def build(run: Run, fail_on: Level = Level.MUST) -> Matrix:
    """The matrix of a run: live providers first, then the reference, then played documents."""
    return run.derived(("matrix", fail_on), lambda: _matrix(run, fail_on))


def _matrix(run: Run, fail_on: Level) -> Matrix:
    ran = [provider for provider in run.providers if provider.id not in run.skipped]
    columns = tuple(_column(run, p, fail_on) for p in sorted(ran, key=lambda p: _KINDS.index(p.kind)))
    areas = sorted(dict.fromkeys(scenario.area for scenario in run.scenarios), key=_place)
    return Matrix(
        run,
        judge_run(run, fail_on),
        columns,
        tuple(Area(area, tuple(_rows(run, columns, area))) for area in areas),
        tuple((provider, run.skipped[provider.id]) for provider in run.providers if provider.id in run.skipped),
    )


def _place(area: str) -> int:
    """Where an area stands in the matrix: what every client uses first, what few ask for last."""
    if area in _FIRST_AREAS:
        return _FIRST_AREAS.index(area) - len(_FIRST_AREAS)
    return _LAST_AREAS.index(area) + 1 if area in _LAST_AREAS else 0


def _rows(run: Run, columns: tuple[Column, ...], area: str) -> Iterable[Row]:
    for scenario in run.scenarios:
        if scenario.area == area:
            yield Row(scenario, tuple(_square(run, column, scenario.id) for column in columns))


def _square(run: Run, column: Column, scenario: str) -> Square:
    cell = run.cells.get((column.id, scenario))
    states: dict[Question, State] = {q: cell.state(q) if cell else State.INCOMPLETE for q in column.questions}
    return Square(column, cell, states)


def _column(run: Run, provider: Provider, fail_on: Level) -> Column:
    if provider.id in run.diagnoses:
        return _diagnosed(run, provider, fail_on)
    cells = [(s, cell) for s in run.scenarios if (cell := run.cells.get((provider.id, s.id)))]
    seen = [Sighting(scenario, result) for scenario, cell in cells for result in cell.results]
    not_asked: dict[str, list[Scenario]] = defaultdict(list)
    for scenario, cell in cells:
        if cell.not_applicable:
            not_asked[cell.not_applicable].append(scenario)
    questions = run.questions(provider)
    broken = findings(run, provider)
    return Column(
        provider,
        KIND_LABELS[provider.kind],
        questions,
        judge_provider(run, provider, fail_on),
        {q: _count([s.result for s in seen], [cell for _, cell in cells], broken, q) for q in questions},
        tuple(found(run, finding) for finding in broken),
        _gathered((sighting.result.accepted, sighting) for sighting in seen),
        tuple(sorted(_gathered((_what_left_open(s.result), s) for s in seen), key=lambda group: group.reason)),
        {reason: tuple(scenarios) for reason, scenarios in not_asked.items()},
        _notes(run, provider),
        answers(run, provider),
        run.untrue(provider),
        trial(run, provider),
    )


def _notes(run: Run, provider: Provider) -> tuple[str, ...]:
    key = key_found(e for e in run.exchanges if e.provider == provider.id)
    return tuple(filter(None, (provider.note, key, *probed(run, provider))))


def _diagnosed(run: Run, provider: Provider, fail_on: Level) -> Column:
    """A provider whose run ended at its first request: the judgement says why, and of nothing else is there a count."""
    judgement, notes = judge_provider(run, provider, fail_on), tuple(filter(None, (provider.note,)))
    told = answers(run, provider)
    return Column(
        provider, KIND_LABELS[provider.kind], run.questions(provider), judgement, {}, (), (), (), {}, notes, told
    )


def _count(results: list[Result], cells: list[Cell], found: tuple[Finding, ...], question: Question) -> Counts:
    asked = [result for result in results if result.question == question]
    outcomes = [result.outcome for result in asked]
    levels = [level for finding in found if (level := finding.level_for(question))]
    following = [group for finding in found for group in finding.consequences]
    return Counts(
        passed=outcomes.count(Outcome.PASS),
        must=levels.count(Level.MUST),
        weaker=len(levels) - levels.count(Level.MUST),
        consequences=sum(any(result.question == question for result in group.results) for group in following),
        known=sum(result.accepted is not None for result in asked),
        inconclusive=outcomes.count(Outcome.INCONCLUSIVE),
        not_applicable=outcomes.count(Outcome.NOT_APPLICABLE),
        faults=outcomes.count(Outcome.HARNESS_ERROR),
        missing=sum(len(cell.missing(question)) for cell in cells),
    )


def _gathered(seen: Iterable[tuple[str | None, Sighting]]) -> tuple[Gathered, ...]:
    """By reason; what has none is left out."""
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for reason, sighting in seen:
        if reason:
            groups[reason].append(sighting)
    return tuple(Gathered(reason, tuple(them)) for reason, them in groups.items())


def _what_left_open(result: Result) -> str | None:
    if result.outcome is Outcome.HARNESS_ERROR:
        return "fault of this program"
    return result.cause if result.outcome is Outcome.INCONCLUSIVE else None
