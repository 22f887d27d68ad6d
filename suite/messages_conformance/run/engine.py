"""The engine: runs a plan against its providers, concurrently, and appends everything to the results stream.

Per provider: one client with as many slots as it allows, and one sender. Before anything else the preflight scenario
settles address, key and model; a provider that fails it is not asked a hundred times more. A scenario's twin runs at
most once per provider and is shared by all that need it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.results.cells.cell import state_of
from messages_conformance.run.judging import preflight
from messages_conformance.run.judging.opening import Opened, open_run
from messages_conformance.run.judging.outages import ASKED_AGAIN, forms
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.judging.settling import settle
from messages_conformance.run.judging.verdicts import Verdicts, judge_back, judge_walk
from messages_conformance.run.observing import UNWATCHED, Observer
from messages_conformance.run.planning.budget import UNLIMITED, Allowance, Budget
from messages_conformance.run.planning.plan import Plan, Planned, Probe, Unit
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.sending.aside import aside
from messages_conformance.run.sending.jobs import Work, do_all
from messages_conformance.run.sending.sender import Sender
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.sdk.official import Sdk
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Request


@dataclass(slots=True)
class _Endpoint:
    """What the engine keeps per provider while it runs."""

    sender: Sender
    walks: dict[tuple[str, int], asyncio.Task[Walk]] = field(default_factory=dict[tuple[str, int], asyncio.Task[Walk]])
    beside: dict[tuple[str, str, int], asyncio.Task[Sent]] = field(
        default_factory=dict[tuple[str, str, int], asyncio.Task[Sent]]
    )
    opened: asyncio.Task[Opened | None] | None = None

    @property
    def provider(self) -> Provider:
        return self.sender.provider


class Engine:
    """Use as an async context manager; `run_unit` may be called concurrently, each unit at most once. What `earlier`
    holds an answer to is not sent again, and nothing is that `allowed` does not cover."""

    def __init__(
        self,
        plan: Plan,
        keys: Mapping[str, str | None],
        recorder: Recorder,
        earlier: Recording | None = None,
        allowed: Allowance = UNLIMITED,
    ) -> None:
        self._plan = plan
        self._earlier = earlier or Recording()
        self._keys = keys
        self._recorder = recorder
        self._budget = Budget(allowed)
        self._endpoints: dict[str, _Endpoint] = {}
        self._stack = AsyncExitStack()
        self._judging = asyncio.Lock()
        self._observer = UNWATCHED

    async def __aenter__(self) -> Self:
        for provider in self._plan.providers:
            client = await self._stack.enter_async_context(Client(provider.limits))
            key, first = self._keys[provider.id], self._plan.preflight()
            sender = Sender(provider, key, client, self._recorder, first, self._earlier, self._budget)
            self._stack.callback(sender.forget)
            self._endpoints[provider.id] = _Endpoint(sender)
        self._budget.begin()
        self._stack.callback(self._budget.end)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def run(self, observer: Observer) -> None:
        """Run every unit of the plan, as many at a time as each provider allows.

        Raises UserError for a request that cannot be sent, such as one with a line break in the key.
        """
        self._observer = observer
        for endpoint in self._endpoints.values():
            endpoint.sender.observer = observer
        later: dict[str, list[Unit]] = {provider.id: [] for provider in self._plan.providers}
        try:
            # One group, not one inside another: whoever interrupts a run inside two leaves tasks behind.
            async with asyncio.TaskGroup() as group:
                for endpoint in self._endpoints.values():
                    units = self._in_order(endpoint.provider)
                    for _ in range(min(endpoint.provider.limits.concurrency, units.qsize())):
                        group.create_task(self._work(endpoint, units, later[endpoint.provider.id]))
            async with asyncio.TaskGroup() as group:
                for endpoint in self._endpoints.values():
                    group.create_task(self._settle_later(endpoint, later[endpoint.provider.id]))
        except ExceptionGroup as errors:
            # Several workers wait for the same preflight and fall with it: its error is told once, as what it is.
            raise errors.exceptions[0] from None
        last = (unit for unit in self._plan.asked if _comes_last(unit))
        for unit in sorted(last, key=lambda unit: unit.scenario.looks_back):
            await self._finish(unit)
        for probe in self._plan.probes:  # last, so that no verdict rests on them
            await self._probe(probe)

    async def do_jobs(self, sdk: Sdk) -> None:
        """Let the official SDK do the jobs of the plan. To be called when `run` is over."""
        await do_all([await self._work_of(endpoint) for endpoint in self._endpoints.values()], sdk, self._recorder)

    async def _work_of(self, endpoint: _Endpoint) -> Work:
        mine = tuple(planned for planned in self._plan.jobs if planned.provider.id == endpoint.provider.id)
        opened = await self._opened(endpoint)
        return Work(endpoint.sender, mine, opened.hinders if opened else None)

    async def _probe(self, probe: Probe) -> None:
        endpoint = self._endpoints[probe.unit.provider.id]
        opened = await self._opened(endpoint)
        if opened and opened.verdicts(probe.unit):
            return
        walked = await self.walk(endpoint, probe.unit.scenario, 1)
        self._recorder.probed(probe, await self.judged(walked, probe.unit.checks))

    def _in_order(self, provider: Provider) -> asyncio.Queue[Unit]:
        """A provider's units: those with answers of an earlier run first, so that being cut off once more takes little
        of it away; then longest first, as a chain of requests that starts last ends long after the rest."""
        units = asyncio.Queue[Unit]()
        told = self._earlier.scenarios(provider)
        mine = (unit for unit in self._plan.asked if unit.provider.id == provider.id and not _comes_last(unit))
        for unit in sorted(mine, key=lambda unit: (unit.scenario.id not in told, -len(unit.scenario.steps))):
            units.put_nowait(unit)
        return units

    async def _settle_later(self, endpoint: _Endpoint, units: list[Unit]) -> None:
        """Judge what was answered with a 5xx: by now it is known whether others were answered, and whether the provider
        is out of order."""
        await self._ask_again(endpoint, units)
        for unit in units:
            await self._finish(unit)

    async def _ask_again(self, endpoint: _Endpoint, left: list[Unit]) -> None:
        """Ask again what was answered with a 5xx, and nothing while the preflight fails: all of it in each round, but
        one request of each form in the last."""
        first, asking = self._plan.preflight(), _Sending(self, endpoint)
        for trial in range(2, ASKED_AGAIN + 1):
            if first is None or not left or not (await asking.walk(first, trial)).accepted:
                return
            walks = await asyncio.gather(*(asking.walk(unit.scenario, trial) for unit in left))
            failed = [(unit, walked) for unit, walked in zip(left, walks, strict=True) if walked.failed_inside]
            left = list({forms(unit.scenario, walked): unit for unit, walked in failed}.values())

    async def run_unit(self, unit: Unit) -> Verdicts:
        """Send, judge and record one unit. One that looks back sees what was asked until now."""
        verdicts = await self._judge(self._endpoints[unit.provider.id], unit)
        self._recorder.judged(unit, verdicts)
        return verdicts

    async def _judge(self, endpoint: _Endpoint, unit: Unit) -> Verdicts:
        opened = await self._opened(endpoint)
        if opened and (verdicts := opened.verdicts(unit)):
            return verdicts
        if unit.scenario.looks_back:
            return judge_back(unit.checks, endpoint.sender.asked)
        asking = _Sending(self, endpoint)
        twin = unit.scenario.twin
        if twin is not None:  # at once with the refusal that it belongs to
            await asyncio.gather(asking.walk(unit.scenario, 1), asking.walk(self._plan.scenarios[twin], 1))
        return await settle(unit, self._plan, asking)

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        """Judge one walk; of several large ones, one at a time."""
        async with self._judging:
            return await aside(walked.answers.values(), lambda: judge_walk(walked, planned))

    def footer(self) -> None:
        """Close the stream: everything planned was judged."""
        ledgers = {name: endpoint.sender.ledger for name, endpoint in self._endpoints.items()}
        tokens = {name: ledger.tokens for name, ledger in ledgers.items()}
        self._recorder.footer(tokens, {name: ledger.money for name, ledger in ledgers.items()})

    async def _work(self, endpoint: _Endpoint, units: asyncio.Queue[Unit], later: list[Unit]) -> None:
        while not units.empty():
            unit = units.get_nowait()
            if await self._fails_inside(endpoint, unit):
                later.append(unit)
            else:
                await self._finish(unit)

    async def _fails_inside(self, endpoint: _Endpoint, unit: Unit) -> bool:
        opened = await self._opened(endpoint)
        if opened and opened.verdicts(unit):
            return False
        return (await self.walk(endpoint, unit.scenario, 1)).failed_inside

    async def _finish(self, unit: Unit) -> None:
        verdicts = await self.run_unit(unit)
        self._observer.unit_done(unit, state_of((verdicts[p.key][0].outcome, p.level) for p in unit.checks))

    async def _opened(self, endpoint: _Endpoint) -> Opened | None:
        """What the first requests came to; nothing else is sent before that is known. Asked for by many, it is found
        once."""
        if endpoint.opened is None:
            endpoint.opened = asyncio.create_task(self._open(endpoint))
        return await endpoint.opened

    async def _open(self, endpoint: _Endpoint) -> Opened | None:
        opened = await open_run(endpoint.provider, self._plan, _Sending(self, endpoint))
        if opened and opened.diagnosis:
            self._recorder.diagnosed(endpoint.provider.id, opened.diagnosis)
        return opened

    async def _first_walk(self, endpoint: _Endpoint, scenario: Scenario, trial: int) -> Walk:
        """The preflight; sent again where the key turns out to be taken in the other header, which is then kept."""
        walked = await self._walk(endpoint, scenario, trial)
        other = preflight.other_way(endpoint.provider, walked, self._plan)
        if other is not None and (found := await self.walk(endpoint, other, 1)).accepted:
            endpoint.sender.provider = preflight.as_answered(endpoint.provider, found)
            walked = await self._walk(endpoint, scenario, trial)
        endpoint.sender.provider = preflight.as_answered(endpoint.provider, walked)
        return walked

    async def walk(self, endpoint: _Endpoint, scenario: Scenario, trial: int) -> Walk:
        """One trial of a scenario; asked for by several, it is sent once."""
        task = endpoint.walks.get((scenario.id, trial))
        if task is None:
            send = self._first_walk if scenario is self._plan.preflight() and trial == 1 else self._walk
            task = asyncio.create_task(send(endpoint, scenario, trial))
            endpoint.walks[scenario.id, trial] = task
        return await task

    async def _walk(self, endpoint: _Endpoint, scenario: Scenario, trial: int) -> Walk:
        async def send(step: Step, trial: int, request: Request) -> Sent:
            return await endpoint.sender.send((scenario.id, step, trial), request)

        return await walk(endpoint.provider, scenario, trial, endpoint.sender.key, send)

    async def step(self, endpoint: _Endpoint, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        """One request beside those of a scenario; asked for by several checks, it is sent once."""
        place = (unit.scenario.id, step.id, trial)
        task = endpoint.beside.get(place)
        if task is None:
            request = build(endpoint.provider, step, values, endpoint.sender.key)
            task = asyncio.create_task(endpoint.sender.send((unit.scenario.id, step, trial), request))
            endpoint.beside[place] = task
        return await task

    async def elsewhere(self, endpoint: _Endpoint, first: Scenario, step: Step, provider: Provider) -> Sent:
        """One request to another address than the provider's, which may be wrong."""
        return await endpoint.sender.send((first.id, step, 1), build(provider, step, {}, endpoint.sender.key))


def _comes_last(unit: Unit) -> bool:
    return unit.scenario.looks_back or unit.scenario.alone


@dataclass(frozen=True, slots=True)
class _Sending:
    """Answers as the provider gives them."""

    engine: Engine
    endpoint: _Endpoint

    async def walk(self, scenario: Scenario, trial: int) -> Walk:
        return await self.engine.walk(self.endpoint, scenario, trial)

    async def step(self, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        return await self.engine.step(self.endpoint, unit, step, trial, values)

    async def elsewhere(self, first: Scenario, step: Step, provider: Provider) -> Sent:
        return await self.engine.elsewhere(self.endpoint, first, step, provider)

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        return await self.engine.judged(walked, planned)

    def seen(self) -> Mapping[str, Answer]:
        return self.endpoint.sender.asked
