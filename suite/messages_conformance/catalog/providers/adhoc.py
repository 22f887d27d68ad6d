"""A provider from the command line: an address, a model, how the key is sent, and what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.contracts.schema import DEFAULT_VERSION
from messages_conformance.catalog.features import GENERALLY_AVAILABLE, named
from messages_conformance.catalog.model import Auth, Contract, Limits, Model, Provider
from messages_conformance.catalog.providers import addresses
from messages_conformance.catalog.providers.loading import DEFAULT_CLASS, choose_providers
from messages_conformance.catalog.yaml import strict
from messages_conformance.catalog.yaml.keys import looks_like_key
from messages_conformance.errors import Problem, UserError, Where, nothing_named

ADHOC: Final = "adhoc"
"""The id that earlier versions gave to every provider of the command line without a name."""

_ID: Final = re.compile(strict.schema("providers")["properties"]["providers"]["propertyNames"]["pattern"])

ROLES: Final = tuple[str, ...](strict.schema("providers")["$defs"]["provider"]["properties"]["models"]["properties"])
"""The roles that a model can have in scenarios."""


DESCRIBING: Final = ("model", "name", "api_key_env", "features", "without", "model_for")
"""The options that describe the endpoint of --base-url, and mean nothing without it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the command line says about an endpoint. `env` is None if the endpoint takes no key; `models` holds the
    roles that use another model than `model`; `name` is the id of its column, or None for one made of its address."""

    base_url: str
    model: str
    env: str | None = None
    style: Literal["x-api-key", "bearer"] = "x-api-key"
    features: frozenset[str] = GENERALLY_AVAILABLE
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    name: str | None = None


def named_or_described(
    known: Mapping[str, Provider], contracts: Mapping[str, Contract], names: Sequence[str], said: Mapping[str, Any]
) -> list[Provider]:
    """Whom a command line asks: the providers of the catalogue that it names, or the one endpoint that it describes.

    `said` has `base_url`, `auth` and the options of `DESCRIBING`, each None or empty where it was not given. Raises
    UserError for names that name nothing, and for a description that is not whole or not alone.
    """
    if said["base_url"] is None:
        refuse_needless(said)
        return choose_providers(known, names)
    if names:
        raise UserError("--base-url describes one endpoint by itself; leave out --provider")
    if not said["model"]:
        raise UserError("--base-url needs --model MODEL: the name to send in every request")
    if said["name"] in known:
        raise UserError(f"--name {said['name']}: the catalogue has a provider of this id; choose another")
    described = Endpoint(
        base_url=said["base_url"],
        model=said["model"],
        env=said["api_key_env"],
        style=said["auth"],
        features=claimed(said["features"], said["without"]),
        models=models_by_role(said["model_for"]),
        name=said["name"],
    )
    provider = adhoc_provider(described, contracts)
    if provider.id in known:
        hint = "give it another name: --name my-server"
        raise UserError(Problem(f"the catalogue has a provider `{provider.id}`, as this address is called", hint=hint))
    return [provider]


def refuse_needless(said: Mapping[str, Any]) -> None:
    """Raise UserError where an endpoint is described that has no address."""
    if needless := [f"--{name.replace('_', '-')}" for name in DESCRIBING if said[name]]:
        raise UserError(f"{', '.join(needless)}: only with --base-url, which is missing, to describe its endpoint")


def claimed(exactly: str | None, without: str | None) -> frozenset[str]:
    """What an endpoint claims: `exactly` the named features, or all that are generally available, minus those of
    `without`. Both are names separated by commas. Raises UserError for an unknown feature."""
    mine, others = (_listed(text or "") for text in (exactly, without))
    named((*mine, *others))
    return (GENERALLY_AVAILABLE if exactly is None else frozenset(mine)) - frozenset(others)


def models_by_role(given: Sequence[str]) -> Mapping[str, str]:
    """Read `ROLE=MODEL` pairs; a model's name may hold `=`. Raises UserError for anything else."""
    pairs = [(role, model) for role, _, model in (text.partition("=") for text in given)]
    if any(not model for _, model in pairs):
        raise UserError(Problem("write a model for a role as ROLE=MODEL", hint="for example thinking=large-1"))
    if unknown := [role for role, _ in pairs if role not in ROLES]:
        raise UserError(*(nothing_named("role of a model", role, ROLES) for role in unknown))
    return dict(pairs)


def adhoc_provider(said: Endpoint, contracts: Mapping[str, Contract]) -> Provider:
    """The provider that was described.

    People paste what their client or a page shows, so the base URL may also end in `/v1` or be the whole address of
    messages: `https://host/v1`, `https://host/v1/messages` and `https://host` mean the same. An address that ends in
    `/messages` without `/v1` is kept as it is, with its siblings (`models`) beside it. Raises UserError for a malformed
    address or name, and for a key given instead of the name of a variable. The note says what was left out of the
    address.
    """
    if said.env is not None and (looks_like_key(said.env) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", said.env)):
        advice = "put the key in an environment variable and give its name, such as MY_API_KEY"
        raise UserError(Problem("the value given for the key is not the name of an environment variable", hint=advice))
    if said.name is not None and not _ID.fullmatch(said.name):
        advice = "lower-case words and digits, joined by dots, hyphens or underscores, such as my-server"
        raise UserError(Problem(f"{said.name!r} cannot name a column", hint=advice))
    if trouble := addresses.trouble(said.base_url):
        raise UserError(Problem(f"the base URL {trouble}"))
    canonical = contracts[CANONICAL]
    address, path = addresses.split(said.base_url, canonical.path)
    # One model serves every role. Once a role has its own model, every other role must name the common one.
    roles: Iterable[str] = ROLES if said.models else ("cheap",)
    return Provider(
        id=said.name or _named_after(address, path, canonical.path),
        title=said.name or urlsplit(address).netloc,
        kind="live",
        contract=CANONICAL,
        base_url=address,
        path=path,
        auth=Auth(said.style, said.env) if said.env else Auth("none"),
        version=DEFAULT_VERSION,
        headers=(),
        models={role: _model(role, said.models.get(role, said.model), canonical) for role in roles},
        features=said.features,
        limits=Limits(),
        where=Where(Path("command line"), 1),
        note=_left_out(said.base_url.rstrip("/").removeprefix(address), path),
        is_adhoc=True,
    )


def _named_after(address: str, path: str, usual: str) -> str:
    return addresses.name_of(address) if path == usual else addresses.name_of(address + path, is_whole=True)


def _left_out(end: str, path: str) -> str | None:
    """The note if the end of an address was taken for the start of the path: an SDK would not do that."""
    if not end or end == path == "/messages":
        return None
    return f"the base URL ends in `{end}`, which is left out here: an SDK would send to {end}{path}"


def _model(role: str, name: str, canonical: Contract) -> Model:
    known = canonical.model_classes.get(DEFAULT_CLASS)
    return Model(role, name, known.traits if known else frozenset(), None, known.id if known else None)


def _listed(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]
