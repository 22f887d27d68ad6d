"""One run from those of several jobs: their directories found, their results put together, nothing sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check
from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.results import records
from messages_conformance.results.across.combining import NotRun, combine
from messages_conformance.results.reading import Run, read_run
from messages_conformance.results.stream import has_begun
from messages_conformance.run.header import criterion, provider_record
from messages_conformance.run.judging.replay import Recording, judge_again
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.keeping.recorded import as_recorded
from messages_conformance.run.keeping.streams import held, refuse_taken
from messages_conformance.run.planning.plan import make_plan
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.session import known_checks
from messages_conformance.wire.redact import Redactor


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
        left = [_not_run(catalog, name, reason) for name, reason in not_run.items()]
        try:
            combine(parts, left, directory / RESULTS, _Back(catalog))
        except UserError:
            (directory / RESULTS).unlink(missing_ok=True)  # half of it was written, and would be in the way
            raise
    return read_run(directory / RESULTS)


@dataclass(frozen=True)
class _Back:
    """Judges what looks back on a provider's whole run over every exchange of its shards."""

    catalog: Catalog

    @cached_property
    def _checks(self) -> Mapping[str, Check]:
        return known_checks(self.catalog)

    def __call__(
        self, header: records.Header, provider: str, scenarios: Sequence[str], exchanges: Sequence[records.Exchange]
    ) -> Sequence[records.Judged]:
        """Raises UserError where this version would not judge what was to be judged."""
        who = as_recorded(self.catalog, next(record for record in header.providers if record.id == provider))
        pairs = [(who, scenario) for scenario in self.catalog.scenarios if scenario.id in scenarios]
        plan, recording = make_plan(pairs, self.catalog, self._checks), Recording.of(exchanges)
        numbers = {criterion: number for number, criterion in enumerate(header.criteria)}
        strange = any(criterion(planned) not in numbers for unit in plan.asked for planned in unit.checks)
        if strange or len(plan.asked) < len(scenarios):
            told = f"{', '.join(scenarios)} looks back on the whole run, and this version judges it otherwise than"
            raise UserError(f"{told} {header.suite.version}: put shards together with the version that judged them")
        judged: list[records.Record] = []
        recorder = Recorder(judged.append, {provider: Redactor([])}, {}, numbers=numbers)
        for unit in plan.asked:
            recorder.judged(unit, judge_again(unit, plan, recording))
        return [record for record in judged if isinstance(record, records.Judged)]


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
