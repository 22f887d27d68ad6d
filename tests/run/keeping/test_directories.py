"""Each run has a directory of its own, and one name leads to the last."""

from __future__ import annotations

from pathlib import Path

import pytest
from messages_conformance.errors import UserError
from messages_conformance.run.keeping.directories import fresh, latest, name_latest


def test_a_name_sorts_by_the_time_at_which_the_run_began(tmp_path: Path) -> None:
    with fresh(tmp_path / "reports") as first, fresh(tmp_path / "reports") as second:
        assert first != second
        assert [first.name, second.name] == sorted([first.name, second.name])
        assert first.name[10] == "T"
        assert first.name.endswith("Z")


def test_a_directory_in_which_nothing_was_written_goes_again(tmp_path: Path) -> None:
    with fresh(tmp_path / "reports") as kept:
        (kept / "results.jsonl").touch()
    with fresh(tmp_path / "reports"):
        pass
    assert list((tmp_path / "reports").iterdir()) == [kept]
    with fresh(tmp_path / "others"):
        pass
    assert not (tmp_path / "others").exists()


def test_the_latest_is_a_link_that_moves_on(tmp_path: Path) -> None:
    link = tmp_path / "reports" / "latest"
    with pytest.raises(UserError, match="there is no run in"):
        latest(link)
    for name in ("2026-01-01T000000Z", "2026-01-02T000000Z"):
        (tmp_path / "reports" / name).mkdir(parents=True)
        name_latest(tmp_path / "reports" / name, link)
        assert str(link.readlink()) == name, "relative, so that the directory of reports may be moved"
        assert latest(link) == tmp_path / "reports" / name
    assert {path.name for path in link.parent.iterdir()} == {"2026-01-01T000000Z", "2026-01-02T000000Z", "latest"}


def test_where_there_are_no_links_a_file_holds_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError("a required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", no_links)
    (tmp_path / "run").mkdir()
    for _ in range(2):
        name_latest(tmp_path / "run", tmp_path / "latest")
    assert (tmp_path / "latest").read_text("utf-8") == "run\n"
    assert latest(tmp_path / "latest") == tmp_path / "run"


def test_what_was_written_into_latest_itself_moves_to_a_directory_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "results.jsonl").write_text("paid for")
    (tmp_path / "run").mkdir()
    name_latest(tmp_path / "run", tmp_path / "latest")
    (moved,) = (path for path in tmp_path.iterdir() if path.name not in ("run", "latest"))
    assert (moved / "results.jsonl").read_text() == "paid for"
    assert moved.name.endswith("Z")


def test_a_place_that_cannot_be_written_is_the_users_matter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot make a directory in"), fresh(tmp_path / "file" / "reports"):
        pass
