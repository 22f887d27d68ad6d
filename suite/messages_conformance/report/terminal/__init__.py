"""A run on a terminal: one screen, and with `-v` every finding before it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from messages_conformance.catalog.model import Level
from messages_conformance.report.console import Console
from messages_conformance.report.first_events import first_events
from messages_conformance.report.overview import Overview, overview
from messages_conformance.report.terminal.detail import details
from messages_conformance.report.terminal.lines import put
from messages_conformance.report.terminal.screen import screen
from messages_conformance.report.terminal.waiting import print_first_events
from messages_conformance.report.words import one_line
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit


def summary(
    run: Run, console: Console, *, fail_on: Level = Level.MUST, more: Sequence[str] = (), verbose: bool = False
) -> None:
    """Print the first screen; where it is `verbose`, after a block for each provider, and where the run had a load,
    after what that showed. `more` are commands that show more of the run."""
    if verbose:
        details(run, console, fail_on)
    print_first_events(first_events(run), console)
    seen = overview(run, fail_on)
    put(console, screen(seen, console.width, [*_next(seen), *_more(more, console.width)]))


def _next(seen: Overview) -> Iterator[str]:
    """The command that explains the worst cause; of a provider that does not conform, if there is one."""
    at_fault = sorted((row for row in seen.rows if row.worst), key=lambda row: row.judgement.exit is not Exit.DOES_NOT)
    if at_fault:
        yield f"Next: messages-conformance explain {shlex.quote(one_line(at_fault[0].worst[0].check))}"


def _more(commands: Sequence[str], width: int) -> Sequence[str]:
    """On one line where they fit. What cannot be copied whole is of no use, so no command is cut or wrapped."""
    together = f"More: {' · '.join(commands)}"
    return [together] if commands and cell_len(together) <= width else [f"More: {one}" for one in commands]
