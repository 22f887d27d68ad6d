"""Waits for servers that are starting, before the first request that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from messages_conformance.catalog.model import Provider
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request

_STARTING: Final = frozenset({502, 503, 504})
"""What a server answers while it loads its model, or a proxy while nothing listens behind it."""
_PAUSE: Final = 0.25


def await_servers(providers: Iterable[Provider], seconds: float) -> None:
    """Return when every provider answers, whatever it answers, and after `seconds` at the latest: then the first
    requests of the run tell what is wrong. Asks for the list of models, without a key, which costs nothing."""
    starting = {(p.base_url, p.path): p for p in providers if not p.embedded}
    if seconds and starting:
        asyncio.run(_all(starting.values(), seconds))


async def _all(providers: Iterable[Provider], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*map(_one, providers))
    except TimeoutError:
        return


async def _one(provider: Provider) -> None:
    models = f"{provider.base_url}{provider.path.rsplit('/', 1)[0]}/models"
    async with Client(provider.limits) as client:
        while not _answers(await client.send(Request("GET", models, (("accept", "*/*"),)))):
            await asyncio.sleep(_PAUSE)


def _answers(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status not in _STARTING
