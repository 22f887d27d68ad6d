"""Scenarios that follow mechanically from the request schemas: a field missing, a wrong type, a bound at, inside and
outside, a foreign enum member.

Scenario files say where to look (`generate:` entries: a valid base request and the objects in it to vary); the schemas
say what to vary and what each contract expects of it. One scenario per distinct request: where contracts disagree (a
temperature of 1.5), it carries one expectation per contract, and the same exchange answers both questions.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.model import CheckUse, Contract, Expect, Level, Scenario, Step
from messages_conformance.catalog.scenarios import Generator

Path: TypeAlias = tuple[str | int, ...]
CANONICAL = "anthropic"
_ABSENT = object()

# For every JSON type a value of another type that no lenient parser could read as the right one.
_WRONG: Mapping[str, Any] = {
    "string": {"not": "a string"},
    "integer": "many",
    "number": "warm",
    "boolean": "sometimes",
    "array": "not a list",
    "object": "not an object",
}


@dataclass(frozen=True, slots=True)
class Variation:
    """One change to the base request: at `path`, to `value` (or removal). The scenario's id is `request.` and `label`."""

    kind: Literal["missing", "type", "enum", "bounds"]
    path: Path
    label: str
    title: str
    value: Any


def generate(
    generators: Iterable[Generator], contracts: Mapping[str, Contract], registry: Registry[Any]
) -> tuple[Scenario, ...]:
    """All generated scenarios, in the order of their generators; a request that two of them vary is kept once."""
    schemas = {c.id: _Schema(c, registry) for c in contracts.values() if "request" in c.schemas}
    made = [scenario for generator in generators for scenario in _scenarios(generator, schemas)]
    return tuple({scenario.id: scenario for scenario in reversed(made)}.values())[::-1]


class _Schema:
    """One contract's request schema, asked two things: what applies at a path, and what a request breaks."""

    def __init__(self, contract: Contract, registry: Registry[Any]) -> None:
        self.contract = contract.id
        document = contract.schemas["request"]
        self._root = document
        self._resolver = registry.resolver_with_root(DRAFT202012.create_resource(document))
        self._validator = Draft202012Validator(document, registry=registry)

    def at(self, request: Any, path: Path) -> list[Mapping[str, Any]]:
        """Every subschema that applies to the value at `path` of a valid `request`."""
        found = self._expand(self._root, self._resolver, request)
        value = request
        for part in path:
            value = value[part] if part in value or isinstance(part, int) else None
            found = [
                deeper
                for schema, resolver in found
                if (child := _child(schema, part)) is not None
                for deeper in self._expand(child, resolver, value)
            ]
        return [schema for schema, _ in found]

    def breaches(self, request: Any) -> tuple[str, ...]:
        """The clauses that `request` breaks, in the schema's order."""
        clauses = [_clause_of(error) for error in self._validator.iter_errors(request)]
        return tuple(dict.fromkeys(clause for clause in clauses if clause))

    def _expand(self, schema: Any, resolver: Any, value: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
        if not isinstance(schema, dict):
            return
        yield schema, resolver  # pyright: ignore[reportUnknownVariableType]
        if "$ref" in schema:
            target = resolver.lookup(schema["$ref"])
            yield from self._expand(target.contents, target.resolver, value)
        for part in schema.get("allOf", ()):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            yield from self._expand(part, resolver, value)
        if "if" in schema and "then" in schema:
            condition = self._validator.evolve(schema=schema["if"], _resolver=resolver)
            if condition.is_valid(value):
                yield from self._expand(schema["then"], resolver, value)


def _child(schema: Mapping[str, Any], part: str | int) -> Any:
    return schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)


def _clause_of(error: Any) -> str | None:
    """The clause that a jsonschema error breaks: the failing subschema's, or the missing property's."""
    schema, keyword = error.schema, error.validator
    if keyword == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        schema = schema.get("properties", {}).get(missing, schema)
    clause = schema.get("x-clause")
    return clause.get(keyword, clause.get("*")) if isinstance(clause, dict) else clause


def _scenarios(generator: Generator, schemas: Mapping[str, _Schema]) -> Iterator[Scenario]:
    data = generator.data
    base = {"model": "${model}", **data["base"]}
    skip: Mapping[str, str] = data.get("skip", {})
    for place in data["objects"]:
        for variation in _variations(data["vary"], base, _parse(place), tuple(schemas.values())):
            if variation.label not in skip:
                yield _scenario(generator, variation, _apply(base, variation), schemas)


def _variations(kinds: Sequence[str], base: Any, place: Path, schemas: Sequence[_Schema]) -> Iterator[Variation]:
    target = _get(base, place)
    for key in _property_names(base, place, schemas):
        path = (*place, key)
        label = ".".join(str(part) for part in path)
        applied = [schema for contract in schemas for schema in contract.at(base, path)]
        if "missing" in kinds and key in target and _required(base, place, key, schemas):
            yield Variation("missing", path, label, f"`{label}` left out", _ABSENT)
        if "type" in kinds and key in target and (value := _wrong(_types(applied))) is not None:
            yield Variation("type", path, f"{label}.wrong-type", f"`{label}` of a wrong type", value)
        if "enum" in kinds and key in target and any("enum" in s or "const" in s for s in applied):
            yield Variation("enum", path, f"{label}.foreign-member", f"`{label}` with a value that does not exist", "mauve")
        if "bounds" in kinds:
            for value, text in _edges(applied):
                yield Variation("bounds", path, f"{label}.{text}", f"`{label}` = {text}", value)


