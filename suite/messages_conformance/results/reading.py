"""The results stream, read back: what every output is made from.

A `Run` is what one `results.jsonl` says and nothing more. A stream that was cut off is readable up to the cut; it has
no footer and is therefore incomplete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from messages_conformance.checks.base import Outcome
from messages_conformance.errors import UserError
from messages_conformance.results import known, records
from messages_conformance.results.across.baseline import Baseline
from messages_conformance.results.cells.cell import Cell, Promised, Result
from messages_conformance.results.cells.repeating import together
from messages_conformance.results.records import Record
from messages_conformance.results.stream import UNFIT, read_records
from messages_conformance.results.vocabulary import QUESTIONS, Question, asked

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """One results stream. `cells` is keyed by (provider id, scenario id) and keeps the plan's order; the repetitions of
    a scenario are one cell. `exchanges` has
    also those of twins that were only drawn in; `diagnoses` says by provider what ended its run at once; `accounts` has
    one for each expectation; `against` is set where the run is to be judged by what got worse since an earlier one."""

    header: records.Header
    cells: Mapping[tuple[str, str], Cell]
    skipped: Mapping[str, str]
    footer: records.Footer | None
    exchanges: tuple[records.Exchange, ...] = ()
    clauses: Mapping[str, records.Clause] = field(default_factory=dict[str, records.Clause])
    checks: Mapping[str, records.Check] = field(default_factory=dict[str, records.Check])
    diagnoses: Mapping[str, records.Diagnosed] = field(default_factory=dict[str, records.Diagnosed])
    _derived: dict[tuple[Any, ...], Any] = field(
        default_factory=dict[tuple[Any, ...], Any], init=False, repr=False, compare=False
    )
    probed: tuple[records.Probed, ...] = ()
    tried: tuple[records.Tried, ...] = ()
    accounts: tuple[known.Account, ...] = ()
    against: Baseline | None = None

    def derived(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What `make` makes of this run, made once for each key: a dozen outputs ask for the same findings."""
        if key not in self._derived:
            self._derived[key] = make()
        return cast("T", self._derived[key])

    @property
    def providers(self) -> tuple[records.Provider, ...]:
        return self.header.providers

    @property
    def scenarios(self) -> tuple[records.Scenario, ...]:
        """What was to be asked, each scenario once, however often it was repeated."""
        every = self.header.scenarios
        return self.derived(("scenarios",), lambda: tuple(scenario for scenario in every if scenario.repeats is None))

    @property
    def planned(self) -> tuple[tuple[str, str], ...]:
        """Provider and scenario of all that was planned, repetitions included."""
        every = (part for cell in self.cells.values() for part in cell.repetitions or (cell,))
        return tuple((cell.provider, cell.scenario) for cell in every)

    @property
    def profiles(self) -> tuple[records.Profile, ...]:
        """The kinds of clients that depend on something."""
        return tuple(profile for profile in self.header.profiles if profile.depends)

    @property
    def deviations(self) -> Mapping[str, records.Deviation]:
        """What was seen in the field, by id."""
        return {deviation.id: deviation for deviation in self.header.deviations}

    def sightings(self, scenario: str, check: str) -> tuple[records.Deviation, ...]:
        """The deviations seen in the field that a failure of `check` in `scenario` may be."""
        names = {check, f"{scenario}/{check}"}
        return tuple(found for found in self.header.deviations if not names.isdisjoint(found.checks))

    @property
    def complete(self) -> bool:
        return self.footer is not None

    def untrue(self, provider: records.Provider) -> tuple[known.Account, ...]:
        """The expectations of a provider that do not hold: each fails the run."""
        return tuple(a for a in self.accounts if a.entry.provider == provider.id and a.held.fails)

    def is_whole(self, provider: str, question: Question | None = None) -> bool:
        """Whether everything planned for a provider was judged, for one question or for both. A run may end too early
        for others and not for it: one job of many is lost, or it was asked first."""
        cells = {scenario: cell for (name, scenario), cell in self.cells.items() if name == provider}
        questions = QUESTIONS if question is None else (question,)
        planned = self.complete or (cells and all(scenario.id in cells for scenario in self.scenarios))
        return bool(planned) and not any(cell.missing(q) for cell in cells.values() for q in questions)

    def questions(self, provider: records.Provider) -> tuple[Question, ...]:
        """The questions that were asked of a provider."""
        return tuple(asked(provider.contract))


def read_run(path: Path) -> Run:
    """Read `results.jsonl`. Raises UserError if it is not a results stream; a cut last line is dropped."""
    try:
        return assemble(read_records(path))
    except UNFIT as error:
        raise UserError(f"{path} is not a results stream: its records do not fit together") from error


def assemble(stream: Iterable[Record]) -> Run:
    """Build a Run from records in stream order. Raises LookupError or TypeError where they do not fit together."""
    told = iter(stream)
    header = next(told, None)
    if not isinstance(header, records.Header):
        raise TypeError("the first record of a results stream is its header")
    heard = Heard(header)
    for record in told:
        heard.hear(record)
    return heard.whole()


def expecting(run: Run, entries: Sequence[records.Expectation]) -> Run:
    """The run as these expectations show it, instead of its own."""
    if not entries and not run.accounts:
        return run
    header = replace(run.header, expectations=tuple(entries))
    seen = (_seen(cell, result) for cell in run.cells.values() for result in cell.results)
    accounts = known.accounts(header, seen, whole=run.complete)
    accepting = known.accepting(accounts)
    cells = {key: _accepted(cell, accepting) for key, cell in run.cells.items()}
    return replace(run, header=header, cells=cells, accounts=accounts)


