"""The matrix as one page that opens anywhere: no server, no network, every cell with its evidence.

The evidence is made here, and stands as gzip and base64 in script elements that no browser runs: one for each scenario,
because its cells have much in common and take less room together. The page unpacks it when a cell is opened.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report import matrix
from messages_conformance.report.failure import Teller
from messages_conformance.report.first_events import first_events
from messages_conformance.report.markup import fragment, page
from messages_conformance.report.overview import CAUSES_SHOWN, overview
from messages_conformance.report.words import capital
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit, Judgement
from messages_conformance.results.vocabulary import QUESTIONS

INDEX = "index"
"""The id of the packed index that the filters look things up in."""

_LEVEL = 4
"""How hard is packed: 6 takes half as long again, for a page that is a twentieth smaller."""


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"index.html": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The page. It holds no lone surrogate, so that it can be written as UTF-8."""
    rows = {scenario.id: f"e{number}" for number, scenario in enumerate(run.scenarios, 1)}
    first = overview(run, fail_on)
    return page(
        "page.html.j2",
        "report.css",
        script="report.js",
        run=run,
        overview=first,
        first_events=first_events(run),
        asked=[question for question in QUESTIONS if any(question in row.answers for row in first.rows)],
        matrix=matrix.build(run, fail_on),
        rows=rows,
        failing=_failing(run),
        evidence=_packed(run, rows),
        address=address,
        tone=tone,
        sentence=sentence,
        capital=capital,
        CAUSES_SHOWN=CAUSES_SHOWN,
        LEVELS=tuple(Level),
    )


def address(provider: str, place: str = "") -> str:
    """The shareable address, inside the page, of a provider or of what belongs to it: a scenario's cell, or
    `client/` and a profile."""
    return f"#{quote(provider, safe='')}" + (f"/{quote(place)}" if place else "")


def pack(value: Any) -> Markup:
    """JSON, gzip, base64: the same bytes for the same value."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode("ascii"), _LEVEL, mtime=0)).decode("ascii")
    return Markup(packed)  # noqa: S704  base64 holds nothing to escape


def tone(judgement: Judgement) -> str:
    """The state whose colour and icon a judgement wears."""
    return {Exit.CONFORMS: "pass", Exit.DOES_NOT: "fail", Exit.FAULT: "fault"}.get(judgement.exit, "inconclusive")


def sentence(text: str) -> str:
    """With a capital letter at its start and a mark at its end."""
    return capital(text) if text.endswith((".", "?", "!")) else f"{capital(text)}."


def _failing(run: Run) -> Mapping[tuple[str, str], list[str]]:
    """By provider and check, the scenarios in which a client for Anthropic's API meets its failure."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for cell in run.cells.values():
        for result in cell.asked("drop-in"):
            if result.outcome is Outcome.FAIL:
                found[cell.provider, result.check][cell.scenario] = None
    return {key: list(scenarios) for key, scenarios in found.items()}


def _packed(run: Run, rows: Mapping[str, str]) -> Iterator[tuple[str, Markup]]:
    yield INDEX, pack(_index(run, rows))
    tellers = {provider.id: Teller.of(run, provider.id) for provider in run.providers}
    for scenario in run.scenarios:
        cells = [cell for cell in run.cells.values() if cell.scenario == scenario.id]
        shown = {address(c.provider, c.scenario): fragment(tellers[c.provider], c, address) for c in cells}
        yield rows[scenario.id], pack(shared(shown))


def shared(texts: Mapping[str, str]) -> tuple[list[str], Mapping[str, list[int]]]:
    """Every line once, and for each text its lines by their places. Cells of one scenario have most of theirs in
    common, and stand too far apart for gzip to see it: this makes a page of many providers a third as big."""
    places: dict[str, int] = {}
    # The lines of Markup would be Markup, one by one.
    told = {
        name: [places.setdefault(line, len(places)) for line in str(text).split("\n")] for name, text in texts.items()
    }
    return list(places), told


def _index(run: Run, rows: Mapping[str, str]) -> Mapping[str, Any]:
    """What filters look up: the ids of all checks and clauses (`names`), which of them each row was judged by (`rows`,
    as places in `names`), and which names each client depends on (`clients`)."""
    names: dict[str, int] = {}
    judged: dict[str, set[int]] = {row: set() for row in rows.values()}
    for cell in run.cells.values():
        for result in cell.results:
            for name in (result.check, *result.clauses):
                judged[rows[cell.scenario]].add(names.setdefault(name, len(names)))
    clients = {
        profile.id: sorted({names[c] for d in profile.depends for c in d.clauses if c in names})
        for profile in run.profiles
    }
    return {"names": list(names), "rows": {row: sorted(them) for row, them in judged.items()}, "clients": clients}
