"""Which fields of a run each output shows: a table, and the outputs of a run that is marked in every field."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import marked
from messages_conformance.catalog.model import Level
from messages_conformance.report.across.comparing import write_comparison
from messages_conformance.report.across.moving import Moving, moving
from messages_conformance.report.across.moving_text import print_moving
from messages_conformance.report.across.site import write_site
from messages_conformance.report.console import Console
from messages_conformance.report.failure import Teller
from messages_conformance.report.markup import cell_html
from messages_conformance.report.outputs import write_outputs
from messages_conformance.report.terminal import summary
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import Side
from messages_conformance.results.reading import Run

PAGES: Final[Mapping[str, str]] = {
    "page": "2/index.html",
    "cell": "cell.html",
    "compare": "moved/compare.html",
    "history": "history.html",
    "site": "index.html",
}
"""What a browser opens; `cell` is the evidence that pytest's report holds."""

TEXTS: Final = ("terminal", "moved", "markdown", "junit", "ctrf", "summary")
"""What is read elsewhere; `moved` is a comparison on a terminal."""

_TABLE: Final = """
                       | page cell compare history site | terminal moved markdown junit ctrf summary
check.title            |  x    x     x       x      -   |    x      x      x       x    x     x
check.why              |  x    x     x       -      -   |    -      -      -       -    -     -
clause.source          |  x    x     -       -      -   |    -      -      x       x    x     -
clause.text            |  x    x     -       -      -   |    x      -      x       x    x     -
clause.url             |  -    -     -       -      -   |    -      -      -       x    x     -
conflict.source        |  x    x     -       -      -   |    -      -      x       x    x     -
conflict.text          |  x    x     -       -      -   |    x      -      x       x    x     -
conflict.url           |  -    -     -       -      -   |    -      -      -       x    x     -
dependence.breaks      |  x    x     x       -      -   |    x      x      x       x    x     x
dependence.evidence    |  x    -     -       -      -   |    -      -      -       -    -     -
deviation.breaks       |  x    x     -       -      -   |    x      -      x       x    x     -
deviation.seen         |  x    x     -       -      -   |    -      -      x       x    x     -
deviation.states       |  x    x     -       -      -   |    x      -      x       x    x     -
diagnosed.sentence     |  x    -     -       -      x   |    x      -      x       x    x     x
event.comment          |  x    x     -       -      -   |    -      -      -       -    -     -
event.data             |  x    x     x       -      -   |    -      -      -       -    -     -
event.field            |  x    x     -       -      -   |    -      -      -       -    -     -
event.name             |  x    x     x       -      -   |    -      -      -       -    -     -
expectation.actual     |  x    -     -       -      -   |    x      -      x       x    x     x
expectation.issue      |  x    x     -       -      -   |    -      -      -       -    -     -
expectation.owner      |  x    x     -       -      -   |    -      -      -       -    -     -
expectation.pointer    |  x    -     -       -      -   |    x      -      x       x    x     x
expectation.reason     |  x    x     -       -      -   |    x      -      x       x    x     -
expectation.where      |  x    -     -       -      -   |    x      -      x       x    x     x
failure.detail         |  x    x     -       -      -   |    -      -      -       -    -     -
fault.note             |  x    x     -       -      -   |    x      -      -       x    x     -
footer.cost            |  x    -     -       -      -   |    x      -      x       -    -     x
gathered.many          |  x    -     x       -      -   |    x      x      x       -    -     x
planned.not_applicable |  x    x     -       -      -   |    x      -      x       x    x     -
plannedstep.where      |  x    x     -       -      -   |    x      -      x       x    x     -
profile.short          |  x    -     -       x      x   |    x      x      x       -    -     -
profile.title          |  x    x     x       x      -   |    x      -      x       x    x     x
profile.why            |  x    -     -       -      -   |    -      -      -       -    -     -
provider.base_url      |  x    -     -       -      -   |    -      -      -       -    -     -
provider.models        |  x    -     -       -      -   |    -      -      x       -    -     -
provider.note          |  x    -     -       -      -   |    x      -      x       -    -     -
provider.path          |  x    -     -       -      -   |    -      -      -       -    -     -
provider.title         |  x    x     x       x      x   |    x      x      x       x    -     x
provider.version       |  x    -     -       -      -   |    -      -      -       -    -     -
request.body           |  x    x     -       -      -   |    -      -      -       x    x     -
request.header         |  x    x     -       -      -   |    -      -      -       x    x     -
request.url            |  x    x     -       -      -   |    -      -      -       x    x     -
request.value          |  x    x     -       -      -   |    -      -      -       x    x     -
response.header        |  x    x     -       -      -   |    -      -      -       -    -     -
response.value         |  x    x     -       -      -   |    -      -      -       -    -     -
scenario.area          |  x    -     -       -      -   |    -      -      x       x    x     -
scenario.tags          |  -    -     -       -      -   |    -      -      -       -    x     -
scenario.title         |  x    x     -       -      -   |    -      -      x       x    x     -
scenario.where         |  x    x     -       -      -   |    -      -      -       x    x     -
scenario.why           |  x    x     -       -      -   |    -      -      -       -    x     -
skipped.reason         |  x    -     -       -      x   |    x      -      x       x    x     x
spent.cost             |  x    -     -       -      -   |    x      -      -       -    -     x
tried.client           |  x    -     -       -      -   |    x      -      x       -    -     x
tried.key_as           |  x    -     -       -      -   |    x      -      x       -    -     x
tried.raised           |  -    -     -       -      -   |    -      -      -       -    -     -
tried.title            |  x    -     -       -      -   |    x      -      x       -    -     x
tried.told             |  x    -     -       -      -   |    x      -      x       -    -     x
undecided.note         |  x    x     -       -      -   |    x      -      -       x    x     -
verdict.actual         |  x    x     x       -      -   |    x      x      x       x    x     -
verdict.expected       |  x    x     x       -      -   |    x      x      x       x    x     -
verdict.note           |  x    x     -       -      -   |    x      -      x       x    x     -
verdict.pointer        |  x    x     x       -      -   |    x      -      x       x    x     -
"""
"""`clause.url` and `conflict.url` are `javascript:`, which no page links or prints."""

