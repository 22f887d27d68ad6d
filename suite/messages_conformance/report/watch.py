"""Joins the engine to the progress that a person sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console

from messages_conformance.report.terminal import Progress
from messages_conformance.results.vocabulary import State
from messages_conformance.run.observing import Unwatched
from messages_conformance.run.planning.plan import Plan, Unit


class Watch(Unwatched):
    """An engine's observer that draws progress on a console."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(console)

    @contextmanager
    def watching(self, plan: Plan) -> Generator[None]:
        """Show progress while the block runs, and leave the terminal as it was, however it ends."""
        titles = {provider.id: provider.title for provider in plan.providers}
        totals = Counter(unit.provider.id for unit in plan.asked)
        self._progress.start(titles, totals)
        try:
            yield
        finally:
            self._progress.stop()

    def unit_done(self, unit: Unit, state: State) -> None:
        self._progress.advance(unit.provider.id, state)
