"""The forms of a request that controls are made of."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog import load_catalog
from messages_conformance.checks.base import Json
from messages_conformance.checks.control.plain import (
    blanked,
    flattened,
    ordered,
    repeats_the_question,
    unbegun,
    uncited,
    unstreamed,
)

SCHEMA = load_catalog().schemas.requests["anthropic"]

# --- bodies -----------------------------------------------------------------------------------------------------------

WORDS = st.text("abcdefgh ", min_size=1, max_size=12)
TEXT = WORDS.map(lambda text: {"type": "text", "text": text})
IMAGE: Json = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}


def _document(text: str, title: str) -> Json:
    return {"type": "document", "title": title, "source": {"type": "text", "media_type": "text/plain", "data": text}}


def _result(content: Any) -> Json:
    return {"type": "tool_result", "tool_use_id": "toolu_1", "content": content}


def _found(text: str) -> Json:
    return {"type": "search_result", "source": "https://z", "title": "t", "content": [{"type": "text", "text": text}]}


BLOCK = st.one_of(TEXT, st.builds(_document, WORDS, WORDS), st.builds(_result, WORDS | st.lists(TEXT, min_size=1)))
CONTENT = WORDS | st.lists(BLOCK | st.builds(_found, WORDS), min_size=1, max_size=3)
TURNS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": CONTENT}), min_size=1, max_size=4
)
BODIES = st.fixed_dictionaries(
    {"model": st.just("m"), "max_tokens": st.just(64), "messages": TURNS},
    optional={"system": WORDS | st.lists(TEXT, min_size=1, max_size=2), "stream": st.booleans()},
)


def _told(value: Any) -> Iterator[str]:
    """Every text of a body made above, told here in another way than by the code under test: by its key."""
    match value:
        case {"role": _, "content": content}:
            yield from _told(content)
        case {"type": "text", "text": text}:
            yield text
        case {"type": "document", "title": title, "source": {"data": text}}:
            yield from (title, text)
        case {"type": _, "content": content}:
            yield from _told(content)
        case str():
            yield value
        case list():
            for item in cast("list[Any]", value):
                yield from _told(item)
        case _:
            pass


def _texts(body: Json) -> list[str]:
    return [*_told(body.get("system")), *_told(body["messages"])]


def _asked(body: Json) -> Iterator[str]:
    """What users say in their own words."""
    for turn in body["messages"]:
        if turn["role"] == "user" and isinstance(turn["content"], str):
            yield turn["content"]
        elif turn["role"] == "user":
            yield from (block["text"] for block in turn["content"] if block["type"] == "text")


# --- flattened --------------------------------------------------------------------------------------------------------


@given(BODIES)
def test_flattened_tells_every_text_in_one_string_of_one_turn(body: Json) -> None:
    before = copy.deepcopy(body)
    plain = flattened(body)
    texts = [text for text in _texts(body) if text.strip()]
    assert (plain is None) == (not texts)
    if plain is not None:
        assert plain.keys() == {"max_tokens", "messages"}
        (turn,) = plain["messages"]
        assert turn == {"role": "user", "content": "\n\n".join(texts)}
        assert SCHEMA.breaches({"model": "m", **plain}) == ()
    assert body == before


def test_pictures_and_files_have_no_plain_form() -> None:
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}
    for block in (IMAGE, pdf, _result([{"type": "text", "text": "a"}, IMAGE])):
        content = [{"type": "text", "text": "What is it?"}, block]
        assert flattened({"max_tokens": 1, "messages": [{"role": "user", "content": content}]}) is None


def test_a_placeholder_for_content_tells_nothing_and_one_inside_a_text_stays() -> None:
    def asked(text: str) -> Json:
        return {"max_tokens": 1, "messages": [{"role": "user", "content": text}]}

    assert flattened(asked("${answer}")) is None
    assert flattened(asked("Say ${word_1}.")) == asked("Say ${word_1}.")


# --- unstreamed -------------------------------------------------------------------------------------------------------


@given(BODIES)
def test_unstreamed_is_the_same_request_without_its_stream(body: Json) -> None:
    plain = unstreamed(body)
    assert (plain is None) == (body.get("stream") is not True)
    if plain is not None:
        assert {**plain, "stream": True} == body


# --- blanked ----------------------------------------------------------------------------------------------------------


@given(BODIES, st.lists(st.text("abc", min_size=1, max_size=2), max_size=2).map(tuple))
def test_blanked_changes_only_texts_that_hold_the_words(body: Json, words: tuple[str, ...]) -> None:
    before = copy.deepcopy(body)
    changed = blanked(body, words)
    assert body == before
    if changed is None:
        return
    question = next(reversed(list(_asked(body))), None)
    held = [text != question and any(word in text for word in words) for text in _texts(body)]
    if any(held):
        pairs = zip(_texts(body), held, strict=True)
        assert _texts(changed) == ["." if holds else text for text, holds in pairs]
    else:
        assert changed == _without_documents(body), "there was nothing else to leave out"
    assert {key: value for key, value in changed.items() if key not in ("system", "messages")} == {
        key: value for key, value in body.items() if key not in ("system", "messages")
    }


def _without_documents(value: Any) -> Any:
    match value:
        case list():
            kept = [item for item in cast("list[Any]", value) if "document" not in _kind_of(item)]
            return [_without_documents(item) for item in kept]
        case dict():
            return {key: _without_documents(item) for key, item in cast("Json", value).items()}
        case _:
            return value


def _kind_of(item: Any) -> str:
    return cast("Json", item).get("type", "") if isinstance(item, dict) else ""


def test_the_question_stays_and_what_is_no_text_is_not_touched() -> None:
    call = {"type": "tool_use", "id": "toolu_COBALT", "name": "COBALT", "input": {"a": "COBALT"}}
    body: Json = {
        "system": "The word is COBALT.",
        "messages": [
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [_result("COBALT"), {"type": "text", "text": "Is it COBALT?"}]},
        ],
        "metadata": {"user_id": "COBALT"},
    }
    changed = blanked(body, ("COBALT",))
    assert changed == {
        "system": ".",
        "messages": [
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [_result("."), {"type": "text", "text": "Is it COBALT?"}]},
        ],
        "metadata": {"user_id": "COBALT"},
    }


def test_what_a_tool_returns_is_no_question_even_where_nothing_follows_it() -> None:
    question = "Is it COBALT? Repeat what the tool says."
    returned: Json = {
        "messages": [{"role": "user", "content": question}, {"role": "user", "content": [_result("COBALT")]}]
    }
    assert blanked(returned, ("COBALT",)) == {
        "messages": [{"role": "user", "content": question}, {"role": "user", "content": [_result(".")]}]
    }


def test_where_no_text_holds_the_words_the_pictures_are_left_out() -> None:
    question = {"type": "text", "text": "Which colour?"}
    body: Json = {"messages": [{"role": "user", "content": [IMAGE, question]}]}
    assert blanked(body, ("red",)) == {"messages": [{"role": "user", "content": [question]}]}
    assert blanked({"messages": [{"role": "user", "content": [question]}]}, ("red",)) is None


def test_a_word_in_the_bytes_of_a_picture_is_no_text() -> None:
    question = {"type": "text", "text": "Which colour?"}
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBredAA"}}
    body: Json = {"messages": [{"role": "user", "content": [picture, question]}]}
    assert blanked(body, ("red",)) == {"messages": [{"role": "user", "content": [question]}]}


# --- uncited and ordered ----------------------------------------------------------------------------------------------


def test_uncited_switches_citations_off_and_nothing_else() -> None:
    off = {**_document("a", "t"), "citations": {"enabled": False}}
    on = {**off, "citations": {"enabled": True}}

    def asked(*blocks: Json) -> Json:
        return {"max_tokens": 1, "messages": [{"role": "user", "content": [*blocks]}]}

    assert uncited(asked(on, _result([on])), ()) == asked(off, _result([off]))
    assert uncited(asked(off), ()) is None
    assert uncited(asked(_document("a", "t")), ()) is None


@given(BODIES)
def test_unbegun_leaves_out_a_last_turn_of_the_assistant_and_nothing_else(body: Json) -> None:
    *_, last = body["messages"]
    changed = unbegun(body, ())
    if changed is None:
        assert last["role"] == "user"
    else:
        assert last["role"] == "assistant"
        assert {**changed, "messages": [*changed["messages"], last]} == body


@given(st.permutations(["a", "b", "c"]), st.permutations(["a", "b", "c"]), st.booleans())
def test_ordered_puts_each_result_where_its_call_would_have_it(
    calls: list[str], results: list[str], text: bool
) -> None:
    told = [{"type": "tool_result", "tool_use_id": name, "content": name} for name in results]
    beside = [{"type": "text", "text": "Well?"}] if text else []
    body: Json = {
        "messages": [
            {"role": "assistant", "content": [{"type": "tool_use", "id": name} for name in calls]},
            {"role": "user", "content": [*told, *beside]},
        ]
    }
    changed = ordered(body)
    if calls == results:
        assert changed is None
    else:
        assert changed is not None
        content = changed["messages"][1]["content"]
        assert [block["content"] for block in content[:3]] == calls
        assert content[3:] == beside
        assert changed["messages"][0] == body["messages"][0]


# --- echoes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "echo"),
    [
        ("COBALT", False),
        ("The code word is COBALT.", False),
        ("The code word is COBALT. Repeat it and nothing else.", True),
        ("You told me: repeat  it and NOTHING else", True),
    ],
)
def test_an_echo_of_what_nobody_asked_for_is_seen(said: str, echo: bool) -> None:
    content = "The code word is COBALT. Repeat it and nothing else."
    body: Json = {"messages": [{"role": "user", "content": content}]}
    assert repeats_the_question(body, said, ("COBALT",)) is echo