_ROWS: Final = [line.replace("|", " ").split() for line in _TABLE.strip("\n").split("\n")]
FIELDS: Final = tuple(row[0] for row in _ROWS[1:])


def due(output: str) -> list[str]:
    """The fields that an output is to show."""
    column = [str(heading) for heading in _ROWS[0]].index(output)
    return [field for field, *marks in _ROWS[1:] if marks[column] == "x"]


def shown(text: str) -> list[str]:
    """The fields that a text shows."""
    return [field for field in FIELDS if marked.token(field) in text]


def write_pages(directory: Path) -> None:
    """Every page of a run, of the run before it, and of both."""
    for name in ("1", "2"):
        write_outputs(marked.run(broken=name == "2"), directory / name, Level.MUST, ["page", "digest"])
    write_comparison([_moved()], directory / "moved")
    write_site(directory, directory, lambda _: None)
    run = marked.run()
    cells = "".join(str(cell_html(Teller.of(run, cell.provider), cell)) for cell in run.cells.values())
    (directory / "cell.html").write_text(f'<meta charset="utf-8">{cells}', encoding="utf-8")


def texts(directory: Path) -> Mapping[str, str]:
    """The other outputs of the run, as they are written."""
    run, terminal, moved = marked.run(), io.StringIO(), io.StringIO()
    written = write_outputs(run, directory, Level.MUST)
    summary(run, Console(file=terminal, width=4000), verbose=True)
    print_moving([_moved()], Console(file=moved, width=4000))
    files = {name: written[name].read_text("utf-8") for name in ("markdown", "junit", "ctrf", "summary")}
    return {"terminal": terminal.getvalue(), "moved": moved.getvalue(), **files}


def read(output: str, text: str) -> str:
    """What a reader of the output sees, escapes undone."""
    return str(json.loads(text)) if output in ("ctrf", "summary") else html.unescape(text)


def _moved() -> Moving:
    return moving(compare(_side(marked.run(broken=False)), _side(marked.run())), ("../1/index.html", "../2/index.html"))


def _side(run: Run) -> Side:
    return Side(run, run.providers[0])
