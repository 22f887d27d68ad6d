"""A directory that is ready to be published: every run's pages, history, what changed since the run before, and an
index that links them all. Links are relative, so that it works under any address and from a disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from messages_conformance import __version__
from messages_conformance.errors import using
from messages_conformance.report import write
from messages_conformance.report.across import comparing
from messages_conformance.report.across.history_page import render_page
from messages_conformance.report.across.history_text import render_markdown
from messages_conformance.report.across.history_words import shown, times
from messages_conformance.report.across.past import Past, read_past
from messages_conformance.report.markup import page
from messages_conformance.report.outputs import OUTPUTS

INDEX: Final = "index.html"
HISTORY: Final = "history.html"
IMPACT: Final = "impact.html"
BESIDE: Final = {
    "documents.html": "What the documents say",
    "coverage.html": "Coverage of the contracts",
    "coverage.md": "Coverage of the contracts",
}
"""Pages that may lie beside the runs, or in one of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run as the index shows it: links to what was published of it, each with its name."""

    at: str
    sentences: tuple[str, ...]
    complete: bool
    links: tuple[tuple[str, str], ...]


def write_history(past: Past, target: Path) -> Path:
    """Write history.html and history.md; returns the page's path. Raises UserError when they cannot be written."""
    pages = past.pages(target)
    write(target / "history.md", render_markdown(past, pages))
    return write(target / HISTORY, render_page(past, pages))


def write_site(directory: Path, target: Path, tell: Callable[[str], None], impact: str | None = None) -> Path:
    """Write into `target` what is to be published of the runs in `directory`, which may be the same; returns the index.
    `impact` is the page of what each defect does to real clients, where it was measured. Raises UserError when there is
    no run, or when something cannot be written."""
    past = read_past(directory, tell)
    places = tuple(target / place.name for place in past.directories)
    with using("write", target):
        for source, copy in ((directory, target), *zip(past.directories, places, strict=True)):
            _publish(source, copy, directory)
    published = Past(past.history, places, past.unread)
    pages = [(HISTORY, "History: what broke, what was fixed, and when"), *_since_before(past, published, target)]
    if impact is not None:
        write(target / IMPACT, impact)
        pages.append((IMPACT, "What each deviation does to real clients"))
    write_history(published, target)
    return write(target / INDEX, _index(published, target, pages))


def _publish(source: Path, copy: Path, whole: Path) -> None:
    """Copy what is known to be for readers, and nothing else. The streams stay: they are large."""
    names = list(BESIDE) if source == whole else [*(output.path for output in OUTPUTS), *BESIDE]
    if source.resolve() == copy.resolve():
        return
    copy.mkdir(parents=True, exist_ok=True)
    for name in names:
        if (source / name).is_dir():
            shutil.copytree(source / name, copy / name, dirs_exist_ok=True)
        elif (source / name).is_file() and _differ(source / name, copy / name):
            shutil.copy2(source / name, copy / name)


def _differ(source: Path, copy: Path) -> bool:
    ours = source.stat()
    return not copy.is_file() or (copy.stat().st_size, copy.stat().st_mtime) != (ours.st_size, ours.st_mtime)


def _since_before(past: Past, published: Past, target: Path) -> Iterable[tuple[str, str]]:
    """Compare the last run with the one before it, where both can be read and have a provider in common."""
    streams = [comparing.stream_of(place) for place in past.directories[-2:]]
    if len(streams) < 2 or not all(stream.is_file() for stream in streams):
        return ()
    if past.history.runs[-2].providers.keys().isdisjoint(past.history.runs[-1].providers):
        return ()
    before, after = published.directories[-2:]
    found = comparing.between(*streams, pages=(comparing.address(before, target), comparing.address(after, target)))
    comparing.write_comparison(found, target)
    return ((comparing.PAGE, "What changed since the run before"),)


def _index(past: Past, target: Path, pages: Sequence[tuple[str, str]]) -> str:
    at = times(past.history)
    entries = tuple(
        Entry(
            at[number],
            tuple(_sentences(past, number)),
            past.history.runs[number].complete,
            tuple(_links(past.directories[number], target)),
        )
        for number in reversed(range(len(at)))
    )
    beside = {title: name for name, title in reversed(BESIDE.items()) if (target / name).is_file()}
    return page(
        "site.html.j2",
        "across.css",
        version=__version__,
        latest=entries[0],
        entries=entries,
        clients=past.history.clients,
        shown=shown(past.history),
        pages=(*pages, *((name, title) for title, name in beside.items())),
    )


def _sentences(past: Past, number: int) -> Iterable[str]:
    for standings in past.history.runs[number].providers.values():
        told = standings.not_run or ", ".join(f"{q}: {answer}" for q, answer in standings.answers.items())
        yield f"{standings.title}: {told}"


def _links(place: Path, target: Path) -> Iterable[tuple[str, str]]:
    names = {**{output.path: output.name for output in OUTPUTS}, **BESIDE}
    for name, title in names.items():
        if (place / name).is_file():
            yield title, quote((place / name).relative_to(target).as_posix())
