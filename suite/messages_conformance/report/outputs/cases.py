"""A run as the tests that CI knows: one suite for each provider, one case for each scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report.evidence import cell_headline, cell_text
from messages_conformance.report.failure import Teller
from messages_conformance.report.words import list_some, one_line
from messages_conformance.results.clients import chosen
from messages_conformance.results.known import Account
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Provider, Scenario
from messages_conformance.results.verdict import deciding, judge_provider
from messages_conformance.results.vocabulary import State


class Status(StrEnum):
    """What came of a case. `ERROR` is what could not be judged, for a fault or a cut of the run."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario at one provider. `message` is one line; `detail` is the evidence as text; `ms` is how long the
    provider took; `flaky` where a check failed in some repetitions and passed in others."""

    scenario: Scenario
    status: Status
    message: str = ""
    detail: str = ""
    ms: float = 0.0
    flaky: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """One provider; `verdict` is the sentence on it."""

    provider: Provider
    verdict: str
    cases: tuple[Case, ...]

    def count(self, status: Status) -> int:
        return sum(case.status is status for case in self.cases)


def suites(run: Run, fail_on: Level) -> tuple[Suite, ...]:
    """Every provider with every scenario of the run, whether it was asked or not.

    A case fails where the run's verdict counts a failure of it. What fails at a provider that does not decide is
    skipped, and so is what is known and accepted, not applicable or inconclusive; the message says which.
    """
    return run.derived(("suites", fail_on), lambda: tuple(_suite(run, provider, fail_on) for provider in run.providers))


def _suite(run: Run, provider: Provider, fail_on: Level) -> Suite:
    count = _Count.of(run, provider, fail_on)
    cases = tuple(_case(run, count, scenario) for scenario in run.scenarios)
    return Suite(provider, judge_provider(run, provider, fail_on).sentence, cases)


@dataclass(frozen=True, slots=True)
class _Count:
    """What the run's verdict counts at one provider. `breaking` holds the checks that break the client that the run is
    about, if it is about one; `untrue` are the expectations that do not hold."""

    provider: Provider
    teller: Teller
    decides: bool
    fail_on: Level
    breaking: frozenset[str] | None
    untrue: tuple[Account, ...]

    @classmethod
    def of(cls, run: Run, provider: Provider, fail_on: Level) -> _Count:
        about = chosen(run, provider)
        decides = provider.id in {one.id for one in deciding(run)}
        breaking = frozenset(about.checks) if about else None
        untrue = () if run.against else run.untrue(provider)
        return cls(provider, Teller.of(run, provider.id), decides, fail_on, breaking, untrue)

    def states(self, cell: Cell) -> set[State]:
        return {cell.state(question) for question in self.teller.run.questions(self.provider)}

    def failing(self, cell: Cell, result: Result) -> bool:
        if against := self.teller.run.against:
            worse = against.moved[self.provider.id].worse
            return result.is_broken and (cell.scenario, result.step, result.check) in worse
        if self.breaking is not None:
            return result.is_broken and result.question == "drop-in" and result.check in self.breaking
        return result.is_broken and result.level.rank <= self.fail_on.rank

    def unexpected(self, cell: Cell) -> list[str]:
        """What the cell shows of expectations that do not hold: that is a failure too, or the list would rot."""
        return [account.told for account in self.untrue if cell.scenario in account.scenarios]


def _case(run: Run, count: _Count, scenario: Scenario) -> Case:
    if reason := run.skipped.get(count.provider.id):
        return Case(scenario, Status.SKIPPED, one_line(reason))
    cell = run.cells.get((count.provider.id, scenario.id))
    if cell is None:
        return Case(scenario, Status.ERROR, "never planned: the run was cut off before")
    status, message = _red(count, cell) or _left_out(count, cell) or _green(count, cell)
    if status in (Status.FAILED, Status.ERROR) and not count.decides:
        status, message = Status.SKIPPED, f"does not decide the run: {message}"
    detail = cell_text(count.teller, cell) if status in (Status.FAILED, Status.ERROR) else ""
    flaky = any(result.is_flaky for result in cell.results)
    return Case(scenario, status, message, detail, sum(exchange.total_ms for exchange in cell.exchanges), flaky)


def _red(count: _Count, cell: Cell) -> tuple[Status, str] | None:
    if count.states(cell) & {State.FAULT, State.INCOMPLETE}:
        return Status.ERROR, cell_headline(count.teller, cell)
    if any(count.failing(cell, result) for result in cell.results):
        return Status.FAILED, cell_headline(count.teller, cell)
    if unexpected := count.unexpected(cell):
        return Status.FAILED, f"not as expected: {_each_once(unexpected)}"
    return None


def _left_out(count: _Count, cell: Cell) -> tuple[Status, str] | None:
    states = count.states(cell)
    level = Level.MAY if State.INCONCLUSIVE in states else count.fail_on
    left_open = [r for r in cell.results if r.outcome is Outcome.INCONCLUSIVE and r.level.rank <= level.rank]
    if left_open:
        return Status.SKIPPED, f"inconclusive: {_each_once(f'{result.cause}: {result.note}' for result in left_open)}"
    if State.KNOWN in states:
        return Status.SKIPPED, f"known and accepted: {_each_once(r.accepted for r in cell.results if r.accepted)}"
    if states == {State.NOT_APPLICABLE}:
        return Status.SKIPPED, one_line(cell.not_applicable or "no clause applies to what came back")
    return None


def _green(count: _Count, cell: Cell) -> tuple[Status, str]:
    """What the verdict does not count is told all the same."""
    return Status.PASSED, cell_headline(count.teller, cell) if any(r.is_broken for r in cell.results) else ""


def _each_once(reasons: Iterable[str]) -> str:
    return list_some(list(dict.fromkeys(map(one_line, reasons))), 3, "; ")
