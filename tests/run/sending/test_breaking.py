"""A provider that dies half-way costs a few requests more, and those beside it never notice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
import virtual_time
from making import asking, provider, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.results.reading import Run, assemble
from messages_conformance.results.records import Record
from messages_conformance.run.engine import Engine
from messages_conformance.run.header import About, header
from messages_conformance.run.observing import UNWATCHED
from messages_conformance.run.planning.plan import every, make_plan
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.sending.health import HANGS, STREAK
from messages_conformance.wire.redact import Redactor
from playing import limits, ok, play, refusal
from raw_server import Peer, serving

FIRST = scenario("first", tags=frozenset({"preflight"}))
OTHERS = tuple(scenario(f"s{number}") for number in range(60))
CONCURRENCY = 8
DIES_AFTER = 20
IN_FLIGHT = 2 * CONCURRENCY + STREAK - 1
"""Sent before five failed in a row: each that fails makes room for another, and an answer that was still on its way
ends a row of failures."""
CHECK_UP = 4
TIME_LIMIT = 5.0
NO_HTTP = b"no HTTP at all\r\n\r\n"


async def hangs_up(peer: Peer) -> None:
    peer.hang_up()


async def hangs(peer: Peer) -> None:
    await asyncio.sleep(10 * TIME_LIMIT)


def says(answer: bytes) -> Callable[[Peer], Awaitable[None]]:
    async def reply(peer: Peer) -> None:
        await peer.say(answer)

    return reply


@dataclass
class Beside:
    """Two providers at one address, of which one dies after some answers. Moments are seconds of virtual time."""

    dying: Callable[[Peer], Awaitable[None]]
    requests: Counter[str] = field(default_factory=Counter[str])
    last: dict[str, float] = field(default_factory=dict[str, float])

    async def __call__(self, peer: Peer) -> None:
        name = "dying" if b" /dying/" in peer.request else "well"
        self.requests[name] += 1
        number = self.requests[name]
        await asyncio.sleep(0.1)
        self.last[name] = asyncio.get_running_loop().time()
        if name == "dying" and number > DIES_AFTER:
            await self.dying(peer)
        else:
            await peer.say(ok())


def run_beside(catalog: Catalog, checks: Mapping[str, Check], beside: Beside) -> tuple[Run, Mapping[str, float]]:
    """The run, and for each provider the seconds until its last request came."""
    told: list[Record] = []
    asked = (FIRST, *OTHERS)
    world = replace(catalog, scenarios=asked)

    async def drive() -> Mapping[str, float]:
        async with serving(beside) as server:
            both = [
                provider(id=name, title=name, base_url=f"{server.url}/{name}", limits=limits(concurrency=CONCURRENCY))
                for name in ("dying", "well")
            ]
            plan = make_plan(every(both, asked), world, checks)
            recorder = Recorder(told.append, {one.id: Redactor([]) for one in both}, {one.id: None for one in both})
            recorder.begin(header(About(tuple(both), asked), plan, world, checks), {}, plan)
            began = asyncio.get_running_loop().time()
            async with Engine(plan, dict.fromkeys(("dying", "well"), "key"), recorder) as engine:
                await engine.run(UNWATCHED)
                engine.footer()
            return {name: moment - began for name, moment in beside.last.items()}

    last = virtual_time.run(drive())
    return assemble(told), last


@pytest.fixture(scope="module")
def accepted(checks: Mapping[str, Check]) -> Mapping[str, Check]:
    return {"answer.accepted": checks["answer.accepted"]}


@pytest.mark.parametrize(
    ("dying", "causes", "more"),
    [
        (hangs_up, {"transport"}, IN_FLIGHT + CHECK_UP),
        (says(refusal(500, "api_error")), {"provider-5xx"}, IN_FLIGHT + CHECK_UP),
        (says(refusal(503, "api_error")), {"overload"}, IN_FLIGHT + CHECK_UP),
        (says(refusal(402, "billing_error")), {"credit"}, IN_FLIGHT + 1),
        (hangs, {"transport", "deadline"}, CONCURRENCY + HANGS - 1),
    ],
    ids=["hangs up", "500", "503", "402", "hangs"],
)
def test_it_costs_a_few_requests_and_the_other_never_notices(
    catalog: Catalog,
    accepted: Mapping[str, Check],
    dying: Callable[[Peer], Awaitable[None]],
    causes: set[str],
    more: int,
) -> None:
    beside = Beside(dying)
    run, last = run_beside(catalog, accepted, beside)
    assert beside.requests["dying"] <= DIES_AFTER + more
    assert beside.requests["well"] == 1 + len(OTHERS)
    assert last["well"] == pytest.approx(0.1 * (1 + len(OTHERS) / CONCURRENCY), abs=0.3)
    results = {name: [r for cell in run.cells.values() if cell.provider == name for r in cell.results] for name in last}
    assert {r.outcome for r in results["well"]} == {Outcome.PASS}
    assert len([r for r in results["dying"] if r.outcome is Outcome.PASS]) == DIES_AFTER
    assert {r.cause for r in results["dying"] if r.outcome is not Outcome.PASS} <= causes
    assert "nothing more was asked" in (results["dying"][-1].note or "")


def test_one_that_is_there_again_in_time_is_asked_on(catalog: Catalog, accepted: Mapping[str, Check]) -> None:
    """It restarts within the pauses of the check-up, which leaves open what met the restart."""

    beginning: list[float] = []

    def restarting(prompt: str) -> bytes:
        now = asyncio.get_running_loop().time()
        beginning.append(now)
        return refusal(503, "api_error") if 0.5 < now - beginning[0] < 4 else ok()

    played = play(catalog, accepted, restarting, FIRST, *OTHERS, virtual=True, pause=0.2)
    assert Outcome.FAIL not in {r.outcome for cell in played.run.cells.values() for r in cell.results}
    assert played.footer.results.get("inconclusive", 0) <= CONCURRENCY
    assert len(played.prompts) < 1 + len(OTHERS) + 2 * CONCURRENCY + CHECK_UP


def test_requests_that_fail_by_themselves_are_told_from_a_provider_that_fails(
    catalog: Catalog, accepted: Mapping[str, Check]
) -> None:
    """Half of all forms get no HTTP for an answer, in a row; the preflight is asked now and then."""

    def answer(prompt: str) -> bytes:
        return ok() if prompt == "first/ask" or int(prompt[1 : prompt.index("/")]) >= 30 else NO_HTTP

    played = play(catalog, accepted, answer, FIRST, *OTHERS, virtual=True)
    assert played.footer.results == {"pass": 31, "inconclusive": 30}
    assert played.prompts.count("first/ask") <= 6


def test_what_hangs_later_costs_what_is_in_flight_and_no_more(catalog: Catalog, accepted: Mapping[str, Check]) -> None:
    """Many wait for a turn when the provider is given up: none of them is sent."""
    together = scenario("many", *(asking("many", f"a{number}") for number in range(30)), together=True)

    def answer(prompt: str) -> bytes:
        return ok() if prompt == "first/ask" else ok()[:-20]

    played = play(catalog, accepted, answer, FIRST, together, virtual=True, limits=limits(concurrency=CONCURRENCY))
    assert len(played.prompts) <= 1 + CONCURRENCY + HANGS
