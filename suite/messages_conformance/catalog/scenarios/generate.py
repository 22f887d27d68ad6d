"""Scenarios that follow mechanically from the request schemas: a missing field, a wrong type, values at, inside and
outside a bound, an enum member that does not exist.

Scenario files say where to look (`generate:` entries: a valid base request and the objects in it to vary); the schemas
say what to vary and what each contract expects of it. One scenario per distinct request: where contracts disagree (a
temperature of 1.5), it carries one expectation per contract, and the same exchange answers both questions.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.contracts.request_schema import RequestSchema
from messages_conformance.catalog.contracts.schema import Edition, Steps, clause_of
from messages_conformance.catalog.model import VARIANT, CheckUse, Expect, Level, Scenario, Step
from messages_conformance.catalog.scenarios.loading import Generator
from messages_conformance.errors import Problem, UserError, Where

_ABSENT = object()

# For every JSON type, a value of another type that no lenient parser could read as the right one.
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
    """One change to the base request: set `path` to `value`, or remove it. `label` ends the scenario's id."""

    kind: Literal["missing", "type", "enum", "bounds", "case"]
    path: Steps
    label: str
    title: str
    value: Any

    @property
    def top(self) -> str:
        """The top-level key that is varied; empty if the whole request is."""
        return str(self.path[0]) if self.path else ""


def generate(generators: Iterable[Generator], schemas: Mapping[str, RequestSchema]) -> tuple[Scenario, ...]:
    """All generated scenarios, in the order of their generators; a request that two generators make is kept once.

    Raises UserError for a skipped case that does not exist, and for a path at which the base request has no object.
    """
    made: dict[str, Scenario] = {}
    for generator in generators:
        for scenario in _scenarios(generator, schemas):
            made.setdefault(scenario.id, scenario)
    return tuple(made.values())


def _scenarios(generator: Generator, schemas: Mapping[str, RequestSchema]) -> Iterator[Scenario]:
    data = generator.data
    base = {"model": "${model}", **data["base"]}
    skip: Mapping[str, str] = data.get("skip", {})
    found = [
        variation
        for place in data.get("objects", ())
        for variation in _variations(
            data.get("vary", ()), base, _object_at(base, place, generator), tuple(schemas.values())
        )
    ]
    written = tuple(_cases(generator, base))
    labels = {variation.label for variation in found}
    known = labels | {variation.label for variation in written}
    # A named case that does not exist was renamed. Unnoticed, a skipped case would be sent, and a wanted one never.
    wrong = [f"`skip:` names `{label}`, which is no case of this generator" for label in set(skip) - labels]
    wrong += [
        f"`asked:` names `{label}`, which is no case of this generator" for label in set(data.get("asked", ())) - known
    ]
    if wrong:
        raise UserError(*(Problem(message, generator.where) for message in sorted(wrong)))
    asked = {name: schema for name, schema in schemas.items() if name in data.get("contracts", schemas)}
    for variation in found:
        if variation.label not in skip:
            yield _scenario(generator, variation, _apply(base, variation), asked)
    for variation in written:
        scenario = _scenario(generator, variation, _apply(base, variation), asked)
        if not scenario.steps[0].checks:  # it would be sent, and no answer to it could ever be wrong
            raise UserError(Problem(f"case `{variation.label}`: no contract refuses it", generator.where))
        yield scenario


def _cases(generator: Generator, base: Any) -> Iterator[Variation]:
    """The variations under `cases:`, which no schema says how to make; the schemas still say what to expect of them. A
    case whose value is `$absent` removes its key."""
    for label, change in generator.data.get("cases", {}).items():
        ((pointer, value),) = change.items()
        title = label.replace(".", " ").replace("-", " ")
        variation = Variation("case", _parse(pointer), label, title, _ABSENT if value == "$absent" else value)
        try:
            _apply(base, variation)
        except (LookupError, TypeError):
            where = generator.where
            raise UserError(Problem(f"case `{label}`: the base request has no place `{pointer}`", where)) from None
        yield variation


def _variations(kinds: Sequence[str], base: Any, place: Steps, schemas: Sequence[RequestSchema]) -> Iterator[Variation]:
    target = _get(base, place)
    for key in _property_names(base, place, schemas):
        path = (*place, key)
        label = ".".join(str(part) for part in path)
        applied = [schema for contract in schemas for schema in contract.at(base, path)]
        if "missing" in kinds and key in target and _required(base, place, key, schemas):
            yield Variation("missing", path, label, f"{label} left out", _ABSENT)
        if "type" in kinds and key in target and (value := _wrong(_types(applied))) is not None:
            yield Variation("type", path, f"{label}.wrong-type", f"{label} of a wrong type", value)
        if "enum" in kinds and key in target and any("enum" in s or "const" in s for s in applied):
            yield Variation(
                "enum", path, f"{label}.foreign-member", f"{label} with a value that does not exist", "mauve"
            )
        if "bounds" in kinds:
            for value, text in _edges(applied):
                yield Variation("bounds", path, f"{label}.{text}", f"{label} = {text}", value)


