"""The places of an answer that failing checks point at, marked in its text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.report.bodies import Piece, pieces
from messages_conformance.report.words import visible

ANSWER = json.dumps({"type": "message", "usage": {"input_tokens": "7"}, "content": [{"type": "text"}, {"a/b": 1}]})

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["C", "Z"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["C", "Z"])), inner),
)


def marked(text: str, *pointers: str) -> list[Piece]:
    return [piece for piece in pieces(text, list(enumerate(pointers, 1))) if piece.numbers]


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/type", '  "type": "message",'),
        ("/usage/input_tokens", '    "input_tokens": "7"'),
        ("/content/0/type", '      "type": "text"'),
        ("/content/1/a~1b", '      "a/b": 1'),
    ],
)
def test_a_value_is_marked_where_it_stands(pointer: str, text: str) -> None:
    assert marked(ANSWER, pointer) == [Piece(text, (1,))]


def test_what_is_missing_is_told_in_the_place_of_it_with_what_there_is_instead() -> None:
    found = pieces(ANSWER, [(1, "/usage/output_tokens"), (2, "/usage/cache"), (3, "/content/2/type")])
    assert [piece for piece in found if piece.gap] == [
        Piece("    missing: output_tokens, cache; there is: input_tokens", (1, 2), gap=True),
        Piece("    missing: 2/type; there is: 2 items", (3,), gap=True),
    ]
    before = next(place for place, piece in enumerate(found) if piece.gap)
    assert found[before - 1].text.endswith('"usage": {')


def test_failures_of_one_place_share_its_mark() -> None:
    assert marked(ANSWER, "/type", "/type") == [Piece('  "type": "message",', (1, 2))]


@pytest.mark.parametrize("text", ["no JSON", "[" * 100_000, '{"a": '])
def test_what_cannot_be_pointed_into_stays_as_it_is(text: str) -> None:
    assert pieces(text, [(1, "/a")]) == (Piece(text),)


def test_a_value_that_is_no_object_has_no_members_to_name() -> None:
    assert marked('"text"', "/error") == [Piece("  missing: error", (1,), gap=True)]


@given(VALUES)
def test_the_text_is_that_of_the_answer_whatever_is_marked(value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    told = pieces(text, [(1, "/0"), (2, "/none")])
    assert "\n".join(piece.text for piece in told if not piece.gap) == visible(text)
