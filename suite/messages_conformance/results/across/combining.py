"""One stream from the runs of several jobs, each of which asked providers of its own, or one share of the scenarios.

`results/join.py` is for parts of one plan; these have plans of their own, and belong together only if they asked the
same of everybody and judged it by the same catalogue (`parts.py`).

Of a provider whose run was divided, every shard sent the preflight and the twins that it needed: what is told twice is
kept from the first part that planned it. What every shard planned looks back on the whole run; it is judged again over
all that is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from messages_conformance.errors import Problem, UserError
from messages_conformance.results.across.parts import BY_ID, Part, by_provider, misfits, opened, told_by
from messages_conformance.results.join import summed
from messages_conformance.results.records import (
    Contract,
    Criterion,
    Diagnosed,
    Exchange,
    Footer,
    Header,
    Judged,
    Planned,
    Probed,
    Provider,
    Record,
    Skipped,
    Tried,
)
from messages_conformance.results.stream import FileSink

JudgeBack: TypeAlias = Callable[[Header, str, Sequence[str], Sequence[Exchange]], Iterable[Judged]]
"""Judges what looks back on a whole run: given the header of the whole, a provider's id, the ids of the scenarios, and
every exchange with the provider."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A provider whose job left nothing, and why."""

    provider: Provider
    contract: Contract
    reason: str


def combine(paths: Sequence[Path], not_run: Sequence[NotRun], whole: Path, judge_back: JudgeBack) -> None:
    """Write the stream `whole`: everybody's plan, then what each part judged. There is a footer only if each has one.

    Raises UserError, with all that is wrong, for parts that do not belong together.
    """
    parts = [opened(path) for path in paths]
    if problems := (*misfits(parts), *_run_after_all(parts, not_run)):
        raise UserError(*problems)
    held = by_provider(parts)
    merged = _merged(parts, held, not_run)
    numbers = {criterion: number for number, criterion in enumerate(merged.criteria)}
    with closing(FileSink(whole)) as sink:
        sink(merged)
        for left in not_run:
            sink(Skipped(left.provider.id, left.reason))
        for name, (part, *_) in held.items():
            if reason := part.skipped.get(name):
                sink(Skipped(name, reason))
        keeping = _Keeping(held)
        for part, planned in keeping.plan():
            sink(_numbered(planned, part.header, numbers))
        for part in parts:
            for record in keeping.of(part):
                sink(_numbered(record, part.header, numbers))
        for record in keeping.about_all(merged, judge_back):
            sink(record)
        if len(keeping.footers) == len(parts):
            sink(replace(summed(keeping.footers), results=dict(sorted(keeping.outcomes.items()))))


def _run_after_all(parts: Iterable[Part], not_run: Iterable[NotRun]) -> Iterator[Problem]:
    held = by_provider(parts)
    for left in not_run:
        if left.provider.id in held:
            path = held[left.provider.id][0].path
            yield Problem(f"provider `{left.provider.id}` is named as not run, and is in {path}")


