"""A response schema read as promises: which of its clauses a value reaches, and which it breaks.

Schemas carry their clauses in `x-clause` (docs/architecture.md). Validation is jsonschema's; what is added here is the
record of the clauses whose subschema was applied, so that a promise about a part which never came is not taken for
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType]: its stub is untyped
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from messages_conformance.catalog.contracts.request_schema import clause_of
from messages_conformance.checks.answer.events import as_object
from messages_conformance.checks.answer.view import shown
from messages_conformance.errors import HarnessError

_NAMED_SUBSCHEMAS = frozenset({"properties", "patternProperties", "dependentSchemas"})
_LISTED_SUBSCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SUBSCHEMAS = frozenset(
    {"then", "else", "items", "contains", "propertyNames", "additionalProperties", "unevaluatedProperties"}
)
_BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_CONSTRAINTS = frozenset({"type", "const", "enum", "not", "multipleOf", "minLength", "maxLength", "pattern"}).union(
    _BOUNDS, {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"}
)
_DEPTH = 100
"""Levels of nesting that are read of a value which is nested too deeply to be read whole. No promise goes near it."""

_BREACHES = 1000
"""Breaches of one value that are told. Nobody reads more, and a list of a million wrong blocks would take hours."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: of which clause, where (a JSON pointer), what was promised and what came."""

    clause: str
    pointer: str
    expected: str
    actual: str


