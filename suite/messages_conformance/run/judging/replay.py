"""A recorded run, judged again: nothing is sent, and the same recording gives the same verdicts to the byte.

A recording holds what was written: redacted, and with times to a hundredth of a millisecond.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.results import records
from messages_conformance.run.judging.diagnosis import Diagnosis
from messages_conformance.run.judging.opening import Opened, open_run
from messages_conformance.run.judging.settling import settle
from messages_conformance.run.judging.verdicts import Verdicts, judge_back, judge_walk
from messages_conformance.run.planning.plan import PROBE, Plan, Planned, Unit
from messages_conformance.run.walking.unit import Attempt, Sent, Walk, walk
from messages_conformance.wire.exchange import Request

Place: TypeAlias = tuple[str, str, str, int]
"""Provider id, scenario id, step id, trial."""

_MENDED_OUTSIDE = frozenset({401, 402, 403})
_MISSING = Sent(withheld=inconclusive(Cause.PREREQUISITE_FAILED, "the recording does not hold this request"))


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges of a run, attempt by attempt."""

    attempts: Mapping[Place, tuple[Attempt, ...]] = field(default_factory=dict[Place, tuple[Attempt, ...]])
    cut: Mapping[Place, str] = field(default_factory=dict[Place, str])
    """What is told of answers of which only the beginning was kept: these can neither be judged nor stand."""

    @staticmethod
    def of(exchanges: Iterable[records.Exchange]) -> Recording:
        """What the `exchange` records of a stream hold. A twin that was only drawn in is there as well."""
        found: defaultdict[Place, dict[str, Answer]] = defaultdict(dict)
        cut: dict[Place, str] = {}
        for record in exchanges:
            place = record.provider, record.scenario, record.step, record.trial
            found[place][record.id] = Answer(record)
            if record.beginning_only:
                cut[place] = record.beginning_only
        return Recording({place: tuple(attempts.items()) for place, attempts in found.items()}, cut)

    def since(self, earlier: Recording) -> Recording:
        """Both of them. Of what both asked for, the newer stands, unless only the earlier one came to an answer."""
        newer = {
            place: told for place, told in self.attempts.items() if _answered(told) or place not in earlier.attempts
        }
        kept = {place: told for place, told in earlier.attempts.items() if place not in newer}
        cut = {place: told for place, told in earlier.cut.items() if place in kept}
        return Recording({**kept, **newer}, {**cut, **{p: told for p, told in self.cut.items() if p in newer}})

    def answer(self, place: Place, request: Request, *, refusal_due: bool = False) -> tuple[Attempt, ...]:
        """The attempts that came to an answer to this very request; none where it was another one, or where the same
        request may fare better now. Where a refusal was due, as for a wrong key, no refusal is asked for again."""
        attempts = self.attempts.get(place, ())
        if place in self.cut or not _answered(attempts, refusal_due=refusal_due):
            return ()
        last = attempts[-1][1].request
        return attempts if (last.method, last.body) == (request.method, request.body) else ()

    def answers(self, provider: str) -> bool:
        """Whether a provider answered anything."""
        return any(place[0] == provider and _answered(told) for place, told in self.attempts.items())

    def holds(self, provider: Provider, scenario: Scenario) -> bool:
        """Whether a scenario was asked of a provider."""
        return any((p, s) == (provider.id, scenario.id) for p, s, _, _ in self.attempts)

    def scenarios(self, provider: Provider) -> frozenset[str]:
        """The ids of the scenarios that were asked of a provider."""
        return frozenset(scenario for who, scenario, _, _ in self.attempts if who == provider.id)

    def asked(self, provider: Provider) -> Mapping[str, Answer]:
        """Every answer of a provider, by its id."""
        return {
            name: answer
            for place, told in self.attempts.items()
            if place[0] == provider.id and not place[1].startswith(PROBE)
            for name, answer in told
        }

    def sent(self, provider: Provider, scenario: Scenario, step: Step, trial: int) -> Sent:
        """What became of one step."""
        place = provider.id, scenario.id, step.id, trial
        if told := self.cut.get(place):
            return Sent(withheld=_cut(told))
        return Sent(self.attempts[place]) if place in self.attempts else _MISSING

    async def walk(self, provider: Provider, scenario: Scenario, trial: int = 1) -> Walk:
        """One trial of a scenario, as it was."""

        async def send(step: Step, trial: int, _: Request) -> Sent:
            return self.sent(provider, scenario, step, trial)

        return await walk(provider, scenario, trial, None, send)


def _cut(told: str) -> Verdict:
    return inconclusive(Cause.PREREQUISITE_FAILED, f"{told}, which cannot be judged again")


def _answered(attempts: tuple[Attempt, ...], *, refusal_due: bool = False) -> bool:
    """Whether attempts came to an answer that stands. An outage, a broken connection, a refused key and missing credit
    may be over by the next time."""
    if not attempts:
        return False
    last = attempts[-1][1].exchange
    status = last.response.status if last.response else 0
    return last.failure is None and guard.outage(last) is None and (refusal_due or status not in _MENDED_OUTSIDE)


@dataclass(frozen=True, slots=True)
class _Recalling:
    """Answers as a recording has them."""

    provider: Provider
    recording: Recording

    async def walk(self, scenario: Scenario, trial: int) -> Walk:
        return await self.recording.walk(self.provider, scenario, trial)

    async def step(self, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:  # noqa: ARG002
        return self.recording.sent(self.provider, unit.scenario, step, trial)

    async def elsewhere(self, first: Scenario, step: Step, provider: Provider) -> Sent:
        return self.recording.sent(provider, first, step, 1)

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        return judge_walk(walked, planned)

    def seen(self) -> Mapping[str, Answer]:
        return self.recording.asked(self.provider)


async def _recalled_opening(provider: Provider, plan: Plan, recording: Recording) -> Opened | None:
    """What the first requests came to, as they were recorded; None where they were not."""
    first = plan.preflight()
    if first is None or not recording.holds(provider, first):
        return None
    return await open_run(provider, plan, _Recalling(provider, recording))


def diagnosed_again(provider: Provider, plan: Plan, recording: Recording) -> Diagnosis | None:
    """What ended a provider's run at its first requests, as the engine told it when it was recorded."""
    opened = asyncio.run(_recalled_opening(provider, plan, recording))
    return opened.diagnosis if opened else None


def judge_again(unit: Unit, plan: Plan, recording: Recording) -> Verdicts:
    """The verdicts on one unit, as the engine gave them when it was recorded."""
    return asyncio.run(_judge_again(unit, plan, recording))


async def _judge_again(unit: Unit, plan: Plan, recording: Recording) -> Verdicts:
    scenario, provider = unit.scenario, unit.provider
    recalling = _Recalling(provider, recording)
    opened = await _recalled_opening(provider, plan, recording)
    if opened and (verdicts := opened.verdicts(unit)):
        return verdicts
    if scenario.looks_back:
        if told := next((told for place, told in recording.cut.items() if place[0] == provider.id), None):
            return {planned.key: (_cut(told), ()) for planned in unit.checks}
        return judge_back(unit.checks, recording.asked(provider))
    return await settle(unit, plan, recalling)
