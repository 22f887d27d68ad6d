"""The commands that look at more than one run, or at two providers of one: options in, one function called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from messages_conformance.cli.concluding import Ending, conclude, concluding
from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "-r",
    "--results",
    type=click.Path(path_type=Path),
    help="The run that A and B are providers of: its directory, or its results.jsonl. Default: reports/latest.",
)
@click.option(
    "--report",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/compare"),
    show_default=True,
    help="Directory for compare.html and compare.md.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["regression"]),
    help="Exit with 1 if something that holds at A is broken at B, and with 3 if that cannot be said.",
)
def compare(
    before: str, after: str, results: Path | None, directory: Path, fail_on: Literal["regression"] | None
) -> int | None:
    """Show what changes for whoever moves from A to B: what breaks, what gets better, and what stays unknown.

    A and B are two providers of one run, or two runs: the directory of each, or its results.jsonl. Of two runs, every
    provider that is in both is compared with itself; PATH:PROVIDER names one.

    \b
    Examples:
      messages-conformance compare naga my-gateway                       two providers of the latest run
      messages-conformance compare -r reports/monday naga my-gateway     two providers of that run
      messages-conformance compare reports/monday reports/tuesday        last night and today
      messages-conformance compare reports/monday:naga reports/tuesday:my-gateway

    \b
    Exit codes with --fail-on regression:
      0  nothing that holds at A is broken at B
      1  something is
      2  wrong usage
      3  undecided: something that holds at A is undecided at B, or was not asked there

    What is undecided on either side never counts as broken. Without --fail-on the exit code is 0.
    """
    from messages_conformance.report.across import comparing
    from messages_conformance.report.across.moving_text import print_moving
    from messages_conformance.report.console import Console

    found = comparing.compared(before, after, results, directory)
    written = comparing.write_comparison(found, directory)
    print_moving(found, Console(), written)
    return comparing.worst(found) if fail_on else None


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=Path("reports"))
@click.option(
    "--report",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for history.html and history.md. Default: DIR.",
)
def history(directory: Path, target: Path | None) -> None:
    """Show what became of each provider and client in the runs of DIR: what broke, what was fixed, and when.

    DIR holds a directory for each run, as `run` writes them. A run is read by its digest.json; one that has none yet
    is read whole, once. A check is compared with the last run that decided it: an outage neither breaks nor mends.

    \b
    Examples:
      messages-conformance history                    the runs in reports/
      messages-conformance history nightly --report public
    """
    from messages_conformance.report.across.history_text import print_history
    from messages_conformance.report.across.past import read_past
    from messages_conformance.report.across.site import write_history
    from messages_conformance.report.console import Console

    past = read_past(directory, lambda said: say(said, err=True))
    print_history(past, Console(), write_history(past, target or directory))


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=Path("reports"))
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    help="The directory to be published. Default: DIR itself.",
)
def site(directory: Path, target: Path | None) -> None:
    """Write what can be published of the runs of DIR: an index that links every page.

    The index links the latest matrix, what changed since the run before (compare.html), history.html, what each
    deviation does to real clients (impact.html), what the documents say, coverage.md or coverage.html if DIR has one,
    and the pages of every run. All links are relative. The results streams are not copied.

    \b
    Example, in a nightly job:
      messages-conformance run -p my-gateway --report nightly/$(date +%F)
      messages-conformance site nightly --to public
    """
    from messages_conformance.catalog import load_catalog
    from messages_conformance.catalog.contracts.loading import CANONICAL
    from messages_conformance.catalog.impact import load_bundled_impacts
    from messages_conformance.report.across.site import write_site
    from messages_conformance.report.impact.page import render_page

    known = load_bundled_impacts()
    impact = render_page(known, load_catalog().contracts[CANONICAL].clauses) if known.defects else None
    say(f"wrote {write_site(directory, target or directory, lambda said: say(said, err=True), impact)}")


@click.command()
@click.argument("jobs", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--report",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="OUT",
    help="Directory for the results.jsonl of all, and its reports.",
)
@click.option(
    "--not-run",
    "not_run",
    multiple=True,
    metavar="PROVIDER=REASON",
    help="A provider whose job left no results, and why; may be repeated.",
)
@concluding
def combine(jobs: Sequence[Path], directory: Path, not_run: Sequence[str], ending: Ending) -> int:
    """Put the results of parallel jobs together, each DIR with providers of its own or a shard (`run --shard K/N`), and
    write the reports.

    They must belong together: the same version and catalogue, the same scenarios, no provider twice, no shard missing.
    The exit codes are those of `run`.

    \b
    Examples:
      messages-conformance combine jobs/naga jobs/bifrost --report reports/tonight
      messages-conformance combine jobs/* --report out --not-run naga='its job was cancelled'
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.run.combining import combined

    reasons = dict(_reasoned(entry) for entry in not_run)
    return conclude(combined(load_here(), jobs, reasons, directory), ending, directory)


def _reasoned(entry: str) -> tuple[str, str]:
    name, equals, reason = entry.partition("=")
    if not (name and equals and reason.strip()):
        raise UserError(f"--not-run {entry}: it takes the form PROVIDER=REASON")
    return name, reason.strip()
