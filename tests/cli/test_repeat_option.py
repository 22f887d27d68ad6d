"""`run --repeat N` at an endpoint that is wrong every second time: what each output says of it, and what can follow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import Call, in_a_line
from flaky import every_second_time
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.reading import Result, read_run
from messages_conformance.run.embedded import REFERENCE_KEY

CHECK = "shape.anthropic.message.usage"
SOME = ("-s", "messages.basic", "-s", "messages.history", "-s", "run.invariants")


@pytest.fixture
def flaky(reference_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    with every_second_time(reference_url, "usage-missing") as url:
        yield ("--base-url", url, "--model", "reference", "--api-key-env", "OWN_KEY", "--name", "mine")


def found(directory: Path, scenario: str = "messages.basic") -> Result:
    run = read_run(directory / "results.jsonl")
    return next(each for each in run.cells["mine", scenario].results if each.check == CHECK)


def test_a_flaky_check_is_told_with_its_rate_in_every_output(
    call: Call, flaky: tuple[str, ...], tmp_path: Path
) -> None:
    said = call("run", *flaky, *SOME, "--repeat", "5", "--report", "out", "-v")
    assert said.code == 1
    told = "A message has the object usage: flaky, fails 4 of 10"
    assert told in said.out
    assert re.search(r"flaky +fails 2 of 5", said.out)
    assert found(tmp_path / "out").times == Times(2, 3)
    texts = {name: (tmp_path / "out" / name).read_text("utf-8") for name in ("matrix.md", "index.html", "junit.xml")}
    assert told in in_a_line(texts["matrix.md"])
    assert told in in_a_line(texts["index.html"])
    assert "anthropic:message.usage: flaky, fails 2 of 5: expected" in texts["junit.xml"]
    (cause,) = json.loads((tmp_path / "out/summary.json").read_text())["providers"]["mine"]["causes"]
    assert cause["flaky"] == {"failed": 4, "passed": 6}
    tests = json.loads((tmp_path / "out/ctrf.json").read_text())["results"]["tests"]
    assert [test["name"] for test in tests if test.get("flaky")] == ["messages.basic@mine", "messages.history@mine"]


def test_one_time_is_what_every_run_did_until_now(call: Call, endpoint: tuple[str, ...], tmp_path: Path) -> None:
    for place, more in (("plain", ()), ("once", ("--repeat", "1"))):
        assert call("run", *endpoint, *SOME, *more, "--report", place, "--output", "summary").code == 0
    plain, once = ((tmp_path / place / "results.jsonl").read_text("utf-8").splitlines() for place in ("plain", "once"))
    assert len(plain) == len(once)
    without_time = re.compile(r'"started":"[^"]*"')
    assert without_time.sub("", plain[0]) == without_time.sub("", once[0])
    assert "~" not in "".join(re.findall(r'"id":"[^"]*"', "".join(once)))


def test_a_run_that_was_cut_off_goes_on_with_the_repetitions_that_are_left(
    call: Call, flaky: tuple[str, ...], tmp_path: Path
) -> None:
    said = call("run", *flaky, *SOME, "--repeat", "4", "--max-requests", "5", "--report", "out", "--output", "summary")
    assert "Not everything was asked" in said.out
    asked = len(read_run(tmp_path / "out/results.jsonl").exchanges)
    assert asked == 5
    said = call("run", "--resume", "--report", "out", "--output", "summary")
    assert said.code == 1
    run = read_run(tmp_path / "out/results.jsonl")
    assert len(run.exchanges) == len({each.id for each in run.exchanges}) == 8
    assert found(tmp_path / "out").times == found(tmp_path / "out", "messages.history").times == Times(2, 2)
    assert call("rejudge", "out/results.jsonl", "--report", "again", "--output", "summary").code == 1
    assert found(tmp_path / "again").times == Times(2, 2)


def test_a_run_gets_further_repetitions_of_what_is_named(call: Call, flaky: tuple[str, ...], tmp_path: Path) -> None:
    assert call("run", *flaky, *SOME, "--report", "out", "--output", "summary").code == 0
    said = call("run", "--resume", "--report", "out", "--repeat", "3")
    assert (said.code, "say what is to be repeated" in said.err) == (2, True)
    more = ("--resume", "--report", "out", "--repeat", "3", "-s", "messages.basic", "--output", "summary")
    assert call("run", *more).code == 1
    assert found(tmp_path / "out").times == Times(1, 2)
    assert found(tmp_path / "out", "messages.history").times is None


def test_shards_of_a_repeated_run_are_put_together(call: Call, flaky: tuple[str, ...], tmp_path: Path) -> None:
    what = ("-s", "messages.basic", "-s", "streaming.text", "-s", "run.invariants", "--repeat", "3")
    for share in ("1", "2"):
        said = call("run", *flaky, *what, "--shard", f"{share}/2", "--report", f"jobs/{share}", "--output", "summary")
        assert f"This is shard {share} of 2" in said.out
    assert call("combine", "jobs/1", "jobs/2", "--report", "all", "--output", "summary").code == 1
    run = read_run(tmp_path / "all/results.jsonl")
    assert [name for _, name in run.cells] == ["messages.basic", "streaming.text", "run.invariants"]
    assert run.complete
    assert [len(cell.repetitions) for cell in run.cells.values()] == [3, 3, 0]
    assert found(tmp_path / "all").times == Times(1, 2)


def test_a_plan_says_how_often(call: Call) -> None:
    said = call("plan", "-p", "reference", "-s", "messages.basic", "-s", "messages.history", "--repeat", "7")
    assert re.search(r"^reference +2 +0 +14 ", said.out, re.MULTILINE)
    assert "Each scenario is asked 7 times" in said.out
