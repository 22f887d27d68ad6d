"""One contract's request schema: what applies at a place of a request, and what a request breaks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.contracts.reader import SchemaReader
from messages_conformance.catalog.contracts.schema import PLAIN, Edition, Part, Schema, Steps, root
from messages_conformance.catalog.contracts.schema_documents import as_of
from messages_conformance.catalog.model import Contract


class RequestSchema:
    """Reads `specs/<contract>/schemas/request.json`."""

    def __init__(self, contract: Contract, registry: Registry[Any]) -> None:
        self._contract = contract
        self._registry = registry
        self._root = root(contract.schemas["request"], registry)
        self._reader = cache(self._reader_of)

    def at(self, request: Any, path: Steps) -> list[Schema]:
        """Every subschema that applies, in some edition, to the value at `path`. The last part of `path` may be absent
        from `request`."""
        found = _applied([self._root], request)
        value = request
        for step in path:
            value = value[step] if isinstance(step, int) else value.get(step)
            found = _applied([child for part in found if (child := _child(part, step))], value)
        return [part.schema for part in found]

    def breaches(self, request: Any, edition: Edition = PLAIN, *, counting: bool = False) -> tuple[str, ...]:
        """The clauses that `request` breaks in `edition`, in the schema's order. With `counting`, it is judged as a
        request to count tokens."""
        found = self._reader("tokens-request" if counting else "request", edition).read(request)
        return tuple(dict.fromkeys(breach.clause for breach in found.breaches))

    def _reader_of(self, name: str, edition: Edition) -> SchemaReader:
        seen = as_of(self._contract, edition)
        parts = ((part["$id"], DRAFT202012.create_resource(part)) for part in seen.parts.values())
        return SchemaReader(seen.schemas[name], self._registry.with_resources(parts))


def _applied(parts: Iterable[Part], value: Any) -> list[Part]:
    def holds(condition: Schema) -> bool:
        validator: Any = Draft202012Validator(condition)
        return validator.is_valid(value)

    return [applied for part in parts for applied in part.applied(holds)]


def _child(part: Part, step: str | int) -> Part | None:
    child = part.schema.get("items") if isinstance(step, int) else part.schema.get("properties", {}).get(step)
    return part.at(child) if isinstance(child, dict) else None
