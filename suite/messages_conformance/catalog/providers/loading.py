"""Reading providers: the built-in `providers.yaml`, and a user's own over it.

A later file adds providers and overrides earlier ones key by key, so what a provider must have is judged only once all
files are read. Every problem points into the file that the value came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.contracts.schema import DEFAULT_VERSION
from messages_conformance.catalog.features import FEATURES, GENERALLY_AVAILABLE, retired
from messages_conformance.catalog.model import Auth, Contract, Limits, Model, ModelClass, Page, Price, Provider
from messages_conformance.catalog.providers import addresses
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.catalog.yaml.keys import pasted_keys
from messages_conformance.catalog.yaml.nodes import Document
from messages_conformance.errors import Problem, UserError, Where, nothing_named

Contracts: TypeAlias = Mapping[str, Contract]

DEFAULT_CLASS: Final = "generic"
REFERENCE: Final = "reference"
PRICES: Final = "prices"
"""What of an entry a source shows if it shows its prices."""

_A_MONTH: Final = len("2026-10")

_PRICE: Final = "price"
_OF_ONE_MODEL: Final = (_PRICE, "retires")
"""What is said of a model by its name: where a later file names another one, it is said of nothing."""


def load_providers(paths: Sequence[Path], contracts: Contracts) -> Mapping[str, Provider]:
    """The providers of all files, by id, in the order of their first mention. Raises UserError with every problem."""
    problems: list[Problem] = []
    documents: list[Document] = []
    broken: set[str] = set()
    for path in paths:
        try:
            document = nodes.read(path)
        except UserError as error:
            problems += error.problems
            continue
        pasted = dict(pasted_keys(document))  # no second complaint about the same value
        found = [(place, problem) for place, problem in strict.check(document, "providers") if place not in pasted]
        problems += [*pasted.values(), *(retired(document, place) or problem for place, problem in found)]
        broken |= {str(place[1]) for place in (*pasted, *(place for place, _ in found)) if len(place) > 1}
        documents.append(document)
    providers: dict[str, Provider] = {}
    for id_, data in _merged(documents).items():
        if id_ not in broken:
            entry = _Entry(id_, data, tuple(documents))
            complaints = list(_complaints(entry, contracts))
            problems += complaints
            if not complaints:
                providers[id_] = _provider(entry, contracts)
    strict.refuse(problems)
    return providers


def choose_providers(providers: Mapping[str, Provider], patterns: Sequence[str]) -> list[Provider]:
    """The providers whose id matches a pattern (an id or a glob). Without patterns: the embedded ones, which cost
    nothing. Raises UserError for a pattern that matches nothing."""
    empty = [p for p in patterns if not any(fnmatchcase(id_, p) for id_ in providers)]
    if empty:
        raise UserError(*(nothing_named("provider", pattern, providers) for pattern in empty))
    if not patterns:
        return [provider for provider in providers.values() if provider.embedded]
    return [provider for id_, provider in providers.items() if any(fnmatchcase(id_, p) for p in patterns)]


# --- one entry of the merged files ----------------------------------------------------------------------------------


class _Entry:
    """A provider's merged keys, and where each of them was last written."""

    def __init__(self, id_: str, data: Mapping[str, Any], documents: tuple[Document, ...]) -> None:
        self.id = id_
        self.data = data
        self._documents = documents

    def where(self, *pointer: str | int) -> Where:
        """The line of a key in the latest file that has it, or of the provider where it was last mentioned."""
        keys = ("providers", self.id, *pointer)
        latest = self.written(*pointer)
        return self._documents[latest].where(*keys) if latest >= 0 else self.where()

    def written(self, *pointer: str | int) -> int:
        """The number of the latest file that has a key; -1 if none has it."""
        keys = ("providers", self.id, *pointer)
        return max((number for number, document in enumerate(self._documents) if document.has(*keys)), default=-1)

    @property
    def embedded(self) -> str | None:
        return self.data.get("embedded")

    @property
    def contract(self) -> str:
        played = self.embedded.partition("/")[0] if self.embedded and self.embedded != REFERENCE else CANONICAL
        return self.data.get("contract", played)


