"""Reports on disk: whole or not at all."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest
import samples
from messages_conformance.catalog.model import Level
from messages_conformance.errors import UserError
from messages_conformance.report.outputs import OUTPUTS, Output, markdown, write_outputs
from obeyed import obeyed


def _contents(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_these_are_the_outputs_and_each_is_written(tmp_path: Path) -> None:
    directory = tmp_path / "reports" / "today"
    written = write_outputs(samples.run(), directory, Level.MUST)
    paths = {
        "page": "index.html",
        "markdown": "matrix.md",
        "summary": "summary.json",
        "badges": "badges",
        "digest": "digest.json",
        "junit": "junit.xml",
        "ctrf": "ctrf.json",
    }
    assert {output.name: output.path for output in OUTPUTS} == paths
    assert written == {name: directory / path for name, path in paths.items()}
    assert {path.name for path in directory.iterdir()} == set(paths.values())
    assert (directory / "matrix.md").read_text("utf-8") == markdown.render(samples.run())
    assert (directory / "index.html").read_text("utf-8").startswith("<!doctype html>")
    assert (directory / "index.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_only_what_is_wanted_is_written(output: Output, tmp_path: Path) -> None:
    assert write_outputs(samples.run(), tmp_path, Level.MUST, [output.name]) == {output.name: tmp_path / output.path}
    assert [path.name for path in tmp_path.iterdir()] == [output.path]
    assert all(PurePath(path).is_relative_to(output.path) for path in output.files(samples.run(), Level.MUST))


def test_a_report_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_outputs(samples.run(), tmp_path, Level.MUST)
    before = _contents(tmp_path)

    def full(_source: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="No space left"):
        write_outputs(samples.hostile_run(), tmp_path, Level.MUST)
    assert _contents(tmp_path) == before


def test_hostile_text_can_be_written_and_nobody_obeys_it_who_prints_the_file(tmp_path: Path) -> None:
    assert len(write_outputs(samples.hostile_run(), tmp_path, Level.MUST)) == len(OUTPUTS)
    for path, written in _contents(tmp_path).items():
        assert obeyed(written.decode()) == [] or path.suffix == ".html", path


def test_a_directory_that_cannot_be_made_is_a_users_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_outputs(samples.run(), tmp_path / "file" / "below", Level.MUST)
