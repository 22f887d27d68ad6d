"""The contracts' JSON Schemas, read from `specs/`, and how to find breaches of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urldefrag, urljoin

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from messages_conformance.locate import data
from messages_conformance.reference.narrow import as_list, as_object

OLD_VERSION = "2023-06-01"
CURRENT_VERSION = "2026-10-21"
_NOTHING: Mapping[str, Any] = {"not": {}}
_ID_ROOT = "https://messages-conformance.example/specs"
VERSIONS = (OLD_VERSION, CURRENT_VERSION)


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which an instance breaks its schema: where, which keyword, and why, in words."""

    path: tuple[str | int, ...]
    keyword: str
    message: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A contract as one request sees it: under the version and with the betas that its headers name."""

    version: str = CURRENT_VERSION
    betas: frozenset[str] = frozenset()

    def has(self, schema: Any) -> bool:
        """Whether what `schema` describes exists here: `x-versions` and `x-betas` say under which versions, and with
        which betas, it does."""
        limits = as_object(schema)
        is_known = self.version in limits.get("x-versions", [self.version])
        return is_known and ("x-betas" not in limits or not self.betas.isdisjoint(limits["x-betas"]))


CURRENT = Edition()


@cache
def contract(name: str) -> Mapping[str, Any]:
    """`contract.yaml` of a contract. Raises FileNotFoundError if there is none."""
    return yaml.safe_load((data("specs") / name / "contract.yaml").read_text(encoding="utf-8"))


def document(contract: str, name: str, edition: Edition = CURRENT) -> Mapping[str, Any]:
    """Schema `name` in `edition`: without what does not exist there."""
    return as_object(_registry(contract, edition).contents(f"{_ID_ROOT}/{contract}/{name}.json"))


@lru_cache(maxsize=64)
def validator(contract: str, name: str, edition: Edition = CURRENT) -> Draft202012Validator:
    """The validator of `document(contract, name, edition)`."""
    return _validator(document(contract, name, edition), contract, edition)


def resolve(contract: str, base: str, reference: str) -> tuple[Any, str]:
    """The schema that `reference` means inside the document with id `base`, and the id of the document it is in."""
    target = urljoin(base, reference)
    return _registry(contract, CURRENT).resolver().lookup(target).contents, urldefrag(target).url


def accepts(contract: str, base: str, schema: Any, instance: Any) -> bool:
    """Whether a subschema of the document with id `base` accepts `instance`."""
    return not breaches(_validator({**schema, "$id": base}, contract, CURRENT), instance)


def breaches(checked: Draft202012Validator, instance: Any) -> list[Breach]:
    """Every breach, required fields first: a missing field says more than an odd one."""
    # The stubs type JSON too narrowly for a body that a peer sent.
    errors: Any = checked
    found = [breach for error in errors.iter_errors(instance) for breach in _breaches(error)]
    return sorted(dict.fromkeys(found), key=lambda breach: breach.keyword != "required")


def _validator(schema: Mapping[str, Any], contract: str, edition: Edition) -> Draft202012Validator:
    return Draft202012Validator(schema, registry=_registry(contract, edition))


@lru_cache(maxsize=64)
def _registry(contract: str, edition: Edition) -> Registry[Any]:
    folder = data("specs") / contract / "schemas"
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    empty: Registry[Any] = Registry()
    return empty.with_contents((document["$id"], _as_of(document, edition)) for document in read)


def _as_of(schema: Any, edition: Edition) -> Any:
    """`schema` without the properties that do not exist in `edition`; a branch of a union that does not exist there
    accepts nothing."""
    if isinstance(schema, list):
        return [_as_of(item, edition) for item in as_list(schema)]
    if not isinstance(schema, dict):
        return schema
    members = {key: _as_of(value, edition) for key, value in as_object(schema).items() if edition.has(value)}
    return {**members, "then": _NOTHING} if "then" in schema and "then" not in members else members


def _breaches(error: ValidationError) -> Iterator[Breach]:
    path, keyword = tuple(error.absolute_path), str(error.validator)
    value: Any = error.validator_value
    instance: Any = error.instance
    match keyword:
        case "required":
            for name in value:
                if name not in instance:
                    yield Breach((*path, name), keyword, "Field required")
        case "additionalProperties" | "unevaluatedProperties":
            listed = as_object(as_object(error.schema).get("properties"))
            for name in instance:
                if name not in listed:
                    yield Breach((*path, name), keyword, "Extra inputs are not permitted")
        case _:
            yield Breach(path, keyword, _PHRASES.get(keyword, "Input is not valid here ({})").format(_listed(value)))


_PHRASES = {
    "not": "Extra inputs are not permitted",
    "type": "Input should be {}",
    "enum": "Input should be one of {}",
    "const": "Input should be {}",
    "minimum": "Input should be {} or more",
    "maximum": "Input should be {} or less",
    "exclusiveMinimum": "Input should be more than {}",
    "exclusiveMaximum": "Input should be less than {}",
    "minLength": "Text should have {} characters or more",
    "maxLength": "Text should have {} characters or fewer",
    "minItems": "List should have {} items or more",
    "maxItems": "List should have {} items or fewer",
    "pattern": "Text should match {}",
}


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in as_list(value))
    return str(value) if isinstance(value, str | int | float) else "…"
