"""The table of impacts: what is read of it, and what follows of each entry."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from impacts import IMPACTS, TABLE
from jsonschema import Draft202012Validator
from messages_conformance.catalog import data
from messages_conformance.catalog.harm import Severity, worst_first
from messages_conformance.catalog.impact import Difference, Impacts, Trace, load_impacts
from messages_conformance.catalog.impact_words import harms
from messages_conformance.catalog.yaml import strict
from messages_conformance.errors import UserError

FACTS = '{"lost": {"statement": "It is lost", "check": "found", "clauses": ["anthropic:x"]}}'


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert load_impacts(tmp_path / "impact.json", tmp_path / "defects.json") == Impacts("", "", (), {}, {})


def test_a_table_is_read() -> None:
    impact = IMPACTS.defects["message-stop-missing"]
    assert (impact.statement, impact.check) == ("message_stop is not sent", "stream.message-stop-last")
    assert impact.clauses == {"anthropic:stream.message-stop-last"}
    first, *_ = impact.seen
    (trace,) = first.noticed
    assert (first.client.name, first.client.profile) == ("the official SDK for Python 2.14", "anthropic-sdk-python")
    assert trace.raised
    assert (trace.raised.name, trace.raised.message, trace.requests) == ("APIConnectionError", "Connection error.", 3)


def test_a_client_says_why_it_does_not_do_a_job() -> None:
    assert IMPACTS.clients[3].left_out == {"text": "the agent always streams"}


@pytest.mark.parametrize("table", [TABLE, data("specs") / "impact.json"])
def test_a_table_has_the_form_that_is_written_down(table: Path) -> None:
    schema = json.loads((strict.SCHEMAS / "impact.schema.json").read_bytes())
    validator: Any = Draft202012Validator(schema)
    validator.validate(json.loads(table.read_bytes()))


def test_what_was_tried_on_several_days_was_measured_from_the_first_to_the_last() -> None:
    assert IMPACTS.measured == f"on {IMPACTS.made}"
    first = replace(IMPACTS.clients[0], tried={"2026-11-28": ("text",), "2026-11-30": ("tool",)})
    assert replace(IMPACTS, clients=(first,)).measured == "from 2026-11-28 to 2026-11-30"


def test_a_defect_that_is_no_more_is_passed_over() -> None:
    assert "no-longer-there" not in IMPACTS.defects


def test_the_severity_is_the_worst_of_all_clients() -> None:
    assert {name: impact.severity for name, impact in IMPACTS.defects.items()} == {
        "adaptive-refused": Severity.UNKNOWN,  # no job reaches it
        "block-index-constant": Severity.UNKNOWN,  # fine for one, and the other did not do the same twice
        "filler-deltas": Severity.DEGRADES,
        "leading-newlines": Severity.BREAKS,
        "message-id-constant": Severity.UNNOTICED,
        "message-stop-missing": Severity.BREAKS,
        "thinking-only": Severity.UNKNOWN,  # no client can do the job
    }


@pytest.mark.parametrize(
    ("outcome", "pointers", "severity"),
    [
        ("raises", [], "breaks"),
        ("hangs", [], "breaks"),
        ("wrong", ["/turns/0/usage/input", "/turns/0/stop"], "corrupts"),
        ("wrong", ["/turns/0/calls/0/arguments/usage"], "corrupts"),
        ("wrong", ["/models"], "corrupts"),
        ("wrong", ["/turns/1/usage/input", "/turns/0/pieces"], "degrades"),
        ("wrong", ["/raised/message"], "degrades"),
        ("wrong", ["/raised"], "corrupts"),
        ("retries", [], "degrades"),
        ("unstable", [], "unknown"),
    ],
)
def test_what_became_of_one_job(outcome: str, pointers: list[str], severity: str) -> None:
    differs = tuple(Difference(pointer, 1, 2) for pointer in pointers)
    assert Trace("text", outcome, differs=differs).severity == severity  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "severity"),
    [
        ("raises", "degrades"),
        ("wrong", "degrades"),
        ("retries", "degrades"),
        ("hangs", "breaks"),
        ("unstable", "unknown"),
    ],
)
def test_a_mistake_that_is_not_told_hurts_no_program_that_is_right(outcome: str, severity: str) -> None:
    trace = Trace("text", outcome, differs=(Difference("/raised", "Odd", None),), mistake=True)  # type: ignore[arg-type]
    assert trace.severity == severity
    assert trace.only_for_mistakes == (outcome != "hangs")


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/turns/0/text", "text"),
        ("/turns/1/calls/0/arguments/count", "arguments"),
        ("/turns/0/calls/0/name", "calls"),
        ("/turns", "turns"),
        ("/turns/1", "turns"),
        ("/object/city", "object"),
        ("", "turns"),
    ],
)
def test_a_difference_has_the_name_of_its_field(pointer: str, field: str) -> None:
    assert Difference(pointer, 1, 2).field == field


def test_of_clients_that_suffer_alike_the_official_ones_come_first() -> None:
    impact = IMPACTS.defects["message-stop-missing"]
    turned = replace(impact, seen=impact.seen[::-1])
    assert [seen.client.id for seen in turned.hurt] == ["anthropic-python", "ai-sdk", "litellm", "agent"]


def test_worst_first_and_then_who_hurts_most() -> None:
    assert [harm.defect for harm in worst_first(harms(IMPACTS))][:3] == [
        "message-stop-missing",
        "leading-newlines",
        "filler-deltas",
    ]


def test_what_is_no_json_is_refused_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "impact.json"
    table.write_text("{\n  oops\n}")
    (tmp_path / "defects.json").write_text(FACTS)
    with pytest.raises(UserError, match=r"impact\.json:2: not valid JSON") as raised:
        load_impacts(table, tmp_path / "defects.json")
    assert "nothing is to be mended by hand" in str(raised.value)
