"""The command that lets the official SDK do its jobs at a provider, beside the checks of the wire."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance.cli import running
from messages_conformance.cli.choice import chosen, naming, timeout_option
from messages_conformance.cli.saying import say
from messages_conformance.run.keeping.directories import RESULTS

if TYPE_CHECKING:
    from messages_conformance.run.planning.budget import Allowance
    from messages_conformance.run.planning.plan import Plan
    from messages_conformance.sdk.official import Sdk

sdk_option = click.option(
    "--sdk",
    "with_sdk",
    is_flag=True,
    help="When all else has been asked, let the official SDK do its jobs too: 'messages-conformance[sdk]'.",
)


def installed(patterns: Sequence[str] = ()) -> Sdk:
    """The official SDK, with the jobs that match a pattern, or with all. Raises UserError where it is not installed."""
    from messages_conformance.sdk.official import official

    return official(patterns)


@click.command(name="sdk-check")
@naming
@click.option("--jobs", metavar="A,B", help="Only these jobs, by id or glob. Default: all; --dry-run shows them.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and send nothing.")
@timeout_option
@running.allowing
def sdk_check(*, jobs: str | None, dry_run: bool, timeout: float | None, allowed: Allowance, **whom: Any) -> int:
    """Let the official SDK do what people do with it: text, streams, tools, thinking, structured output, errors.

    Sends one short request on the wire first, to see whether the address, the key and the model are right; then the SDK
    does each job that the provider's features allow. Nothing is kept: `run --sdk` has the same in its reports.

    \b
    Exit codes:
      0  every job was done
      1  the SDK raised or hung where it must not, or did not raise where it must
      2  wrong usage or configuration
      3  something stayed undecided: a limit, an outage, the model's own choice

    \b
    Examples:
      messages-conformance sdk-check                   the embedded reference
      messages-conformance sdk-check -p deepseek --dry-run
      messages-conformance sdk-check --base-url http://localhost:8080 --model m --jobs 'tool*,text'
    """
    import tempfile

    from messages_conformance.catalog import load_here
    from messages_conformance.report.catalogue.planned import print_jobs as print_planned
    from messages_conformance.report.console import Console
    from messages_conformance.report.live.watch import Watch
    from messages_conformance.report.terminal.jobs import print_jobs
    from messages_conformance.results.reading import read_run
    from messages_conformance.run import session
    from messages_conformance.run.interrupts import at_once_from_now_on, interruptible
    from messages_conformance.run.keeping.streams import streams
    from messages_conformance.run.planning.jobs import with_jobs
    from messages_conformance.run.planning.plan import PREFLIGHT_TAG, make_plan

    catalog, sdk = load_here(), installed(jobs.split(",") if jobs else ())
    if not (whom["providers"] or whom["local"] or whom["base_url"]):
        whom["providers"] = ("reference",)
    pairs = chosen(catalog, patterns=(PREFLIGHT_TAG,), profile=None, variants=False, load=None, **whom)
    if dry_run:
        plan = make_plan(pairs, catalog, session.known_checks(catalog))
        print_planned(with_jobs(plan, sdk.jobs, None), Console(), verbose=True)
        return 0

    def begun(plan: Plan) -> None:
        print_planned(plan, Console(stderr=True))

    intent = session.Intent(profile="smoke", begun=begun, timeout=timeout, allowed=allowed, sdk=sdk)
    with tempfile.TemporaryDirectory() as scratch, interruptible():
        place = Path(scratch)
        try:
            session.run(catalog, pairs, place, Watch(Console(stderr=True)), intent)
        except KeyboardInterrupt:
            at_once_from_now_on()
            if not streams(place):
                raise
            say("Interrupted: this is what was done until now.", err=True)
        return print_jobs(read_run(place / RESULTS), Console())
