"""How fast a provider is asked."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from messages_conformance.run.pacing import Pacer


async def turns(pacer: Pacer, number: int) -> list[float]:
    """When `number` requests that want to leave at once may leave, in seconds from now."""
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def leave() -> float:
        await pacer.turn()
        return loop.time() - start

    return sorted(await asyncio.gather(*(leave() for _ in range(number))))


def test_without_a_limit_all_leave_at_once() -> None:
    async def run() -> None:
        assert max(await turns(Pacer(None), 20)) < 0.5

    asyncio.run(run())


def test_requests_per_minute_are_spaced_evenly() -> None:
    async def run() -> None:
        left = await turns(Pacer(1200), 5)  # one every 50 ms
        assert all(later - earlier > 0.045 for earlier, later in pairwise(left))
        assert left[-1] < 2

    asyncio.run(run())


def test_a_pause_holds_every_slot_and_a_shorter_one_does_not_end_it() -> None:
    async def run() -> None:
        pacer = Pacer(None)
        pacer.hold(0.1)
        pacer.hold(0.01)
        assert min(await turns(pacer, 3)) >= 0.1
        assert max(await turns(pacer, 3)) < 0.09

    asyncio.run(run())


def test_a_pause_that_begins_while_others_wait_counts_for_them() -> None:
    async def run() -> None:
        pacer = Pacer(1200)
        await pacer.turn()
        waiting = asyncio.create_task(turns(pacer, 1))
        await asyncio.sleep(0.01)
        pacer.hold(0.15)
        assert (await waiting)[0] > 0.14

    asyncio.run(run())
