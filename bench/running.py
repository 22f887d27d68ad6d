"""Parts 2 and 3: how close whole runs come to the time that the provider's delays alone would take, and their CPU."""

from __future__ import annotations

import asyncio
import heapq
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from measure import Row, Samples, micro, ratios, seconds, side_by_side
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Auth, Limits, Provider, Scenario, Step
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import read_run
from messages_conformance.run.observing import UNWATCHED
from messages_conformance.run.planning.plan import every
from messages_conformance.run.session import RESULTS, Session, session
from messages_conformance.run.walking.requests import build
from messages_conformance.wire.client import tls_context
from messages_conformance.wire.exchange import Request
from sending import SLOTS, send_bare

PART = "wall time"
KEY_ENV, KEY = "BENCH_API_KEY", "bench-key-that-is-no-secret"
DELAY = 0.3
"""Seconds until the server answers; a stream then takes as long again."""


@dataclass(frozen=True, slots=True)
class Load:
    """Scenarios for each of the providers. `ideal` is the time in seconds that no client could beat."""

    providers: tuple[Provider, ...]
    scenarios: tuple[Scenario, ...]
    ideal: float


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one run: of the whole of it (planning, sending, judging, recording), of its engine alone, and the
    CPU time of the engine."""

    whole: float
    engine: float
    cpu: float


def rows(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """The ratios of parts 2 and 3. Bare httpx sends the first of the loads too: what it misses of the ideal is the
    machine's fault and not ours."""
    load = single_steps(catalog, address, 200)
    name = f"{len(load.scenarios)} exchanges"
    bare = requests_of(load)
    samples, took = _measured(catalog, load, rounds, bare=lambda: send_all(bare)[0], again=lambda: send_all(bare)[0])
    engine = {"engine": [each.engine for each in took], "ideal": samples["ideal"]}
    yield Row(PART, f"{name}: bare / bare", ratios(samples, "again", "bare"), control=True)
    yield Row(PART, f"{name}: bare httpx / ideal", ratios(samples, "bare", "ideal"), seconds(samples, "bare", "ideal"))
    yield Row(PART, f"{name}: engine / ideal", ratios(engine, "engine", "ideal"), seconds(engine, "engine", "ideal"))
    whole = ratios(samples, "run", "ideal")
    yield Row(PART, f"{name}: whole run / ideal", whole, seconds(samples, "run", "ideal"), goal=1.25)
    for name, load, goal in _others(catalog, address):
        samples, took = _measured(catalog, load, rounds)
        absolute = f"{seconds(samples, 'run', 'ideal')}, {seconds({'cpu': [each.cpu for each in took]}, 'cpu')} CPU"
        yield Row(PART, f"{name}: whole run / ideal", ratios(samples, "run", "ideal"), absolute, goal=goal)
    yield from _cpu(catalog, address, rounds)


def _cpu(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """What an exchange costs in all: planned, sent, read, judged, written; against reading it to its end."""
    load = single_steps(catalog, address, 200, delay=0)
    bare = requests_of(load)
    samples = side_by_side(
        {
            "bare": lambda: send_all(bare)[1],
            "again": lambda: send_all(bare)[1],
            "run": lambda: run(catalog, load).cpu,
        },
        rounds,
    )
    each = {name: [seconds / len(bare) for seconds in spent] for name, spent in samples.items()}
    name = "per exchange, half of them streams"
    yield Row("engine CPU", f"{name}: bare / bare", ratios(each, "again", "bare"), control=True)
    yield Row(
        "engine CPU",
        f"{name}: everything / bare httpx",
        ratios(each, "run", "bare"),
        micro(each, "run", "bare"),
        goal=3,
    )


def _measured(
    catalog: Catalog, load: Load, rounds: int, **others: Callable[[], float]
) -> tuple[Samples, Sequence[Took]]:
    took: list[Took] = []

    def whole() -> float:
        took.append(run(catalog, load))
        return took[-1].whole

    return side_by_side({"run": whole, **others, "ideal": lambda: load.ideal}, rounds), took


# --- loads ----------------------------------------------------------------------------------------------------------


def single_steps(  # noqa: PLR0913
    catalog: Catalog, address: str, number: int, *, providers: int = 1, delay: float = DELAY, slots: int = SLOTS
) -> Load:
    """One request a scenario, every second one a stream, which takes twice as long; `number` for each provider."""
    kinds = patterns(catalog)
    scenarios = tuple(replace(kinds[n % 2], id=f"bench.{n}", tags=frozenset()) for n in range(number))
    ideal = scheduled((delay * (1 + n % 2) for n in range(number)), slots)
    return Load(_providers(catalog, f"{address}/{delay * 1000:.0f}", providers, slots), scenarios, ideal)


def scheduled(durations: Iterable[float], slots: int) -> float:
    """Seconds until the last has ended, when each begins as soon as a slot is free, in the order given."""
    free = [0.0] * slots
    for duration in durations:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)


