"""A run that may use only so much ends cleanly, says why something is open, and can be gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from limiting import Window
from making import model, provider, scenario
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Auth, Price
from messages_conformance.checks.base import Check, Outcome
from messages_conformance.errors import UserError
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run import session
from messages_conformance.run.planning.budget import Allowance
from messages_conformance.run.planning.plan import every, select
from playing import Answer, Played, limits, ok, play, refusal

FIRST = scenario("first", tags=frozenset({"preflight"}))
OTHERS = tuple(scenario(f"s{number}") for number in range(30))
PRICED = {"cheap": model(price=Price(1e6, 1e6))}
"""An answer costs 15, and is reserved at 16 and what its prompt takes."""


def well(_: str) -> bytes:
    return ok()


def played(
    catalog: Catalog, checks: Mapping[str, Check], allowed: Allowance, answer: Answer = well, **more: Any
) -> Played:
    accepted = {"answer.accepted": checks["answer.accepted"]}
    given: dict[str, Any] = {"virtual": True, "allowed": allowed, "pause": 0.1, "models": PRICED} | more
    return play(catalog, accepted, answer, FIRST, *OTHERS, **given)


def ends_open(run: Played, why: str) -> None:
    """Whatever was not asked says why; what a limit refused until the end says that."""
    left = [result for cell in run.run.cells.values() for result in cell.results if result.outcome != Outcome.PASS]
    assert {result.outcome for result in left} == {Outcome.INCONCLUSIVE}
    unasked = [result for result in left if not result.exchanges]
    assert len(unasked) >= len(left) - 8
    assert {result.cause for result in unasked} == {"budget"}
    assert all(why in (result.note or "") for result in unasked)
    assert judge_run(run.run).exit is Exit.INCOMPLETE


@pytest.mark.parametrize("most", [1, 7, 30])
def test_no_more_requests_are_sent_than_may_be(catalog: Catalog, checks: Mapping[str, Check], most: int) -> None:
    run = played(catalog, checks, Allowance(requests=most))
    assert len(run.prompts) == most
    ends_open(run, f"--max-requests {most}")


def test_attempts_and_check_ups_are_requests_too(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    def answer(prompt: str) -> bytes:
        return ok() if prompt == "first/ask" else refusal(503, "api_error")

    for most in (5, 12, 19):
        assert len(played(catalog, checks, Allowance(requests=most), answer=answer).prompts) <= most


def test_no_more_is_paid_than_may_be(catalog: Catalog, checks: Mapping[str, Check]) -> None:
    run = played(catalog, checks, Allowance(cost=200.0))
    assert 160 < run.footer.cost["USD"] <= 200
    ends_open(run, "--max-cost 200")


def test_nothing_is_sent_once_the_time_is_over_and_nobody_waits_any_longer(
    catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    slow: dict[str, Any]
    for slow in ({"limits": limits(requests_per_minute=5)}, {"limit": Window(5, 60)}):
        run = played(catalog, checks, Allowance(seconds=90), **slow)
        assert 8 <= len(run.prompts) <= 30
        ends_open(run, "--max-duration 90")


@pytest.mark.gate
def test_it_is_gone_on_with_and_counts_anew(catalog: Catalog, tmp_path: Path) -> None:
    asked = every([catalog.providers["reference"]], select(catalog.scenarios, ["smoke"]))
    few = session.Intent(allowed=Allowance(requests=3))
    first = session.run(catalog, asked, tmp_path, intent=few)
    assert len(first.exchanges) == 3
    assert first.complete
    assert judge_run(first).exit is Exit.INCOMPLETE
    second = session.run(catalog, [], tmp_path, intent=replace(few, resume=True))
    assert len(second.exchanges) == 6
    last = session.run(catalog, [], tmp_path, intent=session.Intent(resume=True))
    assert judge_run(last).exit is Exit.CONFORMS


def test_a_bound_on_costs_needs_prices(catalog: Catalog, tmp_path: Path) -> None:
    asked = every([provider(auth=Auth("none"))], select(catalog.scenarios, ["smoke"]))
    with pytest.raises(UserError, match="--max-cost needs the prices of maker, which are not known") as caught:
        session.run(catalog, asked, tmp_path, intent=session.Intent(allowed=Allowance(cost=1)))
    assert "price: {input: 0.25, output: 1.25}" in str(caught.value)
    assert not list(tmp_path.glob("*.jsonl"))
