"""A JSON value cut down to what a schema lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from messages_conformance.reference.contract import schemas
from messages_conformance.reference.narrow import as_list, as_object


def listed_only(value: Any, contract: str, name: str) -> Any:
    """`value` without the properties that schema `name` of `contract` does not list.

    An object for which the schema lists no properties at all is left alone: the document shows it as open.
    """
    document = schemas.document(contract, name)
    return _project(value, [(document, document["$id"])], contract)


def _project(value: Any, shapes: list[tuple[Any, str]], contract: str) -> Any:
    parts = [part for schema, base in shapes for part in _parts(schema, base, value, contract)]
    if isinstance(value, list):
        items = [(part["items"], base) for part, base in parts if "items" in part]
        return [_project(item, items, contract) for item in as_list(value)]
    if not isinstance(value, dict):
        return value
    listed: dict[str, list[tuple[Any, str]]] = {}
    for part, base in parts:
        for name, schema in part.get("properties", {}).items():
            listed.setdefault(name, []).append((schema, base))
    members = as_object(cast("Any", value))
    if not listed:
        return members
    return {name: _project(item, listed[name], contract) for name, item in members.items() if name in listed}


def _parts(schema: Any, base: str, value: Any, contract: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """`schema` and every subschema about the same value: references, `allOf`, and the branch that is meant."""
    shape = as_object(schema)
    yield shape, base
    if "$ref" in shape:
        yield from _parts(*schemas.resolve(contract, base, shape["$ref"]), value, contract)
    for part in shape.get("allOf", []):
        yield from _parts(part, base, value, contract)
    if "if" in shape:
        branch = "then" if schemas.accepts(contract, base, shape["if"], value) else "else"
        yield from _parts(shape.get(branch), base, value, contract)
