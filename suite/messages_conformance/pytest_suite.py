"""The plugin's working half: scenarios as pytest items, one per scenario and provider, over the same engine.

Without paths on the command line pytest collects the scenarios instead of the project's own tests. Nothing is sent
before the first item runs. Before an item runs, it and the next ones (as many as the providers allow at a time) are
handed to the engine, so that a pytest run is as concurrent as any other; items behind that window are not sent, so that
`-x` stops paying early.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from messages_conformance.catalog import choose_providers, data, load_catalog
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.errors import HarnessError, SuiteError
from messages_conformance.report import write_reports
from messages_conformance.report.evidence import cell_html, cell_text
from messages_conformance.run.background import Background
from messages_conformance.run.reading import Cell, Run, State, read_run
from messages_conformance.run.session import RESULTS
from messages_conformance.run.verdict import Exit, judge_provider, judge_run

OPEN_STATES = {State.FAIL, State.FAULT, State.INCOMPLETE}


class Suite:
    """Registered only when a provider was named. Raises UserError for names that name nothing."""

    def __init__(self, config: pytest.Config, names: list[str]) -> None:
        own = Path("providers.yaml")
        self.catalog = load_catalog(own if own.is_file() else None)
        self.providers = choose_providers(self.catalog.providers, names)
        self.engine: Background | None = None
        self._config = config
        self._directory = data("scenarios").resolve()
        self._summary: list[str] = []
        self._undecided = False
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(self._directory)]

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if file_path.suffix != ".yaml" or file_path.resolve().parent != self._directory:
            return None
        return ScenarioFile.make(self, parent, file_path)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        items = [item for item in session.items if isinstance(item, ScenarioItem)]
        if not items or self._config.getoption("collectonly"):
            return (yield)
        try:
            with ExitStack() as stack:
                directory = self._report_directory(stack)
                pairs = [(item.provider, item.scenario) for item in items]
                with Background(self.catalog, pairs, directory, ahead=self._ahead()) as self.engine:
                    result = yield
                self._conclude(directory)
                return result
        except SuiteError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if self.engine and isinstance(item, ScenarioItem):
            self.engine.look_ahead(item.key)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if isinstance(item, ScenarioItem) and report.when == "call" and item.judged:
            # The time that the provider took, not the time that pytest waited for it behind other items.
            report.duration = sum(exchange["total_ms"] for exchange in item.judged[1].exchanges) / 1000
            _attach(report, *item.judged)
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._summary:
            terminalreporter.section("conformance")
            for line in self._summary:
                terminalreporter.write_line(line)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        # Skipped for want of an answer is not passed: a run that decided nothing must not end with 0.
        if self._undecided and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def finish(self, item: ScenarioItem) -> Run:
        """Wait for the item's exchanges; the part of the results stream about it."""
        if self.engine is None:
            raise HarnessError("scenarios run only inside pytest's own loop")
        return self.engine.finish(item.key)

    def _worker(self) -> str | None:
        """The id of the pytest-xdist worker that this process is, if it is one."""
        return getattr(self._config, "workerinput", {}).get("workerid")

    def _ahead(self) -> int:
        # xdist tells a worker its next item only; looking further would send what another worker sends as well.
        return 0 if self._worker() else sum(provider.limits.concurrency for provider in self.providers)

    def _wanted(self) -> Path | None:
        given = cast("str | None", self._config.getoption("--conformance-report"))
        return Path(given) if given else None

    def _report_directory(self, stack: ExitStack) -> Path:
        directory = self._wanted() or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return directory / (self._worker() or "")

    def _conclude(self, directory: Path) -> None:
        run = read_run(directory / RESULTS)
        self._summary = [f"{provider['title']} {judge_provider(run, provider).sentence}" for provider in run.providers]
        self._undecided = judge_run(run).exit is Exit.INCOMPLETE
        if self._wanted():
            self._summary += [f"wrote {path}" for path in write_reports(run, directory)]


class ScenarioFile(pytest.File):
    """One file of scenarios."""

    suite: Suite

    @classmethod
    def make(cls, suite: Suite, parent: pytest.Collector, path: Path) -> ScenarioFile:
        made = cast("ScenarioFile", cls.from_parent(parent, path=path, nodeid=f"conformance/{path.name}"))  # pyright: ignore[reportUnknownMemberType]
        made.suite = suite
        return made

    def collect(self) -> Iterable[ScenarioItem]:
        for scenario in self.suite.catalog.scenarios:
            if scenario.where.path.resolve() == self.path.resolve():
                for provider in self.suite.providers:
                    yield ScenarioItem.make(self, provider, scenario)


class ScenarioItem(pytest.Item):
    """One scenario at one provider. `judged` is the part of the results stream about it, once it ran."""

    suite: Suite
    provider: Provider
    scenario: Scenario
    judged: tuple[Run, Cell] | None = None

    @classmethod
    def make(cls, parent: ScenarioFile, provider: Provider, scenario: Scenario) -> ScenarioItem:
        # Not `scenario[provider]`: pytest's --lf takes brackets in a name for parameters and loses the item.
        name = f"{scenario.id}@{provider.id}"
        made = cast("ScenarioItem", cls.from_parent(parent, name=name))  # pyright: ignore[reportUnknownMemberType]
        made.suite, made.provider, made.scenario = parent.suite, provider, scenario
        return made

    @property
    def key(self) -> tuple[str, str]:
        return self.provider.id, self.scenario.id

    def runtest(self) -> None:
        run = self.suite.finish(self)
        if reason := run.skipped.get(self.provider.id):
            pytest.skip(reason)
        cell = run.cells[self.key]
        self.judged = run, cell
        states = {cell.state(question) for question in run.questions(run.providers[0])}
        if states & OPEN_STATES:
            raise ScenarioFailedError(run, cell)
        if State.INCONCLUSIVE in states:
            causes = sorted({f"{result.cause}: {result.note}" for result in cell.results if result.cause})
            pytest.skip(f"inconclusive ({'; '.join(causes)})")
        if states == {State.NOT_APPLICABLE}:
            pytest.skip(cell.not_applicable or "no clause applies to what came back")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioFailedError):
            return cell_text(excinfo.value.run, excinfo.value.cell)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.scenario.where.path, self.scenario.where.line - 1, self.name


class ScenarioFailedError(Exception):
    """The provider does not keep a clause; carries the evidence."""

    def __init__(self, run: Run, cell: Cell) -> None:
        super().__init__(f"{cell.scenario} at {cell.provider}")
        self.run = run
        self.cell = cell


def _attach(report: pytest.TestReport, run: Run, cell: Cell) -> None:
    """Give pytest-html's row the evidence. pytest-html reads `report.extras`; without it nobody does."""
    extra = {
        "name": "evidence",
        "format_type": "html",
        "content": cell_html(run, cell),
        "mime_type": None,
        "extension": None,
    }
    report.extras = [*getattr(report, "extras", []), extra]  # pyright: ignore[reportAttributeAccessIssue]
