"""The plugin's working half: a pytest run over scenarios, by the same engine as any other run.

Without paths on the command line pytest collects the scenarios instead of the project's own tests. Nothing is started
or sent before the first item runs. From then on the engine is handed coming items, as many as the providers allow at a
time, so that a pytest run is as concurrent as any other. With `-x`, and whatever else may end a session before its last
item, it is handed no more than a window of them, so that `-x` stops paying early.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest
from rich.text import Text

from messages_conformance.catalog import load_here
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import LONGEST_WAIT, Level
from messages_conformance.catalog.providers.adhoc import named_or_described
from messages_conformance.errors import Problem, SuiteError, UserError, using
from messages_conformance.pytest_plugin.items import (
    Drift,
    ScenarioFile,
    ScenarioItem,
    Way,
    complete,
    has_evidence,
)
from messages_conformance.pytest_plugin.marks import Marks
from messages_conformance.pytest_plugin.places import FOLDER, Places
from messages_conformance.report.catalogue.models import retired
from messages_conformance.report.console import Console
from messages_conformance.report.outputs import write_outputs
from messages_conformance.report.terminal import summary
from messages_conformance.report.words import visible
from messages_conformance.results.join import join
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.records import Record
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.background import Background, UnitKey
from messages_conformance.run.collecting import collect_seldom
from messages_conformance.run.interrupts import at_once_from_now_on, interruptible
from messages_conformance.run.keeping.directories import RESULTS, fresh, name_latest
from messages_conformance.run.keeping.streams import held, refuse_taken
from messages_conformance.run.planning.budget import Allowance, seconds_of
from messages_conformance.run.planning.plan import Plan, choose
from messages_conformance.run.planning.repeating import repeated
from messages_conformance.run.session import Intent, Session, session

if TYPE_CHECKING:
    from messages_conformance.catalog.model import Provider
    from messages_conformance.pytest_plugin.moving import Baseline, Moved


class Suite:
    """Registered only when somebody is to be asked. `said` are the options of `ASKING`, by their names with
    underscores. Raises UserError for names that name nothing."""

    def __init__(self, config: pytest.Config, names: list[str], said: Mapping[str, Any]) -> None:
        collect_seldom()
        folders = cast("list[Path]", config.getini("messages_conformance_scenarios"))
        self.catalog = load_here(folders)
        known = self.catalog.providers
        tested = named_or_described(known, self.catalog.contracts, names, said)
        self._baseline = _baseline(said["compare_to"], known, tested)
        self.providers = [*tested, *filter(None, [self._baseline and self._baseline.provider])]
        self._timeout = _timeout(config)
        self._allowed = _allowed(config)
        self._repeat = _repeat(config)
        self._may_stop = any(config.getoption(name, None) for name in ("maxfail", "stepwise", "usepdb", "trace"))
        self._config = config
        self._profile: str | None = said["profile"]
        self._way = self._way_of(Marks(self.catalog))
        variants = bool(config.getoption("--conformance-variants"))
        asked = {scenario.id for scenario in choose(self.catalog, (), self._profile, variants=variants)}
        # A variant may be named by its node id, as the report of a run that asked for variants prints it.
        asked |= {given.rpartition("::")[2].rpartition("@")[0] for given in config.args}
        self._asked = [scenario for scenario in self.catalog.scenarios if scenario.id in asked]
        self._places = Places(folders, config.rootpath)
        self._collected = False
        self._order: list[UnitKey] = []
        self._engine: Background | None = None
        self._stack = ExitStack()
        self._workers: list[str] = []
        self._tested: Run | None = None
        self._moved: Moved | None = None
        self._written: dict[str, Path] = {}
        self._wanted = self._directory_for_reports(cast("str | None", config.getoption("--conformance-report")))
        if config.args_source is pytest.Config.ArgsSource.ARGS:
            config.args = [path for given in config.args for path in self._places.located(given)]
        else:
            config.args = self._places.every()

    def _way_of(self, marks: Marks) -> Way:
        for line in marks.registered():
            self._config.addinivalue_line("markers", line)
        compared_to = self._baseline.provider if self._baseline else None
        return Way(self._ask, marks.of, compared_to, self._drift())

    def _drift(self) -> Drift | None:
        if not self._config.getoption("--shape-snapshot"):
            return None
        if not self._config.pluginmanager.hasplugin("syrupy"):
            lacking = "--shape-snapshot needs syrupy, which is not installed, or switched off"
            raise UserError(Problem(lacking, hint="pip install 'messages-conformance[snapshots]'"))
        if self._config.getoption("--snapshot-update") and self._config.getoption("numprocesses", None):
            raise UserError("--snapshot-update records in one process: leave out -n")
        from messages_conformance.pytest_plugin.snapshots import Shapes

        return Shapes(self._config, self.catalog.contracts[CANONICAL]).drift

    def pytest_report_header(self) -> list[str]:
        """What is to be known of an endpoint before anything is sent."""
        notes = [provider.note for provider in self.providers if provider.is_adhoc and provider.note]
        return [f"conformance: {told}" for told in (*notes, *retired(self.providers, date.today()))]

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        others = yield
        if file_path.suffix != ".yaml" or (read := self._places.read_as(file_path)) is None:
            return others
        # Without the others: a project that collects YAML files of its own must not take ours for them.
        self._collected = True
        found = [scenario for scenario in self._asked if scenario.where.path == read]
        pairs = [(provider, scenario) for scenario in found for provider in self.providers]
        return [ScenarioFile.make(parent.session, file_path, self._places.node(file_path), pairs, self._way)]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What looks back on a run comes last, however the items were shuffled."""
        items.sort(key=lambda item: isinstance(item, ScenarioItem) and item.scenario.looks_back)

    def pytest_report_collectionfinish(self) -> str | None:
        if self._collected or self._config.args_source is not pytest.Config.ArgsSource.ARGS:
            return None
        return f"conformance: no scenario is among the given paths; leave them out, or add `{FOLDER}` for all scenarios"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        self._order = [item.key for item in session.items if isinstance(item, ScenarioItem)]
        with nullcontext() if self._worker else interruptible():
            try:
                return (yield)
            except KeyboardInterrupt:
                at_once_from_now_on()
                raise
            finally:
                self._stack.close()
                if not self._worker:
                    self._conclude()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if isinstance(item, ScenarioItem) and report.when == "call":
            complete(report, item, html=bool(self._config.getoption("htmlpath", default=None)))
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: pytest.TestReport, data: list[str]) -> None:
        if has_evidence(report):
            data.clear()  # the same as plain text

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist, before it starts, where to leave its part of the results."""
        node.workerinput[FOLDER] = str(self._directory.resolve())
        if not self._workers:  # before the first of them writes
            self._stack.enter_context(held(self._directory))
        self._workers.append(node.workerinput["workerid"])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._tested is None:
            return
        self._section(terminalreporter, FOLDER, partial(self._summarize, self._tested))
        if self._moved:
            tell = partial(self._moved.tell, self._written.get("comparison"))
            self._section(terminalreporter, f"{FOLDER}: what changes", tell)

    def _summarize(self, run: Run, console: Console) -> None:
        summary(run, console, more=[shlex.join(command) for command in self._more()])
        if not run.complete:
            console.print(Text(f"Go on with it: messages-conformance run --resume --report {self._directory}"))

    def _section(self, reporter: pytest.TerminalReporter, title: str, write: Callable[[Console], None]) -> None:
        writer = self._config.get_terminal_writer()
        text = io.StringIO()
        colours = "standard" if writer.hasmarkup else None
        write(Console(file=text, width=writer.fullwidth, color_system=colours))
        reporter.write_sep("=", title)
        reporter.write(text.getvalue())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        # Skipped for want of an answer is not passed: a run that decided nothing must not end with 0.
        if exitstatus != pytest.ExitCode.OK or self._tested is None:
            return
        if (code := judge_run(self._tested).exit) is Exit.USAGE:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        elif code is not Exit.CONFORMS or (self._moved and self._moved.breaks):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        """Let go of the run: pytest looks for garbage twice after this, through everything that is left."""
        self._tested = self._moved = None

    def _more(self) -> Iterator[tuple[str, ...]]:
        """The commands that show more than the summary."""
        yield "messages-conformance", "report", "-v", str(self._directory / RESULTS)
        if page := self._written.get("page"):
            yield "open", str(page)

    def _begun(self, plan: Plan) -> None:
        if self._wanted is None and not self._worker and plan.asked:
            name_latest(self._directory)

    def _ask(self, key: UnitKey) -> Run:
        if self._engine is None:
            # In the catalogue's order, which a report keeps however the items were shuffled.
            asked = set(self._order)
            once = [(p, s) for s in self.catalog.scenarios for p in self.providers if (p.id, s.id) in asked]
            pairs = repeated(once, self._repeat)

            def opening(listen: Callable[[Record], None]) -> AbstractContextManager[Session]:
                intent = Intent(self._profile, begun=self._begun, timeout=self._timeout, allowed=self._allowed)
                return session(self.catalog, pairs, self._directory, intent, listen)

            engine = Background(opening, order=self._order, may_stop=self._may_stop, part=bool(self._worker))
            try:
                self._engine = self._stack.enter_context(engine)
            except SuiteError as error:
                _exit(error)
        return self._engine.finish(key)

    def _conclude(self) -> None:
        """Make a run of what was written; under pytest-xdist, first make one stream of its workers' parts."""
        results = self._directory / RESULTS
        parts = [part for worker in self._workers if (part := self._part(worker)).is_file()]
        try:
            if parts:
                join(parts, results)
                run = read_run(results)
            elif self._engine:
                run = self._engine.run()
                self._engine = None  # it keeps every answer
            else:
                return
            self._tested = run
            if parts and self._wanted is None and run.cells:
                name_latest(self._directory)
            if self._baseline:
                self._tested, self._moved = self._baseline.without(run), self._baseline.compared(results, run)
            if self._wanted:
                self._written = dict(write_outputs(run, self._wanted, Level.MUST))
                if self._moved:
                    self._written["comparison"] = self._moved.write(self._wanted)
        except SuiteError as error:
            _exit(error)

    @cached_property
    def _directory(self) -> Path:
        if self._worker:
            return Path(cast("Any", self._config).workerinput[FOLDER]) / self._worker
        return self._wanted or self._stack.enter_context(fresh())

    def _directory_for_reports(self, given: str | None) -> Path | None:
        """The directory for reports, made now: to find out at the end of a run that it cannot be would be late."""
        if given is None or self._worker:
            return None
        directory = Path(given)
        if not self._config.getoption("collectonly"):
            refuse_taken(directory)
        with using("write reports to", given):
            directory.mkdir(parents=True, exist_ok=True)
        return directory

    @property
    def _worker(self) -> str | None:
        """The id of the pytest-xdist worker that this process is, if it is one."""
        return getattr(self._config, "workerinput", {}).get("workerid")

    def _part(self, worker: str) -> Path:
        return self._directory / worker / RESULTS


