"""The table of impacts in a few lines, for a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Impacts
from messages_conformance.report.console import Console
from messages_conformance.report.impact.rows import Clauses, levels, rows, tolls
from messages_conformance.report.terminal.lines import say
from messages_conformance.report.words import SEVERITIES, one_line, plural


def print_impact(impacts: Impacts, clauses: Clauses, console: Console) -> None:
    """Print what the table says of each client and of each level."""
    tried = f"{plural(len(impacts.defects), 'defect')}, {plural(len(impacts.clients), 'client')}"
    say(console, Text(f"{tried}, {plural(len(impacts.jobs), 'job')}; measured {one_line(impacts.measured)}", "bold"))
    hurts = [severity for severity in Severity if severity.hurts]
    console.print(
        _table(
            ("client", "reached by", *hurts),
            [
                (
                    f"{toll.client.package} {toll.client.version}",
                    toll.touched,
                    *(toll.severities[severity] for severity in hurts),
                )
                for toll in tolls(impacts)
            ],
        )
    )
    counted = levels(rows(impacts, clauses))
    console.print(_table(("level", *Severity), [(level, *numbers.values()) for level, numbers in counted.items()]))
    for severity, word in SEVERITIES.items():
        say(console, Text(f"{severity}: {word.means}", "dim"))


def _table(headings: tuple[str, ...], rows: list[tuple[str | int, ...]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(str, row))
    return table
