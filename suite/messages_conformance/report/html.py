"""The matrix as one page that opens anywhere: no server, no network, every cell with its evidence.

The evidence of a cell is gzip and base64 in a script element of its own that no browser runs; the page unpacks it when
the cell is opened. A policy in the page allows this page's own script and style, by hash, and nothing else, so that
even a mistake here would not run what a provider sent.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.evidence import cell_evidence, environment, follows
from messages_conformance.report.words import (
    ANSWERS,
    KIND_LABELS,
    QUESTION_MEANS,
    QUESTION_WORDS,
    WORDS,
    models,
    visible,
)
from messages_conformance.results.codec import to_json
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Check, Clause, Deviation, Scenario
from messages_conformance.results.verdict import Exit, Judgement

_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The page. It holds no lone surrogate, so that it can be written as UTF-8."""
    style, script = asset("report.css"), asset("report.js")
    ids = {key: f"e{number}" for number, key in enumerate(run.cells, 1)}
    after = {provider.id: follows(run, provider.id) for provider in run.providers}
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            matrix=matrix.build(run, fail_on),
            run=run,
            policy=_POLICY.format(style=_hash(style), script=_hash(script)),
            style=Markup(style),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704
            shared=pack(_shared(run)),
            ids=ids,
            evidence=(
                (ids[key], pack(cell_evidence(run, cell, after[cell.provider]))) for key, cell in run.cells.items()
            ),
            address=address,
            models=models,
            tone=tone,
            ANSWERS=ANSWERS,
            KIND_LABELS=KIND_LABELS,
            QUESTION_MEANS=QUESTION_MEANS,
        )
    )


def address(provider: str, scenario: str) -> str:
    """The shareable address of a cell inside the page."""
    return f"#{quote(provider, safe='')}/{quote(scenario)}"


def pack(value: Any) -> Markup:
    """JSON, gzip, base64: the same bytes for the same value."""
    # ASCII: a lone surrogate that a provider sent survives as an escape and cannot break the encoding of the page.
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode("ascii"), mtime=0)).decode("ascii")
    return Markup(packed)  # noqa: S704  base64 holds nothing to escape


def tone(judgement: Judgement) -> str:
    """The state whose colour and icon a judgement wears."""
    return {Exit.CONFORMS: "pass", Exit.DOES_NOT: "fail", Exit.FAULT: "fault"}.get(judgement.exit, "inconclusive")


def _shared(run: Run) -> dict[str, Any]:
    """What every cell refers to, once."""
    return {
        "clauses": _by_id(run.header.clauses),
        "checks": _by_id(run.header.checks),
        "deviations": _by_id(run.header.deviations),
        "scenarios": _by_id(run.scenarios),
        "providers": {p.id: {"title": visible(p.title), "label": KIND_LABELS[p.kind]} for p in run.providers},
        "words": {state: {"word": word.word, "means": word.means} for state, word in WORDS.items()},
        "questions": {q: {"word": QUESTION_WORDS[q], "means": QUESTION_MEANS[q]} for q in QUESTION_WORDS},
    }


def _by_id(records: Iterable[Clause | Check | Deviation | Scenario]) -> dict[str, Any]:
    return {record.id: {key: _legible(value) for key, value in to_json(record).items()} for record in records}


def _legible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) else value


@cache
def asset(name: str) -> str:
    """One of our own style sheets or scripts."""
    return files("messages_conformance.report").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
