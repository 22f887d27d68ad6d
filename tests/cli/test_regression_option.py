"""`run --fail-on regression --against RUN`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Call, in_a_line
from messages_conformance.run.embedded import REFERENCE_KEY

SOME = ("-s", "messages.basic", "-s", "streaming.text")
ONLY_WORSE = ("--fail-on", "regression")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)


def at(url: str, defect: str = "") -> tuple[str, ...]:
    base = f"{url}/with/{defect}" if defect else url
    return ("run", "--base-url", base, "--model", "reference", "--api-key-env", "OWN_KEY", "--name", "mine", *SOME)


def test_a_run_fails_only_for_what_got_worse(call: Call, reference_url: str, tmp_path: Path) -> None:
    broken, right = at(reference_url, "usage-missing"), at(reference_url)
    assert call(*broken, "--report", "broken").code == 1
    same = call(*broken, *ONLY_WORSE, "--against", "broken", "--report", "same")
    assert (same.code, "does not conform" in same.out) == (0, True), "it is as bad as before, and that is told"
    assert "Exit code 0: mine is no worse than in the run of" in in_a_line(same.out)
    assert json.loads((tmp_path / "same/summary.json").read_text())["providers"]["mine"]["exit"] == 1
    assert call(*right, "--report", "right").code == 0
    worse = call(*broken, *ONLY_WORSE, "--against", "right/results.jsonl", "--report", "worse")
    assert worse.code == 1
    assert "mine got worse since the run of" in in_a_line(worse.out)
    assert "open worse/compare.html" in worse.out
    assert "<failure" in (tmp_path / "worse/junit.xml").read_text()
    assert "<failure" not in (tmp_path / "same/junit.xml").read_text()
    again = call("report", "worse/results.jsonl", *ONLY_WORSE, "--against", "broken")
    assert again.code == 0


def test_the_last_run_is_the_one_before_this(call: Call, reference_url: str) -> None:
    assert call(*at(reference_url, "usage-missing"), "--output", "summary").code == 1
    said = call(*at(reference_url, "usage-missing"), *ONLY_WORSE, "--output", "summary")
    assert said.code == 0


def test_what_cannot_be_compared_is_refused_before_anything_is_sent(call: Call, reference_url: str) -> None:
    run = at(reference_url)
    assert "there is no run in reports/latest yet" in call(*run, *ONLY_WORSE).err
    assert "--against nowhere: there is no such run" in call(*run, *ONLY_WORSE, "--against", "nowhere").err
    assert "add --fail-on regression" in call(*run, "--against", "nowhere").err
    assert call(*run, "--output", "summary").code == 0
    said = call("run", "--resume", *ONLY_WORSE)
    assert (said.code, "would be held against itself" in said.err) == (2, True)
