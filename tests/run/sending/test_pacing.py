"""How fast a provider is asked, by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import TypeVar

import pytest
import virtual_time
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Limits
from messages_conformance.checks.base import Cause
from messages_conformance.run.sending.pacing import Pacer

T = TypeVar("T")


def timed(run: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await run()

    return virtual_time.run(main())


def now() -> float:
    return asyncio.get_running_loop().time()


async def turns(pacer: Pacer, number: int, lasting: float = 0.0, refusals: int = 0) -> list[float]:
    """When `number` requests that want to leave at once may leave, in seconds from now. All are answered."""
    start = now()

    async def leave() -> float:
        async with pacer.turn(refusals) as began:
            await asyncio.sleep(lasting)
        pacer.answered()
        return began - start

    return sorted(await asyncio.gather(*(leave() for _ in range(number))))


async def refused(pacer: Pacer, asked: float | None = None) -> bool:
    """One request, refused."""
    async with pacer.turn() as began:
        pass
    return pacer.refused(Cause.RATE_LIMIT, asked, began)


def test_without_a_limit_as_many_leave_at_once_as_may_be_in_flight() -> None:
    async def run() -> list[float]:
        return await turns(Pacer(Limits(concurrency=4)), 8, lasting=1.0)

    assert timed(run) == pytest.approx([0] * 4 + [1] * 4, abs=0.1)


def test_requests_per_minute_are_spaced_evenly_and_somebody_hears_of_long_distances() -> None:
    told: list[tuple[float, str]] = []

    async def run(per_minute: int) -> list[float]:
        pacer = Pacer(Limits(requests_per_minute=per_minute), lambda seconds, why: told.append((seconds, why)))
        return await turns(pacer, 5)

    for per_minute in (1200, 20):
        left = timed(lambda per_minute=per_minute: run(per_minute))
        gaps = [later - earlier for earlier, later in pairwise(left)]
        assert gaps == pytest.approx([60 / per_minute] * 4, abs=0.02)
    assert told == [(pytest.approx(3.0, abs=0.02), "20 a minute (requests_per_minute)")] * 5


def test_a_pause_holds_everybody_and_a_shorter_one_does_not_end_it() -> None:
    async def run() -> list[float]:
        pacer = Pacer(Limits())
        start = now()
        async with pacer.turn(), pacer.turn():
            for seconds in (10.0, 1.0):
                assert pacer.refused(Cause.RATE_LIMIT, seconds, start)
        return await turns(pacer, 3)

    assert min(timed(run)) == pytest.approx(10, abs=0.1)


def test_a_pause_that_begins_while_others_wait_counts_for_them() -> None:
    async def run() -> float:
        pacer = Pacer(Limits(requests_per_minute=60))
        await refused(pacer, 0.0)
        waiting = asyncio.create_task(turns(pacer, 1))
        await asyncio.sleep(0.1)
        pacer.refused(Cause.RATE_LIMIT, 15.0, now())
        return (await waiting)[0]

    assert timed(run) == pytest.approx(15.1, abs=0.1)


def test_who_says_nothing_or_nought_each_time_is_asked_ever_more_slowly() -> None:
    async def run(asked: float | None) -> list[float]:
        pacer, start, moments = Pacer(Limits()), now(), list[float]()
        while await refused(pacer, asked):
            moments.append(now() - start)
        return moments

    for asked, gaps in ((None, [0.5, 1, 2, 4, 8, 16]), (0.0, [0, 0.5, 1, 2, 4, 8, 16])):
        moments = timed(lambda asked=asked: run(asked))
        assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx(gaps, abs=0.1)


def test_a_pause_beyond_the_longest_wait_holds_nobody() -> None:
    async def run() -> list[float]:
        pacer = Pacer(Limits(longest_wait=30))
        assert not await refused(pacer, 31.0)
        assert await refused(pacer, 29.5)
        assert not await refused(pacer, 1.0)
        pacer.answered()
        assert await refused(pacer, 1.0), "an answer begins the count anew"
        return await turns(pacer, 1)

    assert timed(run) == pytest.approx([1.0], abs=0.1)


def test_after_a_refusal_they_leave_one_at_a_time_until_one_is_answered_and_then_half_as_many() -> None:
    async def run() -> list[float]:
        pacer = Pacer(Limits(concurrency=8))
        await refused(pacer, 1.0)
        return await turns(pacer, 8, lasting=10.0)

    assert timed(run) == pytest.approx([1, 11, 11, 11, 11, 21, 21, 21], abs=0.2)


def test_refusals_of_requests_that_were_in_flight_together_count_once() -> None:
    async def run() -> list[float]:
        pacer, start = Pacer(Limits(concurrency=8)), now()
        await asyncio.sleep(0.1)
        for _ in range(8):
            pacer.refused(Cause.RATE_LIMIT, 0.0, start)
        pacer.answered()
        return await turns(pacer, 8, lasting=10.0)

    assert timed(run)[:5] == pytest.approx([0, 0, 0, 0, 10], abs=0.1)


def test_who_was_refused_leaves_before_all_others_and_who_was_refused_more_often_before_him() -> None:
    left: list[str] = []

    async def leave(pacer: Pacer, name: str, refusals: int) -> None:
        async with pacer.turn(refusals):
            left.append(name)

    async def run() -> None:
        pacer = Pacer(Limits(concurrency=1))
        async with pacer.turn():
            names = {"new": 0, "newer": 0, "refused": 1, "refused again": 2}
            tasks = [asyncio.create_task(leave(pacer, name, refusals)) for name, refusals in names.items()]
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    timed(run)
    assert left == ["refused again", "refused", "new", "newer"]


def test_whoever_waits_leaves_when_it_is_closed_and_nobody_while_it_is_shut() -> None:
    async def run() -> None:
        pacer = Pacer(Limits())
        with pacer.nobody_else():
            waiting = asyncio.create_task(turns(pacer, 1))
            await asyncio.sleep(50)
            assert not waiting.done()
        assert await waiting == [pytest.approx(50, abs=0.1)]
        await refused(pacer, 100.0)
        waiting = asyncio.create_task(turns(pacer, 3))
        await asyncio.sleep(5)
        pacer.close()
        assert await waiting == pytest.approx([5] * 3, abs=0.1)

    timed(run)


def test_who_is_cancelled_in_line_or_in_his_turn_leaves_room() -> None:
    async def run() -> list[float]:
        pacer = Pacer(Limits(concurrency=1))
        tasks = [asyncio.create_task(turns(pacer, 1, lasting=100)) for _ in range(3)]
        await asyncio.sleep(1)
        tasks[1].cancel()
        await asyncio.sleep(1)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await turns(pacer, 1) + await tasks[2]

    assert timed(run) == pytest.approx([0.0, 2.0], abs=0.1)


@given(st.lists(st.one_of(st.none(), st.just(-1.0), st.floats(0, 1e6)), max_size=40), st.integers(1, 8))
def test_whatever_comes_everybody_leaves_in_time(events: list[float | None], concurrency: int) -> None:
    """-1 is an answer, None a refusal without a pause."""

    async def run() -> float:
        limits = Limits(concurrency=concurrency, longest_wait=60)
        pacer, start = Pacer(limits), now()
        for event in events:
            async with pacer.turn() as began:
                pass
            if event == -1.0:
                pacer.answered()
            else:
                pacer.refused(Cause.OVERLOAD, event, began)
        await turns(pacer, 2 * concurrency)
        return now() - start

    assert timed(run) <= 61 * (len(events) + 1)
