"""Where `run` writes, and how it ends when somebody interrupts it."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messages_conformance.cli.choice import added, chosen
from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError
from messages_conformance.report.outputs import remove_outputs

if TYPE_CHECKING:
    from messages_conformance.catalog import Catalog
    from messages_conformance.run.planning.plan import Pair, Plan


@contextmanager
def place(directory: Path | None, *, resume: bool, overwrite: bool) -> Generator[Path]:
    """The directory of a run: the one that is named, else the last run's to go on with, else one of its own."""
    from messages_conformance.run.keeping.directories import fresh, latest

    if overwrite and (resume or directory is None):
        raise UserError("--overwrite replaces the run in --report DIR: name it, and leave out --resume")
    if directory is None and not resume:
        with fresh() as made:
            yield made
    else:
        yield directory or latest()


def pairs(catalog: Catalog, directory: Path, *, resume: bool, **choice: Any) -> tuple[Pair, ...]:
    """What is to be asked; of a run that is gone on with, what is asked beside what it holds."""
    from messages_conformance.run.keeping.resuming import earlier

    return added(catalog, earlier(directory).providers(catalog), **choice) if resume else chosen(catalog, **choice)


@dataclass(frozen=True, slots=True)
class Begun:
    """What is to happen when the plan of a run is written. One that has nobody to ask is not named as the latest: it
    must not hide one that has answers."""

    directory: Path
    is_new: bool
    is_latest: bool

    def __call__(self, plan: Plan) -> None:
        from messages_conformance.run.keeping.directories import name_latest

        if not self.is_new:
            remove_outputs(self.directory)
        if self.is_latest and plan.asked:
            name_latest(self.directory)


def tell_how_to_go_on(directory: Path) -> None:
    """What is said last of a run that was interrupted."""
    say("\nInterrupted: the reports hold what was judged until now, and are marked as incomplete. Go on with:")
    say(f"  messages-conformance run --resume --report {shlex.quote(str(directory))}")
