"""A results stream as a file: written record by record, and read back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from messages_conformance.errors import Problem, UserError, Where, unusable, using
from messages_conformance.results import format_1, records
from messages_conformance.results.records import Record, to_line

UNFIT: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What is raised where a value is not of the form that a record has there."""

_WITHOUT: Final = "without this line the rest can be read, and `messages-conformance run --resume` asks what is missing"
_NEWER: Final = "read it with the version that wrote it, or a later one"
_NO_STREAM: Final = "it is no results.jsonl of this program, or it was damaged"


class FileSink:
    """A sink that appends records to a new file, each whole or not at all; `listen` hears them too. Raises UserError
    when the file cannot be written, or is there already: what a stream holds was paid for. `advice` says what to do
    when there is no room left in the middle of a run. Several threads may call it."""

    def __init__(self, path: Path, listen: Callable[[Record], None] | None = None, advice: str | None = None) -> None:
        self._path = path
        self._listen = listen
        self._advice = advice
        self._appending = threading.Lock()
        with using("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = cast("BinaryIO", path.open("xb", buffering=0))

    def __call__(self, record: Record) -> None:
        # Lone surrogates can reach us inside a peer's JSON; a report must not die of them.
        line = to_line(record).encode("utf-8", "backslashreplace")
        with self._appending:
            self._append(line)
            if self._listen:  # in here: whoever listens hears the records in the order of the file
                self._listen(record)

    def _append(self, line: bytes) -> None:
        begin, left = self._file.tell(), memoryview(line)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._file.seek(begin))
            raise unusable("write", self._path, error, self._advice) from error

    def close(self) -> None:
        self._file.close()
        self._listen = None  # who listens often keeps who writes: both would wait for the next search for garbage


def has_begun(path: Path) -> bool:
    """Whether a stream holds its header: the process that wrote it may have been killed before that. Raises UserError
    for a file that cannot be read."""
    with using("read", path), path.open("rb") as lines:
        return lines.readline().endswith(b"\n")


def read_records(path: Path) -> Iterator[Record]:
    """The records of a stream, whichever format it is of. A cut last line is dropped, and kinds of records that this
    version does not know are left out.

    Raises UserError for a file that cannot be read, and names the line: of what is no JSON, no record, or does not fit
    what the header says; and when the first record is not a header, or is that of a format that this version does not
    read.
    """
    # A run may have been killed in the middle of a character as well as in the middle of a line.
    with using("read", path), path.open(encoding="utf-8", errors="replace") as file:
        lines = _Lines(path, file)
        try:
            yield from _records(lines)
        except UNFIT as error:
            raise lines.unlike("a record is not of the form that it should be") from error


class _Lines:
    """The lines of a file as JSON. `number` is that of the last one, from 1."""

    def __init__(self, path: Path, file: Any) -> None:
        self.number = 0
        self._path = path
        self._file = file

    def __iter__(self) -> Iterator[Any]:
        for self.number, line in enumerate(self._file, 1):  # noqa: B020  where reading stopped is what errors tell
            try:
                parsed = json.loads(line)
            except (ValueError, RecursionError):
                if not line.endswith("\n"):  # a run that was killed while it wrote: what came before stands
                    return
                raise self.refused("not a JSON record") from None
            yield parsed

    def refused(self, why: str, advice: str | None = None) -> UserError:
        """The problem of the line that was read last."""
        usual = _WITHOUT if self.number > 1 else _NO_STREAM
        return UserError(Problem(why, Where(self._path, max(1, self.number)), advice or usual))

    def unlike(self, why: str) -> UserError:
        """The problem of a line that no results stream has."""
        return self.refused(f"is not a results stream: {why}")


def _records(lines: _Lines) -> Iterator[Record]:
    parsed = iter(lines)
    first = next(parsed, None)
    if not isinstance(first, dict) or cast("dict[str, Any]", first).get("kind") != "header":
        raise lines.unlike("the first record is not a header")
    match cast("dict[str, Any]", first)["format"]:
        case records.FORMAT:
            told = map(records.from_parsed, chain([first], parsed))
        case 1:
            told = format_1.upgraded(cast("dict[str, Any]", first), parsed)
        case other:
            reads = f"this version reads formats 1 to {records.FORMAT}"
            raise lines.refused(f"this results stream is of format {other}; {reads}", _NEWER)
    known = (record for record in told if record is not None)
    header = cast("records.Header", next(known))
    _moment(header.started)
    yield header
    yield from _fitting(header, known, lines)


def _fitting(header: records.Header, rest: Iterator[Record], lines: _Lines) -> Iterator[Record]:
    """The records after the header, as long as they are about what the header says."""
    providers = {provider.id for provider in header.providers}
    last: Record = header
    for record in rest:
        if isinstance(record, records.Header):
            raise lines.unlike("it has a second header")
        if isinstance(last, records.Footer):
            raise lines.unlike("a record comes after the footer")
        if not isinstance(record, records.Footer | records.Skipped) and record.provider not in providers:
            raise lines.unlike("a record is about a provider that the header does not list")
        if any(not 0 <= number < len(header.criteria) for number in _criteria(record)):
            raise lines.unlike("a record names a criterion that the header does not list")
        if isinstance(record, records.Footer):
            _moment(record.finished)
        last = record
        yield record


def _moment(text: str) -> None:
    """Raises ValueError for what is no moment in time, with its distance from UTC."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text} has no time zone")


def _criteria(record: Record) -> Iterator[int]:
    match record:
        case records.Planned(steps=parts) | records.Judged(verdicts=parts):
            yield from (number for part in parts for number in part.criteria)
        case _:
            pass
