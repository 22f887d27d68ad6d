"""A results stream as a file: each record whole or not at all, whatever becomes of the disk."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import handmade
import pytest
from members import over
from messages_conformance.errors import UserError
from messages_conformance.results.records import Record
from messages_conformance.results.stream import FileSink, has_begun, read_records

RECORDS = handmade.stream(handmade.header(), [handmade.line("one", "c")])


class Disk(io.FileIO):
    """A file on a disk with little room, which takes what it can before it refuses."""

    room = 0

    def write(self, data: Any) -> int:
        fits = bytes(data)[: self.room - self.tell()]
        if not fits:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(fits)


def _on_a_disk(path: Path, mode: str, buffering: int) -> Disk:
    assert buffering == 0
    return Disk(path, mode.replace("b", ""))


@pytest.fixture
def sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FileSink]]:
    """Makes sinks that write to such a disk."""
    opened: list[FileSink] = []

    def make(**more: Any) -> FileSink:
        with monkeypatch.context() as patched:
            patched.setattr(Path, "open", _on_a_disk)
            opened.append(FileSink(tmp_path / "results.jsonl", **more))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def read(path: Path) -> list[Record]:
    return list(read_records(path))


def test_a_record_for_which_there_is_no_room_is_not_there_at_all(
    sink: Callable[..., FileSink], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disk, "room", 10_000)
    heard: list[Record] = []
    full = sink(listen=heard.append, advice="make room")
    for record in RECORDS[:-1]:
        full(record)
    size = (tmp_path / "results.jsonl").stat().st_size
    monkeypatch.setattr(Disk, "room", size + 10)
    with pytest.raises(UserError, match=r"cannot write .*results\.jsonl: No space left on device\n    make room$"):
        full(RECORDS[-1])
    assert (tmp_path / "results.jsonl").stat().st_size == size
    assert heard == RECORDS[:-1], "nobody hears of what is not there"
    monkeypatch.setattr(Disk, "room", 10_000)
    full(RECORDS[-1])
    assert read(tmp_path / "results.jsonl") == RECORDS


def test_a_sink_writes_what_it_is_given(tmp_path: Path) -> None:
    with closing(FileSink(tmp_path / "new" / "results.jsonl")) as whole:
        for record in RECORDS:
            whole(record)
    assert read(tmp_path / "new" / "results.jsonl") == RECORDS
    with pytest.raises(UserError, match="File exists"):
        FileSink(tmp_path / "new" / "results.jsonl")


@over("look", [has_begun, read])
def test_what_cannot_be_read_is_a_plain_problem(tmp_path: Path, look: Callable[[Path], object]) -> None:
    with pytest.raises(UserError, match=r"cannot read .*: Is a directory"):
        look(tmp_path)
