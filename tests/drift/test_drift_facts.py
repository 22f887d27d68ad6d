"""How the facts of a schema are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from drift_facts import Fact, Place, facts_of, of_betas, topmost
from messages_conformance.catalog.contracts.schema import Edition, root
from referencing import Registry

NEWEST = "2026-10-21"


def facts(schema: Mapping[str, Any], version: str = NEWEST, *, betas: bool = False) -> set[str]:
    """The facts of a hand-made schema named `it`, as text without that name."""
    edition = Edition(version, frozenset({"circles-2026-01-01", "colours-2026-01-01"} if betas else ()))
    return texts(facts_of("it", Place(root(edition.view(schema), Registry()))))


def texts(found: frozenset[Fact]) -> set[str]:
    return {str(fact).removeprefix("it").lstrip() for fact in found}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({}, set[str]()),
        ({"type": ["string", "null"]}, {"type string"}),
        ({"enum": ["a", "b", None]}, {"type string", "value a", "value b"}),
        ({"anyOf": [{"type": "string"}, {"enum": ["a"]}]}, {"type string", "value a"}),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"type string", "value b"}),
        ({"type": ["string", "array"], "items": {"type": "integer"}}, {"type string", "type array", "item integer"}),
        ({"additionalProperties": {"type": "boolean"}}, {"property *", ".* type boolean"}),
        ({"properties": {"x": {"const": None}}}, {"property x", "nullable x"}),
        (
            {"if": {"type": "array"}, "then": {"items": {"type": "string"}}, "type": ["array", "object"]},
            {"type array", "type object", "item string"},
        ),
    ],
)
def test_what_a_schema_says(schema: dict[str, Any], said: set[str]) -> None:
    assert facts(schema) == said


def test_what_holds_beside_the_branches_holds_for_every_variant() -> None:
    schema = {"properties": {"type": {"enum": ["a", "b"]}, "note": {"type": "string"}}, "required": ["note"]}
    assert {".a required note", ".b required note"} <= facts(schema)
    assert not {"property note", ".a required type"} & facts(schema)


def test_a_variant_that_only_a_branch_names_is_one() -> None:
    condition = {"properties": {"type": {"enum": ["custom", None]}}}
    schema = {
        "properties": {"type": {"type": "string"}},
        "if": condition,
        "then": {"properties": {"x": {"type": "string"}}},
    }
    assert {"variant custom", ".custom property x", ".custom.x type string"} <= facts(schema)


def test_a_key_that_only_some_members_require_is_not_required() -> None:
    one = {"properties": {"x": {"type": "string"}}, "required": ["x"]}
    assert "required x" in facts({"anyOf": [one]})
    assert "required x" not in facts({"anyOf": [one, {"properties": {"y": {"type": "string"}}}]})


def test_a_property_of_another_version_is_not_there() -> None:
    old = {"type": "number", "x-versions": ["2023-06-01"]}
    schema = {"properties": {"temperature": old}, "required": ["temperature"]}
    assert facts(schema) == set()
    assert facts(schema, "2023-06-01") == {
        "property temperature",
        "required temperature",
        ".temperature type number",
    }


def test_what_only_a_beta_has_is_not_there_without_it() -> None:
    circle = {
        "if": {"properties": {"type": {"const": "circle"}}, "required": ["type"]},
        "then": {"properties": {"radius": {"type": "integer"}}, "x-betas": ["circles-2026-01-01"]},
    }
    schema = {
        "required": ["type"],
        "properties": {
            "type": {"enum": ["circle", "label"]},
            "colour": {"type": "string", "x-betas": ["colours-2026-01-01"]},
        },
        "allOf": [circle],
    }
    assert facts(schema) == {"variant label", ".label property type", ".label required type"}
    assert {"variant circle", ".circle property radius", ".label property colour"} <= facts(schema, betas=True)


def test_what_betas_add_is_told_below_their_name() -> None:
    added = frozenset({Fact("it", "property", "edits"), Fact("it.edits", "type", "array")})
    assert of_betas(added) == {Fact("beta.it", "property", "edits")}


def test_a_type_inside_itself_ends() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/$defs/tree"}}}
    said = facts({"$defs": {"tree": tree}, "$ref": "#/$defs/tree"})
    assert said == {"type object", "property child"}


def test_a_condition_about_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="neither about a type nor about a tag"):
        facts({"if": {"minLength": 3}, "then": {"type": "string"}})


def test_what_follows_from_another_fact_is_not_topmost() -> None:
    new = Fact("it", "property", "box")
    follows = {
        Fact("it", "required", "box"),
        Fact("it.box", "type", "object"),
        Fact("it.box.side", "value", "left"),
    }
    others = {Fact("it.boxes", "type", "array"), Fact("it", "required", "lid")}
    assert topmost({new, *follows, *others}) == {new, *others}
