"""Measures what this program costs over what any client would: ratios, side by side, in one run.

Nothing here fails on a number; bench/README.md says what each ratio means and which goal it has.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import doors
import judging
import memory
import results
import running
import sending
import server
import startup
from cores import pin, unpin
from measure import Row
from messages_conformance.catalog import load_catalog
from messages_conformance.report.console import Console
from messages_conformance.run.collecting import collect_seldom
from rich.table import Table

PARTS = ("client", "run", "judge", "processes", "memory", "results", "start-up")
_WIDTH = 140


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="a part to measure; everything by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every ratio of every round there too")
    parser.add_argument("--page", type=Path, metavar="FILE", help="replace the table in this page, docs/performance.md")
    options = parser.parse_args()
    collect_seldom()  # as every command of the program does
    console = Console(width=max(Console().width, _WIDTH))
    before = machine()
    console.print(" · ".join(f"{name} {value}" for name, value in before.items()))
    rows = list(_shown(measured(options.only or PARTS, options.rounds), console))
    load = _load()
    console.print(table(rows))
    console.print(f"load {load} afterwards; the bench itself adds up to 2")
    if options.page:
        write_page(options.page, before, load, rows)
    if options.json:
        record = {"machine": before, "load_afterwards": load, "rows": [as_record(row) for row in rows]}
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def measured(parts: Iterable[str], rounds: int) -> Iterator[Row]:
    """The rows of the parts asked for. What starts processes of its own goes last and unpinned."""
    catalog = load_catalog()
    asked = set(parts)
    by_part: Mapping[str, Callable[[str], Iterator[Row]]] = {
        "client": lambda address: sending.rows(address, rounds),
        "run": lambda address: running.rows(catalog, address, rounds),
        "judge": lambda address: judging.rows(catalog, address, rounds),
    }
    unpinned: Mapping[str, Callable[[str], Iterator[Row]]] = {
        "processes": lambda address: doors.rows(catalog, address, rounds),
        "memory": lambda address: memory.rows(catalog, address, rounds),
    }
    with server.running() as address:
        pin(0)  # not before: the server would inherit it
        for part, rows in by_part.items():
            if part in asked:
                yield from rows(address)
        unpin()
        for part, rows in unpinned.items():
            if part in asked:
                yield from rows(address)
    if "results" in asked:
        yield from results.rows(catalog, rounds)
    if "start-up" in asked:
        yield from startup.rows(rounds)


def machine() -> dict[str, str]:
    """What the numbers were measured on, and how busy it was."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "load": _load(),
    }


def table(rows: Iterable[Row]) -> Table:
    """The rows for people."""
    shown = Table("part", "ratio", "median", "min..max", "behind it", "goal", box=None, header_style="bold")
    for row in rows:
        low, high = min(row.ratios), max(row.ratios)
        shown.add_row(row.part, row.name, f"{row.median:.2f}", f"{low:.2f}..{high:.2f}", row.absolute, row.verdict)
    return shown


_BEGIN, _END = "<!-- bench -->\n", "<!-- /bench -->\n"


def write_page(page: Path, before: Mapping[str, str], load: str, rows: Iterable[Row]) -> None:
    """Put the table between the two marks of a page."""
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    told = ", ".join(f"{name} {value}" for name, value in before.items()) + f" before and {load} after"
    page.write_text(f"{head}{_BEGIN}{told}\n\n{markdown(rows)}{_END}{tail}", encoding="utf-8")


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a table of a page. Controls are left out, unless they say that a part means nothing."""
    lines = ["| what | ratio | median | min..max | behind it | goal |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        if not row.control or not row.verdict.startswith("steady"):
            spread = f"{min(row.ratios):.2f}..{max(row.ratios):.2f}"
            cells = (row.part, row.name, f"{row.median:.2f}", spread, row.absolute, row.verdict)
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_record(row: Row) -> dict[str, Any]:
    """A row for machines."""
    kept = ("part", "name", "ratios", "median", "absolute", "goal", "control", "verdict")
    return {name: getattr(row, name) for name in kept}


def _shown(rows: Iterable[Row], console: Console) -> Iterator[Row]:
    with console.status("measuring") as status:
        for row in rows:
            status.update(f"measured: {row.part}, {row.name}")
            yield row


def _load() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
