"""The coverage of the contracts, as text and as a page: contract, clause, checks, defects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.table import Table
from rich.text import Text

from messages_conformance.authoring.coverage import Coverage
from messages_conformance.report.console import Console

DEFECTS_SHOWN = 4


def print_coverage(found: Sequence[Coverage], console: Console) -> None:
    """One line per contract, then every clause that could be checked but is not."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("contract", "clauses", "checked", "of those killed by a defect", "untestable", "open"):
        table.add_column(heading, justify="left" if heading == "contract" else "right")
    for contract, rows in _by_contract(found):
        table.add_row(contract, *(str(number) for number in _counts(rows)))
    console.print(table)
    for row in found:
        if row.is_open:
            console.print(Text(f"open: {row.clause.level} {row.clause.id}: {row.clause.text}"), soft_wrap=True)


def render_markdown(found: Sequence[Coverage]) -> str:
    """The page: one table per contract, untestable clauses with their reasons after it."""
    parts = ["# Coverage of the contracts", ""]
    for contract, rows in _by_contract(found):
        total, checked, proven, untestable, still_open = _counts(rows)
        parts += [
            f"## {contract}",
            "",
            (
                f"{total} clauses: {checked} checked ({proven} of them by checks that a defect has turned red), "
                f"{untestable} untestable, {still_open} open."
            ),
            "",
            "| level | clause | promise | checks | defects |",
            "| --- | --- | --- | --- | --- |",
            *(_line(row) for row in rows if row.clause.untestable is None),
            "",
        ]
        reasons = [f"- `{row.clause.local}`: {row.clause.untestable}" for row in rows if row.clause.untestable]
        if reasons:
            parts += ["Untestable from outside:", "", *reasons, ""]
    return "\n".join(parts)


def _line(row: Coverage) -> str:
    checks = ", ".join(f"`{check}`" for check in row.checks) or "**open**"
    more = f" and {len(row.defects) - DEFECTS_SHOWN} more" if len(row.defects) > DEFECTS_SHOWN else ""
    defects = ", ".join(f"`{defect}`" for defect in row.defects[:DEFECTS_SHOWN]) + more
    text = row.clause.text.replace("|", "\\|")
    return f"| {row.clause.level} | `{row.clause.local}` | {text} | {checks} | {defects} |"


def _by_contract(found: Sequence[Coverage]) -> list[tuple[str, list[Coverage]]]:
    return [(contract, list(rows)) for contract, rows in groupby(found, key=lambda row: row.clause.contract)]


def _counts(rows: Sequence[Coverage]) -> tuple[int, int, int, int, int]:
    """The numbers of clauses: all, checked, checked and proven by a defect, untestable, open."""
    checked = [row for row in rows if row.checks and not row.clause.untestable]
    proven = [row for row in checked if row.defects]
    untestable = [row for row in rows if row.clause.untestable]
    return len(rows), len(checked), len(proven), len(untestable), sum(row.is_open for row in rows)
