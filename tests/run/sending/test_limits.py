"""Whole runs at providers that keep to a limit: everything is decided, about as quickly as the limit allows; and what
will never be answered costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pytest
from limiting import NO_LIMIT, AtOnce, Bucket, Limit, Window
from making import asking, provider, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.plan import every, make_plan
from messages_conformance.run.sending.health import STREAK
from messages_conformance.run.sending.sender import REFUSALS
from playing import Answer, Played, limits, ok, play, refusal

FIRST = scenario("first", tags=frozenset({"preflight"}))
OTHERS = tuple(scenario(f"s{number}") for number in range(40))
ASKED = 1 + len(OTHERS)
CONCURRENCY = 8
LONGEST = 120.0
"""What a run waits by default without an answer."""


@dataclass
class Timed:
    """When requests were taken, and when they were refused."""

    limit: Limit
    taken: list[float] = field(default_factory=list[float])
    refused: list[float] = field(default_factory=list[float])

    def enter(self, now: float) -> float | None:
        later = self.limit.enter(now)
        (self.taken if later is None else self.refused).append(now)
        return later

    def leave(self) -> None:
        self.limit.leave()

    @property
    def seconds(self) -> float:
        moments = sorted(self.taken + self.refused)
        return moments[-1] - moments[0]


class Play(Protocol):
    def __call__(self, answer: Answer, *asked: Scenario, **more: Any) -> Played: ...


@pytest.fixture
def run(catalog: Catalog, checks: Mapping[str, Check]) -> Play:
    accepted = {"answer.accepted": checks["answer.accepted"]}

    def playing(answer: Answer, *asked: Scenario, **more: Any) -> Played:
        return play(catalog, accepted, answer, *asked, virtual=True, **more)

    return playing


@pytest.mark.parametrize(
    ("limit", "quickest", "refused"),
    [
        (Window(60, 60), 1, 0),
        (Bucket(1, 10), 31, 40),
        (AtOnce(2), 6, 15),
        (Bucket(2, 2), 20, 40),
        (Window(5, 60), 480, 25),
        (Window(1, 60), 2400, 60),
    ],
    ids=["60 a minute", "60 a minute, in bursts", "two at once", "2 a second", "5 a minute", "1 a minute"],
)
def test_everything_is_decided_about_as_quickly_as_the_limit_allows(
    run: Play, limit: Limit, quickest: float, refused: int
) -> None:
    timed = Timed(limit)
    played = run(lambda _: ok(), FIRST, *OTHERS, limit=timed, pause=0.1)
    assert judge_run(played.run).exit is Exit.CONFORMS
    assert len(timed.taken) == ASKED
    assert len(timed.refused) <= refused
    assert timed.seconds <= 1.2 * quickest
    assert max(exchange.attempt for exchange in played.exchanges) < REFUSALS


def test_after_a_pause_requests_leave_one_by_one(run: Play) -> None:
    """All of the first eight are refused; then one is sent, and more only when it is answered."""
    timed = Timed(Bucket(0.1, 1))
    run(lambda _: ok(), FIRST, *OTHERS[:12], limit=timed, pause=0.1)
    waits = sorted(timed.taken + timed.refused)[1 + CONCURRENCY :]
    assert len([moment for moment in waits if moment < waits[0] + 0.05]) == 1


def test_requests_a_minute_that_are_configured_are_kept_and_nothing_is_refused(run: Play) -> None:
    timed = Timed(Window(5, 59.9))
    played = run(lambda _: ok(), FIRST, *OTHERS, limit=timed, limits=limits(requests_per_minute=5))
    assert judge_run(played.run).exit is Exit.CONFORMS
    assert timed.refused == []
    assert 475 < timed.seconds < 485
    assert {why for _, _, why in played.watch.waited} == {"5 a minute (requests_per_minute)"}


def test_the_time_that_is_estimated_is_the_time_that_it_takes(
    run: Play, catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    chain = scenario("chain", *(asking("chain", f"a{number}") for number in range(6)))
    asked = [chain, scenario("twinned", twin="twin"), *OTHERS[:12]]
    drawn_in = [FIRST, scenario("twin")]
    timed = Timed(NO_LIMIT)
    slow = limits(requests_per_minute=5)
    run(lambda _: ok(), *asked, drawn_in=drawn_in, limit=timed, pause=2.0, limits=slow)
    world = replace(catalog, scenarios=(*asked, *drawn_in))
    of = provider(limits=slow)
    told = estimate(make_plan(every([of], asked), world, checks), of).seconds
    assert timed.seconds == pytest.approx(told, rel=0.2)


# --- what is never answered -------------------------------------------------------------------------------------------


@dataclass
class Quota:
    """So many requests in all, and then none for ever."""

    most: int
    later: float
    taken: int = 0

    def enter(self, now: float) -> float | None:
        if self.taken == self.most:
            return self.later
        self.taken += 1
        return None

    def leave(self) -> None:
        pass


@pytest.mark.parametrize("later", [50_000, 1e300, 60, 1, 0])
def test_a_quota_that_is_used_up_ends_the_run_soon(run: Play, later: float) -> None:
    timed = Timed(Quota(10, later))
    played = run(lambda _: ok(), FIRST, *OTHERS, limit=timed)
    assert len(timed.taken) == 10
    assert len(timed.refused) <= 2 * CONCURRENCY + STREAK + 1
    assert timed.seconds <= LONGEST
    left = [result for cell in played.run.cells.values() for result in cell.results if result.outcome != "pass"]
    assert len(left) == ASKED - 10
    assert {(result.outcome, result.cause) for result in left} == {(Outcome.INCONCLUSIVE, "rate-limit")}


def test_a_quota_that_is_used_up_before_the_run_ends_it_at_its_first_request(run: Play) -> None:
    timed = Timed(Quota(0, 60))
    played = run(lambda _: ok(), FIRST, *OTHERS, limit=timed)
    assert played.run.diagnoses["maker"].diagnosis == "rate-limit"
    assert len(timed.refused) == 2
    assert timed.seconds <= LONGEST


@pytest.mark.parametrize("asked", ["1", "0", "3600", "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon", "inf"])
def test_one_request_that_is_always_refused_takes_nothing_from_the_others(run: Play, asked: str) -> None:
    moments: list[float] = []

    def answer(prompt: str) -> bytes:
        moments.append(asyncio.get_running_loop().time())
        return refusal(429, "rate_limit_error", retry_after=asked) if prompt == "s7/ask" else ok()

    played = run(answer, FIRST, *OTHERS)
    assert played.result("s7", "answer.accepted").cause == "rate-limit"
    assert played.footer.results == {"pass": ASKED - 1, "inconclusive": 1}
    assert played.prompts.count("s7/ask") <= REFUSALS
    assert moments[-1] - moments[0] < LONGEST


def test_a_pause_in_milliseconds_or_as_a_date_is_kept(run: Play) -> None:
    pauses = {"retry_after_ms": "2500", "retry_after": "7"}
    date = {"date": "Fri, 20 Nov 2026 10:00:10 GMT", "retry_after": "Fri, 20 Nov 2026 10:00:15 GMT"}
    for headers, seconds in ((pauses, 2.5), (date, 5.0)):
        played = run(first_then(refusal(429, "rate_limit_error", **headers), ok()), OTHERS[0])
        assert played.watch.waited == [("maker", pytest.approx(seconds, abs=0.1), "rate limit")]


def first_then(one: bytes, rest: bytes) -> Answer:
    answers = iter((one,))
    return lambda _: next(answers, rest)
