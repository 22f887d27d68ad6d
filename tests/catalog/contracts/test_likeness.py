"""What a schema can tell apart must have different sketches; what it cannot, the same one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.contracts.likeness import Likeness
from messages_conformance.catalog.contracts.reader import SchemaReader
from messages_conformance.catalog.contracts.schema import Schema

OPEN = {"type": "object", "properties": {"text": {"type": "string"}, "index": {"type": "integer", "minimum": 0}}}
TIED = {
    "properties": {
        "id": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^a"},
        "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "kind": {"const": "x"},
    }
}

TOLD_APART: list[tuple[Any, Any]] = [
    ({"text": "a"}, {"text": None}),
    ({"index": 1}, {"index": True}),
    ({"index": 1}, {"index": -1}),
    ({"index": 1.0}, {"index": 1.5}),
    ({"text": {}}, {"text": []}),
    ({"text": "a"}, {"text": "a", "more": 1}),
    ({"more": "a"}, {"more": "b"}),
    ({"more": 1}, {"more": True}),
    ({"more": 1}, {"more": 1.0}),
    ([], {}),
    ([{}], [{}, {}]),
    (["text", str], {"text": "a"}),
]


def alike(schema: Schema, one: Any, other: Any) -> bool:
    likeness = Likeness([schema])
    return likeness.sketch(one) == likeness.sketch(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "a", "index": 1}, {"text": "bcd", "index": 700}),
        ({"text": ["a"]}, {"text": [1, 2]}),
        ([{"text": "a"}], [{"text": "b"}]),
    ],
)
def test_what_is_looked_at_for_its_type_alone_may_differ(one: Any, other: Any) -> None:
    assert alike(OPEN, one, other)


@pytest.mark.parametrize(("one", "other"), TOLD_APART)
def test_whatever_a_schema_may_look_at_counts(one: Any, other: Any) -> None:
    assert not alike(OPEN, one, other)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", ["a", "ab", "abcde", "ba", 7]),
        ("share", [-0.5, 0, 0.5, 1, 1.5, None, 0.0]),
        ("kind", ["x", "y", None]),
    ],
)
def test_each_side_of_a_bound_and_each_answer_of_a_pattern_is_told_apart(name: str, values: list[Any]) -> None:
    likeness = Likeness([TIED])
    assert len({likeness.sketch({name: value}) for value in values}) == len(values)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"properties": {"text": {"const": "a"}}},
        {"properties": {"more": {"items": {"properties": {"text": {"minLength": 2}}}}}},
        {"if": {"properties": {"text": {"const": "a"}}}, "then": {}},
        {"if": {"$ref": "#/$defs/a"}, "then": {}},
        {"patternProperties": {"^t": {"const": "a"}}},
        {"additionalProperties": {"const": "a"}},
        {"properties": {"more": {"const": {"text": "a"}}}},
        {"properties": {"more": {"enum": [["a"]]}}},
        {"uniqueItems": True},
    ],
)
def test_a_name_is_free_only_if_no_schema_looks_further(elsewhere: Schema) -> None:
    one, other = {"text": "a"}, {"text": "bc"}
    assert alike(OPEN, one, other)
    likeness = Likeness([OPEN, elsewhere])
    assert likeness.sketch(one) != likeness.sketch(other)


@pytest.mark.parametrize("large", [[1] * 2000, {str(n): n for n in range(2000)}, "x" * 2000])
def test_a_large_value_is_like_no_other(large: Any) -> None:
    assert not alike(OPEN, {"more": large}, {"more": large})
    assert alike(OPEN, {"text": "x" * 2000}, {"text": "y" * 3000})


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, 0.5, 1.0, 2.5]),
    st.sampled_from(["", "a", "ab", "abcde", "x", "ba"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "share", "kind", "text", "index", "items"]), inner, max_size=4),
    ),
    max_leaves=12,
)
CLAIMED: Schema = {
    "type": "object",
    "x-clause": "tiny:all",
    "required": ["id"],
    "properties": {
        "id": TIED["properties"]["id"] | {"x-clause": "tiny:id"},
        "share": TIED["properties"]["share"] | {"x-clause": "tiny:share"},
        "kind": {"const": "x", "x-clause": "tiny:kind"},
        "text": {"type": "string", "x-clause": "tiny:text"},
        "items": {"type": "array", "items": {"$ref": "#"}, "x-clause": "tiny:items"},
    },
}


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_a_reader_that_remembers_finds_what_jsonschema_finds(values: list[Any]) -> None:
    reader = SchemaReader(CLAIMED, load_catalog().schemas.registry)
    alone: Any = Draft202012Validator(CLAIMED)
    for value in (*values, {"id": "ab", "items": values}):
        assert len(reader.read(value).breaches) == len(list(alone.iter_errors(value)))
        assert reader.read(value).reached == SchemaReader(CLAIMED, load_catalog().schemas.registry).read(value).reached
