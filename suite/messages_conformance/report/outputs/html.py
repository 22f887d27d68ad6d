"""The matrix as one page that opens anywhere: no server, no network, every cell with its evidence.

The evidence is made here, and stands as gzip and base64 in script elements that no browser runs: one for each scenario,
because its cells have much in common and take less room together. The page unpacks it when a cell is opened. A policy
in the page allows this page's own script and style, by hash, and nothing else, so that even a mistake here would not
run what a provider sent.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.failure import Teller
from messages_conformance.report.markup import asset, environment, fragment
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit, Judgement

_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"index.html": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The page. It holds no lone surrogate, so that it can be written as UTF-8."""
    style, script = asset("cell.css") + asset("report.css"), asset("report.js")
    rows = {scenario.id: f"e{number}" for number, scenario in enumerate(run.scenarios, 1)}
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            matrix=matrix.build(run, fail_on),
            run=run,
            policy=_POLICY.format(style=_hash(style), script=_hash(script)),
            style=Markup(style),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704
            rows=rows,
            evidence=((rows[scenario], pack(cells)) for scenario, cells in _rows(run)),
            address=address,
            tone=tone,
        )
    )


def address(provider: str, scenario: str) -> str:
    """The shareable address of a cell inside the page."""
    return f"#{quote(provider, safe='')}/{quote(scenario)}"


def pack(value: Any) -> Markup:
    """JSON, gzip, base64: the same bytes for the same value."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode("ascii"), mtime=0)).decode("ascii")
    return Markup(packed)  # noqa: S704  base64 holds nothing to escape


def tone(judgement: Judgement) -> str:
    """The state whose colour and icon a judgement wears."""
    return {Exit.CONFORMS: "pass", Exit.DOES_NOT: "fail", Exit.FAULT: "fault"}.get(judgement.exit, "inconclusive")


def _rows(run: Run) -> Iterator[tuple[str, Mapping[str, str]]]:
    """For each scenario, the evidence of its cells by their addresses."""
    tellers = {provider.id: Teller.of(run, provider.id) for provider in run.providers}
    for scenario in run.scenarios:
        cells = [cell for cell in run.cells.values() if cell.scenario == scenario.id]
        yield (
            scenario.id,
            {address(c.provider, c.scenario): fragment(tellers[c.provider], c, address) for c in cells},
        )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
