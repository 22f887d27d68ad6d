"""Where a results stream goes: a file, and whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from messages_conformance.errors import UserError
from messages_conformance.results.records import Record, to_line


class FileSink:
    """A sink that appends records to a new file and flushes each; `listen` hears them too. Raises UserError when the
    file cannot be written, or is there already: what a stream holds was paid for."""

    def __init__(self, path: Path, listen: Callable[[Record], None] | None = None) -> None:
        self._listen = listen
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Lone surrogates can reach us inside a peer's JSON; a report must not die of them.
            self._file: TextIO = path.open("x", encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from error

    def __call__(self, record: Record) -> None:
        self._file.write(to_line(record))
        self._file.flush()
        if self._listen:
            self._listen(record)

    def close(self) -> None:
        self._file.close()
