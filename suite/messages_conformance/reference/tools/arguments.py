"""Values for any JSON Schema: the arguments of a tool call, and structured output.

Hints from the prompt fill what they fit; the rest is made up. Whatever is returned satisfies the schema wherever one of
the candidates does: each is put to `jsonschema` before it is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema.exceptions
from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.tools.hints import Hints
from messages_conformance.reference.tools.patterns import sample

_DEEPEST = 5
"""Below this depth only required properties are filled, so that recursive schemas end."""

_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "3f2b8c1e-5a4d-4e6f-9b7a-1c2d3e4f5a6b",
}


def value_for(schema: Any, hints: Hints | None = None) -> Any:
    """A value that satisfies `schema`: from the hints if that works, with optional parts if that works."""
    given = hints or Hints.none()
    tries = [(given, given.generous), (given, False), (Hints.none(), True), (Hints.none(), False)]
    candidates = [_Maker(schema, hint.fresh(), generous=generous).make(schema) for hint, generous in tries]
    return next((value for value in candidates if is_valid(value, schema)), candidates[-1])


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

    root: Any
    hints: Hints
    generous: bool
    depth: int = field(default=0)

    def make(self, schema: Any, name: str = "") -> Any:
        schema = self._flat(schema, name)
        members = [schema["const"]] if "const" in schema else schema.get("enum")
        if members:
            return self.hints.member(name, members)
        kind = _type_of(schema)
        if kind == "boolean":
            return self.hints.flag(name)
        if kind == "null":
            return None
        makers = {"object": self._object, "array": self._array, "integer": self._number, "number": self._number}
        return makers.get(kind or "string", self._string)(schema, name)

    def _flat(self, schema: Any, name: str) -> dict[str, Any]:
        """`schema` with its references followed, `allOf` merged in, and one alternative of `anyOf`/`oneOf` chosen."""
        flat = dict(as_object(schema))
        for _ in range(20):
            if "$ref" not in flat:
                break
            reference = flat.pop("$ref")
            flat = {**_pointed(self.root, reference), **flat}
        for part in flat.pop("allOf", []):
            flat = _merge(flat, self._flat(part, name))
        for keyword in ("anyOf", "oneOf"):
            if alternatives := flat.pop(keyword, None):
                flat = _merge(flat, self._alternative(alternatives, name))
        return flat

    def _alternative(self, alternatives: list[Any], name: str) -> dict[str, Any]:
        flat = [self._flat(alternative, name) for alternative in alternatives]
        solid = [alternative for alternative in flat if _type_of(alternative) != "null"]
        # A recursive alternative has to give way to a plain one at some depth.
        plain = [a for a in solid if _type_of(a) not in ("object", "array")] if self.depth >= _DEEPEST else []
        return next(iter(plain or solid or flat))

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        shared = {key: self.root[key] for key in ("$defs", "definitions") if key in self.root}
        return is_valid(value, {**schema, **shared})

    def _object(self, schema: Mapping[str, Any], _: str) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        required: list[str] = schema.get("required", [])
        optional = [name for name in properties if name not in required]
        most = schema.get("maxProperties", math.inf)
        chosen = [*required, *(optional if self.generous and self.depth < 2 else [])]
        self.depth += 1
        made = {
            name: self.make(properties.get(name, self._other(schema, name)), name)
            for name in [
                *(name for name in properties if name in chosen),
                *(n for n in required if n not in properties),
            ]
        }
        for name in reversed(optional):
            if len(made) > most:
                made.pop(name, None)
        for name in self._more_names(schema, made):
            made[name] = self.make(properties.get(name, self._other(schema, name)), name)
        self.depth -= 1
        return made

    @staticmethod
    def _other(schema: Mapping[str, Any], name: str) -> Any:
        """The schema of a property that is not listed."""
        for pattern, inner in schema.get("patternProperties", {}).items():
            if is_valid(name, {"pattern": pattern}):
                return inner
        return schema.get("additionalProperties", {})

    def _more_names(self, schema: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
        lacking = schema.get("minProperties", 0) - len(made)
        unused = [name for name in schema.get("properties", {}) if name not in made]
        sampled = [name for pattern in schema.get("patternProperties", {}) if (name := sample(pattern))]
        numbered = [f"key_{number}" for number in range(1, lacking + 1)]
        yield from [name for name in dict.fromkeys([*unused, *sampled, *numbered]) if name not in made][
            : max(0, lacking)
        ]

    def _array(self, schema: Mapping[str, Any], name: str) -> list[Any]:
        prefix: list[Any] = schema.get("prefixItems", [])
        items = schema.get("items", {})
        least = max(schema.get("minItems", 0), len(prefix))
        most = schema.get("maxItems", math.inf)
        if least == 0 and most >= 1 and items is not False and self.generous and self.depth < _DEEPEST:
            least = 1
        self.depth += 1
        made = [self.make(part, name) for part in prefix[: int(min(most, len(prefix)))]]
        wanted = max(least, min(self.hints.strings_left(), most)) if _type_of(items) == "string" else least
        contains = schema.get("contains")
        made += [self.make(contains, name) for _ in range(schema.get("minContains", 1)) if contains is not None]
        unique = schema.get("uniqueItems") is True
        while len(made) < wanted:
            made.append(self._unlike(items, name, made) if unique else self.make(items, name))
        self.depth -= 1
        return made

    def _unlike(self, schema: Any, name: str, made: list[Any]) -> Any:
        first = self.make(schema, name)
        return next(
            (
                v
                for v in _variations(first, self._flat(schema, name))
                if v not in made and self._fits(v, self._flat(schema, name))
            ),
            first,
        )

    def _number(self, schema: Mapping[str, Any], name: str) -> int | float:
        hinted = self.hints.number(name, lambda number: self._fits(number, schema))
        if hinted is not None:
            return hinted
        step = schema.get("multipleOf", 1 if _type_of(schema) == "integer" else 0)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        return next((n for n in _numbers(low, high, step) if self._fits(n, schema)), 1)

    def _string(self, schema: Mapping[str, Any], name: str) -> str:
        def fits(text: str) -> bool:
            return self._fits(text, schema)

        if (shape := schema.get("format")) in _FORMATS:
            return self.hints.labelled(name, fits) or _FORMATS[shape]
        least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)
        hinted = self.hints.string(name, fits)
        if hinted is not None:
            return hinted
        examples = (
            example for example in [*schema.get("examples", []), schema.get("default")] if isinstance(example, str)
        )
        if (example := next(filter(fits, examples), None)) is not None:
            return example
        if pattern := schema.get("pattern"):
            return sample(pattern, least) or ""
        text = (name.replace("_", " ") or "example").ljust(least, "x")
        return text if len(text) <= most else text[: int(most)]


_SIGNS = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def _type_of(schema: Any) -> str | None:
    """The type that a schema asks for: the first that is not null, or what its other keywords speak of."""
    shape = as_object(schema)
    kinds = as_list(shape.get("type")) or [shape.get("type")]
    if kinds != [None]:
        return next((kind for kind in kinds if kind != "null"), "null")
    return next((name for name, signs in _SIGNS.items() if any(sign in shape for sign in signs)), None)


def _merge(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas at once, as far as their keywords can simply be joined."""
    joined = {**a, **b}
    for key in ("properties", "patternProperties", "$defs"):
        if key in a and key in b:
            joined[key] = {**a[key], **b[key]}
    if "required" in a and "required" in b:
        joined["required"] = list(dict.fromkeys([*a["required"], *b["required"]]))
    for key, stricter in (
        ("minimum", max),
        ("minLength", max),
        ("minItems", max),
        ("maximum", min),
        ("maxLength", min),
        ("maxItems", min),
    ):
        if key in a and key in b:
            joined[key] = stricter(a[key], b[key])
    return joined


