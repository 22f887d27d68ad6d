"""A stream that was recorded in format 1, read as what it says. Two scenarios of a run of that time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.errors import UserError
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.records import to_line
from messages_conformance.results.stream import read_records

OLD = Path(__file__).parent / "recorded" / "format_1.jsonl"
LINES: list[dict[str, Any]] = [json.loads(line) for line in OLD.read_text("utf-8").splitlines()]
SAID = ("outcome", "level", "cause", "expected", "actual", "pointer", "event", "note", "where")


@pytest.fixture(scope="module")
def run() -> Run:
    return read_run(OLD)


def of(kind: str) -> list[dict[str, Any]]:
    return [line for line in LINES if line["kind"] == kind]


def test_every_result_says_what_it_said(run: Run) -> None:
    told = {(r["provider"], r["scenario"], r["step"], r["check"], r["question"]): r for r in of("result")}
    read = {
        (cell.provider, cell.scenario, result.step, result.check, result.question): result
        for cell in run.cells.values()
        for result in cell.results
    }
    assert read.keys() == told.keys()
    for place, result in read.items():
        old = told[place]
        assert {name: getattr(result, name) for name in SAID} == {name: old.get(name) for name in SAID}
        assert (list(result.clauses), list(result.exchanges)) == (old["clauses"], old["exchanges"])


def test_the_plan_is_the_one_that_was_made(run: Run) -> None:
    assert [[list(key) for key in cell.planned] for cell in run.cells.values()] == [p["checks"] for p in of("planned")]
    assert [cell.not_applicable for cell in run.cells.values()] == [p["not_applicable"] for p in of("planned")]


def test_exchanges_are_what_was_sent_and_came_back(run: Run) -> None:
    assert len(run.exchanges) == len(of("exchange"))
    for exchange, old in zip(run.exchanges, of("exchange"), strict=True):
        assert exchange.id == old["id"]
        assert exchange.curl == old["curl"]
        assert exchange.request.body == old["request"]["body"].encode()
        assert exchange.response is not None
        assert exchange.response.body.decode() == "".join(chunk["text"] for chunk in old["response"]["chunks"])


def test_the_rest_is_read_too(run: Run) -> None:
    assert run.skipped == {"naga": "its key is not set: export NAGA_API_KEY"}
    assert run.footer is not None
    assert run.footer.results == of("footer")[0]["results"]
    assert [profile.id for profile in run.header.profiles] == [profile["id"] for profile in LINES[0]["profiles"]]


def changed(tmp_path: Path, *lines: dict[str, Any], cut: int = 0) -> Path:
    path = tmp_path / "results.jsonl"
    text = "".join(json.dumps(line) + "\n" for line in lines)
    path.write_text(text[: len(text) - cut], "utf-8")
    return path


def test_the_name_of_the_key_is_taken_from_the_command_and_not_from_the_body(tmp_path: Path) -> None:
    command = """curl -sS \\\n  -H 'x-api-key: '"$SOME_KEY" \\\n  --data-raw '{"$schema": 1}' http://h"""
    (old, *_) = of("exchange")
    keyed = read_run(changed(tmp_path, LINES[0], {**old, "curl": command})).exchanges[0]
    assert keyed.key_env == "SOME_KEY"
    unkeyed = read_run(changed(tmp_path, LINES[0], {**old, "curl": command.replace("$SOME_KEY", "")})).exchanges[0]
    assert unkeyed.key_env is None


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    (old, *_) = of("exchange")
    response = {**old["response"], "chunks": [{"at_ms": 1.5, "text": "é"}, {"at_ms": 2.5, "base64": "/w=="}]}
    (exchange,) = read_run(changed(tmp_path, LINES[0], {**old, "response": response})).exchanges
    assert exchange.response is not None
    assert exchange.response.body == b"\xc3\xa9\xff"


def test_a_stream_that_was_cut_off_is_read_up_to_the_cut(tmp_path: Path) -> None:
    run = read_run(changed(tmp_path, *LINES[:-2], cut=10))
    assert not run.complete
    assert sum(len(cell.missing("drop-in")) + len(cell.missing("as-documented")) for cell in run.cells.values()) == 2


def test_read_and_written_it_is_a_stream_of_today(run: Run, tmp_path: Path) -> None:
    (tmp_path / "today.jsonl").write_text("".join(map(to_line, read_records(OLD))), "utf-8")
    assert read_run(tmp_path / "today.jsonl") == run


def test_what_is_no_record_of_that_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a results stream"):
        read_run(changed(tmp_path, LINES[0], {"kind": "result"}))
