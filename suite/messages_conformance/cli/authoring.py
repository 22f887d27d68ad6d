"""The commands of those who write scenarios, checks and defects: options in, one function called."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from messages_conformance.cli.choice import own_scenarios
from messages_conformance.cli.saying import say

if TYPE_CHECKING:
    from messages_conformance.authoring.scaffold import Kind


@click.command(name="new-scenario")
@click.argument("name", metavar="ID")
@click.option(
    "--area",
    required=True,
    metavar="AREA_OR_FILE",
    help="Where it goes: an area (`streaming`), or a file of suite/scenarios/, which may be new (`batches.yaml`).",
)
@click.option(
    "--expect",
    type=click.Choice(["message", "stream", "error", "tokens"]),
    help="What kind of answer it asks for. Default: message.",
)
@click.option("--like", metavar="SCENARIO", help="Begin with the steps of this one, instead of a simple request.")
def new_scenario(name: str, area: str, expect: Kind | None, like: str | None) -> None:
    """Add a scenario to this repository: a complete one that works as it stands, to be changed.

    \b
    Examples:
      messages-conformance new-scenario streaming.two-lines --area streaming --expect stream
      messages-conformance new-scenario tools.two-rooms --area tools --like tools.no-parallel
    """
    import os

    from messages_conformance.authoring import scaffold
    from messages_conformance.catalog import data, load_again, load_here
    from messages_conformance.errors import UserError
    from messages_conformance.run.session import known_checks

    if like and expect:
        raise UserError("--like brings the answer that it expects: leave out --expect")
    known = load_here().scenarios
    entry = scaffold.copied(known, like) if like else scaffold.template(name, expect or "message")
    made = scaffold.draft(data("scenarios"), known, name, area, entry)
    scaffold.save(made, lambda: known_checks(load_again()))
    place = f"{os.path.relpath(made.where.path)}:{made.where.line}"
    say(f"Added `{name}`. Now (docs/authoring.md says how):\n")
    say(f"  edit {place}: what is sent, what is demanded, and why")
    if like:
        say(f"  take its tag `variant` off once it sends something else than {like}")
    say(f"  messages-conformance explain {name}")
    say(f"  messages-conformance run -p reference -s {name}")
    say("  write the defect that turns a new check red, and its line in suite/kills/")
    say("  messages-conformance lint")


@click.command()
@own_scenarios
def lint(folders: tuple[Path, ...]) -> None:
    """Find what is wrong with this catalogue: what proves nothing, names nothing, blames wrongly or costs too much.

    With --scenarios, in that folder of your own alone: refusals that prove nothing, requests that are sent twice or use
    what they do not name as a need.

    Prints each finding with file and line, and exits with 2; with 0 when there is none. Notes say which pages of
    providers were read long ago. Nothing is sent.
    """
    from messages_conformance.authoring import lint as rules
    from messages_conformance.authoring.lint_providers import aging
    from messages_conformance.catalog import load_here
    from messages_conformance.errors import UserError
    from messages_conformance.reference.defects import DEFECTS
    from messages_conformance.run.session import known_checks

    catalog = load_here(folders)
    checks = known_checks(catalog)
    if folders:
        if found := rules.lint_own(catalog, folders):
            raise UserError(*found)
        number = len(catalog.scenarios) - len(load_here().scenarios)
        say(f"{number} {'scenario' if number == 1 else 'scenarios'} in {', '.join(map(str, folders))}: nothing found")
        return
    located = {name: defect.where for name, defect in DEFECTS.items()}
    if found := rules.lint(rules.workshop(catalog, checks, located)):
        raise UserError(*found)
    for old in aging(rules.bundled_providers(catalog), date.today()):
        say(f"note: {old}", err=True)
    say(f"{len(catalog.scenarios)} scenarios, {len(checks)} checks, {len(located)} defects: nothing found")
