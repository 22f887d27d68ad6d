"""What `compare` was asked for: sides found by name or by path, compared, and written as a page, Markdown and JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from urllib.parse import quote

from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.report import write
from messages_conformance.report.across.moving import Moving, moving
from messages_conformance.report.across.moving_json import render_json
from messages_conformance.report.across.moving_page import render_page
from messages_conformance.report.across.moving_text import render_markdown
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import Side
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.verdict import Exit
from messages_conformance.run.keeping.directories import LATEST, RESULTS, latest

PAGE = "compare.html"
MARKDOWN = "compare.md"
JSON = "compare.json"
RUN_PAGE = "index.html"

_NAMING = "name the run with `-r DIR`, or compare two runs: `compare DIR DIR`"


@dataclass(frozen=True, slots=True)
class Found:
    """What A or B names: a run, where its stream lies, and one of its providers, unless all are meant."""

    path: Path
    run: Run
    provider: str | None


def compared(before: str, after: str, results: Path | None, directory: Path) -> tuple[Moving, ...]:
    """The comparison of A and B, or one for each provider that two runs share; links in it hold for pages in
    `directory`. Names without a path are providers of the run `results`, or of the last. Raises UserError for what
    names nothing, and where there is nothing to compare."""
    read: dict[Path, Run] = {}
    one, other = (find(name, results, read) for name in (before, after))
    return side_by_side(one, other, before, directory)


def side_by_side(one: Found, other: Found, name: str, directory: Path) -> tuple[Moving, ...]:
    """What two names that were found are compared as; see `compared`. `name` is the first, for what is told of it."""
    pages = address(one.path.parent, directory), address(other.path.parent, directory)
    return tuple(moving(compare(*sides), pages) for sides in _sides(one, other, name))


def between(before: Path, after: Path, pages: tuple[str | None, str | None]) -> tuple[Moving, ...]:
    """The comparison of two streams, one for each provider that both have."""
    one, other = (Found(path, read_run(path), None) for path in (before, after))
    return tuple(moving(compare(*sides), pages) for sides in _sides(one, other, str(before)))


def write_comparison(found: Sequence[Moving], directory: Path) -> Path:
    """Write all three; returns the page's path. Raises UserError when they cannot be written."""
    write(directory / JSON, render_json(found))
    write(directory / MARKDOWN, render_markdown(found))
    return write(directory / PAGE, render_page(found))


def worst(found: Sequence[Moving]) -> Exit:
    """What several comparisons amount to: one that broke decides, then one that is undecided."""
    exits = {one.exit for one in found}
    return next((code for code in (Exit.DOES_NOT, Exit.INCOMPLETE) if code in exits), Exit.CONFORMS)


def stream_of(path: Path) -> Path:
    """The results stream that a path means: itself, or the one in that directory."""
    return path / RESULTS if path.is_dir() else path


def find(name: str, results: Path | None, read: dict[Path, Run]) -> Found:
    """What a path, a path with `:PROVIDER`, or a provider of the run `results` names; `read` keeps what was read.
    Raises UserError for what names nothing."""
    if path := _stream(name):
        return Found(path, _run(path, read), None)
    before, colon, provider = name.rpartition(":")
    if colon and (path := _stream(before)):
        run = _run(path, read)
        return Found(path, run, _known(provider, run, path))
    if os.sep in name or name.endswith(".jsonl"):
        raise UserError(Problem(f"{name}: there is no such run", hint=f"name its {RESULTS}, or the directory of it"))
    path = stream_of(results or _last(name))
    if not path.is_file():
        raise UserError(Problem(f"`{name}` is to be a provider of a run, and there is no {path}", hint=_NAMING))
    run = _run(path, read)
    return Found(path, run, _known(name, run, path))


def _last(name: str) -> Path:
    try:
        return latest()
    except UserError as error:
        said = f"`{name}` is no run, and there is no last run in {LATEST} that it could be a provider of"
        raise UserError(Problem(said, hint=_NAMING)) from error


def _stream(name: str) -> Path | None:
    path = stream_of(Path(name))
    return path if path.is_file() else None


def _run(path: Path, read: dict[Path, Run]) -> Run:
    real = path.resolve()
    if real not in read:
        read[real] = read_run(path)
    return read[real]


def _known(provider: str, run: Run, path: Path) -> str:
    ids = [known.id for known in run.providers]
    if provider not in ids:
        raise UserError(nothing_named(f"provider of {path}", provider, ids))
    return provider


def _sides(one: Found, other: Found, name: str) -> list[tuple[Side, Side]]:
    """Who is compared with whom. Without a name: each provider that both runs have, or the only one of each."""
    here = [one.provider] if one.provider else [provider.id for provider in one.run.providers]
    there = [other.provider] if other.provider else [provider.id for provider in other.run.providers]
    shared = [provider for provider in here if provider in there]
    if one.provider and other.provider:
        pairs = [(one.provider, other.provider)]
    else:
        pairs = [(provider, provider) for provider in shared] or list(product(here, there))
    if one.run is other.run and all(first == second for first, second in pairs):
        raise UserError(Problem(f"`{name}` would be compared with itself", hint="name two providers, or two runs"))
    if len(pairs) > 1 and not shared:
        listed = "; ".join(f"{found.path} has {', '.join(ids)}" for found, ids in ((one, here), (other, there)))
        raise UserError(
            Problem("the two runs have no provider in common", hint=f"{listed}: name one of each as PATH:PROVIDER")
        )
    return [(_side(one.run, first), _side(other.run, second)) for first, second in pairs]


def _side(run: Run, provider: str) -> Side:
    return Side(run, next(known for known in run.providers if known.id == provider))


def address(run: Path, below: Path) -> str | None:
    """The address of a run's own page, as seen from a page in `below`; None where the run has none."""
    page = run / RUN_PAGE
    return quote(Path(os.path.relpath(page.resolve(), below.resolve())).as_posix()) if page.is_file() else None
