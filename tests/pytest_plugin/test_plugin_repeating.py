"""`pytest --conformance-repeat N`: an item fails if one of its repetitions does, and says in how many."""

from __future__ import annotations

from pathlib import Path

import pytest
from flaky import every_second_time
from plugin_runs import declare, records, refused, run


def test_a_flaky_item_fails_with_its_rate(tmp_path: Path, reference_url: str) -> None:
    with every_second_time(reference_url, "usage-missing") as url:
        declare(tmp_path, own=url)
        what = ("--provider", "own", "-k", "messages.basic or messages.history or invariants")
        ran = run(tmp_path, *what, "--conformance-repeat=4", "--conformance-report=out")
    assert ran.counts() == {"passed": 1, "failed": 2, "deselected": ran.counts()["deselected"]}
    assert "flaky        fails 2 of 4" in ran.out
    assert "A message has the object usage: flaky, fails 4 of 8" in ran.out
    judged = [record["scenario"] for record in records(tmp_path / "out/results.jsonl", "judged")]
    assert sorted(name for name in judged if name.startswith("messages.basic")) == [
        "messages.basic",
        *(f"messages.basic~{number}" for number in (2, 3, 4)),
    ]


@pytest.mark.parametrize("number", ["0", "-3"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, number: str) -> None:
    said = refused(tmp_path, "--provider", "reference", f"--conformance-repeat={number}")
    assert f"--conformance-repeat {number}: a number from 1 on, such as 5" in said
