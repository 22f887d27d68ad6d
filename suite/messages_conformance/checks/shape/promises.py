"""A breach of a schema in words: what was promised, and what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from messages_conformance.checks.answer.events import as_object, shown

if TYPE_CHECKING:
    from messages_conformance.catalog.contracts.reader import Breach

_BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: the place (a JSON pointer), what was promised and what came."""

    pointer: str
    expected: str
    actual: str


def violation(breach: Breach) -> Violation:
    """A breach in the words of a verdict."""
    pointer = pointer_to(breach.path)
    if breach.keyword == "required":
        return Violation(pointer, "required", "missing")
    return Violation(pointer, promise(breach.schema, breach.keyword), _came(breach))


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
    """What one keyword of a subschema demands, as a short phrase."""
    value = schema[keyword]
    if keyword in _BOUNDS:
        return f"{_types(schema.get('type', 'number'))} {_BOUNDS[keyword]} {value}"
    phrase = _PHRASES.get(keyword)
    return phrase(value) if phrase else f"{keyword} {shown(value)}"


def _came(breach: Breach) -> str:
    came = as_object(breach.value)
    if came is not None and breach.keyword in {"additionalProperties", "unevaluatedProperties"}:
        return shown([key for key in came if key not in breach.schema.get("properties", {})])
    return shown(breach.value)
