"""Providers as a results stream tells of them, beside those that the catalogue has today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from messages_conformance.catalog import ADHOC, Catalog, Endpoint, adhoc_provider
from messages_conformance.catalog.model import Provider
from messages_conformance.errors import UserError, nothing_named
from messages_conformance.results import records


def of_today(catalog: Catalog, record: records.Provider) -> Provider:
    """A provider of a run, as the catalogue has it now. One that was given by its address alone is made of what was
    said of it once more. Raises UserError for one that the catalogue does not know."""
    if record.is_adhoc or record.id == ADHOC:
        return _adhoc(catalog, record)
    if record.id not in catalog.providers:
        raise UserError(nothing_named("provider", record.id, catalog.providers))
    return catalog.providers[record.id]


def as_recorded(catalog: Catalog, record: records.Provider) -> Provider:
    """The same, at the address at which it was asked."""
    return replace(of_today(catalog, record), base_url=record.base_url)


def moved(record: records.Provider, provider: Provider) -> Iterator[str]:
    """What is not the same of where a provider's answers came from and where it would be asked now, each as
    `what: then → now`. The embedded reference is at another port in every run."""
    then: Mapping[str, str] = {
        "address": record.base_url + record.path,
        "auth": record.auth,
        "version": record.version,
        "models": _listed(record.models),
    }
    now: Mapping[str, str] = {
        "address": then["address"] if provider.embedded else provider.base_url + provider.path,
        "auth": provider.auth.style,
        "version": provider.version,
        "models": _listed({role: model.id for role, model in provider.models.items()}),
    }
    return (f"{what}: {then[what]} → {now[what]}" for what in then if then[what] != now[what])


def _listed(models: Mapping[str, str]) -> str:
    return ", ".join(f"{role} {model}" for role, model in sorted(models.items()))


def _adhoc(catalog: Catalog, record: records.Provider) -> Provider:
    key = None if record.auth == "none" else record.key_env or "RECORDED_KEY"
    style = "bearer" if record.auth == "bearer" else "x-api-key"
    apart: Mapping[str, str] = record.models if len(record.models) > 1 else {}
    address = record.base_url + record.path
    said = Endpoint(address, record.models["cheap"], key, style, frozenset(record.features), apart)
    return replace(adhoc_provider(said, catalog.contracts), id=record.id, title=record.title, note=record.note)
