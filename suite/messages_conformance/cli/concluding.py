"""What comes after the judging, for every command that ends with a run: reports, the first screen, the exit code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.errors import UserError
from messages_conformance.report.outputs import OUTPUTS, write_outputs
from messages_conformance.run.keeping.directories import RESULTS

if TYPE_CHECKING:
    from messages_conformance.results.reading import Run

LEVELS = ("MUST", "SHOULD", "MAY")


@dataclass(frozen=True, slots=True)
class Ending:
    """What comes after the judging: the weakest level that counts, the reports that are written (none named: all), and
    whether the terminal is to show every finding."""

    fail_on: str
    outputs: Sequence[str]
    verbose: bool


def concluding(command: Any) -> Any:
    """Add the options of what comes after the judging; `command` is given them as one `Ending`."""

    @wraps(command)
    def ended(*, fail_on: str, outputs: Sequence[str], verbose: bool, **others: Any) -> Any:
        return command(ending=Ending(fail_on, outputs, verbose), **others)

    fail_on = click.option(
        "--fail-on",
        type=click.Choice(LEVELS, case_sensitive=False),
        default="MUST",
        show_default=True,
        help="The weakest level whose failure makes the run fail.",
    )
    outputs = click.option(
        "--output",
        "outputs",
        type=click.Choice([output.name for output in OUTPUTS]),
        multiple=True,
        help=f"Write only this report, may be repeated. Default: all ({', '.join(o.path for o in OUTPUTS)}).",
    )
    verbose = click.option("-v", "--verbose", is_flag=True, help="Print every finding too, not only the first screen.")
    return fail_on(outputs(verbose(ended)))


def conclude(result: Run, ending: Ending, directory: Path, results: Path | None = None) -> int:
    """Write the reports and print the first screen; `results` is the stream, where it is not in `directory`. Raises
    UserError, after that, when the reports cannot be written."""
    from messages_conformance.catalog.model import Level
    from messages_conformance.report.console import Console
    from messages_conformance.report.terminal import summary
    from messages_conformance.results.verdict import judge_run

    level = Level(ending.fail_on)
    written: Mapping[str, Path] = {}
    unwritten: UserError | None = None
    try:
        written = write_outputs(result, directory, level, ending.outputs)
    except UserError as error:  # what the run came to is told all the same
        unwritten = error
    more = [] if ending.verbose else [_again(results or directory / RESULTS)]
    if page := written.get("page"):
        more.append(shlex.join(("open", str(page))))
    summary(result, Console(), fail_on=level, more=more, verbose=ending.verbose)
    if unwritten:
        raise unwritten
    return judge_run(result, level).exit


def _again(results: Path) -> str:
    """The command that shows more of a run."""
    from messages_conformance.run.keeping.directories import LATEST

    last = LATEST / RESULTS
    known = () if last.is_file() and last.samefile(results) else (str(results),)
    return shlex.join(("messages-conformance", "report", "-v", *known))
