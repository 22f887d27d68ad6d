"""Another form of a request means the same, and a part of it changes nothing that it does not name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Step
from messages_conformance.catalog.scenarios.transform import CHANGES
from messages_conformance.errors import Where

Json = dict[str, Any]

TEXT = st.text(min_size=1, max_size=20)
BLOCK = st.fixed_dictionaries({"type": st.just("text"), "text": TEXT})
TURN = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant"]), "content": st.one_of(TEXT, st.lists(BLOCK))}
)
BODY: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {"max_tokens": st.integers(1, 99), "messages": st.lists(TURN, min_size=1, max_size=4)},
    optional={
        "system": st.one_of(TEXT, st.lists(BLOCK, min_size=1)),
        "metadata": st.fixed_dictionaries({"user_id": TEXT}),
        "stop_sequences": st.lists(TEXT),
    },
)


def changed(name: str, body: Json) -> Step:
    return CHANGES[name](Step("ask", "POST", "messages", body, {}, "message", {}, (), Where(Path("x.yaml"), 1)))


def meaning(body: Json) -> Json:
    """A request with every text that is short for a block written out."""
    whole = {**body, "messages": [{**turn, "content": _blocks(turn["content"])} for turn in body["messages"]]}
    return {**whole, "system": _blocks(body["system"])} if "system" in body else whole


def _blocks(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@given(BODY, st.sampled_from(["text-as-blocks", "text-as-string", "system-as-block", "keys-reversed", "escaped"]))
def test_another_form_means_the_same(body: Json, name: str) -> None:
    before = json.dumps(body)
    assert meaning(changed(name, body).body) == meaning(body)
    assert json.dumps(body) == before  # what was given is left as it was


@given(BODY)
def test_a_form_is_another_one(body: Json) -> None:
    assert all(isinstance(turn["content"], list) for turn in changed("text-as-blocks", body).body["messages"])
    assert list(changed("keys-reversed", body).body) == list(body)[::-1]


@given(BODY)
def test_blocks_that_change_places_are_the_same_blocks(body: Json) -> None:
    other = changed("blocks-reversed", body).body
    assert changed("blocks-reversed", other).body == body
    assert [_blocks(turn["content"])[::-1] for turn in other["messages"]] == [
        _blocks(turn["content"]) for turn in body["messages"]
    ]


@given(BODY)
def test_a_stream_asks_for_the_same(body: Json) -> None:
    step = changed("streamed", body)
    assert step.expect == "stream"
    assert step.body == {**body, "stream": True}


@given(BODY)
def test_a_count_keeps_what_it_is_asked_to_count(body: Json) -> None:
    step = changed("counted", body)
    assert (step.route, step.expect) == ("count_tokens", "tokens")
    assert step.body == {name: value for name, value in body.items() if name in ("messages", "system")}


def test_a_schema_is_told_as_it_is_written() -> None:
    tool: Json = {"name": "a", "input_schema": {"type": "object", "properties": {}}}
    step = changed("keys-reversed", {"tools": [tool], "max_tokens": 1})
    assert list(step.body) == ["max_tokens", "tools"]
    assert json.dumps(step.body["tools"]) == json.dumps([dict(reversed(tool.items()))])


def test_how_a_request_travels_leaves_its_body() -> None:
    step = changed("key-as-bearer", {"max_tokens": 1})
    assert step == replace(changed("escaped", {"max_tokens": 1}), escaped=False, auth_style="bearer")
