"""Shapes written small: nothing is lost, and what many have in common stands there once."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.results.shapes.compact import compact, expanded

MESSAGE = {"(body)": "object", "content": "array", "id": "string", "type": "<message>", "usage": "object"}
TEXT = {"content[text]": "object", "content[text].text": "string", "content[text].type": "<text>"}


def answer(**fields: str) -> dict[str, Any]:
    return {"status": "200", "content type": "application/json", "fields": fields}


def test_answers_of_the_same_parts_stand_together_and_name_them() -> None:
    plain = answer(**MESSAGE, **TEXT)
    refused = {**answer(**{"(body)": "object", "error": "object", "type": "<error>"}), "status": "400"}
    document = compact({"a.b": {"ask": plain, "again": plain}, "c": {"ask": refused}})
    assert document == {
        "parts": {
            "(error)": {"(body)": "object", "error": "object", "type": "<error>"},
            "(message)": MESSAGE,
            "content[text]": {"(self)": "object", "text": "string", "type": "<text>"},
        },
        "answers": [
            {
                "status": "200",
                "content type": "application/json",
                "parts": ["(message)", "content[text]"],
                "of": ["a.b/again", "a.b/ask"],
            },
            {"status": "400", "content type": "application/json", "parts": ["(error)"], "of": ["c/ask"]},
        ],
    }


def test_one_that_differs_says_in_what() -> None:
    odd = {**MESSAGE, "usage": "null", "new": "string"}
    del odd["id"]
    document = compact({name: {"ask": answer(**MESSAGE)} for name in "abc"} | {"d": {"ask": answer(**odd)}})
    assert document["parts"] == {"(message)": MESSAGE}
    assert document["answers"][1] == {
        "status": "200",
        "content type": "application/json",
        "parts": ["(message)"],
        "but": {"id": "(missing)", "new": "string", "usage": "null"},
        "of": ["d/ask"],
    }


def test_a_field_that_all_get_is_one_line_more() -> None:
    before = {name: {"ask": answer(**MESSAGE, **TEXT)} for name in "abcdef"}
    after = {name: {"ask": answer(**MESSAGE, **TEXT, **{"content[text].new": "string"})} for name in "abcdef"}
    old, new = (yaml.safe_dump(compact(kept)).splitlines() for kept in (before, after))
    assert [line for line in new if line not in old] == ["    new: string"]
    assert [line for line in old if line not in new] == []


def test_a_file_that_was_written_in_full_is_taken_as_it_is() -> None:
    kept = {"a.b": {"ask": answer(**MESSAGE)}}
    assert expanded(kept) == kept
    assert expanded({}) == {}


WORDS = st.sampled_from(["a", "b", "x.y"])
PARTS = st.sampled_from(["", "c[t]", "c[]", "e[m].d[t]", "e[m]", "c[?]"])
PATHS = st.tuples(PARTS, WORDS | st.just("")).map(lambda two: ".".join(filter(None, two)) or "(body)")
TYPES = st.sampled_from(["string", "null", "<t>", "<t> | <u>", "object, sometimes"])
FIELDS = st.dictionaries(PATHS | st.just("type"), TYPES)
ANSWERS = st.fixed_dictionaries(
    {"status": st.sampled_from(["200", "400"]), "content type": st.just("none"), "fields": FIELDS},
    optional={"events": st.sampled_from(["a b", "c"]), "foreign": st.just("odd")},
)
KEPT = st.dictionaries(
    st.sampled_from(["one", "one.two", "three"]),
    st.dictionaries(st.sampled_from(["ask", "row-1"]), ANSWERS, min_size=1),
)


@given(KEPT)
def test_nothing_is_lost_whatever_the_answers_are(kept: dict[str, Any]) -> None:
    document = yaml.safe_load(yaml.safe_dump(compact(kept), sort_keys=False))
    assert expanded(document) == kept
    assert compact(expanded(document)) == document
