"""summary.json: what a script reads, held against the schema that is published for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import samples
import schemas
from jsonschema import Draft202012Validator
from messages_conformance.catalog.model import Level
from messages_conformance.report.outputs.summary import render
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Diagnosed


def _summary(run: Run, fail_on: Level = Level.MUST) -> dict[str, Any]:
    return json.loads(render(run, fail_on))


@pytest.mark.parametrize("run", [samples.run(), samples.run(complete=False), samples.hostile_run()])
def test_it_keeps_its_schema_and_is_small(run: Run) -> None:
    validator: Any = Draft202012Validator(schemas.summary_schema())
    validator.validate(_summary(run))
    assert len(render(run)) < 10_000
    assert render(run).isascii()


def test_a_script_finds_verdicts_answers_clients_and_causes() -> None:
    told = _summary(samples.run())
    assert (told["format"], told["complete"], told["exit"]) == (1, True, 1)
    assert told["suite"] == {"name": "messages-conformance", "version": "0.1.0"}
    assert told["clients"] == {"chat": "a chat application", "agent": "a coding agent"}
    naga = told["providers"]["naga"]
    assert (naga["verdict"], naga["exit"], naga["requests"]) == ("does-not-conform", 1, 5)
    assert naga["answers"] == {"drop-in": "does not", "as-documented": "does not"}
    assert naga["clients"]["chat"] == {
        "answer": "breaks",
        "reasons": ["Nothing appears on the screen."],
        "checks": ["stream.named"],
    }
    assert naga["causes_in_all"] == 3
    assert naga["causes"][0] == {
        "check": "stream.named",
        "level": "MUST",
        "headline": "Every event is named",
        "places": 2,
        "severity": "breaks",
    }


def test_every_verdict_has_its_word() -> None:
    told = _summary(samples.run())
    assert {name: one["verdict"] for name, one in told["providers"].items()} == {
        "naga": "does-not-conform",
        "reference": "conforms",
        "aisa": "fault",
        "bifrost": "not-run",
    }
    assert told["providers"]["bifrost"]["sentence"] == "was not run: BIFROST_KEY is not set"


def test_a_diagnosis_is_the_sentence_of_its_provider() -> None:
    found = Diagnosed("naga", "model-unknown", "could not be asked: no such model", 2)
    naga = _summary(replace(samples.run(), diagnoses={"naga": found}))["providers"]["naga"]
    assert (naga["verdict"], naga["exit"]) == ("could-not-be-asked", 2)
    assert naga["sentence"] == "could not be asked: no such model"
    assert naga["clients"]["chat"] == {"answer": "unknown", "reasons": ["could not be asked: no such model"]}


def test_a_run_that_was_cut_off_says_so_and_has_no_end() -> None:
    told = _summary(samples.run(complete=False))
    assert told["complete"] is False
    assert not {"finished", "spent"} & {*told, *told["providers"]["naga"]}


def test_what_each_provider_took_stands_with_it() -> None:
    told = _summary(samples.run())["providers"]
    counts = {"seconds": 65.0, "requests": 5, "tokens_in": 12000, "tokens_out": 2300, "cost": {"USD": 0.0123}}
    assert told["naga"]["spent"] == counts
    assert "spent" not in told["aisa"]


def test_expectations_that_do_not_hold_are_all_listed() -> None:
    told = _summary(samples.untrue())["providers"]
    assert told["naga"]["expectations"] == [
        {
            "check": "stream.end",
            "where": "work/expectations.yaml:3",
            "held": "expired",
            "sentence": "expired on 2026-11-08, 12 days before this run",
            "places": 2,
            "owner": "gateway team",
            "issue": "https://example.com/7",
        }
    ]
    assert [entry["held"] for entry in told["reference"]["expectations"]] == ["stale"]
    assert "expectations" not in told["aisa"]
