"""How long first events took under a load, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from messages_conformance.report.console import Console
from messages_conformance.report.first_events import FirstEvents
from messages_conformance.report.words import one_line


def print_first_events(found: Sequence[FirstEvents], console: Console) -> None:
    """One row for each provider and number of streams; nothing where the run had no load."""
    if not found:
        return
    table = Table(title="First event after, in ms", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("")
    for heading in ("began", "p50", "p95", "max"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        times = (f"{ms:,.0f}" for ms in (one.p50, one.p95, one.longest))
        names = one_line(one.provider.title), one_line(one.scenario.title)
        table.add_row(*names, f"{one.began} of {one.sent}", *times)
    console.print(table)
    console.print()
