"""The table of impacts as one page: defects by clients, and below it what each client printed. It needs no script."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Impacts, Trace
from messages_conformance.catalog.impact_words import became, did, told
from messages_conformance.report.impact.rows import Clauses, levels, rows, tolls, undone
from messages_conformance.report.impact.surprises import surprises
from messages_conformance.report.markup import page
from messages_conformance.report.words import capital


def render_page(impacts: Impacts, clauses: Clauses) -> str:
    """The page. It opens anywhere, like that of a run."""
    grouped = rows(impacts, clauses)
    return page(
        "impact.html.j2",
        "impact.css",
        impacts=impacts,
        grouped=grouped,
        noticed=[row for severity, group in grouped.items() if severity.hurts for row in group],
        levels=levels(grouped),
        tolls=tolls(impacts),
        undone=list(undone(impacts)),
        surprises=surprises(impacts, clauses),
        Severity=Severity,
        told=partial(told, jobs=impacts.jobs),
        did=partial(did, jobs=impacts.jobs),
        became=became,
        alike=_alike,
        shown=_shown,
        capital=capital,
    )


def _alike(traces: Iterable[Trace]) -> Iterable[tuple[Trace, list[str]]]:
    """Each thing that became of jobs, once, with the ids of the jobs of which it became."""
    told: dict[str, tuple[Trace, list[str]]] = {}
    for trace in traces:
        asked = (trace.requests, trace.requests_without) if trace.requests > trace.requests_without else (1, 1)
        same = replace(trace, job="", requests=asked[0], requests_without=asked[1])
        _, jobs = told.setdefault(repr(same), (same, []))  # not the trace itself: what differs may be a mapping
        jobs.append(trace.job)
    return told.values()


def _shown(value: Any) -> str:
    """A value of what a client handed over, as JSON where it is no text."""
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
