"""What a run may use at all."""

from __future__ import annotations

import asyncio

import pytest
import virtual_time
from messages_conformance.errors import UserError
from messages_conformance.run.planning.budget import Allowance, Budget, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), (" 2 m ", 120), ("0.5", 0.5)]
)
def test_a_duration_has_a_unit_or_is_in_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0m", "-5", "5 days", "10mm", "m", "1e3", "nan", "9" * 400])
def test_what_is_no_duration_is_refused_with_what_is_one(text: str) -> None:
    with pytest.raises(UserError, match=r"such as 90, 10m or 1\.5h"):
        seconds_of(text)


def test_it_closes_once_with_the_last_request() -> None:
    closed: list[int] = []
    budget = Budget(Allowance(requests=2), [lambda: closed.append(1)])
    budget.sends()
    assert budget.used_up is None
    budget.sends()
    assert budget.used_up == "this run has sent as many requests as it may (--max-requests 2)"
    assert closed == [1]


def test_it_closes_when_its_time_is_over_unless_the_run_ended_before() -> None:
    async def run(ends: float) -> str | None:
        budget = Budget(Allowance(seconds=600))
        budget.begin()
        await asyncio.sleep(ends)
        budget.end()
        await asyncio.sleep(1000)
        return budget.used_up

    assert virtual_time.run(run(599)) is None
    assert virtual_time.run(run(601)) == "the time that this run may take is over (--max-duration 600)"
