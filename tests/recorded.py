"""A run that came to its end, and an observer for runs that nobody watches."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from messages_conformance.results.reading import Run, read_records
from messages_conformance.results.records import Record
from messages_conformance.results.vocabulary import State
from messages_conformance.run.planning.plan import Plan, Unit

R = TypeVar("R", bound=Record)


class Quiet:
    """An observer that wants to know nothing."""

    @contextlib.contextmanager
    def watching(self, plan: Plan) -> Generator[None]:
        yield

    def unit_done(self, unit: Unit, state: State) -> None:
        pass


@dataclass(frozen=True)
class Recorded:
    """Where a run's stream lies, and what it says."""

    results: Path
    run: Run

    @cached_property
    def records(self) -> list[Record]:
        return list(read_records(self.results))

    def of(self, kind: type[R]) -> list[R]:
        return [record for record in self.records if isinstance(record, kind)]