def _property_names(base: Any, place: Path, schemas: Sequence[_Schema]) -> list[str]:
    """The base request's own keys first, then every numeric property that some contract bounds there."""
    declared = {
        name: None
        for contract in schemas
        for schema in contract.at(base, place)
        for name in schema.get("properties", {})
    }
    return list(dict.fromkeys([*_get(base, place), *declared]))


def _required(base: Any, place: Path, key: str, schemas: Sequence[_Schema]) -> bool:
    return any(key in schema.get("required", ()) for contract in schemas for schema in contract.at(base, place))


def _types(applied: Iterable[Mapping[str, Any]]) -> set[str]:
    types: set[str] = set()
    for schema in applied:
        declared = schema.get("type", ())
        types |= {declared} if isinstance(declared, str) else set(declared)
    return types


def _wrong(types: set[str]) -> Any:
    """A value of none of `types`, or None where every stand-in would be taken."""
    return next((v for t, v in _WRONG.items() if t in types and ("string" if isinstance(v, str) else "object") not in types), None)


def _edges(applied: Iterable[Mapping[str, Any]]) -> list[tuple[Any, str]]:
    """Each bound of each contract: at, one step inside, one step outside; one step is 1 or 0.01."""
    values: dict[str, Any] = {}
    for schema in applied:
        whole = "integer" in _types([schema])
        for keyword, outward in (("minimum", -1), ("maximum", 1)):
            bound = schema.get(keyword)
            if bound is None:
                continue
            step = 1 if whole else 0.01
            for value in (bound - outward * step, bound, bound + outward * step):
                exact = int(value) if whole else round(float(value), 2)
                values.setdefault(str(exact), exact)
    return sorted(((value, text) for text, value in values.items()), key=lambda pair: pair[0])


def _scenario(
    generator: Generator, variation: Variation, request: Any, schemas: Mapping[str, _Schema]
) -> Scenario:
    data = generator.data
    uses: list[CheckUse] = []
    expected: set[str] = set()
    for contract, schema in schemas.items():
        breached = schema.breaches(request)
        expectations = _expectations(contract, breached, schema, variation, request, generator)
        if expectations:
            expected.add("error" if breached else "message")
            uses += expectations
    expect: Expect = "any" if len(expected) > 1 else "error" if "error" in expected else "message"
    body = {key: value for key, value in request.items() if value != "${model}"}
    if "model" not in request:
        body["model"] = None
    step = Step(
        id="ask",
        method="POST",
        route=data.get("route", "messages"),
        body=body,
        headers={},
        expect=expect,
        capture={},
        checks=tuple(uses),
        where=generator.where,
        role=data.get("role", "cheap"),
    )
    return Scenario(
        id=f"request.{variation.label}",
        area=generator.area,
        title=variation.title,
        why=data["why"],
        needs=(*data.get("needs", ()), *data.get("needs_for", {}).get(_top(variation.path), ())),
        tags=frozenset({"generated", *data.get("tags", ())}),
        steps=(step,),
        where=generator.where,
        twin=data["twin"] if "error" in expected else None,
        generated=True,
    )


def _expectations(
    contract: str,
    breached: tuple[str, ...],
    schema: _Schema,
    variation: Variation,
    request: Any,
    generator: Generator,
) -> list[CheckUse]:
    where = generator.where
    if not breached:
        # Only a documented range is a promise to take the values inside it; a missing bound promises nothing.
        if variation.kind != "bounds":
            return []
        clauses = _acceptance_clauses(contract, schema, variation, request)
        return [CheckUse("answer.accepted", {}, where, clauses, contract)] if clauses else []
    documented = contract == CANONICAL
    # A document that gives a range says what may be sent. That everything else is refused, it only implies.
    cap = None if documented or variation.value is _ABSENT else Level.SHOULD
    refused = CheckUse("error.refused", {}, where, breached, contract, cap)
    if not documented:
        return [refused]
    dotted = ".".join(str(part) for part in variation.path)
    return [
        refused,
        CheckUse("error.status", {"status": 400}, where, contract=contract),
        CheckUse("error.type", {"type": "invalid_request_error"}, where, contract=contract),
        CheckUse("error.names-field", {"field": dotted}, where, contract=contract),
    ]


def _acceptance_clauses(contract: str, schema: _Schema, variation: Variation, request: Any) -> tuple[str, ...]:
    """What promises that a value inside the bounds is taken: the bound's own clause."""
    clauses: dict[str, None] = {}
    for applied in schema.at(request, variation.path):
        clause = applied.get("x-clause")
        for keyword in ("minimum", "maximum", "type"):
            if keyword in applied:
                named = clause.get(keyword, clause.get("*")) if isinstance(clause, dict) else clause
                if named:
                    clauses[named] = None
    if contract == CANONICAL and clauses:
        clauses[f"{CANONICAL}:http.accepts-valid-request"] = None
    return tuple(clauses)


def _parse(pointer: str) -> Path:
    parts = pointer.split("/")[1:] if pointer else []
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _top(path: Path) -> str:
    return str(path[0])


def _get(request: Any, path: Path) -> Any:
    for part in path:
        request = request[part]
    return request


def _apply(base: Any, variation: Variation) -> Any:
    request = copy.deepcopy(base)
    parent = _get(request, variation.path[:-1])
    if variation.value is _ABSENT:
        del parent[variation.path[-1]]
    else:
        parent[variation.path[-1]] = variation.value
    return request
