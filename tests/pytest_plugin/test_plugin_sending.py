"""`pytest --provider NAME`: what is sent, and where the results are kept."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from counting import Counting
from plugin_runs import MESSAGES, alone, declare, records, refused, run


@pytest.mark.gate
def test_collecting_starts_and_sends_nothing(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    (tmp_path / "conftest.py").write_text("from messages_conformance.run import session\nsession.starting = None\n")
    before = len(counted.asked)
    who = ("--provider", "own", "--provider", "reference", "-q")
    assert alone(tmp_path, *who, MESSAGES, "--setup-plan").code == 0
    listed = alone(tmp_path, *who, "--collect-only")
    assert listed.code == 0
    ids = re.findall(r"\S+::\S+@own", listed.out)
    assert len(ids) == len(set(ids)) > 50
    assert all(re.fullmatch(r"conformance/\w+\.yaml::[\w.-]+@own", name) for name in ids)
    assert len(counted.asked) == before


@pytest.mark.parametrize("option", ["-x", "--stepwise"])
def test_x_stops_paying(tmp_path: Path, counted: Counting, option: str) -> None:
    declare(tmp_path, own=counted.url("empty"))
    before = len(counted.asked)
    paths = (MESSAGES, "conformance/requests.yaml")
    ran = run(tmp_path, "--provider", "own", *paths, option, "-p", "no:randomly", "--conformance-report=out")
    assert ran.counts()["failed"] == 1
    reported, window = 1, 2 * 4
    asked = {record["scenario"] for record in records(tmp_path / "out/results.jsonl", "exchange")}
    assert len(asked) <= reported + window
    assert len(records(tmp_path / "out/results.jsonl", "planned")) > reported + window
    steps = 3
    assert len(counted.asked) - before <= (reported + window) * steps
    assert not records(tmp_path / "out/results.jsonl", "footer")
    assert "not everything that was planned" in ran.out or "does not conform" in ran.out, "the summary is there even so"


def test_nothing_is_sent_twice_and_k_selects_by_name_and_tag(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    before = len(counted.asked)
    ran = run(
        tmp_path, "--provider", "own", "-k", "request.temperature or smoke", "--conformance-report", "out", "--tb=no"
    )
    planned = {record["scenario"] for record in records(tmp_path / "out/results.jsonl", "planned")}
    assert {"messages.basic", "request.temperature.1.01"} <= planned
    assert "request.temperature.2.0" not in planned, "it is a variant"
    assert not {name for name in planned if name.startswith("request.top")}
    assert len(planned) == sum(number for word, number in ran.counts().items() if word != "deselected")
    exchanges = [record["id"] for record in records(tmp_path / "out/results.jsonl", "exchange")]
    assert len(exchanges) == len(set(exchanges)) == len(counted.asked) - before


@pytest.mark.gate
def test_xdist_runs_every_item_once_and_makes_one_report(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("busy"))
    what = ("--provider", "reference", "--provider", "own", MESSAGES)
    ran = alone(tmp_path, *what, "-n", "2", "--conformance-report", "out", "-v")
    told = Counter(re.findall(r"(PASSED|SKIPPED).*::(\S+@\w+)", ran.out))
    plan = [
        f"{record['scenario']}@{record['provider']}" for record in records(tmp_path / "out/results.jsonl", "planned")
    ]
    assert sorted(name for _, name in told) == sorted(plan)
    assert set(told.values()) == {1}
    assert re.search(r"^Reference ✓", ran.out, re.MULTILINE)
    assert "own is out of order: 529" in ran.out
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert len(records(tmp_path / "out/results.jsonl", "footer")) == 1
    assert (tmp_path / "out" / "index.html").is_file()


def test_without_a_directory_for_reports_the_stream_is_kept_and_can_be_gone_on_with(
    tmp_path: Path, counted: Counting
) -> None:
    declare(tmp_path, own=counted.url("right"))
    ran = run(tmp_path, "--provider", "own", f"{MESSAGES}::messages.basic@own")
    (kept,) = (path for path in (tmp_path / "reports").iterdir() if not path.is_symlink())
    assert f"messages-conformance report -v reports/{kept.name}/results.jsonl" in ran.out
    assert (tmp_path / "reports" / "latest").resolve() == kept
    assert [path.name for path in kept.iterdir()] == ["results.jsonl"]


def test_a_directory_that_holds_results_is_refused_before_anything_is_asked(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    what = ("--provider", "own", f"{MESSAGES}::messages.basic@own", "--conformance-report", "out")
    assert run(tmp_path, *what).code == 0
    before, asked = (tmp_path / "out" / "results.jsonl").read_bytes(), len(counted.asked)
    assert "out already holds the results of a run, begun 20" in refused(tmp_path, *what)
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before
    assert len(counted.asked) == asked
