"""Values made for a schema satisfy it; where none can be made, that is said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asking import Asker
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from messages_conformance.reference.tools.arguments import NoValueError, value_for
from messages_conformance.reference.tools.hints import Hints
from messages_conformance.reference.tools.patterns import sample
from searching import EXAMPLES

NAMES = st.sampled_from(["city", "unit", "count", "when", "items", "note"])


def strings() -> st.SearchStrategy[dict[str, Any]]:
    bounded = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(
        lambda ends: {"type": "string", "minLength": min(ends), "maxLength": max(ends)}
    )
    patterned = st.sampled_from(
        [r"^[A-Z]{3}-\d{4}$", r"^(a|b)+c?$", r"^\+?[0-9]{7,15}$", r"[^x]y", r"^\w+@\w+\.com$", r"^$"]
    ).map(lambda pattern: {"type": "string", "pattern": pattern})
    formatted = st.sampled_from(["date", "date-time", "email", "uuid", "ipv4"]).map(
        lambda name: {"type": "string", "format": name}
    )
    return st.one_of(st.just({"type": "string"}), bounded, patterned, formatted)


def numbers() -> st.SearchStrategy[dict[str, Any]]:
    def between(ends: tuple[int, int, str]) -> dict[str, Any]:
        return {"type": ends[2], "minimum": min(ends[:2]), "maximum": max(ends[:2])}

    kinds = st.sampled_from(["integer", "number"])
    exclusive = st.integers(-50, 50).map(
        lambda low: {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1}
    )
    steps = st.tuples(st.integers(-50, 50), st.sampled_from([2, 5, 10])).map(
        lambda pair: {"type": "integer", "minimum": pair[0], "multipleOf": pair[1]}
    )
    return st.one_of(st.tuples(st.integers(-50, 50), st.integers(-50, 50), kinds).map(between), exclusive, steps)


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    values = st.sampled_from(["red", "green", 3, True])
    return st.one_of(
        strings(),
        numbers(),
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        st.just({}),
        st.lists(values, min_size=1, max_size=3).map(lambda members: {"enum": members}),
        values.map(lambda value: {"const": value}),
        st.just({"type": ["null", "string"]}),
        st.just({"$ref": "#/$defs/node"}),
    )


def containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": [name for name in dict.fromkeys(required) if name in properties],
            "additionalProperties": False,
        }

    objects = st.builds(closed, st.dictionaries(NAMES, inner, max_size=4), st.lists(NAMES, max_size=4))
    arrays = st.tuples(inner, st.integers(0, 3)).map(
        lambda pair: {"type": "array", "items": pair[0], "minItems": pair[1], "maxItems": pair[1] + 1}
    )
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts})
    return st.one_of(objects, arrays, choices)


NODE = {"type": "object", "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}}}
SCHEMAS = st.recursive(leaves(), containers, max_leaves=8).map(
    lambda schema: {**schema, "$defs": {"node": {**NODE, "required": ["value"]}}}
)
PROMPTS = st.sampled_from(
    ["", 'Use it for Paris and for London with "red" and 7.', "city: Rome, count is 12, when = tomorrow", "-3.5 or 9"]
)


@settings(max_examples=3 * EXAMPLES, deadline=None)
@given(schema=SCHEMAS, prompt=PROMPTS)
def test_a_value_satisfies_its_schema(schema: dict[str, Any], prompt: str) -> None:
    checked: Any = Draft202012Validator(schema, format_checker=FormatChecker())
    made = value_for(schema, Hints.of(prompt))
    assert list(checked.iter_errors(made)) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"type": "integer", "minimum": 3}, {"minimum": 5, "maximum": 6}]},
        {"oneOf": [{"type": "null"}, {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}}}]},
        {"type": "string", "pattern": "^[a-z]+$", "minLength": 20},
        {"type": "string", "format": "uri"},
        {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"type": "object", "required": ["unlisted"]},
    ],
)
def test_a_keyword(schema: dict[str, Any]) -> None:
    checked: Any = Draft202012Validator(schema)
    assert list(checked.iter_errors(value_for(schema))) == []


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "The weather in San Francisco, CA for 3 days, in fahrenheit?",
            {"city": "San Francisco, CA", "unit": "fahrenheit", "days": 3},
        ),
        ("Use it with city set to New York, please.", {"city": "New York", "unit": "celsius", "days": 1}),
        ('Look up "Ulm" for 99 and then 5 days', {"city": "Ulm", "unit": "celsius", "days": 5}),
        ("city: Rome, unit: fahrenheit, days: 2", {"city": "Rome", "unit": "fahrenheit", "days": 2}),
    ],
)
def test_hints_fill_what_they_fit(prompt: str, expected: dict[str, Any]) -> None:
    properties = {
        "city": {"type": "string"},
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
    }
    assert value_for({"type": "object", "properties": properties}, Hints.of(prompt)) == expected


def test_a_list_takes_every_name() -> None:
    schema = {"type": "object", "properties": {"cities": {"type": "array", "items": {"type": "string"}}}}
    assert value_for(schema, Hints.of("for Paris and London")) == {"cities": ["Paris", "London"]}


@pytest.mark.parametrize(
    "schema",
    [
        *({"pattern": "(?=a)b"}, {"type": "nonsense"}, {"$ref": "#/nowhere"}, {"not": {}}, False),
        {"type": "array", "items": {"const": 7}, "minItems": 2, "uniqueItems": True},
        {"type": "object", "minProperties": 1},
        {"required": ["a"], "properties": {"a": {"$ref": "#"}}},
    ],
)
def test_what_no_value_is_made_for_is_said(schema: Any) -> None:
    with pytest.raises(NoValueError, match="the reference can make no value for this schema"):
        value_for(schema)


def test_a_request_with_such_a_schema_is_refused_with_the_schema() -> None:
    tool = {"name": "pick", "input_schema": {"type": "object", "minProperties": 1}}
    refused = Asker().post(tools=[tool], tool_choice={"type": "tool", "name": "pick"})
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "invalid_request_error"
    assert "minProperties" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "pattern",
    [r"^[A-Z]{3}-\d{2,4}(?:a|b)$", r"\s\S\D\w\W", r"^.{5}$", r"^[^a-z]$", r"^é+$", r"x*?y+", r"^\+?[0-9]{7,15}$"],
)
def test_a_sampled_text_matches(pattern: str) -> None:
    made = sample(pattern)
    assert made is not None
    assert re.search(pattern, made)
