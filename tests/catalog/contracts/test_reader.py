"""Unions are entered at the branch that is meant and references are looked up once; what is found must be what
jsonschema finds when it is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator
from members import over
from messages_conformance.catalog import load_catalog
from messages_conformance.catalog.contracts.reader import SchemaReader

DOCUMENTS = load_catalog().schemas.registry
ANTHROPIC = load_catalog().contracts["anthropic"].schemas
BODIES = Path(__file__).parents[2] / "specs" / "specs_anthropic_examples.yaml"
EXAMPLES: dict[str, Any] = yaml.safe_load(BODIES.read_text("utf-8"))["good"]
CORRUPTIONS: tuple[Any, ...] = (None, True, 7, -1, 0.5, "", "other", [], [1], {}, {"type": "other"})

PLAIN = {"required": ["input"], "x-clause": "tiny:input"}
UNION = {
    "$defs": {"asks": {"type": "object", "required": ["ask"]}},
    "allOf": [
        {"if": {"properties": {"type": {"const": "call"}}, "required": ["type"]}, "then": PLAIN},
        {"if": {"properties": {"kind": {"const": "call"}}}, "then": PLAIN},
        {"if": {"properties": {"number": {"const": 1}}, "required": ["number"]}, "then": PLAIN},
        {
            "if": {"properties": {"type": {"const": "text"}}, "required": ["type"]},
            "then": {"required": ["text"], "x-clause": "tiny:text"},
            "else": {"maxProperties": 2, "x-clause": "tiny:else"},
        },
        {
            "if": {"properties": {"type": {"const": "wide"}}, "required": ["type"]},
            "then": {"minProperties": 9, "x-clause": "tiny:wide"},
            "maxProperties": 3,
            "x-clause": "tiny:beside",
        },
        {
            "if": {"properties": {"type": {"const": "list", "type": "string"}}, "required": ["type"]},
            "then": {"type": "array", "x-clause": "tiny:list"},
        },
        {
            "if": {"properties": {"a": {"const": "x"}, "b": {"const": "y"}}, "required": ["a"]},
            "then": {"type": "array", "x-clause": "tiny:two"},
        },
        {
            "if": {"properties": {"name": {"const": "n"}}, "required": ["name"]},
            "then": {"type": "object", "required": ["input"], "x-clause": "tiny:name"},
        },
        {"if": {"$ref": "#/$defs/asks"}, "then": {"required": ["answer"], "x-clause": "tiny:ask"}},
    ],
}


@pytest.mark.parametrize(
    "value",
    [
        {}, {"type": "call"}, {"type": "call", "input": 1}, {"type": ["call"]}, {"type": None}, {"type": "text"},
        {"kind": "call"}, {"kind": "other"}, {"kind": "other", "number": 1}, {"kind": "o", "number": True},
        {"kind": "o", "type": "wide"}, {"kind": "o", "type": "text", "text": 1, "more": 2},
        {"kind": "o", "type": "list"}, {"kind": "o", "a": "x"}, {"kind": "o", "a": "x", "b": "y"},
        {"kind": "o", "a": "x", "b": "z"}, {"kind": "o", "name": "n"}, {"kind": "o", "name": "m"},
        {"kind": "o", "ask": 1}, {"kind": "o", "ask": 1, "answer": 2},
        [], [1], "call", 7, None, True,
    ],
)  # fmt: skip
def test_branches_apply_exactly_where_jsonschema_applies_them(value: Any) -> None:
    alone: Any = Draft202012Validator(UNION)
    assert len(SchemaReader(UNION, DOCUMENTS).read(value).breaches) == len(list(alone.iter_errors(value)))


def _corrupted(value: Any) -> Iterator[Any]:
    """Every way to replace, or in an object to leave out, one part of `value`."""
    yield from CORRUPTIONS
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        for name, member in members.items():
            yield {key: other for key, other in members.items() if key != name}
            yield from (members | {name: changed} for changed in _corrupted(member))
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        for index, item in enumerate(items):
            yield from ([*items[:index], changed, *items[index + 1 :]] for changed in _corrupted(item))


def _same_breaches(name: str, title: str) -> None:
    value = EXAMPLES[name][title]
    reader = SchemaReader(ANTHROPIC[name], DOCUMENTS)
    alone: Any = Draft202012Validator(ANTHROPIC[name], registry=DOCUMENTS)
    for changed in (value, *_corrupted(value)):
        assert len(reader.read(changed).breaches) == len(list(alone.iter_errors(changed))), changed


@over("body", [("message", "text"), ("event", "text delta"), ("request", "tool results")])
def test_a_real_schema_is_broken_as_often_as_it_would_be_without_us(body: tuple[str, str]) -> None:
    _same_breaches(*body)


@pytest.mark.gate
@over(
    "body",
    [
        *(("message", title) for title in ("tool use", "citations")),
        *(("event", title) for title in EXAMPLES["event"]),
        *(("request", title) for title in ("common options", "document of blocks")),
    ],
)
def test_every_real_schema_is_broken_as_often_as_it_would_be_without_us(body: tuple[str, str]) -> None:
    _same_breaches(*body)


def test_like_values_that_break_something_are_read_once_where_the_first_stands_for_all() -> None:
    reader = SchemaReader(ANTHROPIC["event"], DOCUMENTS)
    one, other = (
        {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}
        for index, text in ((-1, "a"), (-2, "bc"))
    )
    broken: dict[Any, Any] = {}
    assert reader.read(one, broken) is reader.read(other, broken)
    assert [breach.value for breach in reader.read(one, broken).breaches] == [-1]
    assert [breach.value for breach in reader.read(other).breaches] == [-2]


def test_no_more_breaches_are_looked_for_than_are_told_wherever_they_are() -> None:
    """A million in one item would take half a minute; the first thousand take a tenth of a second."""
    value = EXAMPLES["message"]["text"] | {"content": [{"type": "text", "text": "x", "citations": [None] * 1_000_000}]}
    reader = SchemaReader(ANTHROPIC["message"], DOCUMENTS)
    began = time.process_time()
    assert len(reader.read(value).breaches) == 1000
    assert time.process_time() - began < 5
