"""A schema applied to values: which of its clauses a value reaches, and which it breaks.

Schemas carry their clauses in `x-clause` (docs/architecture.md). jsonschema validates; this module also records which
clauses' subschemas were applied. So a promise about a part that never came does not count as kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType]: its stub is untyped
from referencing import Registry

from messages_conformance.catalog.contracts.likeness import Likeness
from messages_conformance.catalog.contracts.schema import Schema, Steps, cited, clause_of, root
from messages_conformance.catalog.model import Contract
from messages_conformance.catalog.yaml.strict import show
from messages_conformance.errors import HarnessError

_CONSTRAINTS = frozenset(
    {"type", "const", "enum", "not", "multipleOf", "minLength", "maxLength", "pattern", "uniqueItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"minItems", "maxItems", "minProperties", "maxProperties"}
)
_OF_REQUESTS = frozenset({"request", "tokens-request"})

_DEPTH = 100
"""How many levels are read of a value nested too deeply to be read whole. No promise reaches that deep."""

_BREACHES = 1000
"""How many breaches of one value are reported. Nobody reads more, and a list of a million wrong blocks would take
hours."""

_REMEMBERED = 1000
"""How many sketches of values that broke nothing a reader remembers; then it begins anew."""


class Breach(NamedTuple):
    """One breach: the clause, the place, the keyword and its subschema, and the value that broke it. For a missing
    property the keyword is `required`, and `path` leads to where the property should be."""

    clause: str
    path: Steps
    schema: Schema
    keyword: str
    value: Any


@dataclass(slots=True)
class Findings:
    """The outcome of applying one schema to one value. `unknown` holds, by clause, members of open sets that the schema
    does not list."""

    reached: set[str] = field(default_factory=set[str])
    breaches: list[Breach] = field(default_factory=list[Breach])
    unknown: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


class SchemaReader:
    """One schema document, ready to be applied to many values.

    Raises HarnessError for a constraint that names no clause: its breach could not be reported.
    """

    def __init__(self, schema: Schema, registry: Registry[Any]) -> None:
        self._validator = _Validator(schema, registry=registry)
        # jsonschema applies these same objects, so their identity is a safe key as long as they are held.
        self._parts = parts = list(root(schema, registry).promises())
        held = [part.schema for part in parts]
        self._required = {
            id(part.schema): {name: part.clause_of_missing(name) for name in part.schema.get("required", ())}
            for part in parts
        }
        self._kept: dict[Hashable, Findings] = {}
        if any("$schema" in each for each in held[1:]):
            raise HarnessError(
                "a schema behind a reference names its dialect: jsonschema would drop our keywords there"
            )
        if unclaimed := [place for each in held for place in _unclaimed(each, self._required[id(each)])]:
            raise HarnessError(f"{schema.get('$id', 'a schema')}: constraints without a clause: {'; '.join(unclaimed)}")
        named = [*map(cited, held), *self._required.values()]
        self.clauses = tuple(sorted({clause for clauses in named for clause in clauses.values() if clause}))

    @cached_property
    def _known(self) -> _Known:
        """Found when the first value is read: a run reads few of the schemas that its plan asks for their clauses."""
        return _Known(
            required=self._required,
            cases={id(part.schema): case for part in self._parts if (case := _case(part.schema))},
            targets={id(part.schema): next(part.joined()) for part in self._parts if "$ref" in part.schema},
            likeness=Likeness(part.schema for part in self._parts),
        )

    def read(self, value: Any, broken: dict[Hashable, Findings] | None = None) -> Findings:
        """Apply the schema to any JSON value. Never raises on the value. Whoever reads the findings may not change
        them: they may be of a value like this one. If values are read of which only the first of each kind is shown,
        `broken` remembers those that broke something; a breach shows the value itself."""
        try:
            return self._read_once(value, {} if broken is None else broken)
        except RecursionError:
            return self._read(_pruned(value, _DEPTH))

    def _read_once(self, value: Any, broken: dict[Hashable, Findings]) -> Findings:
        sketch = self._known.likeness.sketch(value)
        if (known := self._kept.get(sketch) or broken.get(sketch)) is not None:
            return known
        findings = self._read(value)
        kept = broken if findings.breaches else self._kept
        if len(kept) >= _REMEMBERED:
            kept.clear()
        kept[sketch] = findings
        return findings

    def _read(self, value: Any) -> Findings:
        findings = Findings()
        token = _reading.set((findings, self._known))
        try:
            errors = islice(self._validator.iter_errors(value), _BREACHES)
            findings.breaches += [breach for error in errors if (breach := _breach(error))]
        finally:
            _reading.reset(token)
        return findings


def with_promises(contract: Contract, registry: Registry[Any]) -> Contract:
    """The contract with what its schemas of answers promise. Raises HarnessError like `SchemaReader`."""
    answers = {name: schema for name, schema in contract.schemas.items() if name not in _OF_REQUESTS}
    return replace(contract, promised={n: SchemaReader(schema, registry).clauses for n, schema in answers.items()})


class _Known(NamedTuple):
    """What is known about subschemas before any value is read, by their identity: the clauses of their required
    properties, the property value that selects a branch of a union, and the targets of references; and which values are
    alike."""

    required: Mapping[int, Mapping[str, str | None]]
    cases: Mapping[int, tuple[str, str]]
    targets: Mapping[int, Any]
    likeness: Likeness


def _case(schema: Schema) -> tuple[str, str] | None:
    """The property and value that select a branch of a union, if its condition is no more than that."""
    match schema:
        case {"if": {"properties": {**properties}, "required": [name], **more}, "then": _, **rest}:
            value: Any = properties.get(name, {}).get("const")
            alone = not more and not rest and len(properties) == 1 and properties[name] == {"const": value}
            return (name, value) if alone and isinstance(value, str) else None
        case _:
            return None


def _unclaimed(schema: Schema, required: Mapping[str, str | None]) -> Iterator[str]:
    yield from (f"required {name}" for name, clause in required.items() if clause is None)
    yield from (f"forbidden {name}" for name, part in schema.get("properties", {}).items() if part is False)
    closing = {k for k in ("additionalProperties", "unevaluatedProperties") if schema.get(k) is False}
    for keyword in sorted(_CONSTRAINTS & schema.keys() | closing):
        if clause_of(schema, keyword) is None:
            yield f"{keyword} {show(schema[keyword])}"


# --- keywords of our own --------------------------------------------------------------------------------------------

_reading: ContextVar[tuple[Findings, _Known]] = ContextVar("reading")


class _MissingError(ValidationError):
    """Reports a missing required property. The clause is the property's own, which the schema in the error lacks."""

    def __init__(self, name: str, clause: str | None) -> None:
        super().__init__(f"{name} is required")
        self.name = name
        self.clause = clause


