"""CTRF, held against what https://ctrf.io/docs/specification/overview demands of a report."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import samples
from messages_conformance.report.outputs.ctrf import render

COUNTS = ("tests", "passed", "failed", "pending", "skipped", "other", "start", "stop")
TEST = {
    "type": "object",
    "required": ["name", "status", "duration"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
        "duration": {"type": "integer", "minimum": 0},
        "suite": {"type": "array", "items": {"type": "string"}},
        "message": {"type": "string"},
        "trace": {"type": "string"},
        "rawStatus": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "extra": {"type": "object"},
    },
    "additionalProperties": False,
}
REPORT = {
    "type": "object",
    "required": ["reportFormat", "specVersion", "results"],
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "results": {
            "type": "object",
            "required": ["tool", "summary", "tests"],
            "properties": {
                "tool": {"type": "object", "required": ["name"]},
                "summary": {"type": "object", "required": [*COUNTS], "additionalProperties": {"type": "integer"}},
                "tests": {"type": "array", "items": TEST},
            },
        },
    },
}


@pytest.mark.parametrize("run", [samples.run, samples.hostile_run])
def test_it_has_what_the_specification_demands(run: Any) -> None:
    validator: Any = jsonschema.Draft202012Validator(REPORT)
    validator.validate(json.loads(render(run())))


def test_the_summary_counts_the_tests() -> None:
    results = json.loads(render(samples.run()))["results"]
    assert results["tool"] == {"name": "messages-conformance", "version": "0.1.0"}
    assert results["summary"] == {
        "tests": 24,
        "passed": 6,
        "failed": 2,
        "skipped": 15,
        "other": 1,
        "pending": 0,
        "suites": 4,
        "start": 1795168800000,
        "stop": 1795168920000,
    }


def test_a_test_says_what_failed_and_how_to_try() -> None:
    tests = {test["name"]: test for test in json.loads(render(samples.run()))["results"]["tests"]}
    failed = tests["streaming.text@naga"]
    assert (failed["status"], failed["rawStatus"], failed["suite"]) == ("failed", "failed", ["naga", "streaming"])
    assert failed["message"].startswith("MUST anthropic:stream.named-events")
    assert "curl -sS" in failed["trace"]
    assert failed["extra"]["title"] == "A streamed text answer"
    assert "trace" not in tests["errors.wrong-key@naga"]


def test_a_run_that_was_cut_off_ends_where_its_tests_end() -> None:
    summary = json.loads(render(samples.run(complete=False)))["results"]["summary"]
    assert summary["stop"] > summary["start"]