def _property_names(base: Any, place: Steps, schemas: Sequence[RequestSchema]) -> list[str]:
    """The base request's own keys first, then every numeric property that some contract bounds there."""
    declared = {
        name: None
        for contract in schemas
        for schema in contract.at(base, place)
        for name in schema.get("properties", {})
    }
    return list(dict.fromkeys([*_get(base, place), *declared]))


def _required(base: Any, place: Steps, key: str, schemas: Sequence[RequestSchema]) -> bool:
    return any(key in schema.get("required", ()) for contract in schemas for schema in contract.at(base, place))


def _types(applied: Iterable[Mapping[str, Any]]) -> set[str]:
    types: set[str] = set()
    for schema in applied:
        declared = schema.get("type", ())
        types |= {declared} if isinstance(declared, str) else set(declared)
    return types


def _wrong(types: set[str]) -> Any:
    """A value of none of `types`, or None if every stand-in would be accepted."""
    return next(
        (v for t, v in _WRONG.items() if t in types and ("string" if isinstance(v, str) else "object") not in types),
        None,
    )


def _edges(applied: Iterable[Mapping[str, Any]]) -> list[tuple[Any, str]]:
    """Each bound of each contract: at it, one step inside, one step outside; one step is 1 or 0.01. An array that must
    not be empty is also sent empty."""
    values: dict[str, Any] = {}
    for schema in applied:
        if schema.get("minItems") == 1:
            return [([], "empty")]
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
    generator: Generator, variation: Variation, request: Any, schemas: Mapping[str, RequestSchema]
) -> Scenario:
    data = generator.data
    headers, counting = data.get("headers", {}), data.get("route") == "count_tokens"
    uses: list[CheckUse] = []
    expected: set[str] = set()
    for contract, schema in schemas.items():
        if counting and contract != CANONICAL:
            continue  # no other contract describes that body
        breached = schema.breaches(request, Edition.of(headers), counting=counting)
        if breached:
            found = _refusals(contract, breached, variation, generator.where)
        else:
            found = _acceptances(contract, schema.at(request, variation.path), variation, generator.where)
        if found:
            expected.add("error" if breached else "message")
            uses += found
    expect: Expect = "any" if len(expected) > 1 else "error" if "error" in expected else "message"
    step = Step(
        id="ask",
        method="POST",
        route=data.get("route", "messages"),
        body=_body(request),
        headers=headers,
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
        needs=(*data.get("needs", ()), *data.get("needs_for", {}).get(variation.top, ())),
        tags=frozenset({"generated", *_rank(data, variation.label), *data.get("tags", ())}),
        steps=(step,),
        where=generator.where,
        twin=data["twin"] if "error" in expected else None,
    )


def _rank(data: Mapping[str, Any], label: str) -> tuple[str, ...]:
    return () if label in data.get("asked", (label,)) else (VARIANT,)


def _body(request: Any) -> Any:
    """A step's body. The plan fills in the model, unless the case is about leaving it out. A body that is no object is
    sent as it is."""
    if not isinstance(request, dict):
        return json.dumps(request)
    sent = cast("dict[str, Any]", request)
    body = {key: value for key, value in sent.items() if value != "${model}"}
    return body if "model" in sent else {**body, "model": None}


def _refusals(contract: str, breached: tuple[str, ...], variation: Variation, where: Where) -> list[CheckUse]:
    documented = contract == CANONICAL
    # A documented range says what may be sent. It only implies that everything else is refused.
    cap = None if documented or variation.kind == "missing" else Level.SHOULD
    refused = CheckUse("error.refused", {}, where, breached, contract, cap)
    if not documented:
        return [refused]
    dotted = ".".join(str(part) for part in variation.path)
    named = [CheckUse("error.names-field", {"field": dotted}, where, contract=contract)] if dotted else []
    return [
        refused,
        CheckUse("error.status", {"status": 400}, where, contract=contract),
        CheckUse("error.type", {"type": "invalid_request_error"}, where, contract=contract),
        *named,
    ]


def _acceptances(
    contract: str, applied: Iterable[Mapping[str, Any]], variation: Variation, where: Where
) -> list[CheckUse]:
    """A documented range promises to accept the values inside it; without a bound nothing is promised."""
    if variation.kind != "bounds":
        return []
    bounds = [clause_of(schema, word) for schema in applied for word in ("minimum", "maximum") if word in schema]
    clauses = dict.fromkeys(clause for clause in bounds if clause)
    return [CheckUse("answer.accepted", {}, where, tuple(clauses), contract)] if clauses else []


def _object_at(base: Any, pointer: str, generator: Generator) -> Steps:
    path = _parse(pointer)
    try:
        found = _get(base, path)
    except (LookupError, TypeError):
        found = None
    if not isinstance(found, dict):
        raise UserError(Problem(f"the base request has no object at `{pointer}`", generator.where))
    return path


def _parse(pointer: str) -> Steps:
    parts = pointer.split("/")[1:] if pointer else []
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _get(request: Any, path: Steps) -> Any:
    for part in path:
        request = request[part]
    return request


def _apply(base: Any, variation: Variation) -> Any:
    if not variation.path:
        return variation.value
    request = copy.deepcopy(base)
    parent = _get(request, variation.path[:-1])
    if variation.value is _ABSENT:
        del parent[variation.path[-1]]
    else:
        parent[variation.path[-1]] = variation.value
    return request
