"""Moods are lawful: whatever the model says, the API's own mechanics stay exact."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from asking import WEATHER, Asker
from jsonschema import Draft202012Validator
from members import over
from messages_conformance.catalog import load_catalog
from messages_conformance.reference.model.tokens import count
from messages_conformance.reference.moods import MOODS
from messages_conformance.reference.play import Play
from messages_conformance.reference.tools.arguments import is_valid

MIXED = ("mix-1", "mix-2", "fickle-1", "fickle-2")
EVERY = (*MOODS, *MIXED)
ADAPTIVE = {"type": "adaptive"}
ENABLED = {"type": "enabled", "budget_tokens": 1024}
CLOCK = {"name": "get_time", "input_schema": {"type": "object", "properties": {"zone": {"enum": ["UTC", "CET"]}}}}
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
each_mood = over("mood", EVERY)


@cache
def message_validator() -> Any:
    catalog = load_catalog()
    return Draft202012Validator(catalog.contracts["anthropic"].schemas["message"], registry=catalog.schemas.registry)


def at(mood: str, before: str = "") -> str:
    return f"/mood/{mood}{before}/v1/messages"


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["content"]]


def calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in message["content"] if block["type"] == "tool_use"]


def after_a_result() -> list[dict[str, Any]]:
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
    return [
        {"role": "user", "content": "What is the weather in Oslo?"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]


def test_there_are_enough_moods_and_each_says_in_one_sentence_what_it_does() -> None:
    assert len(MOODS) >= 16
    statements = [mood.statement for mood in MOODS.values()]
    assert len(set(statements)) == len(statements)
    assert all(0 < len(statement) <= 120 and not statement.endswith(".") for statement in statements)


@over("mood", MOODS.values())
def test_a_mood_has_a_mind_and_touches_no_other_stage(mood: Any) -> None:
    assert replace(mood.play, mind=None) == Play()


def test_every_mood_is_told_from_the_good_model(ask: Asker) -> None:
    """By at least one of a few requests; ids and signatures aside, which are new each time."""
    several = [WEATHER, CLOCK]
    rich = {"name": "note", "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
    requests: list[dict[str, Any]] = [
        {"prompt": "Reply with exactly: MARIGOLD seven 7 Paris"},
        {"prompt": "Say hi", "tools": several},
        {"prompt": "Use the get_weather tool for Paris", "tools": several},
        {"prompt": 'Use the note tool with "a b"', "tools": [rich]},
        {"prompt": "Say hi", "thinking": ADAPTIVE, "max_tokens": 2048},
        {"prompt": after_a_result(), "tools": [WEATHER]},
    ]

    def heard(path: str) -> list[Any]:
        return [
            [{**block, "id": 0, "signature": 0} for block in ask.message(path=path, **request)["content"]]
            for request in requests
        ]

    good = heard("/v1/messages")
    assert [mood for mood in MOODS if heard(at(mood)) == good] == []


@each_mood
def test_every_answer_satisfies_the_schema(ask: Asker, mood: str) -> None:
    validator = message_validator()
    for more in (
        {},
        {"tools": [WEATHER, CLOCK]},
        {"thinking": ADAPTIVE},
        {"prompt": after_a_result(), "tools": [WEATHER]},
    ):
        told = ask.message(path=at(mood), **more)
        assert [error.message for error in validator.iter_errors(told)] == []


@each_mood
@pytest.mark.parametrize("most", [1, 7])
def test_max_tokens_hold(ask: Asker, mood: str, most: int) -> None:
    told = ask.message("Count from 1 to 30", path=at(mood), max_tokens=most)
    said = "".join(block["text"] for block in told["content"])
    assert count(said) <= most
    assert told["usage"]["output_tokens"] <= most
    if count(said) < most:
        assert told["stop_reason"] == "end_turn"


@each_mood
def test_the_first_stop_sequence_ends_the_answer(ask: Asker, mood: str) -> None:
    whole = ask.text("Count from 1 to 30", path=at(mood.replace("fickle", "mix")))
    stop = whole[len(whole) // 2 :][:3] or whole
    told = ask.message("Count from 1 to 30", path=at(mood), stop_sequences=[stop])
    said = "".join(block["text"] for block in told["content"])
    assert stop not in said
    assert (told["stop_reason"] == "stop_sequence") is (told["stop_sequence"] == stop)
    if not mood.startswith(("mix", "fickle")):
        assert told["stop_sequence"] == stop
        assert said == whole[: whole.index(stop)]


@each_mood
def test_a_forced_tool_is_called_and_only_it(ask: Asker, mood: str) -> None:
    for _ in range(3):
        told = ask.message(tools=[WEATHER, CLOCK], tool_choice={"type": "tool", "name": "get_time"}, path=at(mood))
        assert {call["name"] for call in calls(told)} == {"get_time"}
        assert kinds(told)[0] == "tool_use"
        assert told["stop_reason"] == "tool_use"
        any_tool = ask.message(tools=[WEATHER, CLOCK], tool_choice={"type": "any"}, path=at(mood))
        assert set(kinds(any_tool)) == {"tool_use"}


@each_mood
def test_no_tool_is_called_where_none_may_be(ask: Asker, mood: str) -> None:
    told = ask.message(
        "Use the get_weather tool for Oslo", tools=[WEATHER], tool_choice={"type": "none"}, path=at(mood)
    )
    assert calls(told) == []
    assert told["stop_reason"] != "tool_use"


@each_mood
@pytest.mark.parametrize("choice", ["auto", "any"])
def test_one_call_where_parallel_ones_are_off(ask: Asker, mood: str, choice: str) -> None:
    asked = "Use the get_weather tool for Oslo and Bergen"
    limited = {"type": choice, "disable_parallel_tool_use": True}
    told = ask.message(asked, tools=[WEATHER], tool_choice=limited, path=at(mood))
    assert len(calls(told)) <= 1
    assert choice == "auto" or len(calls(told)) == 1


@each_mood
def test_arguments_and_structured_output_satisfy_their_schemas(ask: Asker, mood: str) -> None:
    tool = {"name": "register", "strict": True, "input_schema": PERSON}
    forced = ask.message('Register "Ada", age 36', tools=[tool], tool_choice={"type": "any"}, path=at(mood))
    wanted = {"format": {"type": "json_schema", "schema": PERSON}}
    told = ask.text('Describe "Ada", age 36', output_config=wanted, path=at(mood))
    for value in (calls(forced)[0]["input"], json.loads(told)):
        assert is_valid(value, PERSON)


@each_mood
def test_a_prefill_is_continued_and_not_sent_back(ask: Asker, mood: str) -> None:
    messages = [{"role": "user", "content": "Count from 1 to 6"}, {"role": "assistant", "content": "1, 2, 3"}]
    told = ask.message(messages, path=at(mood))
    assert told["content"][0]["text"] != ""
    assert not told["content"][0]["text"].startswith("1, 2, 3")


@each_mood
def test_thinking_is_signed_and_comes_where_it_must(ask: Asker, mood: str) -> None:
    enabled = ask.message("Say hi", thinking=ENABLED, max_tokens=2048, path=at(mood))
    assert kinds(enabled)[0] == "thinking"
    assert 0 < enabled["usage"]["output_tokens_details"]["thinking_tokens"] <= ENABLED["budget_tokens"]
    adaptive = ask.message("Say hi", thinking=ADAPTIVE, path=at(mood))
    assert adaptive["usage"]["output_tokens"] <= 1024
    told = [{"role": "user", "content": "Say hi"}, {"role": "assistant", "content": enabled["content"]}]
    if kinds(enabled)[1:]:
        replayed = ask.post([*told, {"role": "user", "content": "Go on"}], thinking=ENABLED, max_tokens=2048)
        assert replayed.status_code == 200


def test_thinking_is_left_out_only_where_it_is_adaptive(ask: Asker) -> None:
    path = at("thinks-not")
    assert "thinking" not in kinds(ask.message(thinking=ADAPTIVE, path=path))
    assert kinds(ask.message(thinking=ENABLED, max_tokens=2048, path=path))[0] == "thinking"


@each_mood
def test_refusals_and_counts_do_not_depend_on_the_mood(ask: Asker, mood: str) -> None:
    trigger = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
    assert ask.message(trigger, path=at(mood))["stop_reason"] == "refusal"
    body = {"model": "reference", "messages": [{"role": "user", "content": "Say hi"}]}
    counted = ask.send("POST", f"{at(mood)}/count_tokens", json=body).json()
    assert counted == ask.send("POST", "/v1/messages/count_tokens", json=body).json()
    assert ask.message(path=at(mood))["usage"]["input_tokens"] == counted["input_tokens"]
    assert ask.post(path=at(mood), max_tokens=-1).status_code == 400


@each_mood
def test_citations_stand_where_their_text_is(ask: Asker, mood: str) -> None:
    data = "The heron fishes at dawn. The kestrel hunts at noon."
    source = {"type": "text", "media_type": "text/plain", "data": data}
    document = {"type": "document", "source": source, "citations": {"enabled": True}}
    told = ask.message(
        [{"role": "user", "content": [document, {"type": "text", "text": "When does the kestrel hunt?"}]}],
        path=at(mood),
    )
    for block in told["content"]:
        for citation in block.get("citations", ()):
            assert data[citation["start_char_index"] : citation["end_char_index"]] == citation["cited_text"]


@each_mood
def test_a_stream_folds_into_what_an_answer_holds(ask: Asker, mood: str) -> None:
    kinds_told = [event["type"] for event in ask.events("Count from 1 to 9", path=at(mood))]
    assert kinds_told[0] == "message_start"
    assert kinds_told[-2:] == ["message_delta", "message_stop"]


def test_a_mixture_answers_alike_and_a_fickle_one_does_not(ask: Asker) -> None:
    def told(name: str) -> set[str]:
        return {ask.text("Count from 1 to 9", path=at(name)) for _ in range(6)}

    assert len(told("mix-5")) == 1
    assert len(told("fickle-5")) > 1


def test_a_mixture_does_not_care_whether_it_is_streamed_and_seeds_differ(ask: Asker) -> None:
    prompts = [f"Count from 1 to {last}" for last in range(3, 9)]
    for prompt in prompts:
        deltas = [event["delta"] for event in ask.events(prompt, path=at("mix-3")) if "delta" in event]
        assert "".join(delta.get("text", "") for delta in deltas) == ask.text(prompt, path=at("mix-3"))
    assert [ask.text(p, path=at("mix-3")) for p in prompts] != [ask.text(p, path=at("mix-4")) for p in prompts]


def test_a_mixture_knows_as_little_of_its_limits_as_a_model(ask: Asker) -> None:
    prompts = [f"Count from 1 to {last}" for last in range(3, 9)]
    for prompt in prompts:
        whole = ask.text(prompt, path=at("mix-6"), max_tokens=512)
        assert whole.startswith(ask.text(prompt, path=at("mix-6"), max_tokens=5))


def test_a_fickle_mixture_draws_by_the_count_of_repeats_alone(ask: Asker) -> None:
    first = [ask.text("Count from 1 to 9", path=at("fickle-2")) for _ in range(4)]
    assert [Asker().text("Count from 1 to 9", path=at("fickle-2")), *first[1:]] == first


def test_a_mood_stands_before_any_play(ask: Asker) -> None:
    assert ask.text("Say hi", path="/mood/dot/v1/messages") == "."
    assert (
        ask.message("Say hi", path="/mood/dot/with/leading-newlines/v1/messages")["content"][0]["text"].strip("\n")
        == "."
    )


@pytest.mark.parametrize(
    "path", ["/mood/nobody/v1/messages", "/mood/mix-x/v1/messages", "/mood/dot/with/no/v1/messages"]
)
def test_what_no_mood_is_called_is_not_found(ask: Asker, path: str) -> None:
    assert ask.post(path=path).status_code == 404
