"""The runs in a directory, each read by its digest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from messages_conformance.errors import Problem, UserError
from messages_conformance.report import write
from messages_conformance.report.across.comparing import address
from messages_conformance.report.outputs.digest import FILE, render
from messages_conformance.results.across.digest import FORMAT, Digest, digest
from messages_conformance.results.across.history import History, history
from messages_conformance.results.codec import from_json
from messages_conformance.results.reading import read_run
from messages_conformance.run.keeping.directories import RESULTS


@dataclass(frozen=True, slots=True)
class Past:
    """The runs of a directory, oldest first: the directory of each stands in `directories` in the order of the runs of
    `history`. `unread` has what could not be read, each with the reason."""

    history: History
    directories: tuple[Path, ...]
    unread: tuple[str, ...]

    def pages(self, below: Path) -> tuple[str | None, ...]:
        """The address of each run's own page as seen from a page in `below`; None where there is none."""
        return tuple(address(directory, below) for directory in self.directories)


def read_past(directory: Path, tell: Callable[[str], None] = lambda _: None) -> Past:
    """Read every run in `directory`, one directory each. A run that has no digest yet is read whole, which takes a
    second, and gets one. Raises UserError when there is no run."""
    found: dict[str, tuple[Path, Digest]] = {}
    unread: list[str] = []
    places = _places(directory)
    missing = [place for place in places if not _is_fresh(place)]
    if missing:
        tell(f"reading {len(missing)} of {len(places)} runs whole, for they have no {FILE} yet")
    for place in places:
        try:
            made = _read(place)
        except UserError as error:
            unread.append(f"{place.name}: {error}")
            continue
        first, _ = found.setdefault(made.started, (place, made))
        if first is not place:
            unread.append(f"{place.name}: the same run as {first.name}, judged again or copied")
    if not found:
        told = f"there is no run in {directory}" if not unread else f"no run in {directory} could be read"
        raise UserError(Problem(told, hint=f"it is to hold a directory for each run, with its {RESULTS}"), *unread)
    ordered = [found[started] for started in sorted(found)]
    return Past(history(made for _, made in ordered), tuple(place for place, _ in ordered), tuple(unread))


def _places(directory: Path) -> list[Path]:
    """The directories of runs. A link, such as `latest`, is another name of one of them."""
    if not directory.is_dir():
        raise UserError(f"there is no directory {directory}")
    inside = sorted(path for path in directory.iterdir() if path.is_dir() and not path.is_symlink())
    return [path for path in inside if (path / RESULTS).is_file() or (path / FILE).is_file()]


def _is_fresh(place: Path) -> bool:
    """Whether a digest is there and no older than the stream that it was made from."""
    made, stream = place / FILE, place / RESULTS
    return made.is_file() and (not stream.is_file() or made.stat().st_mtime >= stream.stat().st_mtime)


def _read(place: Path) -> Digest:
    if _is_fresh(place) and (found := _kept(place / FILE)):
        return found
    run = read_run(place / RESULTS)
    if os.access(place, os.W_OK):
        write(place / FILE, render(run))
    return digest(run)


def _kept(path: Path) -> Digest | None:
    """A digest as it was kept; None where it is of another format, or is none."""
    try:
        found = json.loads(path.read_bytes())
        return from_json(Digest, found) if found["format"] == FORMAT else None
    except (OSError, LookupError, TypeError, ValueError, AttributeError):
        return None
