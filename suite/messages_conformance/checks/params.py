"""JSON Schemas for the parameters of checks: closed, so a misspelt name is found when a scenario is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME: Mapping[str, Any] = {"type": "string", "minLength": 1}
NAMES: Mapping[str, Any] = {"type": "array", "items": NAME, "minItems": 1}
COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
SHARE: Mapping[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}


def closed(required: tuple[str, ...] = (), **properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
        "required": list(required),
        "additionalProperties": False,
    }


def deciding(clauses: Mapping[Any, str], **schema: Any) -> Mapping[str, Any]:
    """A parameter whose value decides which of its check's clauses is judged (`x-clauses`)."""
    return {**schema, "x-clauses": dict(clauses)}


def decided(params_schema: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The clauses that the values of `params` (or their defaults) select; None if no parameter selects clauses."""
    deciding_ones = {
        name: schema for name, schema in params_schema.get("properties", {}).items() if "x-clauses" in schema
    }
    if not deciding_ones:
        return None
    values = ((schema["x-clauses"], params.get(name, schema.get("default"))) for name, schema in deciding_ones.items())
    return tuple(dict.fromkeys(clauses[value] for clauses, value in values if value in clauses))