def _merged(documents: Sequence[Document]) -> dict[str, Any]:
    merged: Any = {}
    for document in documents:
        given: Any = document.value["providers"] if document.has("providers") else None
        if isinstance(given, dict):
            merged = _deep_merge(merged, given)
    return merged


def _deep_merge(below: Any, above: Any) -> Any:
    """Merge mappings key by key; replace anything else as a whole: lists, and prices, whose numbers belong together.
    Another model has another price."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    merged, given = dict(cast("dict[str, Any]", below)), cast("dict[str, Any]", above)
    if given.get("id", merged.get("id")) != merged.get("id"):
        merged = {key: value for key, value in merged.items() if key not in _OF_ONE_MODEL}
    for key, value in given.items():
        merged[key] = _deep_merge(merged[key], value) if key in merged and key != _PRICE else value
    return merged


def _provider(entry: _Entry, contracts: Contracts) -> Provider:
    data = entry.data
    return Provider(
        id=entry.id,
        title=data.get("title", entry.id),
        kind="live" if not entry.embedded else "reference" if entry.embedded == REFERENCE else "played",
        contract=entry.contract,
        base_url=data.get("base_url", "").rstrip("/"),
        path=_path(entry, contracts),
        auth=_auth(data.get("auth", {})),
        version=data.get("version", DEFAULT_VERSION),
        headers=tuple(data.get("headers", {}).items()),
        models=_models(entry, contracts),
        features=frozenset(data.get("features", FEATURES if entry.embedded == REFERENCE else GENERALLY_AVAILABLE)),
        limits=Limits(**data.get("limits", {})),
        where=entry.where(),
        embedded=entry.embedded,
        page=_dialect(entry, contracts).get("page"),
        note=data.get("note"),
        sources=tuple(Page(page["url"], page["read"], tuple(page["for"])) for page in data.get("sources", ())),
    )


def _path(entry: _Entry, contracts: Contracts) -> str:
    return entry.data.get("path") or _dialect(entry, contracts).get("path") or contracts[entry.contract].path


def _dialect(entry: _Entry, contracts: Contracts) -> Mapping[str, Any]:
    return contracts[entry.contract].dialects.get((entry.embedded or "").partition("/")[2], {})


def _auth(data: Mapping[str, Any]) -> Auth:
    """The style decides which other keys count: if it is overridden, the keys of the old style must not stay."""
    style = data.get("style", "x-api-key")
    env = data.get("env") if style != "none" else None
    return Auth(style, env, data.get("header") if style == "header" else None)


def _models(entry: _Entry, contracts: Contracts) -> dict[str, Model]:
    classes = contracts[CANONICAL].model_classes
    if not (given := entry.data.get("models")):  # only embedded providers may leave them out
        every_trait = [trait for found in classes.values() for trait in found.traits]
        return {"cheap": Model("cheap", REFERENCE, frozenset(every_trait))}
    return {role: _model(entry, role, data, classes) for role, data in given.items()}


def _model(entry: _Entry, role: str, data: Mapping[str, Any], classes: Mapping[str, ModelClass]) -> Model:
    class_id = data.get("class", DEFAULT_CLASS if DEFAULT_CLASS in classes else None)
    own = classes[class_id].traits if class_id else frozenset[str]()
    price = Price(**data[_PRICE], read=_read(entry, role)) if _PRICE in data else None
    traits = own | frozenset(data.get("traits", ()))
    return Model(role, data["id"], traits, price, class_id, data.get("retires"))


def _read(entry: _Entry, role: str) -> str | None:
    """When the oldest source of the entry's prices was read. A price that a later file gives is not from
    there."""
    if entry.written("models", role, _PRICE) > entry.written("sources"):
        return None
    return min((page["read"] for page in entry.data["sources"] if PRICES in page["for"]), default=None)


# --- what can be wrong with a whole entry ---------------------------------------------------------------------------


def _complaints(entry: _Entry, contracts: Contracts) -> Iterator[Problem]:
    if entry.contract not in contracts:
        where = entry.where("contract" if "contract" in entry.data else "embedded")
        yield Problem(f"there is no contract `{entry.contract}`", where, strict.suggest(entry.contract, contracts))
    yield from _embedded_complaints(entry, contracts) if entry.embedded else _live_complaints(entry, contracts)
    yield from _model_complaints(entry, contracts[CANONICAL].model_classes)
    yield from _date_complaints(entry)


def _embedded_complaints(entry: _Entry, contracts: Contracts) -> Iterator[Problem]:
    if "base_url" in entry.data:
        yield Problem(f"`{entry.id}` is embedded and cannot have an address of its own", entry.where("base_url"))
    played = {f"{contract.id}/{dialect}" for contract in contracts.values() for dialect in contract.dialects}
    if entry.embedded and entry.embedded not in {REFERENCE, *played}:
        hint = strict.suggest(entry.embedded, {REFERENCE, *played})
        yield Problem(f"the reference cannot play `{entry.embedded}`", entry.where("embedded"), hint)


def _live_complaints(entry: _Entry, contracts: Contracts) -> Iterator[Problem]:
    where = entry.where("base_url")
    if (base_url := entry.data.get("base_url")) is None:
        yield Problem(f"`{entry.id}` lacks `base_url`", where, "or `embedded`, if the reference plays it")
    elif trouble := addresses.trouble(base_url):
        yield Problem(f"`base_url` of `{entry.id}` {trouble}", where)
    elif entry.contract in contracts and (twice := addresses.repeated(base_url, _path(entry, contracts))):
        hint = f"leave `{twice}` out of one of the two"
        yield Problem(f"`base_url` of `{entry.id}` ends in `{twice}`, which its path adds again", where, hint)
    yield from _auth_complaints(entry)
    if not entry.data.get("models"):
        yield Problem(f"`{entry.id}` lacks `models`", entry.where(), "models: {cheap: {id: …, class: generic}}")


def _auth_complaints(entry: _Entry) -> Iterator[Problem]:
    auth: Mapping[str, Any] = entry.data.get("auth", {})
    style = auth.get("style")
    where = entry.where("auth")
    if style is None:
        lacks = f"`auth` of `{entry.id}` lacks `style`" if auth else f"`{entry.id}` lacks `auth`"
        yield Problem(lacks, where, "auth: {style: x-api-key, env: MY_API_KEY}")
    elif style != "none" and "env" not in auth:
        hint = "name the environment variable that holds the key, or use the style `none`"
        yield Problem(f"`auth` of `{entry.id}` lacks `env`", where, hint)
    if style == "header" and "header" not in auth:
        yield Problem(f"`auth` of `{entry.id}` lacks `header`", where, "the header that carries the key")


def _model_complaints(entry: _Entry, classes: Mapping[str, ModelClass]) -> Iterator[Problem]:
    models: Mapping[str, Any] = entry.data.get("models", {})
    if models and "cheap" not in models:
        yield Problem(f"`models` of `{entry.id}` lacks the role `cheap`", entry.where("models"))
    for role, data in models.items():
        if "id" not in data:
            yield Problem(f"the model `{role}` of `{entry.id}` lacks `id`", entry.where("models", role))
        if (class_id := data.get("class")) is not None and class_id not in classes:
            where = entry.where("models", role, "class")
            yield Problem(f"there is no model class `{class_id}`", where, strict.suggest(class_id, classes))


def _date_complaints(entry: _Entry) -> Iterator[Problem]:
    """Days and months that look like one, and are in no calendar."""
    models: Mapping[str, Any] = entry.data.get("models", {})
    places: dict[tuple[str | int, ...], str] = {
        ("models", role, "retires"): data["retires"] for role, data in models.items() if "retires" in data
    }
    places |= {("sources", index, "read"): page["read"] for index, page in enumerate(entry.data.get("sources", ()))}
    for place, day in places.items():
        try:
            date.fromisoformat(day if len(day) > _A_MONTH else f"{day}-01")
        except ValueError:
            yield Problem(f"`{day}` is not a date", entry.where(*place))
