"""One contract's request schema, asked what applies at a place of a request, and what a request breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.model import Contract

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = Mapping[str, Any]


class RequestSchema:
    """Reads `specs/<contract>/schemas/request.json`."""

    def __init__(self, contract: Contract, registry: Registry[Any]) -> None:
        self._root = contract.schemas["request"]
        self._resolver = registry.resolver_with_root(DRAFT202012.create_resource(self._root))
        self._validator: Any = Draft202012Validator(self._root, registry=registry)
        counting = contract.schemas.get("tokens-request")
        self._counting: Any = counting and Draft202012Validator(counting, registry=registry)

    def at(self, request: Any, path: Path) -> list[Schema]:
        """Every subschema that applies to the value at `path`, whose last part may be absent from `request`."""
        found = list(_expand(self._root, self._resolver, request))
        value = request
        for part in path:
            value = value[part] if isinstance(part, int) else value.get(part)
            found = [
                deeper
                for schema, resolver in found
                if (child := _child(schema, part)) is not None
                for deeper in _expand(child, resolver, value)
            ]
        return [schema for schema, _ in found]

    def breaches(self, request: Any, *, counting: bool = False) -> tuple[str, ...]:
        """The clauses that `request` breaks, in the schema's order; as one to count tokens if `counting`."""
        validator = self._counting if counting else self._validator
        clauses = [clause for error in validator.iter_errors(request) for clause in _clauses_of(error)]
        return tuple(dict.fromkeys(clauses))


def clause_of(schema: Schema, keyword: str) -> str | None:
    """The clause that stands behind one keyword of a subschema."""
    clause = schema.get("x-clause")
    if isinstance(clause, dict):
        by_keyword = cast("dict[str, str]", clause)
        return by_keyword.get(keyword, by_keyword.get("*"))
    return clause


def _clauses_of(error: Any) -> Iterator[str]:
    """What a jsonschema error breaks: the failing subschema's clause, or those of the properties that are missing."""
    schemas = [error.schema]
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        schemas = [error.schema.get("properties", {}).get(name, error.schema) for name in missing]
    for schema in schemas:
        if clause := clause_of(schema, error.validator):
            yield clause


def _expand(schema: Any, resolver: Any, value: Any) -> Iterator[tuple[Schema, Any]]:
    """The schema itself and what applies to the same value through $ref, allOf and if/then."""
    if not isinstance(schema, dict):
        return
    known = cast("dict[str, Any]", schema)
    yield known, resolver
    if "$ref" in known:
        target = resolver.lookup(known["$ref"])
        yield from _expand(target.contents, target.resolver, value)
    for part in known.get("allOf", ()):
        yield from _expand(part, resolver, value)
    condition: Any = Draft202012Validator(known.get("if", True))
    if "then" in known and condition.is_valid(value):
        yield from _expand(known["then"], resolver, value)


def _child(schema: Schema, part: str | int) -> Any:
    return schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
