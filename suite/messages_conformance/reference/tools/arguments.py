"""Values for a JSON Schema: the arguments of a tool call, and structured output.

Hints from the prompt fill what they fit; the rest is made up. The schemas of tools are simple, and so is what is made
here: `jsonschema` has the last word on it, and a schema that is beyond this maker is refused in plain words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import jsonschema.exceptions
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.tools.hints import Hints
from messages_conformance.reference.tools.patterns import sample

_DEEPEST = 5
"""At this depth a plain alternative is chosen, so that recursive schemas end."""

_BOTTOM = 50
"""A schema this deep demands itself. Python's own limit may be met inside a library that does not survive it."""

_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "email": "ada@example.com",
    "ipv4": "192.0.2.1",
    "uri": "https://example.com/",
    "uuid": "3f2b8c1e-5a4d-4e6f-9b7a-1c2d3e4f5a6b",
}


class NoValueError(ValueError):
    """A schema that no value satisfies, or none that can be made here."""

    def __init__(self, schema: Any) -> None:
        super().__init__(f"the reference can make no value for this schema: {json.dumps(schema)[:200]}")


def value_for(schema: Any, hints: Hints | None = None) -> Any:
    """A value that satisfies `schema`: from the hints if that works, with optional parts if that works. Raises
    NoValueError where nothing does."""
    given = hints or Hints.none()
    references = Registry[Any]().resolver_with_root(DRAFT202012.create_resource(schema))
    for hint, generous in ((given, given.generous), (given, False), (Hints.none(), True), (Hints.none(), False)):
        try:
            value = _Maker(references, hint.fresh(), generous=generous).make(schema)
        except (RecursionError, Unresolvable):
            continue
        if is_valid(value, schema):
            return value
    raise NoValueError(schema)


def is_valid(value: Any, schema: Any) -> bool:
    """Whether `value` satisfies `schema`; False as well when the schema itself cannot be used."""
    try:
        checked: Any = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        return bool(checked.is_valid(value))
    except (jsonschema.exceptions.SchemaError, jsonschema.exceptions.UnknownType, Unresolvable, RecursionError):
        return False


@dataclass(slots=True)
class _Maker:
    """Makes one candidate. `generous` fills optional properties too."""

    references: Any
    hints: Hints
    generous: bool
    depth: int = 0

    def make(self, schema: Any, name: str = "") -> Any:
        schema = self._flat(schema)
        if members := [schema["const"]] if "const" in schema else schema.get("enum"):
            return self.hints.member(name, [member for member in members if is_valid(member, schema)] or members)
        self.depth += 1
        if self.depth > _BOTTOM:
            raise RecursionError
        value = self._of_kind(_kind(schema), schema, name)
        self.depth -= 1
        return value

    def _of_kind(self, kind: str, schema: Mapping[str, Any], name: str) -> Any:
        match kind:
            case "null":
                return None
            case "boolean":
                return self.hints.flag(name)
            case "integer" | "number":
                return self._number(schema, name)
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema, name)
            case _:
                return self._string(schema, name)

    def _flat(self, schema: Any) -> dict[str, Any]:
        """`schema` with its references followed, `allOf` merged in, and one alternative of `anyOf`/`oneOf` chosen."""
        flat = dict(as_object(schema))
        if "$ref" in flat:
            flat = {**self._flat(self.references.lookup(flat.pop("$ref")).contents), **flat}
        for part in flat.pop("allOf", []):
            flat = _merge(flat, self._flat(part))
        for keyword in ("anyOf", "oneOf"):
            if alternatives := [self._flat(alternative) for alternative in flat.pop(keyword, [])]:
                unwanted = ("null",) if self.depth < _DEEPEST else ("object", "array")
                wanted = (alternative for alternative in alternatives if _kind(alternative) not in unwanted)
                flat = _merge(flat, next(wanted, alternatives[0]))
        return flat

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties, required = as_object(schema.get("properties")), schema.get("required", [])
        chosen = [name for name in properties if name in required or (self.generous and self.depth <= 2)]
        names = dict.fromkeys([*chosen, *required])
        other = schema.get("additionalProperties", {})
        return {name: self.make(properties.get(name, other), name) for name in names}

    def _array(self, schema: Mapping[str, Any], name: str) -> list[Any]:
        items, most = schema.get("items", {}), schema.get("maxItems", math.inf)
        wanted = 1 if self.generous and self.depth <= _DEEPEST else 0
        if _kind(as_object(items)) == "string":
            wanted = max(wanted, self.hints.strings_left())
        return [self.make(items, name) for _ in range(max(schema.get("minItems", 0), int(min(wanted, most))))]

    def _number(self, schema: Mapping[str, Any], name: str) -> int | float:
        hinted = self.hints.number(name, lambda number: is_valid(number, schema))
        return hinted if hinted is not None else next((n for n in _numbers(schema) if is_valid(n, schema)), 1)

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        def fits(text: Any) -> TypeGuard[str]:
            return isinstance(text, str) and is_valid(text, schema)

        if (shape := schema.get("format")) in _FORMATS:
            return self.hints.labelled(name, fits) or _FORMATS[shape]
        if (hinted := self.hints.string(name, fits)) is not None:
            return hinted
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        made = (name.replace("_", " ") or "example").ljust(least, "x")[:most]
        offers = (*schema.get("examples", ()), schema.get("default"), made, sample(schema.get("pattern", ""), least))
        return next((offer for offer in offers if fits(offer)), made)


def _kind(schema: Mapping[str, Any]) -> str:
    """The type that a schema asks for: the first that is not null, or what its other keywords speak of."""
    if "type" in schema:
        return next((kind for kind in as_list(schema["type"]) or [schema["type"]] if kind != "null"), "null")
    signs = {"properties": "object", "required": "object", "items": "array", "minimum": "number", "maximum": "number"}
    return next((kind for sign, kind in signs.items() if sign in schema), "string")


def _merge(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas at once; of two bounds, the later stands."""
    properties = {**as_object(a.get("properties")), **as_object(b.get("properties"))}
    required = [*a.get("required", []), *b.get("required", [])]
    joined = {"properties": properties, "required": required}
    return {**a, **b, **{keyword: value for keyword, value in joined.items() if value}}


def _numbers(schema: Mapping[str, Any]) -> Iterator[int | float]:
    """Numbers to try: 1, then from the bounds inwards."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf", 1)
    if low is None:
        low = 1 if high is None else high - 2 * step
    start = math.ceil(low / step) * step
    yield from (start, start + step, start - step, 0)
    if high is not None:
        yield from (high, (low + high) / 2)
