"""What a run may cost, and what it did cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import making
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import asking, check, clause, contract, model, provider, scenario, step
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Limits, Price, Provider, Scenario, Step
from messages_conformance.checks.base import Check
from messages_conformance.run.planning.budget import Allowance, Budget
from messages_conformance.run.planning.cost import Estimate, Ledger, estimate, step_tokens
from messages_conformance.run.planning.plan import every, make_plan, select

CONTRACTS = [contract("anthropic", clause("anthropic:accepts"))]
CHECKS = making.checks(check("accepted", "anthropic:accepts", on=("message", "error")))
DEAR = Price(1_000_000, 2_000_000, "EUR")
"""A token of input costs 1, one of output 2."""
OTHER = Price(10_000_000, 20_000_000, "CNY")


def estimated(of: Provider, *asked: Scenario, drawn_in: tuple[Scenario, ...] = ()) -> Estimate:
    world = making.catalog(CONTRACTS, [*asked, *drawn_in])
    return estimate(make_plan(every([of], asked), world, CHECKS), of)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body": None, "method": "GET"}, (0, 0)),
        ({"body": "x" * 35}, (11, 0)),
        ({"body": {"max_tokens": 16}}, (6, 16)),
        ({"body": {"max_tokens": 16}, "expect": "error"}, (6, 0)),
        ({"body": {"max_tokens": 16}, "expect": "tokens"}, (6, 0)),
        ({"body": {"max_tokens": "16"}}, (6, 0)),
        ({"body": {"max_tokens": -16}}, (6, 0)),
    ],
)
def test_the_ceiling_of_one_request(changes: dict[str, Any], expected: tuple[int, int]) -> None:
    assert step_tokens(step(**changes)) == expected


def test_an_estimate_counts_every_step_twin_and_preflight_once() -> None:
    first = scenario("first", tags=frozenset({"preflight"}))
    twin = scenario("twin", asking("twin"), asking("twin", "more"))
    asked = [scenario("one", twin="twin"), scenario("two", twin="twin"), scenario("not", needs=("tools",))]
    found = estimated(provider(), *asked, drawn_in=(twin, first))
    assert found.requests == 5
    assert found.output_tokens == 5 * 16


def test_money_is_known_only_where_every_price_is() -> None:
    priced = model(price=DEAR)
    thinking = scenario("deep", asking("deep", role="thinking"))
    plain = scenario("plain")
    cost = estimated(provider(models={"cheap": priced, "thinking": model("thinking")}), plain)
    assert cost.money == {"EUR": cost.input_tokens + 2 * cost.output_tokens}
    assert estimated(provider(models={"cheap": priced, "thinking": model("thinking")}), plain, thinking).money is None
    assert estimated(provider(), plain).money is None


def test_an_estimate_keeps_currencies_apart() -> None:
    of = provider(models={"cheap": model(price=DEAR), "thinking": model("thinking", price=OTHER)})
    plain, deep = scenario("plain"), scenario("deep", asking("deep", role="thinking"))
    each = [estimated(of, one) for one in (plain, deep)]
    assert estimated(of, plain, deep).money == {
        "EUR": each[0].input_tokens + 2 * each[0].output_tokens,
        "CNY": 10 * each[1].input_tokens + 20 * each[1].output_tokens,
    }


def test_what_the_reference_plays_costs_nothing() -> None:
    assert estimated(provider(kind="played"), scenario("plain")).money == {}


# --- the ledger -----------------------------------------------------------------------------------------------------


def ledger(spend: float | None, price: Price | None = DEAR) -> Ledger:
    return Ledger(provider(models={"cheap": model(price=price)}, limits=Limits(spend=spend)))


SPENT = "the provider's limit of 80 for one run is reached"
SMALL = step(body={"max_tokens": 16})
"""At most 6 tokens in and 16 out: 38 at a `DEAR` model."""


def reserved(book: Ledger, of: Step) -> float:
    aside = book.reserve(of)
    assert isinstance(aside, float)
    return aside


def test_requests_in_flight_count_with_their_ceiling() -> None:
    book = ledger(80)
    first, second = book.reserve(SMALL), book.reserve(SMALL)
    assert first == second == 38
    assert book.reserve(SMALL) is None, "the two in flight may cost less"
    book.settle(SMALL, 38, {"input_tokens": 2, "output_tokens": 1})
    assert book.money == {"EUR": 4}
    assert book.reserve(SMALL) == 38  # 4 spent + 38 in flight + 38 is exactly the limit
    for _ in range(2):
        book.settle(SMALL, 38, {"input_tokens": 6, "output_tokens": 16})
    assert book.reserve(SMALL) == SPENT


def test_without_a_limit_or_a_price_nothing_is_held_back() -> None:
    assert ledger(None).reserve(SMALL) == 38
    assert ledger(0.0, price=None).reserve(SMALL) == 0


@pytest.mark.parametrize(
    "usage",
    [
        None,
        "many",
        {},
        {"input_tokens": "2"},
        {"input_tokens": -2, "output_tokens": None},
        {"output_tokens": [1]},
        {"input_tokens": 1.5},
        {"input_tokens": 10**4299, "output_tokens": 10**400},
    ],
)
def test_usage_that_cannot_be_read_counts_as_nothing(usage: Any) -> None:
    book = ledger(80)
    book.settle(SMALL, reserved(book, SMALL), usage)
    assert (book.money, book.tokens) == ({"EUR": 0}, {"input": 0, "output": 0})
    assert book.reserve(SMALL) == 38


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 16))), st.floats(0, 500))
def test_an_honest_provider_is_never_paid_more_than_the_limit(usages: list[tuple[int, int]], limit: float) -> None:
    book = ledger(limit)
    for tokens_in, tokens_out in usages:
        if isinstance(aside := book.reserve(SMALL), float):
            book.settle(SMALL, aside, {"input_tokens": tokens_in, "output_tokens": tokens_out})
    assert book.money["EUR"] <= limit


def test_currencies_are_counted_and_limited_apart() -> None:
    models = {"cheap": model(price=DEAR), "thinking": model("thinking", price=OTHER), "vision": model("vision")}
    book = Ledger(provider(models=models, limits=Limits(spend=400)))
    other, free = replace(SMALL, role="thinking"), replace(SMALL, role="vision")
    assert book.reserve(other) == 380
    assert book.reserve(other) is None
    assert book.reserve(SMALL) == 38  # 380 of another currency leave this one's limit alone
    book.settle(other, 380, {"input_tokens": 2, "output_tokens": 1})
    book.settle(SMALL, 38, {"input_tokens": 2, "output_tokens": 1})
    book.settle(free, reserved(book, free), {"input_tokens": 2, "output_tokens": 1})
    assert book.money == {"CNY": 40, "EUR": 4}
    assert book.tokens == {"input": 6, "output": 3}
    assert isinstance(book.reserve(other), str)


def test_all_providers_of_a_run_draw_on_one_budget_in_each_currency() -> None:
    budget = Budget(Allowance(cost=100))
    dear = {"cheap": model(price=DEAR), "thinking": model("thinking", price=OTHER)}
    one, two = (Ledger(provider(models=dear), budget) for _ in range(2))
    assert [one.reserve(SMALL), two.reserve(SMALL)] == [38, 38]
    assert one.reserve(SMALL) is two.reserve(SMALL) is None
    assert isinstance(two.reserve(replace(SMALL, role="thinking")), str), "380 in another currency"
    one.settle(SMALL, 38, {"input_tokens": 2, "output_tokens": 1})
    assert two.reserve(SMALL) == 38  # 4 spent, 76 in flight
    for _ in range(2):
        two.settle(SMALL, 38, {"input_tokens": 6, "output_tokens": 16})
    assert one.reserve(SMALL) == two.reserve(SMALL) == "this run may cost no more (--max-cost 100)"


def test_what_an_earlier_run_paid_is_told_and_takes_nothing_from_the_budget() -> None:
    book = Ledger(provider(models={"cheap": model(price=DEAR)}), Budget(Allowance(cost=38)))
    book.told(SMALL, {"input_tokens": 6, "output_tokens": 16})
    assert (book.money, book.tokens) == ({"EUR": 38}, {"input": 6, "output": 16})
    assert book.reserve(SMALL) == 38


def test_the_whole_catalogue_has_a_price_where_the_vendor_shows_one(
    catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    """So a bound on costs can be set without a file of one's own."""
    known = [catalog.providers[name] for name in ("anthropic", "deepseek", "openrouter", "stepfun")]
    plan = make_plan(every(known, select(catalog.scenarios, ())), catalog, checks)
    found = {provider.id: estimate(plan, provider).money or {} for provider in known}
    currencies = {name: ",".join(money) for name, money in found.items()}
    assert currencies == {"anthropic": "USD", "deepseek": "USD", "openrouter": "USD", "stepfun": "CNY"}
    assert all(0 < amount < 5 for money in found.values() for amount in money.values())
