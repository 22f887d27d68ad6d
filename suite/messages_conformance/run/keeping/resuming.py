"""A run that is gone on with: what it has asked and been answered so far, and how more is added to it.

Nothing is taken away: what was planned stays planned, what was answered is not asked again. An answer counts for the
endpoint that gave it, and for no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Provider
from messages_conformance.errors import Problem, UserError
from messages_conformance.results import records
from messages_conformance.results.reading import Run, read_run
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.keeping.recorded import moved, of_today
from messages_conformance.run.keeping.streams import RESULTS, streams
from messages_conformance.run.planning.plan import Pair
from messages_conformance.run.planning.repeating import recalled


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a directory holds of a run, in one stream or, if it was gone on with before, in several."""

    directory: Path
    runs: tuple[Run, ...]
    recording: Recording

    @property
    def started(self) -> str:
        return self.runs[0].header.started

    @property
    def profile(self) -> str | None:
        """The profile that the run is about, if it is about one."""
        return self.runs[-1].header.profile

    @property
    def shard(self) -> records.Shard | None:
        """The part of a whole that the run is, if it is one."""
        return self.runs[0].header.shard

    @property
    def tried(self) -> Mapping[tuple[str, str], records.Tried]:
        """What became of jobs, by provider and job; the latest of each."""
        return {(one.provider, one.job): one for run in self.runs for one in run.tried}

    def providers(self, catalog: Catalog) -> tuple[Provider, ...]:
        """Everyone who was to be asked, as the catalogue has them now. Raises UserError for one that it has not."""
        return tuple(of_today(catalog, record) for record in self._records().values())

    def and_also(self, catalog: Catalog, chosen: Sequence[Pair]) -> tuple[Pair, ...]:
        """The whole plan: every pair that was planned, then what was chosen beside it.

        Raises UserError for a provider whose answers came from elsewhere than where it would be asked now, for what
        this version has no longer, so that it would be lost, and for an addition to a shard.
        """
        who = {provider.id: provider for provider in (*self.providers(catalog), *(p for p, _ in chosen))}
        planned = dict.fromkeys(key for run in self.runs for key in _planned(run))
        chosen_keys = [(provider.id, scenario.id) for provider, scenario in chosen]
        what = recalled(catalog, (scenario for _, scenario in (*planned, *chosen_keys)))
        lost = sorted({scenario for _, scenario in planned} - what.keys())
        gone = [Problem(f"this version has no scenario `{name}`, which {self.directory} holds") for name in lost]
        if problems := [*self._moved(who), *gone]:
            advice = Problem(f"begin a new run: what {self.directory} holds stays there, and `rejudge` reads it")
            raise UserError(*problems, advice)
        keys = dict.fromkeys([*planned, *chosen_keys])
        if self.shard and len(keys) > len(planned):
            told = f"{self.shard.number}/{self.shard.of}"
            raise UserError(f"{self.directory} holds shard {told} of a run: nothing can be added to one shard alone")
        return tuple((who[provider], what[scenario]) for provider, scenario in keys)

    def refuse_to_lose(self, skipped: Mapping[str, str]) -> None:
        """Raise UserError if one of those who cannot be asked now has answered before."""
        lost = [(name, why) for name, why in skipped.items() if self.recording.answers(name)]
        if lost:
            raise UserError(*(f"cannot go on with what {name} answered: {why}" for name, why in lost))

    def _records(self) -> Mapping[str, records.Provider]:
        return {record.id: record for run in self.runs for record in run.providers}

    def _moved(self, who: Mapping[str, Provider]) -> Iterator[Problem]:
        for record in self._records().values():
            if self.recording.answers(record.id) and (changes := list(moved(record, who[record.id]))):
                yield Problem(f"what {record.id} answered came from another endpoint: {'; '.join(changes)}")


def earlier(directory: Path) -> Earlier:
    """What a directory holds of a run. Raises UserError when there is nothing to go on with."""
    runs = tuple(read_run(path) for path in streams(directory))
    if not runs:
        raise UserError(f"there is no {RESULTS} in {directory} to go on with")
    recordings = [Recording.of(_worth_keeping(run)) for run in runs]
    return Earlier(directory, runs, reduce(lambda before, after: after.since(before), recordings))


def _worth_keeping(run: Run) -> Iterator[records.Exchange]:
    """All but what ended a provider's run at its first requests: whoever goes on has mended that, or waited."""
    return (exchange for exchange in run.exchanges if exchange.provider not in run.diagnoses)


def _planned(run: Run) -> Iterator[tuple[str, str]]:
    """Provider and scenario of all that was to be asked, also of those who could not be asked then."""
    yield from run.planned
    yield from ((name, scenario.id) for name in run.skipped for scenario in run.header.scenarios)
