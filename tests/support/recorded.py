"""A run that came to its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from messages_conformance.results.reading import Run
from messages_conformance.results.records import Record
from messages_conformance.results.stream import read_records

R = TypeVar("R", bound=Record)


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
