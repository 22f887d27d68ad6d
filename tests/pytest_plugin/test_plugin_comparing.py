"""`pytest --compare-to NAME`: what changes for whoever moves from there to the tested provider."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_runs import declare, run

BASIC = ("-k", "messages.basic")


@pytest.fixture
def two(tmp_path: Path, reference_url: str) -> Path:
    """A directory with a good provider and one that leaves out what no MUST demands."""
    return declare(tmp_path, good=reference_url, odd=f"{reference_url}/with/stop-sequence-key-missing")


def test_what_breaks_is_told_and_fails_the_session_though_no_item_failed(two: Path) -> None:
    ran = run(two, "--provider", "odd", "--compare-to", "good", *BASIC, "--conformance-report", "out")
    assert (ran.code, ran.counts()["passed"]) == (pytest.ExitCode.TESTS_FAILED, 2)
    assert "conformance: what changes" in ran.out
    assert "✕ good → odd" in ran.out
    assert "1 thing that held at good is broken at odd (1 SHOULD)" in ran.out
    assert "Evidence of both sides: open out/compare.html" in ran.out
    assert (two / "out/compare.html").is_file()


def test_a_provider_that_is_only_compared_to_fails_nothing(tmp_path: Path, reference_url: str) -> None:
    declare(tmp_path, good=reference_url, bad=f"{reference_url}/with/usage-missing")
    ran = run(tmp_path, "--provider", "good", "--compare-to", "bad", *BASIC, "-rx")
    assert ran.code == pytest.ExitCode.OK
    assert "XFAIL conformance/messages.yaml::messages.basic@bad - broken at bad, which is only compared to" in ran.out
    assert "✓ bad → good" in ran.out
    assert "Exit code 0: good conforms" in ran.out


def test_an_earlier_run_can_be_compared_to_and_of_many_providers_one_is_named(two: Path) -> None:
    to = ("--conformance-report", "before")
    assert run(two, "--provider", "good", "--provider", "odd", *BASIC, *to).code == pytest.ExitCode.OK
    moved = run(two, "--provider", "odd", "--compare-to", "before:good", *BASIC)
    assert (moved.code, moved.counts()["passed"]) == (pytest.ExitCode.TESTS_FAILED, 1)
    assert "✕ good → odd" in moved.out
    same = run(two, "--provider", "odd", "--compare-to", "before/results.jsonl", *BASIC)
    assert same.code == pytest.ExitCode.OK
    assert "= odd: " in same.out, "it is compared with itself, before"


def test_nothing_that_could_be_compared_is_no_success(two: Path) -> None:
    (two / "again").mkdir()
    ran = run(two, "--provider", "good", "--compare-to", "anthropic", *BASIC, "-rs")
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert "nothing was decided on both sides" in ran.out
