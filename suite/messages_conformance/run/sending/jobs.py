"""The jobs of a run, done by the official SDK when everything else has been asked. Nothing of it is a verdict.

Each driver has one provider at a time, and each provider one driver, so that none is asked for more than a user asks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from messages_conformance.catalog.jobs import Job
from messages_conformance.catalog.model import Auth, Provider
from messages_conformance.checks.base import Cause, Outcome, Verdict
from messages_conformance.run.planning.jobs import address
from messages_conformance.run.planning.plan import PlannedJob, model_for
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.sending.sender import Sender
from messages_conformance.sdk.asking import API_KEY, AUTH_TOKEN, Given, asked
from messages_conformance.sdk.found import Found, found, settled
from messages_conformance.sdk.official import Sdk
from messages_conformance.sdk.process import Driver
from messages_conformance.sdk.told import Told

DRIVERS: Final = 4
"""At most so many providers are worked at together."""

_NO_KEY: Final = "no-key"
"""What the SDK is given where a provider wants no key: it does not start without one."""


@dataclass(frozen=True, slots=True)
class Work:
    """The jobs at one provider; `hindered` says why nothing is asked of it, where the first requests showed that."""

    sender: Sender
    jobs: Sequence[PlannedJob]
    hindered: Verdict | None


async def do_all(work: Iterable[Work], sdk: Sdk, recorder: Recorder) -> None:
    """Let the SDK do every job, and record each. Whoever cancels this ends the drivers too."""
    waiting = deque(work)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(DRIVERS, len(waiting))):
            group.create_task(_work(waiting, sdk, recorder))


async def _work(waiting: deque[Work], sdk: Sdk, recorder: Recorder) -> None:
    with Driver(sdk.command) as driver:
        while waiting:
            await _Doing(waiting.popleft(), driver, sdk, recorder).all()


@dataclass(slots=True)
class _Doing:
    """A driver at one provider. `key_as` is how the SDK gets the key, once a way is known that is taken; `silent` why
    nothing more is asked."""

    work: Work
    driver: Driver
    sdk: Sdk
    recorder: Recorder
    key_as: str | None = None
    silent: Found | None = None
    models: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        named = {role: model_for(self.provider, role) for role in ("cheap", "thinking", "vision")}
        self.models = {role: model.id for role, model in named.items() if model is not None}

    @property
    def provider(self) -> Provider:
        return self.work.sender.provider

    async def all(self) -> None:
        for planned in self.work.jobs:
            shown = await self._shown(planned)
            self.recorder.tried(planned, self.sdk.client, shown, self.key_as)

    async def _shown(self, planned: PlannedJob) -> Found:
        """What a job shows, done a second time where the first decides nothing by itself."""
        if planned.not_applicable:
            return Found(Outcome.NOT_APPLICABLE, planned.not_applicable)
        first = await self._once(planned)
        if not first.recurs:
            return first
        is_plain = planned.job.id == self.sdk.plain.id
        between = None if is_plain else await self._once(_alike(planned, self.sdk.plain))
        if first.cause is not None and (between is None or not between.is_answer):
            self.silent = first
            return first
        return settled(first, between, await self._once(planned))

    async def _once(self, planned: PlannedJob) -> Found:
        """Do a job within what the run may use. The first one shows how the key is taken."""
        if withheld := self._withheld():
            return withheld
        if self.key_as is not None:
            return await self._done(planned, self.key_as)
        by_default = await self._done(planned, API_KEY)
        if by_default.cause is not Cause.AUTH:
            return by_default
        other = _other_way(self.provider.auth)
        otherwise = await self._done(planned, other)
        self.key_as = API_KEY if otherwise.cause is Cause.AUTH else other
        return otherwise

    def _withheld(self) -> Found | None:
        if self.silent:
            return Found(Outcome.INCONCLUSIVE, "was not asked: nothing was answered before", self.silent.cause)
        if why := self.work.hindered:
            return Found(Outcome.INCONCLUSIVE, f"was not asked: {why.note}", why.cause)
        if why := self.work.sender.budget.used_up:
            return Found(Outcome.INCONCLUSIVE, f"was not asked: {why}", Cause.BUDGET)
        return None

    async def _done(self, planned: PlannedJob, key_as: str) -> Found:
        ledger = self.work.sender.ledger
        reserved: list[float] = []
        for step in planned.steps:
            while (room := ledger.reserve(step)) is None:
                await self.work.sender.budget.settlement()
            if isinstance(room, str):
                self._settle(planned, reserved, ())
                return Found(Outcome.INCONCLUSIVE, f"was not asked: {room}", Cause.BUDGET)
            reserved.append(room)
        await self._pause(len(planned.steps))
        told = await self._told(planned.job, key_as)
        self._settle(planned, reserved, told.seen.get("turns", ()))
        self._count(len(planned.steps))
        return found(told, planned.job)

    async def _told(self, job: Job, key_as: str) -> Told:
        sender = self.work.sender
        given = Given(key_as, dict(self.provider.headers))
        line = asked(job, address(self.provider, job), sender.key or _NO_KEY, self.models, given)
        seconds = self.provider.limits.total_timeout * max(1, len(job.asks.get("turns", ())))
        return await asyncio.to_thread(self.driver.do, line, seconds)

    async def _pause(self, requests: int) -> None:
        if per_minute := self.provider.limits.requests_per_minute:
            await asyncio.sleep(60 / per_minute * requests)

    def _settle(self, planned: PlannedJob, reserved: Sequence[float], turns: Iterable[Mapping[str, Any]]) -> None:
        """Pay for a job what its turns were counted as; further ones than it has steps are paid like the last."""
        used = [{f"{name}_tokens": count for name, count in turn.get("usage", {}).items()} for turn in turns]
        for step, room, usage in zip_longest(planned.steps[: len(reserved)], reserved, used):
            self.work.sender.ledger.settle(step or planned.steps[-1], room or 0.0, usage)

    def _count(self, requests: int) -> None:
        """What the SDK asked again by itself is not known here."""
        sender = self.work.sender
        for _ in range(requests):
            sender.budget.sends()
            sender.observer.request_done(sender.ledger)


def _alike(planned: PlannedJob, job: Job) -> PlannedJob:
    """Another job, at what this one costs: it is never dearer."""
    return PlannedJob(planned.provider, job, planned.steps[:1])


def _other_way(auth: Auth) -> str:
    """How a user gives the SDK a key where `api_key` is refused: for the header that the provider takes."""
    return AUTH_TOKEN if auth.style == "bearer" else auth.header or "x-api-key"
