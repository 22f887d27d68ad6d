"""Pydantic's way of writing and ours come to the same."""

from __future__ import annotations

from typing import Literal

import drift_sdk
import pytest
from drift_facts import Fact, Place, facts_of
from messages_conformance.catalog.contracts.schema import root
from pydantic import BaseModel
from referencing import Registry

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("drift")]


class Circle(BaseModel):
    type: Literal["circle"]
    radius: int


class Label(BaseModel):
    type: Literal["label"]
    text: str | None = None
    size: Literal["small", "large"]


class Drawing(BaseModel):
    shapes: list[Circle | Label]


IN_OUR_DIALECT = {
    "type": "object",
    "required": ["shapes"],
    "properties": {"shapes": {"type": "array", "items": {"$ref": "#/$defs/shape"}}},
    "$defs": {
        "shape": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"type": "string", "x-known": ["circle", "label"]}},
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": "circle"}}, "required": ["type"]},
                    "then": {"required": ["radius"], "properties": {"radius": {"type": "integer"}}},
                },
                {
                    "if": {"properties": {"type": {"const": "label"}}, "required": ["type"]},
                    "then": {
                        "required": ["size"],
                        "properties": {"text": {"type": ["string", "null"]}, "size": {"enum": ["small", "large"]}},
                    },
                },
            ],
        }
    },
}


def texts(found: frozenset[Fact]) -> set[str]:
    return {str(fact).removeprefix("it").lstrip() for fact in found}


def test_a_type_and_a_schema_that_say_the_same_have_the_same_facts() -> None:
    said = {
        *("type object", "property shapes", "required shapes", ".shapes type array", ".shapes item object"),
        *(".shapes variant circle", ".shapes.circle property type", ".shapes.circle required type"),
        *(".shapes.circle property radius", ".shapes.circle required radius", ".shapes.circle.radius type integer"),
        *(".shapes variant label", ".shapes.label property type", ".shapes.label required type"),
        *(".shapes.label property text", ".shapes.label nullable text", ".shapes.label.text type string"),
        *(".shapes.label property size", ".shapes.label required size", ".shapes.label.size type string"),
        *(".shapes.label.size value small", ".shapes.label.size value large"),
    }
    assert texts(drift_sdk.facts_of_types({"it": Drawing})) == said
    assert texts(facts_of("it", Place(root(IN_OUR_DIALECT, Registry())))) == said
