"""`--shard K/N` and `combine`: one run, asked by parallel jobs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from calling import Call
from messages_conformance.results.reading import read_run

SOME = ("-s", "messages.basic", "-s", "streaming.text", "-s", "run.invariants", "--output", "summary")


def test_shards_are_asked_and_put_together(call: Call, endpoint: tuple[str, ...], tmp_path: Path) -> None:
    for share in ("1", "2"):
        said = call("run", *endpoint, *SOME, "--shard", f"{share}/2", "--report", f"jobs/{share}")
        assert said.code == 0
        assert f"This is shard {share} of 2" in said.out
    said = call("combine", "jobs/1", "jobs/2", "--report", "all", "--output", "summary")
    assert said.code == 0
    assert "This is shard" not in said.out
    run = read_run(tmp_path / "all" / "results.jsonl")
    assert [name for _, name in run.cells] == ["messages.basic", "streaming.text", "run.invariants"]
    said = call("combine", "jobs/2", "--report", "some")
    assert said.code == 2
    assert "shard 1/2 is missing" in said.err


def test_a_plan_shows_what_one_shard_sends(call: Call) -> None:
    requests: list[int] = []
    for more in ((), ("--shard", "1/2"), ("--shard", "2/2")):
        (row,) = re.findall(r"^reference +\d+ +\d+ +(\d+) ", call("plan", "-p", "reference", *more).out, re.MULTILINE)
        requests.append(int(row))
    whole, one, other = requests
    assert whole < one + other < whole + 10, "the preflight and a few twins are sent by both"
    assert abs(one - other) <= 4


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--shard", "6/5"), "--shard 6/5: it takes the form K/N, such as 2/5 for the second of five"),
        (("--shard", "1/9", "-s", "smoke"), "scenarios are chosen, which leaves nothing for shard"),
        (("--shard", "1/2", "--resume"), "--resume goes on with the shard that its directory holds: leave out --shard"),
    ],
)
def test_what_cannot_be_divided_is_said(call: Call, arguments: Sequence[str], complaint: str) -> None:
    said = call("run", *arguments)
    assert said.code == 2
    assert complaint in said.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--load", "1"), "1 is not in the range 2<=x<=64"),
        (("--load", "4", "-s", "smoke"), "--load chooses the requests by itself"),
        (("--load", "4", "--resume"), "--load makes a run of its own"),
    ],
)
def test_a_load_is_no_choice_among_others(
    call: Call, endpoint: tuple[str, ...], arguments: Sequence[str], complaint: str
) -> None:
    assert call("run", *endpoint, *SOME, "--report", "first").code == 0
    said = call("run", "--report", "first", *arguments)
    assert said.code == 2
    assert complaint in said.err


def test_a_load_is_planned_and_run_by_its_option_alone(call: Call, endpoint: tuple[str, ...], tmp_path: Path) -> None:
    said = call("run", *endpoint, "--load", "3", "--report", "load", "--output", "summary")
    assert said.code == 0
    names = [name for _, name in read_run(tmp_path / "load" / "results.jsonl").cells]
    assert names == ["load.together-3", "load.one-by-one", "run.invariants"]
