"""Reports on disk: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import samples
from messages_conformance.errors import UserError
from messages_conformance.report import markdown, write_reports


def test_both_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "reports" / "today"
    written = write_reports(samples.run(), directory)
    assert [path.name for path in written] == ["index.html", "matrix.md"]
    assert sorted(path.name for path in directory.iterdir()) == ["index.html", "matrix.md"]
    assert (directory / "matrix.md").read_text("utf-8") == markdown.render(samples.run())
    assert (directory / "index.html").read_text("utf-8").startswith("<!doctype html>")
    assert (directory / "index.html").stat().st_mode & 0o777 == 0o644


def test_a_report_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_reports(samples.run(), tmp_path)
    before = (tmp_path / "matrix.md").read_bytes()

    def full(_source: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="No space left"):
        write_reports(samples.hostile_run(), tmp_path)
    assert (tmp_path / "matrix.md").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "matrix.md"]


def test_hostile_text_can_be_written(tmp_path: Path) -> None:
    assert len(write_reports(samples.hostile_run(), tmp_path)) == 2


def test_a_directory_that_cannot_be_made_is_a_users_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_reports(samples.run(), tmp_path / "file" / "below")
