"""The streams in a run's directory. What a provider answered was paid for: nothing here loses a stream, unless it is
asked to, and one directory is one run's at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from messages_conformance.errors import Problem, UserError, using
from messages_conformance.results.records import Header
from messages_conformance.results.stream import has_begun, read_records
from messages_conformance.run.keeping.directories import RESULTS

if sys.platform != "win32":
    import fcntl

_EARLIER = "results.earlier*.jsonl"


@contextmanager
def held(directory: Path) -> Generator[None]:
    """Make a directory if need be, and keep every other run out of it for the length of the block. Raises UserError
    while another one is in it, and when it cannot be made."""
    with using("write to", directory):
        directory.mkdir(parents=True, exist_ok=True)
        lock = _lock(directory)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def streams(directory: Path) -> list[Path]:
    """The streams of one run that a directory holds, oldest first: those that it went on from, and its own. What was
    cut off before its header holds nothing and is left out."""
    found = [*sorted(directory.glob(_EARLIER)), directory / RESULTS]
    return [path for path in found if path.is_file() and has_begun(path)]


def refuse_taken(directory: Path) -> None:
    """Raise UserError if a directory holds results, of a run or of a part of one, and say whose they are."""
    parts = [path for part in sorted(directory.glob("gw*")) for path in streams(part)]
    if found := [*streams(directory), *parts]:
        said = f"{directory} already holds the results of a run{_of_whom(found[-1])}"
        advice = "name another directory; `messages-conformance run` can go on with it (--resume) or --overwrite it"
        raise UserError(Problem(said, hint=advice))


def set_aside(directory: Path) -> None:
    """Make room for a new stream: the one that is there gets another name, by which `streams` finds it. Raises
    UserError where it cannot."""
    results = directory / RESULTS
    with using("write to", directory):
        if results in streams(directory):
            names = (directory / f"results.earlier-{number:03}.jsonl" for number in count(1))
            results.rename(next(path for path in names if not path.exists()))
        else:
            results.unlink(missing_ok=True)


def forget_earlier(directory: Path) -> None:
    """Remove what was set aside."""
    with using("write to", directory):
        for path in directory.glob(_EARLIER):
            path.unlink(missing_ok=True)


def _of_whom(stream: Path) -> str:
    """When a run began and who was asked, as far as its stream can be read."""
    with suppress(UserError, LookupError, TypeError, ValueError):
        header = next(read_records(stream))
        if isinstance(header, Header):
            who = ", ".join(provider.id for provider in header.providers)
            return f", begun {header.started[:16].replace('T', ' ')} UTC, of {who}"
    return ""


def _lock(directory: Path) -> int | None:
    """A lock that ends with this process, however that ends. Raises UserError while another one has it. None
    where there are no such locks: there, only that no stream is written over keeps two runs apart."""
    if sys.platform == "win32":
        return None
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise UserError(f"another run is writing into {directory} at this moment") from error
    except OSError:  # a file system without them
        os.close(handle)
        return None
    return handle
