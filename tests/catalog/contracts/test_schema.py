"""The one reader of schemas: the walk, the clauses, the editions."""

from __future__ import annotations

from typing import Any

import pytest
from messages_conformance.catalog.contracts.schema import (
    Edition,
    Part,
    betas_of,
    cited,
    clause_of,
    iter_subschemas,
    root,
)
from referencing import Registry

LIST = {"type": "array", "x-clause": "a:list"}
DOCUMENT: dict[str, Any] = {
    "$defs": {
        "far": {"allOf": [{"$ref": "#/$defs/farther"}]},
        "farther": {"type": "string", "x-clause": {"required": "a:far.present", "type": "a:far.type"}},
        "node": {"properties": {"next": {"$ref": "#/$defs/node"}}},
        "unused": {"type": "integer"},
    },
    "properties": {
        "near": {"x-clause": "a:near"},
        "far": {"$ref": "#/$defs/far"},
        "free": True,
        "node": {"$ref": "#/$defs/node"},
    },
    "allOf": [{"if": {"type": "array"}, "then": LIST, "else": {"maxItems": 3}}, {"not": {"type": "null"}}],
    "x-clause": "a:whole",
}


def document() -> Part:
    return root(DOCUMENT, Registry())


def test_subschemas_come_outer_first_with_pointers() -> None:
    schema: dict[str, Any] = {
        "properties": {"a": {"items": {"type": "string"}}, "b": True},
        "allOf": [{"if": {"const": {"properties": {"no": {}}}}, "then": {"not": {}}}],
        "x-note": {"properties": {"no": {}}},
    }

    assert [pointer for pointer, _ in iter_subschemas(schema)] == [
        (),
        ("properties", "a"),
        ("properties", "a", "items"),
        ("allOf", 0),
        ("allOf", 0, "if"),
        ("allOf", 0, "then"),
        ("allOf", 0, "then", "not"),
    ]


def test_the_walk_goes_behind_references_and_into_nothing_that_only_asks() -> None:
    found = [part.schema for part in document().promises()]
    assert [found.count(DOCUMENT["$defs"][name]) for name in ("far", "farther", "node", "unused")] == [1, 1, 1, 0]
    assert LIST in found
    assert {"maxItems": 3} in found
    assert not [schema for schema in ({"type": "array"}, {"type": "null"}) if schema in found]


@pytest.mark.parametrize("holds", [True, False])
def test_what_applies_to_one_value_depends_on_the_conditions(*, holds: bool) -> None:
    found = [part.schema for part in document().applied(lambda _: holds)]
    assert found[0] is DOCUMENT
    assert (LIST in found) is holds


@pytest.mark.parametrize(
    ("name", "clause"), [("near", "a:near"), ("far", "a:far.present"), ("free", "a:whole"), ("unknown", "a:whole")]
)
def test_a_missing_property_breaks_its_own_clause_wherever_that_stands(name: str, clause: str) -> None:
    assert document().clause_of_missing(name) == clause


def test_clauses_of_a_subschema_in_both_forms() -> None:
    assert cited({"x-clause": "a:b"}) == {"*": "a:b"}
    assert cited({"x-clause": {"required": "a:b", "*": "a:c"}}) == {"required": "a:b", "*": "a:c"}
    assert cited({"type": "string"}) == {}
    assert [clause_of({"x-clause": {"type": "a:b", "*": "a:c"}}, word) for word in ("type", "enum")] == ["a:b", "a:c"]


def test_an_edition_holds_only_what_exists_in_it() -> None:
    schema: dict[str, Any] = {
        "required": ["old", "both"],
        "properties": {
            "old": {"x-versions": ["1"]},
            "both": {"type": "string"},
            "beta": {"x-betas": ["b-1", "b-2"]},
            "then": {"items": {"properties": {"old": {"x-versions": ["1"]}}}},
        },
        "allOf": [{"if": {"const": 1}, "then": {"x-betas": ["b-1"], "x-clause": "a:type"}}],
    }
    assert Edition("1", frozenset({"b-1"})).view(schema) == schema
    assert Edition("2", frozenset({"b-2"})).view(schema) == {
        "required": ["both"],
        "properties": {
            "both": {"type": "string"},
            "beta": {"x-betas": ["b-1", "b-2"]},
            "then": {"items": {"properties": {}}},
        },
        "allOf": [{"if": {"const": 1}, "then": {"not": {}, "x-clause": {"*": "a:type"}}}],
    }


def test_a_request_names_its_edition_in_its_headers() -> None:
    assert Edition.of({"Anthropic-Version": "2", "anthropic-beta": "a-1"}, "1") == Edition("2", frozenset({"a-1"}))
    assert Edition.of({}, "1") == Edition("1")
    assert Edition.of({"anthropic-version": None}, "1") == Edition(None)
    assert betas_of({"Anthropic-Beta": "a-1, b-2,"}) == {"a-1", "b-2"}
    assert betas_of({"anthropic-beta": None, "x-other": "a-1"}) == frozenset()