# --- what is kept -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Keeping:
    """Chooses what is kept of the parts. `held` are the parts of each provider's run; `ended` those with a footer."""

    held: Mapping[str, Sequence[Part]]
    owner: dict[tuple[str, str], Part] = field(default_factory=dict[tuple[str, str], Part])
    """By provider and scenario, feature, or job: the part whose records are kept."""
    repeated: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """By provider: the scenarios that every one of its shards planned."""
    exchanges: defaultdict[str, list[Exchange]] = field(default_factory=lambda: defaultdict(list))
    """By provider whose run was divided."""
    diagnosed: defaultdict[str, list[Diagnosed]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter[str])
    footers: list[Footer] = field(default_factory=list[Footer])
    ended: list[Part] = field(default_factory=list[Part])

    def plan(self) -> Iterator[tuple[Part, Planned]]:
        """What each provider was to be asked, once, with the part that asked it."""
        for name, parts in self.held.items():
            planned = [(part, record) for part in parts for record in part.planned.get(name, ())]
            if self._is_divided(name):
                place = {scenario: at for at, scenario in enumerate(parts[0].scenarios)}
                planned.sort(key=lambda told: place[told[1].scenario])
            for part, record in planned:
                if self.owner.setdefault((name, record.scenario), part) is part:
                    yield part, record
                else:
                    self.repeated[name][record.scenario] = None

    def of(self, part: Part) -> Iterator[Record]:
        """What came of one part, but for what other parts tell."""
        for record in part.rest():
            match record:
                case Footer():
                    self.footers.append(record)
                    self.ended.append(part)
                case Diagnosed():
                    self.diagnosed[record.provider].append(record)
                case Exchange() if self._owns(part, record.provider, record.scenario):
                    if self._is_divided(record.provider):
                        self.exchanges[record.provider].append(record)
                    yield record
                case Judged() if record.scenario not in self.repeated[record.provider]:
                    self._count(record)
                    yield record
                case Probed() if self._owns(part, record.provider, record.feature):
                    yield record
                case Tried() if self._owns(part, record.provider, f"job {record.job}"):
                    yield record
                case _:
                    pass

    def about_all(self, header: Header, judge_back: JudgeBack) -> Iterator[Record]:
        """What only all parts of a provider's run show together. One that answered a later shard was not at its end;
        of one whose run was cut off, the whole cannot be judged."""
        for name, parts in self.held.items():
            if (told := self.diagnosed[name]) and len(told) == len(parts):
                yield told[0]
            if self.repeated[name] and all(part in self.ended for part in parts):
                for judged in judge_back(header, name, tuple(self.repeated[name]), self.exchanges[name]):
                    self._count(judged)
                    yield judged

    def _owns(self, part: Part, provider: str, name: str) -> bool:
        return self.owner.setdefault((provider, name), part) is part

    def _is_divided(self, provider: str) -> bool:
        return len(self.held[provider]) > 1

    def _count(self, judged: Judged) -> None:
        for verdict in judged.verdicts:
            self.outcomes[str(verdict.outcome)] += len(verdict.criteria)


# --- one header -------------------------------------------------------------------------------------------------------


def _merged(parts: Sequence[Part], held: Mapping[str, Sequence[Part]], not_run: Sequence[NotRun]) -> Header:
    headers = [part.header for part in parts]
    lists = {kind: {entry.id: entry for one in headers for entry in getattr(one, kind)} for kind in BY_ID}
    lists["contracts"] |= {left.contract.id: left.contract for left in not_run}
    asked = lists["scenarios"]
    lists["scenarios"] = {name: asked[name] for name in parts[0].scenarios if name in asked}
    told: dict[str, Any] = {kind: tuple(entries.values()) for kind, entries in lists.items()}
    return replace(
        headers[0],
        **told,
        started=min(one.started for one in headers),
        providers=(*(told_by(of, name) for name, (of, *_) in held.items()), *(left.provider for left in not_run)),
        criteria=tuple(dict.fromkeys(criterion for one in headers for criterion in one.criteria)),
        expectations=tuple(dict.fromkeys(entry for one in headers for entry in one.expectations)),
        shard=None,
    )


def _numbered(record: Record, header: Header, numbers: Mapping[Criterion, int]) -> Record:
    """The record with the numbers that its criteria have in the whole."""

    def anew(criteria: Iterable[int]) -> tuple[int, ...]:
        return tuple(numbers[header.criteria[number]] for number in criteria)

    match record:
        case Planned():
            return replace(record, steps=tuple(replace(step, criteria=anew(step.criteria)) for step in record.steps))
        case Judged():
            verdicts = (replace(verdict, criteria=anew(verdict.criteria)) for verdict in record.verdicts)
            return replace(record, verdicts=tuple(verdicts))
        case _:
            return record
