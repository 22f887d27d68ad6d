"""The requests to one provider: sent at its pace, again after an outage or a limit, and none once it is given up."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.run.judging.outages import ASKED_AGAIN
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.observing import UNWATCHED, Observer
from messages_conformance.run.planning.budget import Budget
from messages_conformance.run.planning.cost import Ledger
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.sending.aside import aside
from messages_conformance.run.sending.health import Health
from messages_conformance.run.sending.pacing import Pacer
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Attempt, Sent
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request

ATTEMPTS: Final = 3
"""How often a request is sent that meets an outage."""

REFUSALS: Final = 8
"""How often one request is refused for a rate limit before it is left open: others may be answered meanwhile."""

_CHECK_UP: Final = (1.0, 4.0, 16.0)
"""Seconds between the attempts to find out whether a provider that fails is still there: they sit out a restart."""

_LIMITS: Final = frozenset({Cause.RATE_LIMIT, Cause.OVERLOAD})
_MENDED_SOON: Final = frozenset({Cause.OVERLOAD, Cause.PROVIDER_5XX, Cause.TRANSPORT})

Place: TypeAlias = tuple[str, Step, int]
"""What a request is sent for: scenario id, step, trial."""


@dataclass(slots=True)
class Sender:
    """Sends, records and counts the requests of one provider.

    `provider` may get another way to send its key while the run is opened. `first` is the preflight, which shows
    whether a provider is still there. What `earlier` holds an answer to is not sent again.
    """

    provider: Provider
    key: str | None
    client: Client
    recorder: Recorder
    first: Scenario | None
    earlier: Recording
    budget: Budget = field(default_factory=Budget)
    observer: Observer = UNWATCHED
    asked: dict[str, Answer] = field(default_factory=dict[str, Answer])
    """Every answer so far, by its id."""
    ledger: Ledger = field(init=False)
    _pacer: Pacer = field(init=False)
    _health: Health = field(default_factory=Health)
    _checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _check_ups: int = 0
    _attempts: defaultdict[tuple[str, str, int], list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    """By scenario, step and trial; a preflight is sent again once it is known how the key travels."""

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.provider, self.budget)
        self._pacer = Pacer(self.provider.limits, self._waits)
        self.budget.closing.append(self._pacer.close)

    def forget(self) -> None:
        """Let go of every answer. They would stay until the next search for garbage, for the pacer knows the sender
        too, and take memory that the reports need."""
        self.asked.clear()
        self._attempts.clear()

    async def send(self, place: Place, request: Request) -> Sent:
        """Send one request; again after an outage or a limit, never after an answer, however wrong."""
        scenario, step, trial = place
        at = (self.provider.id, scenario, step.id, trial)
        if told := self.earlier.answer(at, request, refusal_due=step.expect == "error"):
            return await self._told_before(place, told)
        if withheld := self._withheld():
            return Sent(withheld=withheld)
        while (reserved := self.ledger.reserve(step)) is None:
            await self.budget.settlement()
        if isinstance(reserved, str):
            return Sent(withheld=inconclusive(Cause.BUDGET, reserved))
        withheld = await self._until_answered(place, request)
        attempts = self._attempts[scenario, step.id, trial]
        for _, superseded in attempts[:-1]:
            superseded.forget()
        self.ledger.settle(step, reserved, _usage(attempts[-1][1], step) if attempts else None)
        if attempts:
            self.observer.request_done(self.ledger)
        return Sent(tuple(attempts), withheld)

    async def _told_before(self, place: Place, told: tuple[Attempt, ...]) -> Sent:
        _, step, _ = place
        for number, (name, answer) in enumerate(told, 1):
            await self._keep(place, number, name, answer)
        self.ledger.told(step, _usage(told[-1][1], step))
        return Sent(told)

    def _withheld(self) -> Verdict | None:
        """Why nothing more is sent, once it is so."""
        if self.budget.used_up:
            return inconclusive(Cause.BUDGET, self.budget.used_up)
        return self._health.given_up

    async def _until_answered(self, place: Place, request: Request) -> Verdict | None:
        """Send a request until an attempt is answered or another one is no use; why it is not sent, if it is not."""
        refusals = outages = 0
        while True:
            async with self._pacer.turn(refusals) as began:
                if withheld := self._withheld():
                    return withheld
                exchange = await self._attempt(place, request)
            cause = None if self._health.is_usual(place[1], exchange) else guard.outage(exchange)
            waits = self._paced(exchange, cause, began)
            if waits and cause is Cause.RATE_LIMIT:
                refusals += 1
            else:
                outages += 1
                await self._heard(place, exchange)
            if cause is None or not waits or outages == ATTEMPTS or refusals == REFUSALS:
                return None
            if cause is Cause.PROVIDER_5XX and not self._is_preflight(place):
                return None  # what others get meanwhile tells whether it is an outage: see `run/judging/settling.py`
            if cause not in _LIMITS:
                await asyncio.sleep(0.25 * 2**outages)

    def _paced(self, exchange: Exchange, cause: Cause | None, began: float) -> bool:
        """Tell the pacer what came; False where the provider asks for a pause that is too long."""
        if cause is not None and cause in _LIMITS:
            return self._pacer.refused(cause, guard.retry_after(exchange), began)
        if exchange.response is not None:
            self._pacer.answered()
        return True

    async def _attempt(self, place: Place, request: Request) -> Exchange:
        self.budget.sends()
        exchange = await self.client.send(request)
        scenario, step, trial = place
        attempts = self._attempts[scenario, step.id, trial]
        number = len(attempts) + 1
        name = f"{self.provider.id}/{scenario}/{step.id}/{trial}.{number}"
        answer = Answer(exchange)
        attempts.append((name, answer))
        await self._keep(place, number, name, answer)
        return exchange

    async def _keep(self, place: Place, number: int, name: str, answer: Answer) -> None:
        """Write an answer down and read it, once for all who will look at it."""
        scenario, step, trial = place

        def keep() -> None:
            self.recorder.exchange((self.provider.id, scenario), name, (step, trial, number), answer.exchange)
            _usage(answer, step)

        self.asked[name] = answer
        await aside([answer], keep)

    def _is_preflight(self, place: Place) -> bool:
        return self.first is not None and self.first.id == place[0]

    def _waits(self, seconds: float, why: str) -> None:
        self.observer.waits(self.provider, seconds, why)

    # --- whether it is still there ---

    async def _heard(self, place: Place, exchange: Exchange) -> None:
        self._health.heard(place[1], exchange)
        if self._health.is_doubtful and self.first is not None and not self._is_preflight(place):
            async with self._checking:  # whoever fails meanwhile waits for what comes of it
                if self._health.is_doubtful and not self.budget.used_up:
                    await self._check_up(self.first)
        if self._health.given_up:
            self._pacer.close()

    async def _check_up(self, first: Scenario) -> None:
        """Send the preflight, and nothing else, until it is served or seems lost."""
        self._check_ups += 1
        step, trial = first.steps[0], ASKED_AGAIN + 1 + self._check_ups  # behind those that settle a 5xx
        with self._pacer.nobody_else():
            exchange = await self._patiently((first.id, step, trial), build(self.provider, step, {}, self.key))
        self.ledger.settle(step, 0.0, _usage(Answer(exchange), step))
        self._health.checked(exchange)

    async def _patiently(self, place: Place, request: Request) -> Exchange:
        for pause in _CHECK_UP:
            exchange = await self._attempt(place, request)
            if guard.outage(exchange) not in _MENDED_SOON or self.budget.used_up:
                return exchange
            await asyncio.sleep(pause)
        return await self._attempt(place, request)


def _usage(answer: Answer, step: Step) -> Any:
    message = answer.message(streaming=step.expect == "stream")
    return message.get("usage") if message else None