def requests_of(load: Load) -> Sequence[Request]:
    """What a load sends to its first provider."""
    os.environ[KEY_ENV] = KEY
    return [build(load.providers[0], scenario.steps[0], {}, KEY) for scenario in load.scenarios]


def _others(catalog: Catalog, address: str) -> Iterator[tuple[str, Load, float | None]]:
    """Loads with their names and goals."""
    plain, _ = patterns(catalog)
    chains = tuple(replace(_chain(plain, 5), id=f"bench.chain-{n}") for n in range(12))
    singles = tuple(replace(plain, id=f"bench.{n}", tags=frozenset()) for n in range(52))
    requests = len(singles) + sum(len(each.steps) for each in chains)
    ideal = max(5, math.ceil(requests / SLOTS)) * DELAY
    providers = single_steps(catalog, address, 1).providers
    for order, scenarios in (("first", (*chains, *singles)), ("last", (*singles, *chains))):
        yield f"12 chains of 5 steps {order}, 52 single", Load(providers, scenarios, ideal), None
    for slots, goal in ((16, 1.10), (64, 1.5)):
        load = single_steps(catalog, address, 200, providers=6, slots=slots)
        yield f"6 providers × 200 exchanges, {slots} at a time", load, goal


def patterns(catalog: Catalog) -> tuple[Scenario, Scenario]:
    """A scenario that asks for a message and one that asks for a stream, as they are in the catalogue."""
    by_id = {scenario.id: scenario for scenario in catalog.scenarios}
    plain = by_id["messages.basic"]
    (step,) = plain.steps
    return plain, replace(plain, steps=(replace(step, expect="stream", body={**step.body, "stream": True}),))


def _chain(pattern: Scenario, length: int) -> Scenario:
    """Every step but the first sends what the step before it was answered."""
    (first,) = pattern.steps
    asks: Step = replace(first, capture={"answer": "content[0].text"})
    turn = [{"role": "user", "content": "${answer}"}]
    steps = (
        replace(asks, id=f"step-{n}", body={**asks.body, "messages": turn} if n else asks.body) for n in range(length)
    )
    return replace(pattern, steps=tuple(steps), tags=frozenset())


def _providers(catalog: Catalog, address: str, number: int, slots: int) -> tuple[Provider, ...]:
    own = catalog.providers["reference"]
    return tuple(
        replace(
            own,
            id=f"bench-{n}",
            kind="live",
            embedded=None,
            base_url=address,
            auth=Auth("x-api-key", KEY_ENV),
            limits=Limits(concurrency=slots),
        )
        for n in range(number)
    )


# --- runs -----------------------------------------------------------------------------------------------------------


def run(catalog: Catalog, load: Load) -> Took:
    """Run the load as the program does, and see to it that everything was judged and passed."""
    own = replace(catalog, scenarios=load.scenarios)
    os.environ[KEY_ENV] = KEY
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        with session(own, every(load.providers, load.scenarios), Path(scratch)) as opened:
            started, cpu = time.perf_counter(), time.process_time()
            asyncio.run(_drive(opened))
            engine, cpu = time.perf_counter() - started, time.process_time() - cpu
        took = Took(time.perf_counter() - start, engine, cpu)
        read = read_run(Path(scratch) / RESULTS)
    outcomes = {result.outcome for cell in read.cells.values() for result in cell.results}
    assert outcomes == {Outcome.PASS, Outcome.NOT_APPLICABLE}, outcomes
    return took


async def _drive(opened: Session) -> None:
    async with opened.engine as engine:
        await engine.run(UNWATCHED)
        engine.footer()


def send_all(requests: Sequence[Request], slots: int = SLOTS) -> tuple[float, float]:
    """Seconds, and seconds of CPU, that requests take through bare httpx, `slots` at a time."""

    async def send() -> None:
        left = iter(requests)
        context = tls_context()

        async def work() -> None:
            async with httpx.AsyncClient(verify=context, trust_env=False, timeout=60) as client:
                for request in left:
                    await send_bare(client, request)

        await asyncio.gather(*(work() for _ in range(slots)))

    start, cpu = time.perf_counter(), time.process_time()
    asyncio.run(send())
    return time.perf_counter() - start, time.process_time() - cpu