Key: TypeAlias = tuple[str, str]
"""Provider id, scenario id."""


class Heard:
    """What the records after a header say, of which a run can be made while more of them come. A cell that was made for
    a part of the run is not made again for the whole."""

    def __init__(self, header: records.Header) -> None:
        self._header = header
        self._making = _Cells(header.criteria)
        self._clauses = {clause.id: clause for clause in header.clauses}
        self._checks = {check.id: check for check in header.checks}
        self._repeating = [scenario for scenario in header.scenarios if scenario.repeats]
        self._cells: dict[Key, Cell] = {}
        self._plans: dict[Key, records.Planned] = {}
        self._judged: dict[Key, tuple[records.Verdict, ...]] = {}
        self._exchanges: defaultdict[Key, list[records.Exchange]] = defaultdict(list)
        self._skipped: dict[str, str] = {}
        self._diagnoses: dict[str, records.Diagnosed] = {}
        self._probed: list[records.Probed] = []
        self._tried: list[records.Tried] = []
        self._footer: records.Footer | None = None

    def hear(self, record: Record) -> None:
        match record:
            case records.Planned():
                self._plans[record.provider, record.scenario] = record
            case records.Judged():
                self._judged[record.provider, record.scenario] = record.verdicts
            case records.Exchange():
                self._exchanges[record.provider, record.scenario].append(record)
            case records.Skipped():
                self._skipped[record.provider] = record.reason
            case records.Diagnosed():
                self._diagnoses[record.provider] = record
            case records.Probed():
                self._probed.append(record)
            case records.Tried():
                self._tried.append(record)
            case records.Footer():
                self._footer = record
            case records.Header():
                raise TypeError("a results stream has one header")

    def whole(self) -> Run:
        """The run that all of it amounts to."""
        found = self._run(self._header, self._plans, self._exchanges)
        rest = replace(found, footer=self._footer, probed=tuple(self._probed), tried=tuple(self._tried))
        return expecting(rest, self._header.expectations)

    def part(self, keys: Sequence[Key]) -> Run:
        """What was said until now of these units of one provider, with the header reduced to it."""
        mine = tuple(provider for provider in self._header.providers if provider.id == keys[0][0])
        return expecting(self._run(replace(self._header, providers=mine), keys, keys), self._header.expectations)

    def _run(self, header: records.Header, units: Iterable[Key], asked_for: Iterable[Key]) -> Run:
        """What is known of units that may be planned, and what was asked for these and others."""
        return Run(
            header,
            together({key: self._cell(key) for key in units if key in self._plans}, self._repeating),
            dict(self._skipped),
            None,
            tuple(chain.from_iterable(self._exchanges.get(key, ()) for key in asked_for)),
            self._clauses,
            self._checks,
            dict(self._diagnoses),
        )

    def _cell(self, key: Key) -> Cell:
        """The cell of a unit that is planned. A judgement is let go once it is in a cell: a large run would be there
        twice."""
        exchanges = tuple(self._exchanges.get(key, ()))
        if key in self._judged or key not in self._cells:
            self._cells[key] = self._making.cell(self._plans[key], self._judged.pop(key, ()), exchanges)
        elif len(exchanges) > len(self._cells[key].exchanges):  # a check-up, after the preflight was judged
            self._cells[key] = replace(self._cells[key], exchanges=exchanges)
        return self._cells[key]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Makes cells. What is planned for a scenario is the same at most providers, and `planned` keeps it once."""

    criteria: Sequence[records.Criterion]
    planned: dict[tuple[records.PlannedStep, ...], Promised] = field(
        default_factory=dict["tuple[records.PlannedStep, ...]", "Promised"]
    )

    def cell(
        self,
        plan: records.Planned,
        verdicts: Iterable[records.Verdict],
        exchanges: Iterable[records.Exchange],
    ) -> Cell:
        held = self._planned(plan.steps), tuple(self._results(plan, verdicts)), tuple(exchanges)
        return Cell(plan.provider, plan.scenario, plan.not_applicable, *held, plan.lacks)

    def _planned(self, steps: tuple[records.PlannedStep, ...]) -> Promised:
        if steps not in self.planned:
            told = ((part.step, self.criteria[number]) for part in steps for number in part.criteria)
            self.planned[steps] = tuple((step, criterion.check, criterion.question) for step, criterion in told)
        return self.planned[steps]

    def _results(self, plan: records.Planned, verdicts: Iterable[records.Verdict]) -> Iterator[Result]:
        found = {(verdict.step, number): verdict for verdict in verdicts for number in verdict.criteria}
        for part in plan.steps:
            for number in part.criteria:
                if verdict := found.get((part.step, number)):
                    yield Result(part, self.criteria[number], verdict)


def _accepted(cell: Cell, accepting: Callable[[known.Seen], records.Expectation | None]) -> Cell:
    """The cell, with the entries that accept its failures."""
    entries = [accepting(_seen(cell, r)) if r.outcome is Outcome.FAIL else None for r in cell.results]
    if entries == [result.expectation for result in cell.results]:
        return cell
    found = zip(cell.results, entries, strict=True)
    return replace(cell, results=tuple(r if r.expectation is e else replace(r, expectation=e) for r, e in found))


def _seen(cell: Cell, result: Result) -> known.Seen:
    told = result.outcome, result.pointer, result.actual, result.times
    return known.Seen(cell.provider, cell.scenario, result.check, result.question, *told)
