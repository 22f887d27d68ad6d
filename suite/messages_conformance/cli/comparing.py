"""The commands that look at more than one run, or at two providers of one: options in, one function called."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "-r",
    "--results",
    type=click.Path(path_type=Path),
    default=Path("reports/latest"),
    show_default=True,
    help="The run that A and B are providers of: its directory, or its results.jsonl.",
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
    before: str, after: str, results: Path, directory: Path, fail_on: Literal["regression"] | None
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
      3  undecided: something that holds at A was left open at B, or was not asked there

    What is undecided on either side never counts as broken. Without --fail-on the exit code is 0.
    """
    from rich.console import Console

    from messages_conformance.report.across import comparing
    from messages_conformance.report.across.moving_text import print_moving

    found = comparing.compared(before, after, results, directory)
    written = comparing.write_comparison(found, directory)
    print_moving(found, Console(), written)
    return comparing.worst(found) if fail_on else None
