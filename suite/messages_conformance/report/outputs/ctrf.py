"""The run as a CTRF report, the common JSON of test results: https://ctrf.io/docs/specification/overview"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from messages_conformance.catalog.model import Level
from messages_conformance.report.outputs.cases import Case, Status, Suite, suites
from messages_conformance.report.words import visible
from messages_conformance.results.reading import Run

SPEC_VERSION = "0.0.0"

_STATUSES = {Status.PASSED: "passed", Status.FAILED: "failed", Status.SKIPPED: "skipped", Status.ERROR: "other"}


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"ctrf.json": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """One test for each scenario at each provider. Pure ASCII, so that nothing a provider sent needs more escaping."""
    found = suites(run, fail_on)
    tests = [_test(suite, case) for suite in found for case in suite.cases]
    counts = {name: sum(test["status"] == name for test in tests) for name in (*_STATUSES.values(), "pending")}
    start = _ms(run.header.started)
    stop = _ms(run.footer.finished) if run.footer else start + sum(test["duration"] for test in tests)
    suite = run.header.suite
    report = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": suite.name,
        "results": {
            "tool": {"name": suite.name, "version": suite.version},
            "summary": {"tests": len(tests), **counts, "suites": len(found), "start": start, "stop": stop},
            "tests": tests,
            "extra": {"verdicts": {suite.provider.id: suite.verdict for suite in found}},
        },
    }
    return visible(json.dumps(report, indent=1)) + "\n"


def _test(suite: Suite, case: Case) -> dict[str, Any]:
    told = {"message": case.message, "trace": case.detail}
    return {
        "name": f"{case.scenario.id}@{suite.provider.id}",
        "status": _STATUSES[case.status],
        "rawStatus": str(case.status),
        "duration": round(case.ms),
        "suite": [suite.provider.id, case.scenario.area],
        "tags": list(case.scenario.tags),
        **({"flaky": True} if case.flaky else {}),
        **{name: text for name, text in told.items() if text},
        "extra": {"title": case.scenario.title, "why": case.scenario.why, "where": case.scenario.where},
    }


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