def _baseline(name: str | None, known: Mapping[str, Provider], tested: Sequence[Provider]) -> Baseline | None:
    if name is None:
        return None
    from messages_conformance.pytest_plugin.moving import Baseline  # few sessions compare, and templates load long

    return Baseline(name, known, tested)


def _timeout(config: pytest.Config) -> float | None:
    seconds = cast("float | None", config.getoption("--conformance-timeout"))
    if seconds is not None and not 0 < seconds <= LONGEST_WAIT:
        raise UserError(f"--conformance-timeout {seconds:g}: more than 0 seconds and at most a day, such as 30")
    return seconds


def _repeat(config: pytest.Config) -> int:
    number = cast("int", config.getoption("--conformance-repeat"))
    if number < 1:
        raise UserError(f"--conformance-repeat {number}: a number from 1 on, such as 5")
    return number


def _allowed(config: pytest.Config) -> Allowance:
    cost = cast("float | None", config.getoption("--conformance-max-cost"))
    requests = cast("int | None", config.getoption("--conformance-max-requests"))
    duration = cast("str | None", config.getoption("--conformance-max-duration"))
    if (cost is not None and cost < 0) or (requests is not None and requests < 1):
        raise UserError(
            "--conformance-max-cost takes an amount from 0 on, --conformance-max-requests a number from 1 on"
        )
    return Allowance(cost, requests, None if duration is None else seconds_of(duration))


def _exit(error: SuiteError) -> NoReturn:
    user = isinstance(error, UserError)
    pytest.exit(visible(str(error)), pytest.ExitCode.USAGE_ERROR if user else pytest.ExitCode.INTERNAL_ERROR)