def _pointed(root: Any, reference: str) -> Mapping[str, Any]:
    """The subschema at a local reference; an empty schema where it leads nowhere."""
    target = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        target = target.get(key, {}) if key else target
    return as_object(target)


def _numbers(low: float | None, high: float | None, step: float) -> Iterator[int | float]:
    """Numbers to try, from the bounds inwards."""
    if step:
        start = math.ceil((low if low is not None else (min(1, high) if high is not None else 1)) / step)
        yield from (step * n for n in (start, start + 1, start - 1, 0))
    bottom = low if low is not None else (high - 2 if high is not None else 0)
    top = high if high is not None else bottom + 2
    yield from (bottom, top, (bottom + top) / 2, bottom + (top - bottom) / 1024, 0, 1)


def _variations(value: Any, schema: Mapping[str, Any]) -> Iterable[Any]:
    """Values like `value`, for arrays whose items must differ."""
    if members := schema.get("enum"):
        return members
    match value:
        case bool():
            return (value, not value)
        case int() | float():
            step = schema.get("multipleOf", 1)
            return (value + sign * step * n for n in range(100) for sign in (1, -1))
        case str():
            longest = int(schema.get("maxLength", len(value) + 3))
            tails = (str(n) for n in range(1, 100))
            return (
                value,
                *(
                    (value + tail if len(value + tail) <= longest else value[: longest - len(tail)] + tail)
                    for tail in tails
                ),
            )
        case _:
            return (value,)