@dataclass(slots=True)
class Findings:
    """What one value did to one schema. `unknown` holds, by clause, members of open sets that the schema does not
    know."""

    reached: set[str] = field(default_factory=set[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    unknown: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


class SchemaReader:
    """One schema document, ready to be applied to many values.

    Raises HarnessError where a constraint names no clause: its breach could not be reported under any promise.
    """

    def __init__(self, schema: Mapping[str, Any], registry: Registry[Any]) -> None:
        self._validator = _Validator(schema, registry=registry)
        resolver = registry.resolver_with_root(DRAFT202012.create_resource(schema))
        subschemas = list(_walk(schema, resolver, set()))
        # jsonschema applies these very objects, so that identity is a safe key for as long as they are held.
        self._held = [subschema for subschema, _ in subschemas]
        self._required = {
            id(subschema): {name: _required_clause(subschema, name, at) for name in subschema.get("required", ())}
            for subschema, at in subschemas
        }
        if any("$schema" in subschema for subschema in self._held[1:]):
            raise HarnessError(
                "a schema behind a reference names its dialect: jsonschema would drop our keywords there"
            )
        self._cases = {id(subschema): case for subschema in self._held if (case := _case(subschema))}
        self._targets = {
            id(subschema): at.lookup(subschema["$ref"]) for subschema, at in subschemas if "$ref" in subschema
        }
        unclaimed = [place for subschema, _ in subschemas for place in _unclaimed(subschema, self._required)]
        if unclaimed:
            raise HarnessError(f"{schema.get('$id', 'a schema')}: constraints without a clause: {'; '.join(unclaimed)}")
        named = [_entries(subschema.get("x-clause")).values() for subschema in self._held]
        required = [names.values() for names in self._required.values()]
        self.clauses = tuple(sorted({clause for clauses in (*named, *required) for clause in clauses if clause}))

    def read(self, value: Any) -> Findings:
        """Apply the schema to any JSON value. Never raises on the value."""
        try:
            return self._read(value)
        except RecursionError:
            return self._read(_pruned(value, _DEPTH))

    def _read(self, value: Any) -> Findings:
        findings = Findings()
        token = _reading.set(_Reading(findings, self._required, self._cases, self._targets))
        try:
            for error in islice(self._validator.iter_errors(value), _BREACHES):
                if violation := _violation(error):
                    findings.violations.append(violation)
        finally:
            _reading.reset(token)
        return findings


# --- keywords of our own --------------------------------------------------------------------------------------------


class _Reading(NamedTuple):
    """What the keywords need while a value is read; subschemas are known by their identity."""

    findings: Findings
    required: Mapping[int, Mapping[str, str | None]]
    cases: Mapping[int, tuple[str, str]]
    targets: Mapping[int, Any]


_reading: ContextVar[_Reading] = ContextVar("reading")


class _MissingError(ValidationError):
    """A required property that did not come. The clause is the property's, which the error's schema does not hold."""

    def __init__(self, name: str, clause: str | None) -> None:
        super().__init__(f"{name} is required")
        self.name = name
        self.clause = clause


def _keyword_clause(_validator: Any, clause: Any, _instance: Any, _schema: Any) -> None:
    _reading.get().findings.reached.update(_entries(clause).values())


def _keyword_known(_validator: Any, known: Any, instance: Any, schema: Any) -> None:
    findings = _reading.get().findings
    clause = clause_of(schema, "x-known") or clause_of(schema, "type")
    if clause and isinstance(instance, str) and instance not in known:
        findings.unknown.setdefault(clause, []).append(instance)


def _keyword_required(_validator: Any, required: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    clauses = _reading.get().required.get(id(schema), {})
    for name in required:
        if name not in instance:
            yield _MissingError(name, clauses.get(name))


def _keyword_all_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """As it always is, but a union is entered at the one branch that is meant. jsonschema would try each in turn, which
    for the events of a stream costs more than all the rest of judging it."""
    cases = _reading.get().cases
    for index, branch in enumerate(branches):
        case = cases.get(id(branch))
        if case is None:
            yield from validator.descend(instance, branch, schema_path=index)
        elif not isinstance(instance, dict) or cast("dict[str, Any]", instance).get(case[0]) == case[1]:
            yield from validator.descend(instance, branch["then"], schema_path=index)


def _keyword_ref(validator: Any, ref: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As it always is, but the reference was looked up when the schema was read, not again for every value."""
    target = _reading.get().targets.get(id(schema))
    if target is None:  # under `if` or `not`, where the reader of the schema does not go
        yield from Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema)
    else:
        yield from validator.descend(instance, target.contents, resolver=target.resolver)


_KEYWORDS = {
    "x-clause": _keyword_clause,
    "x-known": _keyword_known,
    "required": _keyword_required,
    "allOf": _keyword_all_of,
    "$ref": _keyword_ref,
}
_Validator = cast("Any", extend(Draft202012Validator, _KEYWORDS))

# --- reading a schema -----------------------------------------------------------------------------------------------


def _entries(clause: Any) -> dict[str, str]:
    """An `x-clause` as an object from keyword to clause id."""
    if isinstance(clause, str):
        return {"*": clause}
    return cast("dict[str, str]", clause) if isinstance(clause, dict) else {}


def _walk(schema: Any, resolver: Any, seen: set[int]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Every subschema that can be applied to a part of a value, with the resolver for its references. What stands
    under `if` and `not` asks a question and promises nothing."""
    if not isinstance(schema, dict) or id(cast("Any", schema)) in seen:
        return
    subschema = cast("dict[str, Any]", schema)
    seen.add(id(subschema))
    yield subschema, resolver
    for keyword, value in subschema.items():
        if keyword == "$ref":
            target = resolver.lookup(value)
            yield from _walk(target.contents, target.resolver, seen)
        elif keyword in _NAMED_SUBSCHEMAS:
            for part in value.values():
                yield from _walk(part, resolver, seen)
        elif keyword in _LISTED_SUBSCHEMAS:
            for part in value:
                yield from _walk(part, resolver, seen)
        elif keyword in _SUBSCHEMAS:
            yield from _walk(value, resolver, seen)


def _case(schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """The property and the value that a branch of a union asks for, where it asks for nothing else."""
    match schema:
        case {"if": {"properties": {**properties}, "required": [name], **more}, "then": _, **rest}:
            value: Any = properties.get(name, {}).get("const")
            alone = not more and not rest and len(properties) == 1 and properties[name] == {"const": value}
            return (name, value) if alone and isinstance(value, str) else None
        case _:
            return None


def _required_clause(schema: Mapping[str, Any], name: str, resolver: Any) -> str | None:
    """The clause that is broken when property `name` is missing: the property's own, through one reference if need
    be, else the object's."""
    named = as_object(schema.get("properties", {}).get(name)) or {}
    referred = as_object(resolver.lookup(named["$ref"]).contents) if "$ref" in named else None
    candidates = (clause_of(s, "required") for s in (named, referred or {}, schema))
    return next((clause for clause in candidates if clause), None)


def _unclaimed(schema: Mapping[str, Any], required: Mapping[int, Mapping[str, str | None]]) -> Iterator[str]:
    for name, clause in required[id(schema)].items():
        if clause is None:
            yield f"required {name}"
    closing = {k for k in ("additionalProperties", "unevaluatedProperties") if schema.get(k) is False}
    for name, part in schema.get("properties", {}).items():
        if part is False:
            yield f"forbidden {name}"
    for keyword in sorted(_CONSTRAINTS & schema.keys() | closing):
        if clause_of(schema, keyword) is None:
            yield f"{keyword} {shown(schema[keyword])}"


# --- reading an error -----------------------------------------------------------------------------------------------


def _violation(error: ValidationError) -> Violation | None:
    """The breach that an error tells of. An alternative that names no clause itself (`anyOf`) speaks of the branch that
    came nearest. None where no clause is named at all, which the reader of the schema has ruled out."""
    if isinstance(error, _MissingError):
        if error.clause is None:
            return None
        return Violation(error.clause, pointer_to([*error.absolute_path, error.name]), "required", "missing")
    schema, keyword = as_object(error.schema) or {}, str(error.validator)
    clause = clause_of(schema, keyword)
    if clause is None:
        nearest = max(error.context or (), key=lambda inner: len(inner.absolute_path), default=None)
        return _violation(nearest) if nearest is not None else None
    return Violation(clause, pointer_to(error.absolute_path), promise(schema, keyword), _came(schema, keyword, error))


def pointer_to(path: Any) -> str:
    """A path of keys and indexes as JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _types(value: Any) -> str:
    names = cast("list[str]", value) if isinstance(value, list) else [str(value)]
    return " or ".join(name if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in names)


_PHRASES: Mapping[str, Callable[[Any], str]] = {
    "type": _types,
    "const": lambda value: f"the constant {shown(value)}",
    "enum": lambda values: f"one of {', '.join(map(shown, values))}",
    "minLength": lambda least: "a non-empty string" if least == 1 else f"a string of at least {least} characters",
    "minItems": lambda least: "a non-empty array" if least == 1 else f"an array of at least {least} items",
    "pattern": lambda pattern: f"a string that matches {pattern}",
    "additionalProperties": lambda _: "no other properties",
    "unevaluatedProperties": lambda _: "no other properties",
}


def promise(schema: Mapping[str, Any], keyword: str) -> str:
    """What one keyword of a subschema asks for, as a short phrase."""
    value = schema[keyword]
    if keyword in _BOUNDS:
        return f"{_types(schema.get('type', 'number'))} {_BOUNDS[keyword]} {value}"
    phrase = _PHRASES.get(keyword)
    return phrase(value) if phrase else f"{keyword} {shown(value)}"


def _came(schema: Mapping[str, Any], keyword: str, error: ValidationError) -> str:
    instance = cast("Any", error.instance)
    if keyword in {"additionalProperties", "unevaluatedProperties"} and isinstance(instance, dict):
        keys = [str(key) for key in cast("dict[Any, Any]", instance) if key not in schema.get("properties", {})]
        return shown(keys)
    return shown(instance)


def _pruned(value: Any, depth: int) -> Any:
    """`value` with everything below `depth` levels emptied."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: _pruned(member, depth - 1) for key, member in members.items()} if depth else {}
    if isinstance(value, list):
        return [_pruned(item, depth - 1) for item in cast("list[Any]", value)] if depth else []
    return value
