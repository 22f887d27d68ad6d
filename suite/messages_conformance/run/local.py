"""The servers of the catalogue that answer on this machine, at the addresses that their documentation names."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from messages_conformance.catalog.model import Limits, Provider
from messages_conformance.checks.answer.events import as_list, as_object
from messages_conformance.errors import Problem, UserError
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request, read_json

_NOT_THERE: Final = frozenset({404, 405, 501})
_QUICKLY: Final = Limits(concurrency=2, connect_timeout=2, read_timeout=10, total_timeout=10)
_JSON: Final = (("content-type", "application/json"),)


def local_servers(providers: Iterable[Provider]) -> list[Provider]:
    """Those of `providers` that live on this machine and take messages, each with a model that it offers.

    Sends each a message without any field, which generates nothing, and asks for its models. Raises UserError if none
    answers.
    """
    here = [provider for provider in providers if not provider.embedded and _is_here(provider)]
    found = [provider for provider in asyncio.run(_all(here)) if provider is not None]
    if not found:
        tried = ", ".join(f"{provider.id} ({provider.base_url})" for provider in here)
        raise UserError(Problem(f"nothing on this machine takes messages; tried {tried}", hint="start one of them"))
    return found


def _is_here(provider: Provider) -> bool:
    host = urlsplit(provider.base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _all(providers: Iterable[Provider]) -> list[Provider | None]:
    return await asyncio.gather(*map(_found, providers))


async def _found(provider: Provider) -> Provider | None:
    address = provider.base_url + provider.path
    async with Client(_QUICKLY) as client:
        empty = await client.send(Request("POST", address, _JSON, b"{}"))
        if empty.response is None or empty.response.status in _NOT_THERE:
            return None
        return _offering(provider, await client.send(Request("GET", f"{address.rsplit('/', 1)[0]}/models", ())))


def _offering(provider: Provider, listed: Exchange) -> Provider:
    """The provider with models that are there: a local server has those that its owner loaded, whatever a page says."""
    offered = [*_models(read_json(listed.response.body))] if listed.response is not None else []
    if not offered:
        return provider
    first = next((model.id for model in provider.models.values() if model.id in offered), offered[0])
    models = {
        role: model if model.id in offered else replace(model, id=first, price=None, retires=None)
        for role, model in provider.models.items()
    }
    return replace(provider, models=models)


def _models(answer: Any) -> Iterable[str]:
    listed = as_list((as_object(answer) or {}).get("data"))
    names = ((as_object(entry) or {}).get("id") for entry in listed)
    return (name for name in names if isinstance(name, str))
