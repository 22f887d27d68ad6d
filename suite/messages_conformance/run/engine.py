"""The engine: runs a plan against its providers, concurrently, and appends everything to the results stream.

Per provider: one client with as many slots as it allows, one pacer, one ledger. Before anything else the preflight
scenario settles address, key and model; a provider that fails it is not asked a hundred times more. A scenario's twin
runs at most once per provider and is shared by all that need it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import guard, view
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.run.cost import Ledger
from messages_conformance.run.judging import (
    Verdicts,
    hindrance,
    judge_back,
    judge_walk,
    model_chose,
    waits_for,
    with_trial,
    with_twin,
)
from messages_conformance.run.pacing import Pacer
from messages_conformance.run.plan import Plan, Unit
from messages_conformance.run.reading import State, state_of
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.replay import Recording
from messages_conformance.run.unit import Attempt, Sent, Walk, walk
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request

ATTEMPTS = 3
SILENCE = 10
"""Requests in a row that may go unanswered. A provider that falls silent would otherwise cost every request of the plan
its whole time limit, three times over."""
LONGEST_PAUSE = 30.0
"""Seconds that a Retry-After may cost us; a provider that asks for more is reported as rate limited instead."""


class Observer(Protocol):
    """Who wants to know how far the run is."""

    def watching(self, plan: Plan) -> AbstractContextManager[None]: ...

    def unit_done(self, unit: Unit, state: State) -> None: ...


@dataclass(slots=True)
class _Endpoint:
    """What the engine keeps per provider while it runs."""

    provider: Provider
    key: str | None
    client: Client
    pacer: Pacer
    ledger: Ledger
    walks: dict[str, asyncio.Task[Walk]] = field(default_factory=dict[str, asyncio.Task[Walk]])
    asked: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    """Every exchange so far, by its id."""
    silent: int = 0
    """Requests in a row to which nothing at all came back."""


class Engine:
    """Use as an async context manager; `run_unit` may be called concurrently, each unit at most once. What `earlier`
    holds an answer to is not sent again."""

    def __init__(
        self, plan: Plan, keys: Mapping[str, str | None], recorder: Recorder, earlier: Recording | None = None
    ) -> None:
        self._plan = plan
        self._earlier = earlier or Recording()
        self._keys = keys
        self._recorder = recorder
        self._endpoints: dict[str, _Endpoint] = {}
        self._stack = AsyncExitStack()
        self._judging = asyncio.Lock()

    async def __aenter__(self) -> Self:
        for provider in self._plan.providers:
            client = await self._stack.enter_async_context(Client(provider.limits))
            pacer = Pacer(provider.limits.requests_per_minute)
            key = self._keys[provider.id]
            self._endpoints[provider.id] = _Endpoint(provider, key, client, pacer, Ledger(provider))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def run(self, observer: Observer) -> None:
        """Run every unit of the plan, as many at a time as each provider allows.

        Raises UserError for a request that cannot be sent, such as one with a line break in the key.
        """
        asked = [unit for unit in self._plan.asked if not unit.scenario.looks_back]
        try:
            async with asyncio.TaskGroup() as group:
                for provider in self._plan.providers:
                    units = asyncio.Queue[Unit]()
                    mine = (unit for unit in asked if unit.provider.id == provider.id)
                    # Longest first: a chain of dependent requests that starts last ends long after the rest.
                    for unit in sorted(mine, key=lambda unit: -len(unit.scenario.steps)):
                        units.put_nowait(unit)
                    for _ in range(min(provider.limits.concurrency, units.qsize())):
                        group.create_task(self._work(units, observer))
        except ExceptionGroup as errors:
            # Several workers wait for the same preflight and fall with it: its error is told once, as what it is.
            raise errors.exceptions[0] from None
        for unit in (unit for unit in self._plan.asked if unit.scenario.looks_back):
            await self._finish(unit, observer)

    async def run_unit(self, unit: Unit) -> Verdicts:
        """Send, judge and record one unit. One that looks back sees what was asked until now."""
        verdicts = await self._judge(self._endpoints[unit.provider.id], unit)
        for planned in unit.checks:
            self._recorder.result(unit.key, planned, *verdicts[planned.key])
        return verdicts

    async def _judge(self, endpoint: _Endpoint, unit: Unit) -> Verdicts:
        scenario = unit.scenario
        if refusal := await self._preflight(endpoint, scenario):
            return {planned.key: (refusal, ()) for planned in unit.checks}
        if scenario.looks_back:
            return judge_back(unit.checks, endpoint.asked)
        twin = scenario.twin
        wanted = [scenario] if twin is None else [scenario, self._plan.scenarios[twin]]
        walks = await asyncio.gather(*(self._walk_once(endpoint, each) for each in wanted))
        verdicts = await self._judged(walks[0], unit)
        for trial in range(2, scenario.trials + 1):
            if not model_chose(verdicts):
                break
            verdicts = with_trial(verdicts, await self._judged(await self._walk(endpoint, scenario, trial), unit))
        return with_twin(verdicts, unit.checks, walks[1], twin) if twin else verdicts

    async def _judged(self, walked: Walk, unit: Unit) -> Verdicts:
        """Judge one walk. One at a time, and after what has arrived was taken: judging holds up the event loop, and
        with it the arrival times of other exchanges."""
        async with self._judging:
            await asyncio.sleep(0)
            return judge_walk(walked, unit.checks)

    def footer(self) -> None:
        """Close the stream: everything planned was judged."""
        tokens: Counter[str] = Counter()
        money: defaultdict[str, float] = defaultdict(float)
        for endpoint in self._endpoints.values():
            tokens.update(endpoint.ledger.tokens)
            for currency, amount in endpoint.ledger.money.items():
                money[currency] += amount
        self._recorder.footer(tokens, money)

    async def _work(self, units: asyncio.Queue[Unit], observer: Observer) -> None:
        while not units.empty():
            await self._finish(units.get_nowait(), observer)

    async def _finish(self, unit: Unit, observer: Observer) -> None:
        verdicts = await self.run_unit(unit)
        observer.unit_done(unit, state_of((verdicts[p.key][0].outcome, p.level) for p in unit.checks))

    async def _preflight(self, endpoint: _Endpoint, scenario: Scenario) -> Verdict | None:
        """None when the provider answers at all; else the verdict that stands for everything that is not asked."""
        first = self._plan.preflight()
        if first is None or not waits_for(first, scenario):
            return None
        return hindrance(await self._walk_once(endpoint, first), first)

    async def _walk_once(self, endpoint: _Endpoint, scenario: Scenario) -> Walk:
        """The first trial of a scenario; asked for by several, it is sent once."""
        task = endpoint.walks.get(scenario.id)
        if task is None:
            task = asyncio.create_task(self._walk(endpoint, scenario, 1))
            endpoint.walks[scenario.id] = task
        return await task

    async def _walk(self, endpoint: _Endpoint, scenario: Scenario, trial: int) -> Walk:
        async def send(step: Step, trial: int, request: Request) -> Sent:
            return await self._send(endpoint, scenario.id, step, trial, request)

        return await walk(endpoint.provider, scenario, trial, endpoint.key, send)

    async def _send(self, endpoint: _Endpoint, scenario: str, step: Step, trial: int, request: Request) -> Sent:
        """Send one request; again after an outage, never after an answer, however wrong."""
        if told := self._earlier.answer((endpoint.provider.id, scenario, step.id, trial), request):
            return self._told_before(endpoint, scenario, (step, trial), told)
        if endpoint.silent >= SILENCE:
            note = f"{SILENCE} requests in a row were not answered, so that nothing more was asked"
            return Sent(withheld=inconclusive(Cause.TRANSPORT, note))
        reserved = endpoint.ledger.reserve(step)
        if reserved is None:
            limit = endpoint.provider.limits.spend
            return Sent(withheld=inconclusive(Cause.BUDGET, f"the provider's limit of {limit} for one run is reached"))
        attempts: list[Attempt] = []
        for attempt in range(1, ATTEMPTS + 1):
            await endpoint.pacer.turn()
            exchange = await endpoint.client.send(request)
            name = f"{endpoint.provider.id}/{scenario}/{step.id}/{trial}.{attempt}"
            self._recorder.exchange((endpoint.provider.id, scenario), name, (step, trial, attempt), exchange)
            attempts.append((name, exchange))
            endpoint.asked[name] = exchange
            endpoint.silent = endpoint.silent + 1 if exchange.response is None else 0
            if attempt == ATTEMPTS or not self._pause_before_retry(endpoint, exchange, attempt):
                break
        endpoint.ledger.settle(step, reserved, _usage(attempts[-1][1], step))
        return Sent(tuple(attempts))

    def _told_before(
        self, endpoint: _Endpoint, scenario: str, place: tuple[Step, int], told: tuple[Attempt, ...]
    ) -> Sent:
        step, trial = place
        for number, (name, exchange) in enumerate(told, 1):
            self._recorder.exchange((endpoint.provider.id, scenario), name, (step, trial, number), exchange)
            endpoint.asked[name] = exchange
        endpoint.ledger.settle(step, 0.0, _usage(told[-1][1], step))
        return Sent(told)

    @staticmethod
    def _pause_before_retry(endpoint: _Endpoint, exchange: Exchange, attempt: int) -> bool:
        if guard.outage(exchange) is None or endpoint.silent >= SILENCE:
            return False
        pause = guard.retry_after(exchange)
        if pause is not None and pause > LONGEST_PAUSE:
            return False
        endpoint.pacer.hold(pause if pause is not None else 0.25 * 2**attempt)
        return True


def _usage(exchange: Exchange, step: Step) -> Any:
    message = view.exchange_message(exchange, step.expect == "stream")
    return message.get("usage") if message else None
