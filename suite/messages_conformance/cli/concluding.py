"""What comes after the judging, for every command that ends with a run: reports, the first screen, the exit code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.errors import Problem, UserError
from messages_conformance.report.outputs import OUTPUTS, write_outputs
from messages_conformance.run.keeping.directories import RESULTS

if TYPE_CHECKING:
    from messages_conformance.results.reading import Run

LEVELS = ("MUST", "SHOULD", "MAY")
REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class Ending:
    """What comes after the judging: the weakest level that counts, the reports that are written (none named: all),
    whether the terminal is to show every finding, and the run that this one is held against, if it is."""

    fail_on: str
    outputs: Sequence[str]
    verbose: bool
    against: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that lies in `path`, read before anything else happens: the next one may be named as the latest."""

    path: Path
    run: Run


def concluding(command: Any) -> Any:
    """Add the options of what comes after the judging; `command` is given them as one `Ending`."""

    @wraps(command)
    def ended(*, fail_on: str, against: str | None, outputs: Sequence[str], verbose: bool, **others: Any) -> Any:
        if fail_on == REGRESSION:
            return command(ending=Ending("MUST", outputs, verbose, _earlier(against or "latest")), **others)
        if against:
            raise UserError(f"--against says what {REGRESSION} is measured by: add --fail-on {REGRESSION}")
        return command(ending=Ending(fail_on, outputs, verbose), **others)

    fail_on = click.option(
        "--fail-on",
        type=click.Choice([*LEVELS, REGRESSION], case_sensitive=False),
        default="MUST",
        show_default=True,
        help="The weakest level whose failure makes the run fail; or only what got worse since another run.",
    )
    against = click.option(
        "--against",
        metavar="RUN",
        help=f"With --fail-on {REGRESSION}: the earlier run, its directory or results.jsonl. Default: the last one.",
    )
    outputs = click.option(
        "--output",
        "outputs",
        type=click.Choice([output.name for output in OUTPUTS]),
        multiple=True,
        help=f"Write only this report, may be repeated. Default: all ({', '.join(o.path for o in OUTPUTS)}).",
    )
    verbose = click.option("-v", "--verbose", is_flag=True, help="Print every finding too, not only the first screen.")
    return fail_on(against(outputs(verbose(ended))))


def conclude(result: Run, ending: Ending, directory: Path, results: Path | None = None) -> int:
    """Write the reports and print the first screen; `results` is the stream, where it is not in `directory`. Raises
    UserError, after that, when the reports cannot be written."""
    from messages_conformance.catalog.model import Level
    from messages_conformance.report.console import Console
    from messages_conformance.report.terminal import summary
    from messages_conformance.results.verdict import judge_run

    level = Level(ending.fail_on)
    results = results or directory / RESULTS
    result = _held_against(result, ending.against, results)
    written: Mapping[str, Path] = {}
    unwritten: UserError | None = None
    try:
        written = write_outputs(result, directory, level, ending.outputs)
        if ending.against and (page := _compared(ending.against, result, results, directory)):
            written = {**written, "comparison": page}
    except UserError as error:  # what the run came to is told all the same
        unwritten = error
    more = [] if ending.verbose else [_again(results)]
    more += [shlex.join(("open", str(written[name]))) for name in ("page", "comparison") if name in written]
    summary(result, Console(), fail_on=level, more=more, verbose=ending.verbose)
    if unwritten:
        raise unwritten
    return judge_run(result, level).exit


def refuse_itself(against: Earlier | None, results: Path) -> None:
    """Raise UserError where a run would be held against itself."""
    if against and against.path.resolve() == results.resolve():
        hint = f"name an earlier run: --fail-on {REGRESSION} --against DIR"
        raise UserError(Problem(f"{results} would be held against itself", hint=hint))


def _earlier(name: str) -> Earlier:
    from messages_conformance.report.across.comparing import stream_of
    from messages_conformance.results.reading import read_run
    from messages_conformance.run.keeping.directories import latest

    path = stream_of(latest() if name == "latest" else Path(name))
    if not path.is_file():
        raise UserError(Problem(f"--against {name}: there is no such run", hint=f"name its directory or {RESULTS}"))
    return Earlier(path.resolve(), read_run(path))


def _held_against(result: Run, against: Earlier | None, results: Path) -> Run:
    from messages_conformance.results.across.regressing import held_against

    if against is None:
        return result
    refuse_itself(against, results)
    return held_against(result, against.run)


def _compared(against: Earlier, result: Run, results: Path, directory: Path) -> Path | None:
    """The page of what changed since; None where no provider is in both runs."""
    from messages_conformance.report.across.comparing import Found, side_by_side, write_comparison

    if {provider.id for provider in against.run.providers}.isdisjoint(provider.id for provider in result.providers):
        return None
    sides = Found(against.path, against.run, None), Found(results, result, None)
    return write_comparison(side_by_side(*sides, str(against.path), directory), directory)


def _again(results: Path) -> str:
    """The command that shows more of a run."""
    from messages_conformance.run.keeping.directories import LATEST

    last = LATEST / RESULTS
    known = () if last.is_file() and last.samefile(results) else (str(results),)
    return shlex.join(("messages-conformance", "report", "-v", *known))
