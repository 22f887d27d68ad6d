"""What a run may cost, and what it has cost so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

from messages_conformance.catalog.model import Model, Provider, Step
from messages_conformance.run.plan import Plan, model_for

CHARACTERS_PER_TOKEN = 3.5
"""A cautious rule of thumb for JSON bodies in English; the estimate is a ceiling for budgets, not a bill."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests, and tokens as ceilings. `money` is None when a model in use has no price in `providers.yaml`."""

    requests: int
    input_tokens: int
    output_tokens: int
    money: float | None
    currency: str


def estimate(plan: Plan, provider: Provider) -> Estimate:
    """What one provider's part of the plan would send, if every step is sent once."""
    requests = tokens_in = tokens_out = 0
    money: float | None = 0.0
    currency = "USD"
    for scenario in plan.sent_to(provider):
        for step in scenario.steps:
            model = model_for(provider, step.role)
            step_in, step_out = step_tokens(step)
            requests, tokens_in, tokens_out = requests + 1, tokens_in + step_in, tokens_out + step_out
            price = model.price if model else None
            if provider.kind != "live":
                continue
            money = None if money is None or price is None else money + _money(model, step_in, step_out)
            currency = price.currency if price else currency
    return Estimate(requests, tokens_in, tokens_out, money, currency)


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


def _money(model: Model | None, tokens_in: float, tokens_out: float) -> float:
    if model is None or model.price is None:
        return 0.0
    return (tokens_in * model.price.input + tokens_out * model.price.output) / 1_000_000


@dataclass(slots=True)
class Ledger:
    """Tokens and money spent at one provider, against its limit. Requests in flight count with their ceiling."""

    provider: Provider
    tokens: Counter[str] = field(default_factory=Counter[str])
    money: float = 0.0
    _reserved: float = 0.0

    def reserve(self, step: Step) -> float | None:
        """Set aside the ceiling of one request; None when it would pass the provider's `limits.spend`."""
        amount = _money(model_for(self.provider, step.role), *step_tokens(step))
        limit = self.provider.limits.spend
        if limit is not None and self.money + self._reserved + amount > limit:
            return None
        self._reserved += amount
        return amount

    def settle(self, step: Step, reserved: float, usage: Any) -> None:
        """Replace a reservation by what the answer's usage says, if it says anything readable."""
        self._reserved -= reserved
        told = cast("dict[str, Any]", usage) if isinstance(usage, dict) else {}
        tokens_in, tokens_out = _count(told.get("input_tokens")), _count(told.get("output_tokens"))
        self.tokens.update({"input": tokens_in, "output": tokens_out})
        self.money += _money(model_for(self.provider, step.role), tokens_in, tokens_out)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
