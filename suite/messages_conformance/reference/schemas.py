"""The contracts' JSON Schemas, read from `specs/`, and what breaks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urldefrag, urljoin

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from messages_conformance.catalog.locate import data
from messages_conformance.reference.narrow import as_list, as_object

OLD_VERSION = "2023-06-01"
CURRENT_VERSION = "2026-10-21"
_ID_ROOT = "https://messages-conformance.example/specs"
VERSIONS = (OLD_VERSION, CURRENT_VERSION)


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which an instance breaks its schema: where, which keyword, and why, in words."""

    path: tuple[str | int, ...]
    keyword: str
    message: str


@cache
def contract(name: str) -> Mapping[str, Any]:
    """`contract.yaml` of a contract. Raises FileNotFoundError if there is none."""
    return yaml.safe_load((data("specs") / name / "contract.yaml").read_text(encoding="utf-8"))


def document(contract: str, name: str, version: str = CURRENT_VERSION) -> Mapping[str, Any]:
    """Schema `name` as it is in `version`: properties that this version lacks are not in it."""
    return as_object(_registry(contract, version).contents(f"{_ID_ROOT}/{contract}/{name}.json"))


@cache
def validator(contract: str, name: str, version: str = CURRENT_VERSION) -> Draft202012Validator:
    """The validator of `document(contract, name, version)`."""
    return _validator(document(contract, name, version), contract, version)


def resolve(contract: str, base: str, reference: str) -> tuple[Any, str]:
    """The schema that `reference` means inside the document with id `base`, and the id of the document it is in."""
    target = urljoin(base, reference)
    return _registry(contract, CURRENT_VERSION).resolver().lookup(target).contents, urldefrag(target).url


def accepts(contract: str, base: str, schema: Any, instance: Any) -> bool:
    """Whether a subschema of the document with id `base` accepts `instance`."""
    return not breaches(_validator({**schema, "$id": base}, contract, CURRENT_VERSION), instance)


def breaches(checked: Draft202012Validator, instance: Any) -> list[Breach]:
    """Every breach, required fields first: what is missing says more than what is odd."""
    # The stubs type JSON too narrowly for a body that a peer sent.
    errors: Any = checked
    found = [breach for error in errors.iter_errors(instance) for breach in _breaches(error)]
    return sorted(dict.fromkeys(found), key=lambda breach: breach.keyword != "required")


def _validator(schema: Mapping[str, Any], contract: str, version: str) -> Draft202012Validator:
    return Draft202012Validator(schema, registry=_registry(contract, version))


@cache
def _registry(contract: str, version: str) -> Registry[Any]:
    folder = data("specs") / contract / "schemas"
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    empty: Registry[Any] = Registry()
    return empty.with_contents((document["$id"], _as_of(document, version)) for document in read)


def _as_of(schema: Any, version: str) -> Any:
    """`schema` without the properties that do not exist in `version`."""
    if isinstance(schema, list):
        return [_as_of(item, version) for item in as_list(schema)]
    if not isinstance(schema, dict):
        return schema
    members = as_object(schema).items()
    return {key: _as_of(value, version) for key, value in members if version in _versions(value, version)}


def _versions(schema: Any, version: str) -> list[str]:
    """The versions that have a property: those of its `x-versions`, else every version."""
    return as_object(schema).get("x-versions", [version])


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
