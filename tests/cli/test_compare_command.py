"""`compare`: which sides a name means, what is written, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import handmade
import pytest
from handmade import line
from messages_conformance import cli
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import Scenario, to_line

Call = Callable[..., tuple[object, str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls the program in a directory with two runs of two providers: `maker` is broken in the second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, outcome, day in (("first", "pass", 20), ("second", "fail", 21)):
        write_run(tmp_path / name, {"maker": outcome, "other": "pass"}, f"2026-11-{day}T10:00:00Z")
    write_run(tmp_path / "alone", {"third": "inconclusive"}, "2026-11-22T10:00:00Z")

    def calling(*arguments: str) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        told = capfd.readouterr()
        assert "Traceback" not in told.err + told.out
        return ended.value.code, told.out, told.err

    return calling


def write_run(directory: Path, outcomes: dict[str, str], started: str) -> None:
    directory.mkdir()
    causes: dict[str, dict[str, Any]] = {"inconclusive": {"cause": "model-choice"}}
    told = [line("s", "a", o, provider=name, **causes.get(o, {})) for name, o in outcomes.items()]
    scenario = Scenario("s", "area", "A scenario", "Because.", "scenarios/made.yaml:7")
    header = handmade.header(*map(handmade.provider, outcomes), started=started, scenarios=(scenario,))
    (directory / "results.jsonl").write_text("".join(map(to_line, handmade.stream(header, told))), "utf-8")


@pytest.mark.parametrize(
    ("arguments", "first_line", "code"),
    [
        (("-r", "second", "other", "maker"), "✕ Other → Maker", 1),
        (("-r", "second/results.jsonl", "maker", "other"), "✓ Maker → Other", 0),
        (("first:maker", "second:maker"), "✕ Maker: 2026-11-20 10:00 UTC → 2026-11-21 10:00 UTC", 1),
        (("second", "first:maker"), "✓ Maker: 2026-11-21 10:00 UTC → 2026-11-20 10:00 UTC", 0),
        (("first", "second"), "✕ Maker: 2026-11-20 10:00 UTC → 2026-11-21 10:00 UTC", 1),
        (("first:maker", "alone"), "? Maker → Third", 3),
        (("alone", "first:maker"), "? Third → Maker", 3),
    ],
)
def test_two_sides_are_found_and_the_exit_code_says_what_came_of_it(
    call: Call, tmp_path: Path, arguments: Sequence[str], first_line: str, code: int
) -> None:
    found, out, _ = call("compare", *arguments, "--fail-on", "regression", "--report", "out")
    assert (out.splitlines()[0], found) == (first_line, code)
    assert (tmp_path / "out" / "compare.html").is_file()
    assert (tmp_path / "out" / "compare.md").is_file()
    assert call("compare", *arguments)[0] == 0


def test_two_runs_are_compared_for_every_provider_that_both_have(call: Call) -> None:
    out = call("compare", "first", "second")[1]
    assert "✕ Maker: " in out
    assert "= Other: " in out


def test_pages_of_the_runs_are_linked_where_they_are(call: Call, tmp_path: Path) -> None:
    (tmp_path / "second" / "index.html").touch()
    call("compare", "first:maker", "second:maker", "--report", "deep/out")
    page = (tmp_path / "deep" / "out" / "compare.html").read_text("utf-8")
    assert 'href="../../second/index.html#maker/s"' in page
    assert "first/index.html" not in page


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("first", "first"), "`first` would be compared with itself\n    name two providers, or two runs"),
        (("-r", "first", "maker", "maker"), "`maker` would be compared with itself"),
        (
            ("-r", "first", "makr", "other"),
            "no provider of first/results.jsonl is called `makr`\n    did you mean `maker`",
        ),
        (("maker", "other"), "`maker` is no run, and there is no last run in reports/latest"),
        (("-r", "nowhere", "maker", "other"), "`maker` is to be a provider of a run, and there is no nowhere"),
        (("first:makr", "second"), "no provider of first/results.jsonl is called `makr`"),
        (("first", "alone"), "the two runs have no provider in common"),
        (("nowhere/results.jsonl", "first"), "nowhere/results.jsonl: there is no such run"),
    ],
)
def test_a_side_that_cannot_be_found_is_named(call: Call, arguments: Sequence[str], complaint: str) -> None:
    code, out, err = call("compare", *arguments, "--fail-on", "regression")
    assert (code, out) == (2, "")
    assert complaint in err


def test_no_results_stream_is_named_by_its_path(call: Call, tmp_path: Path) -> None:
    (tmp_path / "first" / "results.jsonl").write_text("{}\n", "utf-8")
    code, _, err = call("compare", "first", "second")
    assert (code, "not a results stream" in err) == (2, True)


def test_a_site_has_the_table_of_impacts_beside_its_index(call: Call, tmp_path: Path) -> None:
    assert call("site", ".", "--to", "public")[0] == 0
    assert 'href="impact.html"' in (tmp_path / "public" / "index.html").read_text("utf-8")
    assert "Claude Code" in (tmp_path / "public" / "impact.html").read_text("utf-8")


def test_jobs_are_combined_and_reported(call: Call, tmp_path: Path) -> None:
    write_run(tmp_path / "job", {"fourth": "pass"}, "2026-11-23T10:00:00Z")
    code, out, _ = call("combine", "first", "job", "--report", "all", "--not-run", "naga=its job was cancelled")
    assert code == 0
    assert "its job was cancelled" in out
    run = read_run(tmp_path / "all" / "results.jsonl")
    assert [provider.id for provider in run.providers] == ["maker", "other", "fourth", "naga"]
    assert (tmp_path / "all" / "matrix.md").is_file()
    again = call("combine", "first", "job", "--report", "all")
    assert again[0] == 2
    assert "all already holds the results of a run" in again[2]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("first", "second"), "provider `maker` is in first/results.jsonl and in second/results.jsonl"),
        (("first", "nowhere"), "nowhere holds no results: its job left nothing\n    leave it out, and say whom"),
        (("first", "--not-run", "nagga=x"), "no provider is called `nagga`"),
        (("first", "--not-run", "naga"), "--not-run naga: it takes the form PROVIDER=REASON"),
    ],
)
def test_what_cannot_be_combined_is_said(call: Call, arguments: Sequence[str], complaint: str) -> None:
    code, out, err = call("combine", *arguments, "--report", "all")
    assert (code, out) == (2, "")
    assert complaint in err
