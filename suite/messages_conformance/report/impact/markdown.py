"""The table of impacts as Markdown: `docs/impact.md`. The same table gives the same text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Client, Impacts, Seen
from messages_conformance.catalog.impact_words import did, told
from messages_conformance.catalog.model import Clause
from messages_conformance.report.impact.rows import Clauses, Row, levels, rows, tolls, undone
from messages_conformance.report.impact.surprises import Disagreement, Surprises, surprises
from messages_conformance.report.outputs.markdown import text
from messages_conformance.report.words import SEVERITIES, capital, list_some, plural

SHOWN: Final = 6
"""Clients whose doing is told of one surprise, and defects of one clause."""


def render_markdown(impacts: Impacts, clauses: Clauses) -> str:
    """The page."""
    grouped = rows(impacts, clauses)
    lines = [
        *_intro(impacts),
        *_clients(impacts),
        *_counts(grouped),
        *_surprises(surprises(impacts, clauses), impacts),
        *_table(grouped, impacts),
        *_untold(grouped, impacts),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _intro(impacts: Impacts) -> Iterator[str]:
    yield "# What each deviation does to real clients\n"
    yield "<!-- `make impact-page` writes this page from specs/impact.json. -->\n"
    yield (
        f"Measured {text(impacts.measured)}, last with version {text(impacts.suite)}: "
        f"{plural(len(impacts.clients), 'real client')} did what they can of {plural(len(impacts.jobs), 'job')} at the "
        f"reference, once when it was right and once with each of {plural(len(impacts.defects), 'defect')}, each a "
        "server that is wrong in one way. Every client has its default settings. "
        "[tools/impact/README.md](../tools/impact/README.md) has the experiment; "
        "`messages-conformance impact --html FILE` writes a page with all that each client printed.\n"
    )
    yield from (f"- **{severity}**: {SEVERITIES[severity].means}" for severity in Severity)
    yield ""


def _clients(impacts: Impacts) -> Iterator[str]:
    yield "## The clients\n"
    yield "| client | package | jobs | defects that reach it | broken by | corrupted by | degraded by |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for toll in tolls(impacts):
        client, counted = toll.client, toll.severities
        hurt = " | ".join(str(counted[s]) for s in Severity if s.hurts)
        package = f"`{client.package}` {text(client.version)}, {client.registry}"
        yield f"| {text(capital(client.title))} | {package} | {len(client.jobs)} | {toll.touched} | {hurt} |"
    yield ""
    if any(client.left_out for client in impacts.clients):
        yield "What they do not do:\n"
    for client, why, jobs in undone(impacts):
        yield f"- {text(capital(client.title))}: {text('; '.join(jobs))} ({text(why)})"
    yield ""


def _counts(grouped: Mapping[Severity, tuple[Row, ...]]) -> Iterator[str]:
    yield "## What the levels say of it\n"
    yield "Defects by the strongest level that they break, and by what they do to clients.\n"
    yield f"| level | {' | '.join(Severity)} |"
    yield "| --- |" + " ---: |" * len(Severity)
    for level, counted in levels(grouped).items():
        yield f"| {level} | {' | '.join(map(str, counted.values()))} |"
    yield ""


# --- surprises --------------------------------------------------------------------------------------------------------


def _surprises(found: Surprises, impacts: Impacts) -> Iterator[str]:
    yield "## Surprises\n"
    yield "### A MUST that hurts nobody\n"
    yield "No client that we tried notices any of the defects that break one of these clauses.\n"
    for harmless in found.harmless:
        defects = list_some([f"{text(i.statement)} (`{i.defect}`)" for i in harmless.impacts], SHOWN, "; ")
        tried = f"{plural(harmless.clients, 'client')} in {plural(harmless.jobs, 'job')}"
        yield f"- {_cited(harmless.clause)} Tried with {tried}: {defects}."
    yield "\n### No MUST, and yet clients break\n"
    yield "These defects break nothing that the contract demands of everybody, and hurt clients all the same.\n"
    for row in found.optional:
        yield f"- **{text(row.impact.statement)}** (`{row.impact.defect}`, {row.impact.severity})."
        yield from (f"  {_cited(clause)}" for clause in row.clauses)
        yield from _evidence(row, impacts)
    yield "\n### Clients that disagree\n"
    yield "In one and the same job one client raises or hangs, and another one silently hands over something wrong.\n"
    yield from (line for each in found.disagreements for line in _sides(each, impacts))
    yield "\n### The official SDKs disagree\n"
    yield "One defect, one job, the same vendor, and two outcomes.\n"
    yield from (line for each in found.official for line in _sides(each, impacts))
    yield ""


def _sides(found: Disagreement, impacts: Impacts) -> Iterator[str]:
    impact = found.row.impact
    yield f"- **{text(impact.statement)}** (`{impact.defect}`), on {text(impacts.jobs[found.job])}:"
    for side, clients in (("loud", found.loud), ("silent", found.silent), ("fine", found.spared)):
        if clients:
            yield f"  - {side}: {_named(clients)}"


def _cited(clause: Clause) -> str:
    return f"{clause.level} `{clause.local}`: {text(clause.text)} ([{text(clause.source.title)}]({clause.source.url}))"


def _evidence(row: Row, impacts: Impacts) -> Iterator[str]:
    hurt = row.impact.hurt
    yield from (f"  - {text(seen.client.name)} {text(did(seen, impacts.jobs))}" for seen in hurt[:SHOWN])
    if len(hurt) > SHOWN:
        yield f"  - and {plural(len(hurt) - SHOWN, 'more client')}"


def _named(clients: Iterable[Client]) -> str:
    return text(", ".join(client.name for client in clients))


# --- every defect -----------------------------------------------------------------------------------------------------


def _table(grouped: Mapping[Severity, tuple[Row, ...]], impacts: Impacts) -> Iterator[str]:
    yield "## Every defect that somebody notices\n"
    yield (
        "A cell has the worst that happened to a client. `·` is fine; where a cell is empty, the client can do none of "
        "the jobs that the defect reaches.\n"
    )
    packages = [f"`{client.package}`" for client in impacts.clients]
    for severity, group in grouped.items():
        if not severity.hurts or not group:
            continue
        yield f"### {capital(severity)}: {plural(len(group), 'defect')}\n"
        yield f"| defect | level | {' | '.join(packages)} |"
        yield "| --- | --- |" + " --- |" * len(packages)
        for row in group:
            cells = " | ".join(map(_cell, row.cells))
            yield f"| {text(row.impact.statement)} <br>`{row.impact.defect}` | {row.level} | {cells} |"
        yield ""


def _cell(seen: Seen | None) -> str:
    if seen is None:
        return ""
    return "·" if seen.outcome == "fine" else seen.outcome


def _untold(grouped: Mapping[Severity, tuple[Row, ...]], impacts: Impacts) -> Iterator[str]:
    unnoticed, unknown = grouped[Severity.UNNOTICED], grouped[Severity.UNKNOWN]
    yield f"## What no client notices: {plural(len(unnoticed), 'defect')}\n"
    for row in unnoticed:
        jobs = list_some([impacts.jobs[job] for job in row.impact.touched], 2, "; ")
        yield f"- {row.level} {text(row.impact.statement)} (`{row.impact.defect}`): tried on {text(jobs)}"
    yield f"\n## What is unknown: {plural(len(unknown), 'defect')}\n"
    for row in unknown:
        why = text(told(row.impact, impacts.jobs))
        yield f"- {row.level} {text(row.impact.statement)} (`{row.impact.defect}`): {why}"
    yield ""
