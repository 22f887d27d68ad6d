"""One run from those of several jobs: their directories found, their results put together, nothing sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from messages_conformance.catalog import Catalog
from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.results import records
from messages_conformance.results.across.combining import NotRun, combine
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.stream import has_begun
from messages_conformance.run.header import provider_record
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.keeping.streams import held, refuse_taken


def combined(catalog: Catalog, jobs: Sequence[Path], not_run: Mapping[str, str], directory: Path) -> Run:
    """Put the results of `jobs` together in `directory`, and read them back. `not_run` has the providers whose jobs
    left nothing, by id, each with the reason.

    Raises UserError for jobs that left nothing or do not belong together, for a provider that nobody knows, and for a
    directory that holds results already.
    """
    parts = [job / RESULTS if job.is_dir() else job for job in jobs]
    problems = [*_empty(jobs, parts), *_unknown(catalog, not_run)]
    if problems:
        raise UserError(*problems)
    with held(directory):
        refuse_taken(directory)
        combine(parts, [_not_run(catalog, name, reason) for name, reason in not_run.items()], directory / RESULTS)
    return read_run(directory / RESULTS)


def _empty(jobs: Iterable[Path], parts: Iterable[Path]) -> Iterator[Problem]:
    for job, part in zip(jobs, parts, strict=True):
        if not (part.is_file() and has_begun(part)):
            advice = "leave it out, and say whom it was to ask: --not-run PROVIDER=REASON"
            yield Problem(f"{job} holds no results: its job left nothing", hint=advice)


def _unknown(catalog: Catalog, names: Iterable[str]) -> Iterator[Problem]:
    return (nothing_named("provider", name, catalog.providers) for name in names if name not in catalog.providers)


def _not_run(catalog: Catalog, name: str, reason: str) -> NotRun:
    provider = catalog.providers[name]
    contract = catalog.contracts[provider.contract]
    return NotRun(provider_record(provider), records.Contract(contract.id, contract.title), reason)
