"""What the catalogue knows of its providers, for scripts: `list providers --json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Model, Provider
from messages_conformance.catalog.providers.addresses import is_nearby
from messages_conformance.errors import UserError, nothing_named


def providers_as_json(catalog: Catalog, pattern: str | None) -> str:
    """A JSON list of the providers whose id matches. Raises UserError when the pattern matches nothing."""
    known = catalog.providers
    chosen = [provider for id_, provider in known.items() if pattern is None or fnmatchcase(id_, pattern)]
    if not chosen:
        raise UserError(nothing_named("provider", pattern or "", known))
    return json.dumps([_provider(provider) for provider in chosen], indent=2)


def _provider(provider: Provider) -> dict[str, Any]:
    """`nearby` says that its address leads to this machine or its own network; one that is served here has none."""
    return {
        "id": provider.id,
        "title": provider.title,
        "kind": provider.kind,
        "contract": provider.contract,
        "address": None if provider.embedded else provider.base_url + provider.path,
        "nearby": bool(provider.embedded) or is_nearby(provider.base_url),
        "key_env": provider.auth.env,
        "models": {role: _model(model) for role, model in provider.models.items()},
        "features": sorted(provider.features),
        "sources": [{"url": page.url, "read": page.read, "for": page.shows} for page in provider.sources],
        "note": provider.note,
    }


def _model(model: Model) -> dict[str, Any]:
    price = asdict(model.price) if model.price else None
    return {"id": model.id, "class": model.class_id, "price": price, "retires": model.retires}
