"""Scenarios as pytest collects and runs them: a file of items, one item per scenario and provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.errors import SuiteError
from messages_conformance.pytest_plugin.places import FOLDER
from messages_conformance.report.evidence import cell_headline, cell_text
from messages_conformance.report.failure import Teller
from messages_conformance.report.words import list_some, one_line, visible
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.vocabulary import State
from messages_conformance.run.background import UnitKey
from messages_conformance.run.planning.plan import Pair

OPEN_STATES = {State.FAIL, State.FAULT, State.INCOMPLETE}

Ask: TypeAlias = Callable[[UnitKey], Run]
"""Waits for a unit and gives the part of the results stream about it."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """How far answers are from the shape that was recorded, in words, and in one line."""

    text: str
    headline: str


Drift: TypeAlias = "Callable[[ScenarioItem, Cell], Drifted | None]"
"""Compares the answers of a cell with the shape that was recorded; None if they keep it."""


@dataclass(frozen=True, slots=True)
class Way:
    """How items come to their outcome. `marks` are the names of an item's marks; the provider `compared_to` is asked
    for nothing else, so that nothing fails there."""

    ask: Ask
    marks: Callable[[Provider, Scenario], Iterable[str]]
    compared_to: Provider | None
    drift: Drift | None


class ScenarioFile(pytest.File):
    """One file of scenarios."""

    pairs: Sequence[Pair]
    way: Way

    @classmethod
    def make(cls, session: pytest.Session, path: Path, name: str, pairs: Sequence[Pair], way: Way) -> ScenarioFile:
        # A child of the session: the directories above belong to wherever this package was installed, and their names
        # would answer to -k.
        made = cast("ScenarioFile", cls.from_parent(session, path=path, name=name, nodeid=name))  # pyright: ignore[reportUnknownMemberType]
        made.pairs, made.way = pairs, way
        return made

    def collect(self) -> Iterable[ScenarioItem]:
        return [ScenarioItem.make(self, provider, scenario) for provider, scenario in self.pairs]


class ScenarioItem(pytest.Item):
    """One scenario at one provider. `judged` is the part of the results stream about it, until its teardown."""

    way: Way
    provider: Provider
    scenario: Scenario
    judged: tuple[Run, Cell] | None = None
    drifted: Drifted | None = None

    @classmethod
    def make(cls, parent: ScenarioFile, provider: Provider, scenario: Scenario) -> ScenarioItem:
        # Not `scenario[provider]`: pytest's --lf takes brackets in a name for parameters and loses the item.
        name = f"{scenario.id}@{provider.id}"
        made = cast("ScenarioItem", cls.from_parent(parent, name=name))  # pyright: ignore[reportUnknownMemberType]
        made.way, made.provider, made.scenario = parent.way, provider, scenario
        made.extra_keyword_matches.update(scenario.tags)
        for mark in made.way.marks(provider, scenario):
            made.add_marker(mark)
        return made

    @property
    def key(self) -> UnitKey:
        return self.provider.id, self.scenario.id

    def runtest(self) -> None:
        run = self._asked()
        if reason := run.skipped.get(self.provider.id):
            pytest.skip(one_line(reason))
        cell = run.cells[self.key]
        self.judged = run, cell
        states = {cell.state(question) for question in run.questions(run.providers[0])}
        if states.isdisjoint(OPEN_STATES) and (found := run.diagnoses.get(self.provider.id)):
            pytest.skip(f"{one_line(self.provider.title)} {one_line(found.sentence)}")
        if self.provider == self.way.compared_to:
            if states & OPEN_STATES:
                pytest.xfail(f"broken at {self.provider.id}, which is only compared to")
        elif self.way.drift:
            self.drifted = self.way.drift(self, cell)
        if states & OPEN_STATES:
            raise ScenarioFailedError.of(run, cell, self.drifted)
        if self.drifted:
            raise ScenarioFailedError(self.drifted.text, self.drifted.headline)
        if State.INCONCLUSIVE in states:
            causes = sorted({f"{r.cause}: {one_line(r.note or '')}" for r in cell.results if r.cause})
            pytest.skip(f"inconclusive: {list_some(causes, 3)}")
        if states == {State.NOT_APPLICABLE}:
            pytest.skip(one_line(cell.not_applicable or "no clause applies to what came back"))

    def teardown(self) -> None:
        self.judged = None  # its report is made; the items stay until the session ends

    def _asked(self) -> Run:
        """What came of the unit. An error's text is shown by pytest, which obeys what stands in it."""
        try:
            return self.way.ask(self.key)
        except SuiteError as error:
            raise type(error)(visible(str(error))) from None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, ScenarioFailedError | SuiteError) or self.config.getoption("fulltrace"):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value", chain=False)
        if shown.reprcrash:  # what pytest tells of a failure in one line
            where = self.scenario.where
            shown.reprcrash.path, shown.reprcrash.lineno = str(where.path), where.line
            shown.reprcrash.message = _in_one_line(excinfo.value)
        return shown

    def reportinfo(self) -> tuple[Path, int, str]:
        # Not the item's own name: pytest would print its dots as `::`, which is no node id.
        return self.scenario.where.path, self.scenario.where.line - 1, f"{self.scenario.id} at {self.provider.id}"


class ScenarioFailedError(Exception):
    """The provider does not keep a clause, or something was not judged, or its answers have another shape than before;
    the text is the evidence, `headline` one line of it."""

    def __init__(self, text: str, headline: str) -> None:
        super().__init__(text)
        self.headline = headline

    @classmethod
    def of(cls, run: Run, cell: Cell, drifted: Drifted | None) -> ScenarioFailedError:
        """What a cell shows, with the drift of its shape below it."""
        telling = Teller.of(run, cell.provider)
        text = cell_text(telling, cell)
        return cls(f"{text}\n\n{drifted.text}" if drifted else text, cell_headline(telling, cell))


def _in_one_line(error: BaseException) -> str:
    return error.headline if isinstance(error, ScenarioFailedError) else one_line(str(error))


def complete(report: pytest.TestReport, item: ScenarioItem, *, html: bool) -> None:
    """Give a report of pytest's what only the item knows: how long the provider took, why it was skipped, evidence."""
    if report.skipped and isinstance(report.longrepr, tuple):
        # Where the provider is declared, so that -ra folds what has one reason into one line.
        where = item.provider.where
        report.longrepr = str(where.path), where.line, report.longrepr[2].removeprefix("Skipped: ")
    if item.judged:
        run, cell = item.judged
        # The time that the provider took, not the time that pytest waited for it behind other items.
        report.duration = sum(exchange.total_ms for exchange in cell.exchanges) / 1000
        if html:
            from messages_conformance.report.markup import cell_html  # templates load long, and few reports are pages

            drifted = f'<pre style="color: black">{escape(item.drifted.text)}</pre>' if item.drifted else ""
            shown = _extra(drifted + str(cell_html(Teller.of(run, cell.provider), cell)))
            report.extras = [*getattr(report, "extras", []), shown]  # pyright: ignore[reportAttributeAccessIssue]


def has_evidence(report: pytest.TestReport) -> bool:
    """Whether `complete` gave this report its evidence as HTML."""
    return any(extra["name"] == FOLDER for extra in getattr(report, "extras", []))


def _extra(content: str) -> dict[str, Any]:
    """What pytest-html shows in a row."""
    return {"name": FOLDER, "format_type": "html", "content": content, "mime_type": None, "extension": None}
