"""Where runs are kept: each in a directory of its own, named after the moment at which it began.

reports/2026-11-28T225500Z/     one run
reports/latest                  names the last one that had somebody to ask
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from messages_conformance.errors import Problem, UserError, using

RESULTS = "results.jsonl"
REPORTS = Path("reports")
LATEST = REPORTS / "latest"


@contextmanager
def fresh(reports: Path = REPORTS) -> Generator[Path]:
    """Make the directory of a run that begins now, and take it away again if nothing was written there. Raises
    UserError when it cannot be made."""
    with using("make a directory in", reports):
        reports.mkdir(parents=True, exist_ok=True)
        directory = _made(reports, _stamp(datetime.now(UTC).timestamp()))
    try:
        yield directory
    finally:
        for path in (directory, reports):
            with suppress(OSError):
                path.rmdir()


def latest(link: Path = LATEST) -> Path:
    """The directory of the last run. Raises UserError when there is none yet."""
    directory = link
    if link.is_symlink():
        directory = link.parent / link.readlink()
    elif link.is_file():
        with using("read", link):
            directory = link.parent / link.read_text("utf-8", "replace").strip()
    if not directory.is_dir():
        raise UserError(Problem(f"there is no run in {link} yet", hint="start one, or name what to read"))
    return directory


def name_latest(directory: Path, link: Path = LATEST) -> None:
    """Let `link` name a run's directory. It is a symbolic link, replaced in one step; where the system has none, it is
    a file that holds the name. Raises UserError when neither can be written."""
    target, new = Path(os.path.relpath(directory, link.parent)), link.with_name(f".{link.name}-{os.getpid()}")
    with using("write", link):
        if link.is_dir() and not link.is_symlink():  # of a version that wrote every run there
            link.rename(_free(link.parent, _stamp(link.stat().st_mtime)))
        new.unlink(missing_ok=True)
        try:
            new.symlink_to(target, target_is_directory=True)
        except (OSError, NotImplementedError):
            new.write_text(f"{target.as_posix()}\n", "utf-8")
        new.replace(link)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H%M%SZ")


def _made(parent: Path, name: str) -> Path:
    """A new directory. Two runs may begin in the same second."""
    while True:
        with suppress(FileExistsError):
            directory = _free(parent, name)
            directory.mkdir()
            return directory


def _free(parent: Path, name: str) -> Path:
    """A path in `parent` at which there is nothing."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(path for each in names if not (path := parent / each).exists())
