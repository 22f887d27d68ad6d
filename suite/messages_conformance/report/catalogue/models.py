"""What a provider's models cost, and until when they are there, as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from messages_conformance.catalog.model import Model, Price, Provider

A_MONTH = len("2026-10")
"""Characters of an ISO date: nobody needs the day on which a price list was read."""


def about(model: Model, today: date) -> str:
    """A model with all that is known of it: `small-1, 1 USD in and 5 USD out for a million tokens (2026-10)`."""
    return ", ".join(filter(None, (model.id, model.price and _price(model.price), lifetime(model, today))))


def in_roles(provider: Provider, today: date) -> dict[str, list[Model]]:
    """Its models as text, each once, with what it is in each of its roles."""
    told: defaultdict[str, list[Model]] = defaultdict(list)
    for model in provider.models.values():
        told[about(model, today)].append(model)
    return told


def known(provider: Provider, today: date) -> list[str]:
    """Its models of which more is known than the name."""
    return [text for text, same in in_roles(provider, today).items() if text != same[0].id]


def lifetime(model: Model, today: date) -> str | None:
    """Until when a model is there, if its end is announced."""
    if model.retires is None:
        return None
    return f"was retired on {model.retires}" if is_retired(model, today) else f"retires on {model.retires}"


def is_retired(model: Model, today: date) -> bool:
    return model.retires is not None and date.fromisoformat(model.retires) <= today


def retired(providers: Iterable[Provider], today: date) -> Iterator[str]:
    """A sentence for each model of these providers that is gone, with what to do about it."""
    for provider in providers:
        gone = [model for model in provider.models.values() if is_retired(model, today)]
        for name in dict.fromkeys(model.id for model in gone):
            of_it = [model for model in gone if model.id == name]
            roles = " and ".join(f"models.{model.role}.id" for model in of_it)
            yield f"{provider.id}: {name} {lifetime(of_it[0], today)}; set {roles} in your own providers.yaml"


def priced(provider: Provider) -> str | None:
    """`prices of 2026-10`: how old the oldest of its prices is. None without a price, and for prices of one's own."""
    read = [model.price.read for model in provider.models.values() if model.price and model.price.read]
    return f"prices of {min(read)[:A_MONTH]}" if read else None


def _price(price: Price) -> str:
    told = f"{price.input:g} {price.currency} in and {price.output:g} {price.currency} out for a million tokens"
    return f"{told} ({price.read[:A_MONTH]})" if price.read else told
