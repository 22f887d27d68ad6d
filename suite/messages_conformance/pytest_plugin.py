"""`pytest --provider NAME`: the same engine, one pytest item per scenario and provider.

Without `--provider` the plugin does nothing. With it, and without paths on the command line, pytest collects the
scenarios instead of the project's own tests. Nothing is sent before the first item runs.

The engine lives on a thread with its own event loop. Before an item runs, it and the next ones (as many as the
providers allow at a time) are handed to the engine, so that a pytest run is as concurrent as any other; items after
that window are not sent, so that `-x` stops paying early.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from messages_conformance.errors import SuiteError

if TYPE_CHECKING:
    from messages_conformance.catalog import Catalog
    from messages_conformance.catalog.model import Provider, Scenario
    from messages_conformance.run.plan import Unit
    from messages_conformance.run.reading import Cell, Run
    from messages_conformance.run.session import Session

Key = tuple[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("messages-conformance", "conformance with Anthropic's Messages API")
    group.addoption(
        "--provider",
        action="append",
        default=[],
        metavar="NAME",
        help="run the conformance scenarios against this provider (an id or a glob of providers.yaml; may be repeated)",
    )
    group.addoption(
        "--conformance-report",
        metavar="DIR",
        help="also write index.html, matrix.md and results.jsonl to DIR",
    )


def pytest_configure(config: pytest.Config) -> None:
    names: list[str] = config.getoption("--provider")
    if not names:
        return
    try:
        suite = Suite(config, names)
    except SuiteError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(suite, "messages-conformance-suite")


class Suite:
    """The plugin's working half; registered only when a provider was named."""

    def __init__(self, config: pytest.Config, names: list[str]) -> None:
        from messages_conformance.catalog import choose_providers, data, load_catalog

        own = Path("providers.yaml")
        self.config = config
        self.catalog: Catalog = load_catalog(own if own.is_file() else None)
        self.providers: list[Provider] = choose_providers(self.catalog.providers, names)
        self.directory = data("scenarios").resolve()
        self.engine: EngineThread | None = None
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [str(self.directory)]

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if file_path.suffix != ".yaml" or file_path.resolve().parent != self.directory:
            return None
        return ScenarioFile.from_parent(parent, path=file_path, nodeid=f"conformance/{file_path.name}", suite=self)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        items = [item for item in session.items if isinstance(item, ScenarioItem)]
        if not items or self.config.getoption("collectonly"):
            return (yield)
        try:
            with EngineThread(self, items) as engine:
                self.engine = engine
                return (yield)
        except SuiteError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if self.engine and isinstance(item, ScenarioItem):
            self.engine.look_ahead(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[Any]:
        report: Any = yield
        if isinstance(item, ScenarioItem) and report.when == "call" and item.cell and self.engine:
            # The time that the provider took, not the time that pytest waited for it behind other items.
            report.duration = sum(exchange["total_ms"] for exchange in item.cell.exchanges) / 1000
            report.extras = [*getattr(report, "extras", []), *_html_extras(self.engine.run_of(item.key), item.cell)]
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.engine and self.engine.summary:
            terminalreporter.section("conformance")
            for line in self.engine.summary:
                terminalreporter.write_line(line)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        # Skipped for want of an answer is not passed: a run that decided nothing must not end with 0.
        if self.engine and self.engine.undecided and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


class ScenarioFile(pytest.File):
    """One file of scenarios."""

    def __init__(self, *, suite: Suite, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.suite = suite

    def collect(self) -> Iterator[pytest.Item]:
        for scenario in self.suite.catalog.scenarios:
            if scenario.where.path.resolve() == self.path.resolve():
                for provider in self.suite.providers:
                    # Not `scenario[provider]`: pytest's --lf takes brackets in a name for parameters and loses it.
                    name = f"{scenario.id}@{provider.id}"
                    yield ScenarioItem.from_parent(self, name=name, provider=provider, scenario=scenario)


class ScenarioItem(pytest.Item):
    """One scenario at one provider."""

    def __init__(self, *, provider: Provider, scenario: Scenario, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.provider = provider
        self.scenario = scenario
        self.cell: Cell | None = None

    @property
    def key(self) -> Key:
        return self.provider.id, self.scenario.id

    def runtest(self) -> None:
        from messages_conformance.run.reading import State

        engine = self.parent.suite.engine  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
        run: Run = engine.finish(self)
        if reason := run.skipped.get(self.provider.id):
            pytest.skip(reason)
        self.cell = run.cells[self.key]
        states = {self.cell.state(question) for question in run.questions(run.providers[0])}
        if states & {State.FAIL, State.FAULT, State.INCOMPLETE}:
            raise ScenarioFailed(run, self.cell)
        if State.INCONCLUSIVE in states:
            causes = sorted({f"{r.cause}: {r.note}" for r in self.cell.results if r.cause})
            pytest.skip(f"inconclusive ({'; '.join(causes)})")
        if states == {State.NOT_APPLICABLE}:
            pytest.skip(self.cell.not_applicable or "no clause applies to what came back")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioFailed):
            from messages_conformance.report.evidence import cell_text

            return cell_text(excinfo.value.run, excinfo.value.cell)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.scenario.where.path, self.scenario.where.line - 1, self.name


class ScenarioFailed(Exception):
    """The provider does not keep a clause; carries the evidence."""

    def __init__(self, run: Run, cell: Cell) -> None:
        super().__init__(cell.scenario)
        self.run = run
        self.cell = cell


class EngineThread:
    """The engine on a thread with its own loop, fed with items and asked for what became of them."""

    def __init__(self, suite: Suite, items: list[ScenarioItem]) -> None:
        self._suite = suite
        self._items = items
        self._place = {item.key: number for number, item in enumerate(items)}
        self._stack = ExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="messages-conformance", daemon=True)
        self._futures: dict[Key, Future[Any]] = {}
        self._records: dict[Key, list[dict[str, Any]]] = defaultdict(list)
        self._header: dict[str, Any] = {}
        self._skips: list[dict[str, Any]] = []
        self.summary: list[str] = []
        self.undecided = False

    def __enter__(self) -> EngineThread:
        from messages_conformance.run.session import session

        config = self._suite.config
        directory = config.getoption("--conformance-report")
        worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        if directory is None:
            directory = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._directory = Path(directory) / (worker["workerid"] if worker else "")
        # xdist tells a worker its next item only; looking further would send what another worker sends as well.
        self._ahead = 0 if worker else sum(provider.limits.concurrency for provider in self._suite.providers)
        pairs = [(item.provider, item.scenario) for item in self._items]
        self._session: Session = self._stack.enter_context(
            session(self._suite.catalog, pairs, self._directory, self._hear)
        )
        self._units: dict[Key, Unit] = {unit.key: unit for unit in self._session.plan.asked}
        self._thread.start()
        self._wait(self._session.engine.__aenter__())
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            pending = [future for future in self._futures.values() if not future.done()]
            for future in pending:
                future.cancel()
            self._wait(self._session.engine.__aexit__(None, None, None))
            if len(self._futures) == len(self._units) and not pending:
                self._session.engine.footer()
            self._conclude()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._stack.close()

    def look_ahead(self, item: ScenarioItem) -> None:
        """Hand the item and the window behind it to the engine."""
        start = self._place[item.key]
        for coming in self._items[start : start + 1 + self._ahead]:
            unit = self._units.get(coming.key)
            if unit and coming.key not in self._futures:
                task = self._session.engine.run_unit(unit)
                self._futures[coming.key] = asyncio.run_coroutine_threadsafe(task, self._loop)

    def finish(self, item: ScenarioItem) -> Run:
        """Wait for the item's unit and give what the stream says of it."""
        if future := self._futures.get(item.key):
            future.result()
        return self.run_of(item.key)

    def run_of(self, key: Key) -> Run:
        """The part of the stream that is about one item, with the header reduced to its provider."""
        from messages_conformance.run.reading import assemble

        header = dict(self._header)
        header["providers"] = [p for p in header["providers"] if p["id"] == key[0]]
        return assemble([header, *self._skips, *self._records[key]])

    def _hear(self, line: str) -> None:
        record = json.loads(line)
        match record["kind"]:
            case "header":
                self._header = record
            case "skipped":
                self._skips.append(record)
            case "footer":
                pass
            case _:
                self._records[record["provider"], record["scenario"]].append(record)

    def _conclude(self) -> None:
        from messages_conformance.report import write_reports
        from messages_conformance.run.reading import read_run
        from messages_conformance.run.session import RESULTS
        from messages_conformance.run.verdict import Exit, judge_provider, judge_run

        run = read_run(self._directory / RESULTS)
        self.summary = [f"{p['title']} {judge_provider(run, p).sentence}" for p in run.providers]
        self.undecided = judge_run(run).exit is Exit.INCOMPLETE
        if self._suite.config.getoption("--conformance-report"):
            self.summary += [f"wrote {path}" for path in write_reports(run, self._directory)]

    def _wait(self, task: Any) -> None:
        asyncio.run_coroutine_threadsafe(task, self._loop).result()


def _html_extras(run: Run, cell: Cell) -> list[Any]:
    try:
        from pytest_html import extras
    except ImportError:  # pytest runs with -p no:html or without the package
        return []
    from messages_conformance.report.evidence import cell_html

    return [extras.html(cell_html(run, cell))]
