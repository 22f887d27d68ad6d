"""The JSON Schemas of a user's tools and answers, with the same structure and other words."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, cast

from messages_conformance.traffic.names import Names


def json_schema(schema: Any, names: Names) -> Any:
    """A JSON Schema of the same structure: types, bounds, what is required, and as many listed values. Names of
    properties, texts and listed values are masked; keywords that no draft of JSON Schema has are left out, and
    `pattern`, because it may hold words."""
    if not isinstance(schema, dict):
        return schema if isinstance(schema, bool) else {}
    found = cast("dict[str, Any]", schema)
    return {word: _KEYWORDS[word](value, names) for word, value in found.items() if _is_meant(word, value)}


def _is_meant(word: str, value: Any) -> bool:
    return word in _KEYWORDS and isinstance(value, _TYPES.get(word, object))


def _by_name(value: Any, names: Names) -> Any:
    return {names.field(name): json_schema(inner, names) for name, inner in value.items()}


def _in_list(value: Any, names: Names) -> Any:
    return [json_schema(inner, names) for inner in value]


def _one_or_list(value: Any, names: Names) -> Any:
    return _in_list(value, names) if isinstance(value, list) else json_schema(value, names)


def _listed(value: Any, names: Names) -> Any:
    if isinstance(value, str):
        return names.value(value)
    if isinstance(value, list):
        return [_listed(item, names) for item in cast("list[Any]", value)]
    return names.data(value) if isinstance(value, dict) else value


def _types(value: Any, _: Names) -> Any:
    told = cast("list[Any]", value) if isinstance(value, list) else [value]
    known = [word for word in told if word in _JSON_TYPES]
    return known if isinstance(value, list) else (known or ["string"])[0]


def _reference(value: str, names: Names) -> str:
    """A reference inside the same document, with the names on its way masked. Any other leads to the document itself:
    nobody could follow it."""
    if not value.startswith("#/"):
        return "#"
    steps, told = ["#"], value.split("/")
    for before, step in pairwise(told):
        known = before not in _BY_NAME and (step in _KEYWORDS or step.isdecimal())
        steps.append(step if known else names.field(step))
    return "/".join(steps)


def _required(value: Any, names: Names) -> Any:
    return [names.field(name) for name in value if isinstance(name, str)]


def _dependent(value: Any, names: Names) -> Any:
    return {names.field(name): _required(each, names) for name, each in value.items() if isinstance(each, list)}


def _text(value: str, names: Names) -> str:
    return names.text(value)


def _as_it_is(value: Any, _: Names) -> Any:
    return value


def _format(value: str, _: Names) -> str:
    return value if value in _FORMATS else "uuid"


_JSON_TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
_FORMATS: Final = (
    *("date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid"),
    *("int32", "int64", "float", "double", "byte", "binary", "regex", "json-pointer"),
)
_BY_NAME: Final = ("properties", "$defs", "definitions", "dependentSchemas")
_BOUNDS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties"),
    *("nullable", "deprecated", "readOnly", "writeOnly"),
)
_ALONE: Final = (
    *("additionalProperties", "additionalItems", "contains", "propertyNames", "if", "then", "else", "not"),
    *("unevaluatedItems", "unevaluatedProperties"),
)

_KEYWORDS: Final[dict[str, Callable[[Any, Names], Any]]] = {
    "type": _types,
    **dict.fromkeys(_BY_NAME, _by_name),
    "required": _required,
    "dependentRequired": _dependent,
    "items": _one_or_list,
    **dict.fromkeys(_ALONE, json_schema),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _in_list),
    **dict.fromkeys(("title", "description"), _text),
    **dict.fromkeys(("enum", "const", "default", "examples"), _listed),
    **dict.fromkeys(_BOUNDS, _as_it_is),
    "format": _format,
    "$ref": _reference,
}
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "type": (str, list),
    **dict.fromkeys((*_BY_NAME, "dependentRequired"), dict),
    **dict.fromkeys(("required", "allOf", "anyOf", "oneOf", "prefixItems", "enum"), list),
    **dict.fromkeys(("title", "description", "format", "$ref"), str),
    **dict.fromkeys(_BOUNDS, (int, float)),
}
"""What a keyword holds; where it holds something else it is left out, because nobody knows what it would mean."""
