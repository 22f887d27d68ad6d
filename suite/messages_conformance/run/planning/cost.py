"""What a run may cost, and what it has cost so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from messages_conformance.catalog.model import Price, Provider, Step
from messages_conformance.run.planning.budget import Budget, has_room
from messages_conformance.run.planning.plan import Plan, model_for

CHARACTERS_PER_TOKEN = 3.5
"""Characters per token, a cautious guess for JSON bodies in English; the estimate is a ceiling for budgets, not a
bill."""

_MOST_TOKENS = 1_000_000_000
"""More tokens than any answer has. A peer may send a number with thousands of digits, which would overflow the sum."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests, and tokens as ceilings. `money` is by currency, and None when a model in use has no price in
    `providers.yaml`. `seconds` is how long the requests take at `limits.requests_per_minute`, and None without it: then
    it depends on how quickly the provider answers."""

    requests: int
    input_tokens: int
    output_tokens: int
    money: Mapping[str, float] | None
    seconds: float | None = None


def estimate(plan: Plan, provider: Provider) -> Estimate:
    """What the plan would send to one provider if every step is sent once."""
    requests = tokens_in = tokens_out = 0
    money: defaultdict[str, float] = defaultdict(float)
    known = True
    for step in _steps(plan, provider):
        step_in, step_out = step_tokens(step)
        requests, tokens_in, tokens_out = requests + 1, tokens_in + step_in, tokens_out + step_out
        if provider.kind != "live":
            continue
        if price := _price(provider, step):
            money[price.currency] += _money(price, step_in, step_out)
        else:
            known = False
    per_minute = provider.limits.requests_per_minute
    seconds = requests * 60 / per_minute if per_minute else None
    return Estimate(requests, tokens_in, tokens_out, money if known else None, seconds)


def _steps(plan: Plan, provider: Provider) -> Iterator[Step]:
    yield from (step for scenario in plan.sent_to(provider) for step in scenario.steps)
    yield from (step for planned in plan.jobs if planned.provider.id == provider.id for step in planned.steps)


def step_tokens(step: Step) -> tuple[int, int]:
    """(input, output) token ceilings of one request; a step that expects a refusal or only counts generates nothing."""
    body = cast("object", step.body)
    if body is None:
        return 0, 0
    tokens_in = int(len(str(body)) / CHARACTERS_PER_TOKEN) + 1
    if step.expect in ("error", "tokens") or not isinstance(body, dict):
        return tokens_in, 0
    limit = cast("dict[str, Any]", body).get("max_tokens")
    return tokens_in, limit if isinstance(limit, int) and limit > 0 else 0


def _price(provider: Provider, step: Step) -> Price | None:
    model = model_for(provider, step.role)
    return model.price if model else None


def _money(price: Price, tokens_in: int, tokens_out: int) -> float:
    return (tokens_in * price.input + tokens_out * price.output) / 1_000_000


@dataclass(slots=True)
class Ledger:
    """Tokens and money (by currency) spent at one provider, its limit, which applies to each currency, and the budget
    of the run. Requests in flight count with their ceiling. The cost of a model without a price is not known and counts
    as nothing."""

    provider: Provider
    budget: Budget = field(default_factory=Budget)
    tokens: Counter[str] = field(default_factory=Counter[str])
    money: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _reserved: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def reserve(self, step: Step) -> float | str | None:
        """Set aside the ceiling of one request. Gives the reason, for people, where a limit does not allow it, and None
        while that depends on what requests in flight will have cost."""
        price = _price(self.provider, step)
        if price is None:
            return 0.0
        currency, amount, limit = price.currency, _money(price, *step_tokens(step)), self.provider.limits.spend
        own = has_room(limit, self.money[currency], self._reserved[currency], amount)
        room = self.budget.room(currency, amount)
        if own is False:
            return f"the provider's limit of {limit} for one run is reached"
        if room is False:
            return f"this run may cost no more (--max-cost {self.budget.allowed.cost:g})"
        if own is None or room is None:
            return None
        self._reserved[currency] += amount
        self.budget.set_aside(currency, amount)
        return amount

    def settle(self, step: Step, reserved: float, usage: Any) -> None:
        """Replace a reservation by the answer's usage, if that can be read."""
        paid = self.told(step, usage)
        if price := _price(self.provider, step):
            self._reserved[price.currency] -= reserved
            self.budget.pay(price.currency, reserved, paid)

    def told(self, step: Step, usage: Any) -> float:
        """Count an answer's usage, if that can be read, and give what it cost. An earlier run may have paid for it."""
        told = cast("dict[str, Any]", usage) if isinstance(usage, dict) else {}
        tokens_in, tokens_out = _count(told.get("input_tokens")), _count(told.get("output_tokens"))
        self.tokens.update({"input": tokens_in, "output": tokens_out})
        price = _price(self.provider, step)
        paid = _money(price, tokens_in, tokens_out) if price else 0.0
        if price:
            self.money[price.currency] += paid
        return paid


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value <= _MOST_TOKENS else 0
