"""Where `run` writes, and how it ends when somebody interrupts it."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.cli.choice import added, chosen
from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError
from messages_conformance.report.outputs import remove_outputs

if TYPE_CHECKING:
    from messages_conformance.catalog import Catalog
    from messages_conformance.results.reading import Run
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
    if not resume:
        return chosen(catalog, **choice)
    from messages_conformance.run.keeping.resuming import earlier

    return added(catalog, earlier(directory).providers(catalog), **choice)


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


def allowing(command: Any) -> Any:
    """Add the options that bound what a run may use; `command` is given them as one `Allowance`."""

    @wraps(command)
    def bounded(*, max_cost: float | None, max_requests: int | None, max_duration: str | None, **others: Any) -> Any:
        from messages_conformance.run.planning.budget import Allowance, seconds_of

        seconds = None if max_duration is None else seconds_of(max_duration)
        return command(allowed=Allowance(max_cost, max_requests, seconds), **others)

    cost = click.option(
        "--max-cost",
        type=click.FloatRange(min=0),
        metavar="AMOUNT",
        help="Spend at most so much, in the currency of the prices in providers.yaml; requests in flight count as if "
        "they used their whole max_tokens. What is then not asked stays open, and --resume goes on.",
    )
    requests = click.option(
        "--max-requests", type=click.IntRange(min=1), metavar="N", help="Send at most so many requests."
    )
    duration = click.option(
        "--max-duration", metavar="TIME", help="Send nothing after so many seconds, minutes or hours: 90, 10m, 1.5h."
    )
    return cost(requests(duration(bounded)))


INTERRUPTED = "Interrupted: the reports hold what was judged until now, and are marked as incomplete."


def tell_how_to_go_on(directory: Path, why: str = INTERRUPTED) -> None:
    """What is said last of a run that did not ask everything."""
    say(f"\n{why} Go on with:")
    say(f"  messages-conformance run --resume --report {shlex.quote(str(directory))}")


def left_out(run: Run) -> str | None:
    """What is said of a run that could not ask everything for want of money, time or requests."""
    from messages_conformance.checks.base import Cause

    results = (result for cell in run.cells.values() for result in cell.results)
    why = dict.fromkeys(result.note for result in results if result.note and result.cause == Cause.BUDGET)
    return f"Not everything was asked: {'; '.join(why)}." if why else None
