"""Pydantic classes made from JSON Schema, for clients that take the form of tools and answers only as a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model

_SIMPLE = {"string": str, "integer": int, "number": float, "boolean": bool}


def class_of(name: str, schema: Mapping[str, Any]) -> type[BaseModel]:
    """The class of an object schema; its words are those that the schemas of `suite/jobs.yaml` use."""
    required = schema.get("required", ())
    fields: dict[str, Any] = {
        key: (_type_of(key.title(), value), ... if key in required else None)
        for key, value in schema["properties"].items()
    }
    config = ConfigDict(extra="forbid") if schema.get("additionalProperties") is False else None
    return create_model(name, __config__=config, **fields)


def _type_of(name: str, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if schema["type"] == "object":
        return class_of(name, schema)
    if schema["type"] == "array":
        return list[_type_of(name, schema["items"])]
    return _SIMPLE[schema["type"]]
