"""A run that came to its end, and an observer for runs that nobody watches."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from messages_conformance.results.reading import Run, State
from messages_conformance.run.planning.plan import Plan, Unit


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
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.results.read_text("utf-8").splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]
