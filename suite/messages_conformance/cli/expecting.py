"""The commands that keep the list of known deviations: options in, one function called."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from messages_conformance.cli.concluding import LEVELS
from messages_conformance.cli.recorded import results_argument
from messages_conformance.cli.saying import say
from messages_conformance.errors import UserError

LASTS = timedelta(days=90)
"""How long a new entry is good for, unless another day is named."""


@click.group()
def expect() -> None:
    """Keep expectations.yaml, the list of deviations that are known and accepted."""


@expect.command()
@results_argument
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("expectations.yaml"),
    show_default=True,
    help="The list to change.",
)
@click.option("--remove-stale", is_flag=True, help="Take out the entries whose check no longer fails anywhere.")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS, case_sensitive=False),
    default="MUST",
    show_default=True,
    help="The weakest level whose failure gets an entry.",
)
@click.option("--owner", metavar="NAME", help="Who accepts the new entries.")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help=f"The day from which the new entries count again. Default: {LASTS.days} days from today.",
)
def update(results: Path | None, path: Path, remove_stale: bool, **signing: Any) -> None:
    """Add an entry for each check that fails in RESULTS, a results.jsonl or the directory of a run, and that the
    list does not accept; without RESULTS, in the last run's.

    Everything else in the file stays as it is. A new entry has the reason TODO, and the file is refused until you have
    written why each deviation is accepted. A run that was cut off or asked only a part is refused.

    \b
    Examples:
      messages-conformance expect update
      messages-conformance expect update nightly/2026-11-28/results.jsonl --remove-stale --owner gateway-team
    """
    from messages_conformance.authoring import expecting
    from messages_conformance.catalog import load_catalog
    from messages_conformance.catalog.model import Level
    from messages_conformance.results.reading import read_run
    from messages_conformance.run.keeping.directories import RESULTS, latest
    from messages_conformance.run.session import known_checks

    today = date.today()
    until = signing["expires"].date() if signing["expires"] else today + LASTS
    if until <= today:
        raise UserError(f"--expires {until}: an entry must be good for a day at least")
    providers = Path("providers.yaml")
    catalog = load_catalog(providers if providers.is_file() else None)
    signed = expecting.Signed(Level(signing["fail_on"]), str(today), str(until), signing["owner"])
    run = read_run(results or latest() / RESULTS)
    found = expecting.update(run, expecting.read_list(path), catalog, known_checks(catalog), signed)
    removed = found.removed if remove_stale else ()
    if found.added or removed:
        expecting.save(path, found.added, removed)
    say(f"{path}: {len(found.added)} added, {len(removed)} removed")
    if found.added:
        say("Write the reason of each new entry: until then the file is refused.")
    if found.removed and not removed:
        say(f"{len(found.removed)} no longer fail: --remove-stale takes them out")
    for account in found.untrue:
        say(f"to be changed by hand: {account.told}")