def _keyword_clause(_validator: Any, _clause: Any, _instance: Any, schema: Any) -> None:
    _reading.get()[0].reached.update(cited(schema).values())


def _keyword_known(_validator: Any, known: Any, instance: Any, schema: Any) -> None:
    clause = clause_of(schema, "x-known") or clause_of(schema, "type")
    if clause and isinstance(instance, str) and instance not in known:
        _reading.get()[0].unknown.setdefault(clause, []).append(instance)


def _keyword_required(_validator: Any, required: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    clauses = _reading.get()[1].required.get(id(schema), {})
    for name in required:
        if name not in instance:
            yield _MissingError(name, clauses.get(name))


def _keyword_all_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Standard `allOf`, but only the branch of a union that matches is tried. jsonschema would try each in turn, which
    for the events of a stream costs more than all other judging."""
    cases = _reading.get()[1].cases
    for index, branch in enumerate(branches):
        case = cases.get(id(branch))
        if case is None:
            yield from validator.descend(instance, branch, schema_path=index)
        elif not isinstance(instance, dict) or cast("dict[str, Any]", instance).get(case[0]) == case[1]:
            yield from validator.descend(instance, branch["then"], schema_path=index)


def _keyword_ref(validator: Any, ref: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Standard `$ref`, but resolved once when the schema is read, not again for every value."""
    target = _reading.get()[1].targets.get(id(schema))
    if target is None:  # under `if` or `not`, where nothing is promised
        yield from Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema)
    else:
        yield from validator.descend(instance, target.schema, resolver=target.resolver)


def _keyword_items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Standard `items`, but an item like one that broke nothing is not read again."""
    if not isinstance(instance, list):
        return
    known, fine = _reading.get()[1], set[Hashable]()
    first = len(schema.get("prefixItems", ()))
    for index, item in enumerate(cast("list[Any]", instance)[first:], first):
        sketch = known.likeness.sketch(item)
        if sketch not in fine:
            errors = validator.descend(item, items, path=index)
            if (error := next(errors, None)) is None:
                fine.add(sketch)
            else:
                yield error
                yield from errors  # as far as anyone wants to know: an item may hold a million more


_KEYWORDS = {
    "x-clause": _keyword_clause,
    "x-known": _keyword_known,
    "required": _keyword_required,
    "allOf": _keyword_all_of,
    "items": _keyword_items,
    "$ref": _keyword_ref,
}
_Validator = cast("Any", extend(Draft202012Validator, _KEYWORDS))


def _breach(error: ValidationError) -> Breach | None:
    """The breach that an error reports. An alternative without a clause of its own (`anyOf`) reports its nearest
    branch. None if no clause is named at all; reading the schema has ruled that out."""
    schema: Any = error.schema if isinstance(error.schema, dict) else {}  # or false, which accepts no value
    keyword = str(error.validator)
    path, value = tuple(error.absolute_path), cast("Any", error.instance)
    if isinstance(error, _MissingError):
        return Breach(error.clause, (*path, error.name), schema, keyword, value) if error.clause else None
    if clause := clause_of(schema, keyword):
        return Breach(clause, path, schema, keyword, value)
    nearest = max(error.context or (), key=lambda inner: len(inner.absolute_path), default=None)
    return _breach(nearest) if nearest is not None else None


def _pruned(value: Any, depth: int) -> Any:
    """`value` with everything below `depth` levels emptied."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _pruned(member, depth - 1) for key, member in members.items()} if depth else {}
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in cast("list[Any]", value)] if depth else []
    return value
