"""The command line: options in, one function called, exit code out. No logic lives here.

Heavy modules are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from messages_conformance import __version__
from messages_conformance.cli import (
    authoring,
    catalogue,
    checking,
    comparing,
    expecting,
    running,
    sdk_checking,
    traffic,
)
from messages_conformance.cli.choice import choosing, chosen, own_scenarios, shard_option, timeout_option
from messages_conformance.cli.concluding import Ending, conclude, concluding, refuse_itself
from messages_conformance.cli.recorded import results_argument
from messages_conformance.cli.saying import say
from messages_conformance.errors import SuiteError, UserError, unusable
from messages_conformance.run.collecting import collect_seldom
from messages_conformance.run.keeping.directories import RESULTS, latest

if TYPE_CHECKING:
    from messages_conformance.run.planning.budget import Allowance
    from messages_conformance.run.planning.shards import Share

REJUDGED = Path("reports/rejudged")

overwrite_option = click.option("--overwrite", is_flag=True, help="Replace the results that --report DIR holds.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="messages-conformance")
def cli() -> None:
    """Find out how far an endpoint keeps Anthropic's Messages API.

    \b
    First steps:
      messages-conformance run                         the embedded reference: needs no key, no network
      messages-conformance plan -p deepseek            what a run would send, and what it may cost
      messages-conformance run  -p deepseek            ask it (its key: export DEEPSEEK_API_KEY)
      messages-conformance run  --base-url http://localhost:8080 --model my-model

    \b
    Exit codes of `run` and `report`:
      0  conforms
      1  does not conform
      2  wrong usage or configuration
      3  incomplete or inconclusive
      4  fault of this program
    """


@cli.command()
@choosing
@shard_option
@own_scenarios
@concluding
@timeout_option
@running.allowing
@click.option(
    "--report",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Directory for results.jsonl and the reports. Default: one of its own, reports/TIME; reports/latest names it.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the run in --report DIR, or with the last one: keep what was planned and answered, ask what is "
    "left, and add what is chosen.",
)
@overwrite_option
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for a server that is starting: until it answers anything but 502, 503 or 504.",
)
@sdk_checking.sdk_option
def run(  # noqa: PLR0913  one for each option
    *,
    ending: Ending,
    allowed: Allowance,
    directory: Path | None,
    folders: tuple[Path, ...],
    resume: bool,
    overwrite: bool,
    wait: float,
    shard: Share | None,
    with_sdk: bool,
    **choice: Any,
) -> int:
    """Send the scenarios, judge the answers, write the reports.

    \b
    Examples:
      messages-conformance run -p naga -s smoke
      messages-conformance run -p 'naga*' -s 'tools.*' -s streaming --fail-on SHOULD
      messages-conformance run --base-url https://gateway.example/anthropic --model m1 --api-key-env GATEWAY_KEY
      messages-conformance run --resume                the last run was cut off, or is to answer more: -s tools
      messages-conformance run -p naga --scenarios mine -s traffic     the requests of your own clients
    """
    from messages_conformance.catalog import load_here
    from messages_conformance.catalog.contracts.loading import CANONICAL
    from messages_conformance.report.console import Console
    from messages_conformance.report.live.watch import Watch
    from messages_conformance.results.vocabulary import Exit
    from messages_conformance.run import session
    from messages_conformance.run.interrupts import at_once_from_now_on, interruptible
    from messages_conformance.run.keeping.streams import streams

    if resume and shard:
        raise UserError("--resume goes on with the shard that its directory holds: leave out --shard")
    sdk = sdk_checking.installed() if with_sdk else None
    catalog = load_here(folders)
    with running.place(directory, resume=resume, overwrite=overwrite) as place, interruptible():
        refuse_itself(ending.against, place / RESULTS)
        pairs = running.pairs(catalog, place, resume=resume, **choice)
        if wait:
            from messages_conformance.run.waiting import await_servers

            await_servers((provider for provider, _ in pairs), wait)
        begun = running.Begun(place, is_new=not (resume or overwrite), is_latest=directory is None)
        intent = session.Intent(choice["profile"], resume, overwrite, begun, choice["timeout"], allowed, shard, sdk)
        try:
            result = session.run(catalog, pairs, place, Watch(Console(stderr=True)), intent)
        except KeyboardInterrupt:
            at_once_from_now_on()
            from messages_conformance.results.reading import read_run

            if not streams(place):
                raise
            conclude(read_run(place / RESULTS), ending, place)
            running.tell_how_to_go_on(place)
            return Exit.INCOMPLETE
        code = conclude(result, ending, place)
        if any(provider.contract != CANONICAL for provider in result.header.providers):
            from messages_conformance.documents.page import write_documents  # nothing of it is loaded until here

            write_documents(catalog, place)
        if why := running.left_out(result):
            running.tell_how_to_go_on(place, why)
        return code


@cli.command()
@choosing
@shard_option
@own_scenarios
@sdk_checking.sdk_option
@click.option("--pairs", is_flag=True, help="List every two values that stand together in a request.")
def plan(pairs: bool, with_sdk: bool, shard: Share | None, folders: tuple[Path, ...], **choice: Any) -> None:
    """Show what a run would send: requests, tokens, cost. Nothing is sent."""
    from messages_conformance.catalog import load_here
    from messages_conformance.report.catalogue.planned import print_plan
    from messages_conformance.run.planning.jobs import with_jobs
    from messages_conformance.run.planning.plan import make_plan
    from messages_conformance.run.planning.probes import with_probes
    from messages_conformance.run.planning.shards import shard as part_of
    from messages_conformance.run.session import known_checks

    catalog = load_here(folders)
    checks = known_checks(catalog)
    asked = chosen(catalog, **choice)
    planned = make_plan(part_of(asked, shard, catalog)[0] if shard else asked, catalog, checks)
    planned = with_probes(planned, catalog, checks) if choice["profile"] is None else planned
    planned = with_jobs(planned, sdk_checking.installed().jobs, shard) if with_sdk else planned
    print_plan(planned, pairs=pairs)


@cli.command()
@results_argument
@concluding
@click.option(
    "--report",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for the reports. Default: beside RESULTS.",
)
def report(results: Path | None, ending: Ending, directory: Path | None) -> int:
    """Render the reports again from RESULTS, a results.jsonl or the directory of a run; without it, from the last
    run's, in reports/latest. Nothing is sent; the exit code is the run's."""
    from messages_conformance.results.reading import read_run

    results = results or latest() / RESULTS
    return conclude(read_run(results), ending, directory or results.parent, results)


@cli.command()
@results_argument
@own_scenarios
@concluding
@click.option(
    "--report",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"Directory for the new results.jsonl and its reports. Default: {REJUDGED}, replaced each time.",
)
@overwrite_option
def rejudge(
    results: Path | None, folders: tuple[Path, ...], ending: Ending, directory: Path | None, overwrite: bool
) -> int:
    """Judge the answers in RESULTS, a results.jsonl or the directory of a run, once more: with the checks of this
    version, and without asking anybody. Without RESULTS, those of the last run, in reports/latest. The same recording
    always gives the same results."""
    from messages_conformance.catalog import load_here
    from messages_conformance.results.reading import read_run
    from messages_conformance.run.rejudging import rejudge as judged_again

    results, place = results or latest() / RESULTS, directory or REJUDGED
    if results.parent.resolve() == place.resolve():
        raise UserError(f"the new results would take the place of {results}: choose another --report")
    judged = judged_again(load_here(folders), read_run(results), place, overwrite=overwrite or directory is None)
    return conclude(judged, ending, place)


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="0 takes any free port.")
def reference(port: int) -> None:
    """Serve the embedded reference endpoint on loopback until interrupted.

    \b
    Then, for example:
      curl http://127.0.0.1:8642/v1/messages -H 'x-api-key: reference-key' -H 'anthropic-version: 2023-06-01' \\
           -H 'content-type: application/json' -d '{"model": "reference", "max_tokens": 64,
           "messages": [{"role": "user", "content": "Count from 1 to 5."}]}'

    A path that begins with /with/DEFECT has that defect; one that begins with /as/CONTRACT/DIALECT plays a document.
    """
    from messages_conformance.reference.http.server import serve

    try:
        serve(port)
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise UserError(f"cannot serve on port {port}: {error.strerror}") from error


cli.add_command(catalogue.list_)
cli.add_command(catalogue.explain)
cli.add_command(catalogue.coverage)
cli.add_command(catalogue.contracts)
cli.add_command(catalogue.impact)
cli.add_command(authoring.new_scenario)
cli.add_command(authoring.lint)
cli.add_command(traffic.import_traffic)
cli.add_command(checking.check)
cli.add_command(sdk_checking.sdk_check)
cli.add_command(expecting.expect)
cli.add_command(comparing.compare)
cli.add_command(comparing.history)
cli.add_command(comparing.site)
cli.add_command(comparing.combine)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Turns every outcome into an exit code; no traceback reaches a user."""
    collect_seldom()
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        say(told.getvalue().rstrip(), err=True)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        # A connect that was made and not begun would add a line about a coroutine to what the user reads.
        warnings.filterwarnings("ignore", message="coroutine .*try_connect")
        say("Interrupted.", err=True)
        code = 3
    except UserError as error:
        for problem in error.problems:
            say(f"error: {problem}", err=True)
        code = 2
    except OSError as error:
        say(f"error: {unusable('use', error.filename or 'what this program writes to', error)}", err=True)
        code = 2
    except SuiteError as error:
        say(f"fault of this program: {error}", err=True)
        code = 4
    except Exception as error:  # noqa: BLE001 - Python's own exit code for it is 1, which here means "does not conform"
        say(f"fault of this program: {type(error).__name__}: {error}", err=True)
        code = 4
    sys.exit(code if isinstance(code, int) else 0)
