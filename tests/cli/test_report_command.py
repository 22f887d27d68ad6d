"""`report`: the same reports again, from the stream alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Call
from messages_conformance.run.embedded import REFERENCE_KEY
from recorded import Recorded


def test_report_renders_again_what_was_recorded(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    first = call("report", str(short_run.results), "--report", "one")
    assert first.code == 0
    assert "Exit code 0: Reference conforms" in first.out
    call("report", str(short_run.results), "--report", "two")
    for path in (path for path in (tmp_path / "one").iterdir() if path.is_file()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_report_takes_the_directory_of_a_run(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    by_file = call("report", str(short_run.results), "--report", "out")
    by_directory = call("report", str(short_run.results.parent), "--report", "out")
    assert (by_directory.code, by_directory.out) == (by_file.code, by_file.out)
    (tmp_path / "empty").mkdir()
    said = call("report", "empty")
    assert said.code == 2
    assert "there is no results.jsonl in empty: name the directory of a run" in " ".join(said.err.split())


def test_report_writes_only_the_outputs_that_are_named(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    said = call("report", str(short_run.results), "--report", "out", "--output", "junit", "--output", "markdown")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"junit.xml", "matrix.md"}
    assert "index.html" not in said.out, "there is no page to open"
    assert call("report", str(short_run.results), "--output", "pdf").code == 2


def test_report_ends_with_the_code_of_the_run(
    call: Call, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    endpoint = ("--base-url", f"{reference_url}/with/usage-missing", "--model", "reference", "--api-key-env", "OWN_KEY")
    ran = call("run", *endpoint, "-s", "messages.basic", "--report", "out")
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    again = call("report", "out/results.jsonl")
    assert again.code == ran.code == 1
    assert again.out == ran.out[ran.out.index("drop-in") :]
    assert (tmp_path / "out" / "index.html").read_text("utf-8") == page


def test_report_on_a_stream_that_was_cut_is_incomplete(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    content = short_run.results.read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(content[: len(content) * 7 // 8])
    said = call("report", "cut.jsonl")
    assert said.code == 3
    assert "This run was cut off before its end" in said.out


def test_report_on_a_stream_with_a_fault_of_ours_says_so(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    text = short_run.results.read_text("utf-8")
    judged = '"kind":"judged","provider":"reference"'
    before, after = text.split(judged, 1)
    broken = after.replace('"outcome":"pass"', '"outcome":"harness-error"', 1)
    (tmp_path / "fault.jsonl").write_text(before + judged + broken, "utf-8")
    assert call("report", "fault.jsonl").code == 4


def test_report_on_something_else_says_so(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"name": "other"}\n')
    said = call("report", "other.json")
    assert said.code == 2
    assert said.err.startswith("error: other.json:1: is not a results stream: the first record is not a header")
