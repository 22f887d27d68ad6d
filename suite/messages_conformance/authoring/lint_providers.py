"""What is wrong with the providers of this catalogue: what nobody can look up, and what was looked up long ago."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from messages_conformance.catalog.model import Provider
from messages_conformance.catalog.providers.loading import PRICES
from messages_conformance.errors import Problem

LASTS: Final = timedelta(days=183)
"""How long a page is taken to be still true: vendors retire models after a year, and change prices more often."""


def unsourced(providers: Iterable[Provider]) -> list[Problem]:
    """Live providers without a source, and prices without one."""
    hint = "sources: [{url: …, read: 2026-11-29, for: [address, models]}]"
    found: list[Problem] = []
    for provider in providers:
        if provider.kind != "live":
            continue
        if not provider.sources:
            found.append(Problem(f"`{provider.id}` names no source", provider.where, hint))
        elif unknown := [m.role for m in provider.models.values() if m.price and m.price.read is None]:
            message = f"no source of `{provider.id}` shows prices, and it has some: {', '.join(unknown)}"
            found.append(Problem(message, provider.where, f"say which page shows them: for: [{PRICES}]"))
    return found


def aging(providers: Iterable[Provider], today: date) -> Iterator[Problem]:
    """Pages that were read so long ago that somebody should look again. They are no faults: the entry may be true."""
    for provider in providers:
        for page in provider.sources:
            if page.read < (today - LASTS).isoformat()[: len(page.read)]:
                message = f"`{provider.id}` was last looked up in {page.read}: {', '.join(page.shows)}"
                yield Problem(message, provider.where, f"look again at {page.url}")
