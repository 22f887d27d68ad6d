"""The writer of the results stream: the only place where what came over the wire reaches a file, and so the one that
redacts. Every record is flushed, so that a killed run keeps what was judged."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import chain, groupby
from typing import TYPE_CHECKING, TypeAlias

from messages_conformance.catalog.model import Step
from messages_conformance.checks.base import Outcome, Verdict
from messages_conformance.errors import Where
from messages_conformance.results import records
from messages_conformance.results.records import Criterion, Footer, Header, Judged, PlannedStep, Record
from messages_conformance.run.header import criterion, now, place_of
from messages_conformance.run.keeping.room import Room
from messages_conformance.run.planning.plan import Plan, Planned, PlannedJob, Probe, Unit
from messages_conformance.sdk.asking import API_KEY
from messages_conformance.wire.exchange import Exchange
from messages_conformance.wire.redact import Redactor

if TYPE_CHECKING:
    from messages_conformance.run.judging.diagnosis import Diagnosis
    from messages_conformance.run.judging.verdicts import Verdicts
    from messages_conformance.sdk.found import Found

Safe: TypeAlias = Callable[[str], str]
"""Redacts a text."""


Span: TypeAlias = tuple[float, float]
"""From when until when, in seconds since 1970."""


@dataclass(slots=True)
class Recorder:
    """Appends records to `sink`, the header before all others. Counts what the footer reports.

    Exchanges may come from several threads, since to look for keys in a large one takes long; so they reach `sink`.
    """

    sink: Callable[[Record], None]
    redactors: Mapping[str, Redactor]
    key_envs: Mapping[str, str | None]
    outcomes: Counter[str] = field(default_factory=Counter[str])
    spans: defaultdict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    """When each request to a provider was under way."""
    rooms: defaultdict[str, Room] = field(default_factory=lambda: defaultdict(Room))
    numbers: dict[Criterion, int] = field(default_factory=dict[Criterion, int])
    _told: dict[int, tuple[tuple[Planned, ...], tuple[PlannedStep, ...]]] = field(
        default_factory=dict[int, tuple[tuple[Planned, ...], tuple[PlannedStep, ...]]]
    )
    """By the identity of what is planned, which is kept beside it: many units share it."""
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, header: Header, skipped: Mapping[str, str], plan: Plan) -> None:
        """Write what is known before anything is sent: the header, who cannot be asked and why, and the plan."""
        self.header(header)
        for name, reason in skipped.items():
            self.sink(records.Skipped(name, reason))
        for unit in plan.units:
            self.planned(unit)

    def header(self, header: Header) -> None:
        self.numbers = {criterion: number for number, criterion in enumerate(header.criteria)}
        self.sink(header)

    def planned(self, unit: Unit) -> None:
        self.sink(records.Planned(*unit.key, unit.not_applicable, self._steps(unit.checks), unit.lacks))

    def exchange(self, unit_key: tuple[str, str], name: str, place: tuple[Step, int, int], exchange: Exchange) -> None:
        """Write one attempt. `place` is (step, trial, attempt); `name` the id by which verdicts refer to it."""
        provider, scenario = unit_key
        step, trial, attempt = place
        safe = self.redactors[provider].redact_exchange(exchange)
        with self._counting:
            kept, cut = self.rooms[provider].fitted(safe.response)
            self.spans[provider].append(_span(exchange))
        safe = replace(safe, response=kept)
        seen = {part.name: getattr(safe, part.name) for part in fields(Exchange)}
        key = self.key_envs[provider] if step.auth == "own" else None
        self.sink(
            records.Exchange(
                **seen,
                id=name,
                provider=provider,
                scenario=scenario,
                step=step.id,
                trial=trial,
                attempt=attempt,
                key_env=key,
                cut=cut,
            )
        )

    def diagnosed(self, provider: str, found: Diagnosis) -> None:
        sentence = self.redactors[provider].redact_text(found.sentence)
        self.sink(records.Diagnosed(provider, found.kind, sentence, found.exit))

    def judged(self, unit: Unit, verdicts: Verdicts) -> None:
        """Write what was found in one unit: a verdict that answers many criteria of a step once."""
        safe = self.redactors[unit.provider.id].redact_text
        numbers = chain.from_iterable(step.criteria for step in self._steps(unit.checks))
        found: defaultdict[tuple[str, Verdict, tuple[str, ...]], list[int]] = defaultdict(list)
        for planned, number, judged in zip(unit.checks, numbers, verdicts.values(), strict=True):
            found[planned.step.id, *judged].append(number)
        for (_, verdict, _), answered in found.items():
            self.outcomes[str(verdict.outcome)] += len(answered)
        told = (
            _verdict(step, tuple(answered), verdict, exchanges, safe)
            for (step, verdict, exchanges), answered in found.items()
        )
        self.sink(Judged(*unit.key, tuple(told)))

    def probed(self, probe: Probe, verdicts: Verdicts) -> None:
        """Write what the probe of a feature showed: it works if all of its checks pass."""
        found = [verdict.outcome for verdict, _ in verdicts.values()]
        worst = next((o for o in (Outcome.FAIL, Outcome.HARNESS_ERROR, Outcome.INCONCLUSIVE) if o in found), None)
        outcome = Outcome.PASS if worst is None and Outcome.PASS in found else worst or Outcome.INCONCLUSIVE
        exchanges = dict.fromkeys(name for _, names in verdicts.values() for name in names)
        self.sink(records.Probed(probe.unit.provider.id, probe.feature, outcome, tuple(exchanges)))

    def tried(self, planned: PlannedJob, client: str, shown: Found, key_as: str | None) -> None:
        """Write what became of a job that `client` was made to do."""
        safe, job = self.redactors[planned.provider.id].redact_text, planned.job
        self.sink(
            records.Tried(
                planned.provider.id,
                job.id,
                job.title,
                client,
                shown.outcome,
                shown.cause,
                safe(shown.told) or None,
                shown.raised and safe(shown.raised),
                shown.status,
                None if key_as == API_KEY else key_as,
            )
        )

    def footer(self, tokens: Mapping[str, Mapping[str, int]], cost: Mapping[str, Mapping[str, float]]) -> None:
        """Write what the run came to; `tokens` (input, output) and `cost` (by currency) are those of each provider."""
        spent = tuple(self._spent(name, tokens[name], cost[name]) for name in tokens if self.spans[name])
        self.sink(
            Footer(
                finished=now(),
                results=dict(sorted(self.outcomes.items())),
                exchanges=sum(each.requests for each in spent),
                tokens=records.Tokens(sum(s.tokens.input for s in spent), sum(s.tokens.output for s in spent)),
                cost=_added_up(each.cost for each in spent),
                spent=spent,
            )
        )

    def _steps(self, checks: tuple[Planned, ...]) -> tuple[PlannedStep, ...]:
        if id(checks) not in self._told:
            steps = groupby(checks, key=lambda planned: (planned.step.id, _where(planned)))
            told = tuple(PlannedStep(step, place_of(where), self._numbers(each)) for (step, where), each in steps)
            self._told[id(checks)] = checks, told
        return self._told[id(checks)][1]

    def _numbers(self, checks: Iterable[Planned]) -> tuple[int, ...]:
        return tuple(self.numbers[criterion(planned)] for planned in checks)

    def _spent(self, name: str, tokens: Mapping[str, int], cost: Mapping[str, float]) -> records.Spent:
        spans, counted = self.spans[name], records.Tokens(tokens.get("input", 0), tokens.get("output", 0))
        return records.Spent(name, len(spans), round(under_way(spans), 3), counted, _added_up([cost]))


def under_way(spans: Iterable[Span]) -> float:
    """The seconds that lie in at least one of the spans."""
    total, end = 0.0, 0.0
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def _span(exchange: Exchange) -> Span:
    start = datetime.fromisoformat(exchange.started).timestamp()
    return start, start + exchange.total_ms / 1000


def _added_up(costs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Amounts by currency, to a millionth."""
    total: defaultdict[str, float] = defaultdict(float)
    for cost in costs:
        for currency, amount in cost.items():
            total[currency] += amount
    return {currency: round(amount, 6) for currency, amount in total.items()}


def _where(planned: Planned) -> Where:
    return planned.use.where if planned.use else planned.step.where


def _verdict(
    step: str, criteria: tuple[int, ...], verdict: Verdict, exchanges: tuple[str, ...], safe: Safe
) -> records.Verdict:
    return records.Verdict(
        step,
        criteria,
        verdict.outcome,
        verdict.cause,
        verdict.expected and safe(verdict.expected),
        verdict.actual and safe(verdict.actual),
        verdict.pointer and safe(verdict.pointer),
        verdict.event,
        verdict.note and safe(verdict.note),
        exchanges,
    )
