"""One contract's request schema, asked what applies at a place of a request, and what a request breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias, cast

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.model import Contract

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = Mapping[str, Any]

BETA_HEADER: Final = "anthropic-beta"


class RequestSchema:
    """Reads `specs/<contract>/schemas/request.json`."""

    def __init__(self, contract: Contract, registry: Registry[Any]) -> None:
        self._contract = contract
        self._registry = registry
        self._root = contract.schemas["request"]
        self._resolver = registry.resolver_with_root(DRAFT202012.create_resource(self._root))
        self._validator = cache(self._validator_of)

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

    def breaches(self, request: Any, *, counting: bool = False, betas: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The clauses that `request` breaks, in the schema's order, where it is sent with `betas`; as one to count
        tokens if `counting`."""
        validator = self._validator("tokens-request" if counting else "request", betas)
        clauses = [clause for error in validator.iter_errors(request) for clause in _clauses_of(error)]
        return tuple(dict.fromkeys(clauses))

    def _validator_of(self, name: str, betas: frozenset[str]) -> Any:
        parts = ((part["$id"], _with_betas(part, betas)) for part in self._contract.parts.values())
        sent_with = self._registry.with_resources((id_, DRAFT202012.create_resource(part)) for id_, part in parts)
        return Draft202012Validator(_with_betas(self._contract.schemas[name], betas), registry=sent_with)


def betas_of(headers: Mapping[str, str | None]) -> frozenset[str]:
    """The betas that a step's own headers name."""
    named = [value or "" for name, value in headers.items() if name.lower() == BETA_HEADER]
    return frozenset(part.strip() for value in named for part in value.split(",")) - {""}


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


def _with_betas(schema: Any, betas: frozenset[str]) -> Any:
    """`schema` as it is for requests that name `betas`: other properties (`x-betas`) do not exist, and a branch of a
    union that does not exist takes no value."""
    if isinstance(schema, list):
        return [_with_betas(item, betas) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    told: dict[str, Any] = {}
    for key, part in cast("dict[str, Any]", schema).items():
        inner = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        if "x-betas" not in inner or betas.intersection(inner["x-betas"]):
            told[key] = _with_betas(part, betas)
        elif key == "then":
            told[key] = {"not": {}, "x-clause": inner.get("x-clause")}
    return told


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
