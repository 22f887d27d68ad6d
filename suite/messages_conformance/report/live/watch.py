"""What a person sees of a run while it lasts: bars on a terminal, a line now and then in a log."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from messages_conformance.catalog.model import Provider
from messages_conformance.report.console import Console
from messages_conformance.report.live.progress import Progress, beginning, line
from messages_conformance.report.words import duration, one_line
from messages_conformance.results.vocabulary import State
from messages_conformance.run.observing import Unwatched
from messages_conformance.run.planning.cost import Ledger, estimate
from messages_conformance.run.planning.plan import Plan, Unit

PERIOD = 10.0
"""Seconds between two lines of a log. A run that takes less prints none."""
TITLE_WIDTH = 18


class Watch(Unwatched):
    """An engine's observer that draws progress on a console."""

    def __init__(self, console: Console, period: float = PERIOD) -> None:
        self._console = console
        self._period = period
        self._progress: dict[str, Progress] = {}
        self._bars = Bars(
            TextColumn("{task.description}", markup=False, table_column=Column(max_width=TITLE_WIDTH, no_wrap=True)),
            BarColumn(bar_width=10),
            MofNCompleteColumn(),
            _Left(self._progress),
            _Told(self._progress),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def watching(self, plan: Plan) -> Generator[None]:
        """Show progress while the block runs, and leave the terminal as it was, however it ends."""
        now, totals = time.monotonic(), Counter(unit.provider.id for unit in plan.asked)
        for provider in plan.providers:
            title, total = one_line(provider.title), totals[provider.id]
            cost, rate = estimate(plan, provider), provider.limits.requests_per_minute
            self._progress[provider.id] = Progress(title, total, now, now, cost.requests, 60 / rate if rate else 0.0)
            if rate and (cost.seconds or 0.0) > PERIOD:
                told = beginning(title, cost, rate, datetime.now().astimezone())
                self._console.print(Text(told), highlight=False, soft_wrap=True)
            self._tasks[provider.id] = self._bars.add_task(title, total=total, provider=provider.id)
        with self._bars if self._console.is_terminal else self._logging():
            yield

    def unit_done(self, unit: Unit, state: State) -> None:
        one = self._heard(unit.provider.id)
        one.states[state] += 1
        one.pending -= len(unit.scenario.steps)
        self._bars.advance(self._tasks[unit.provider.id])

    def request_done(self, ledger: Ledger) -> None:
        one = self._heard(ledger.provider.id)
        one.requests += 1
        one.tokens, one.money = ledger.tokens.total(), dict(ledger.money)

    def waits(self, provider: Provider, seconds: float, why: str) -> None:
        one = self._heard(provider.id)
        one.waits_until, one.why = time.monotonic() + seconds, why

    def _heard(self, provider: str) -> Progress:
        one = self._progress[provider]
        one.heard = time.monotonic()
        return one

    @contextmanager
    def _logging(self) -> Generator[None]:
        over = threading.Event()
        writer = threading.Thread(target=self._log, args=(over,), name="progress", daemon=True)
        writer.start()
        try:
            yield
        finally:
            over.set()
            writer.join()

    def _log(self, over: threading.Event) -> None:
        while self._progress and not over.wait(self._period):
            told = line(list(self._progress.values()), time.monotonic())
            self._console.print(Text(told), highlight=False, soft_wrap=True)


class _Of(ProgressColumn):
    """A column about one provider's progress."""

    def __init__(self, progress: dict[str, Progress]) -> None:
        super().__init__(Column(no_wrap=True))
        self._progress = progress

    def of(self, task: Task) -> tuple[Progress, float]:
        """The progress that a bar shows, and this moment."""
        return self._progress[task.fields["provider"]], time.monotonic()


class _Left(_Of):
    """How long the rest takes."""

    def render(self, task: Task) -> Text:
        one, now = self.of(task)
        seconds = one.remaining(now)
        return Text("" if seconds is None or task.finished else duration(seconds), "cyan")


class _Told(_Of):
    """What a provider waits for, or else its figures."""

    def render(self, task: Task) -> Text:
        one, now = self.of(task)
        told = one.waiting(now)
        return Text(told, "yellow") if told else Text(one.figures(now), "dim")
