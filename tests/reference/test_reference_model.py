"""What the reference's model understands: the table in docs/architecture.md, row by row."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import pytest
from asking import WEATHER, Asker
from messages_conformance.catalog import Catalog

TIME = {"name": "get_time", "input_schema": {"type": "object", "properties": {"zone": {"enum": ["utc", "cet"]}}}}


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Reply with exactly: Hello, world.", "Hello, world."),
        ("Reply with exactly this text and nothing else: one STOP two", "one STOP two"),
        ('Reply with only "yes".', "yes"),
        ("Reply with the single word PONG.", "PONG"),
        ("Answer with just the number: 42", "42"),
        ("Say hi", "hi"),
        ("Say the word blue and nothing else.", "blue"),
        ("Repeat after me: one two", "one two"),
        ("Please repeat this, word for word:\nalpha\nbeta", "alpha\nbeta"),
        ("Repeat the word 'apple' three times.", "apple apple apple"),
        ("Count from 1 to 5.", "1, 2, 3, 4, 5"),
        ("Count down from 3 to 1", "3, 2, 1"),
        ("Count from 1 to 3, one number per line.", "1\n2\n3"),
        ("Count to 3 in words", "one, two, three"),
        ("Count from one to four, separated by spaces", "1 2 3 4"),
        ("Count from 99 to 101 in words", "ninety-nine, one hundred, one hundred and one"),
        ("The code word is apple. What is the code word?", "apple"),
        ("What is 27 * 453?", "12231"),
        ("What is 1,000 divided by 8?", "125"),
        ("How many weeks are there in 91 days?", "13"),
        ("What is the capital of France?", "Paris"),
    ],
)
def test_an_instruction(ask: Asker, prompt: str, answer: str) -> None:
    assert ask.text(prompt) == answer


def test_anything_else_gets_a_friendly_sentence(ask: Asker) -> None:
    assert "glad to help" in ask.text("Hmm.")


@pytest.mark.parametrize("words", [5, 40, 300])
def test_write_n_words(ask: Asker, words: int) -> None:
    assert len(ask.text(f"Write a story of {words} words.").split()) == words


def test_code_words_come_from_everywhere_in_order(ask: Asker) -> None:
    system = [
        {"type": "text", "text": "The first code word is BANANA."},
        {"type": "text", "text": "The second code word is: CHERRY"},
    ]
    messages = [
        {"role": "user", "content": "The third code word is GRAPE."},
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": [{"type": "text", "text": "And the fourth code word is LEMON."}]},
        {"role": "user", "content": "List all code words that you know."},
        {"role": "system", "content": "The fifth code word is MANGO."},
    ]
    assert ask.text(messages, system=system) == "BANANA, CHERRY, MANGO, GRAPE, LEMON"


def test_no_code_word_is_made_up(ask: Asker) -> None:
    assert "glad to help" in ask.text("Tell me what the code word is and nothing else.")


def test_earlier_turns_are_remembered(ask: Asker) -> None:
    messages = [
        {"role": "user", "content": "My name is Ada. My favourite colour is teal."},
        {"role": "assistant", "content": "Nice to meet you."},
    ]
    assert ask.text([*messages, {"role": "user", "content": "What is my name?"}]) == "Your name is Ada."
    assert "teal" in ask.text([*messages, {"role": "user", "content": "What's my favourite colour?"}])


def test_a_standing_order_in_the_system_prompt(ask: Asker) -> None:
    assert ask.text("Hello!", system="Always reply with the single word OK.") == "OK"


@pytest.mark.parametrize(
    ("prompt", "prefill", "answer"),
    [
        ("Count from 1 to 5.", "1, 2, 3", ", 4, 5"),
        ("Reply with exactly: red green blue", "red green", " blue"),
        ("What is the capital of France?", "The capital of France is", " Paris"),
        ("Give me JSON.", "{", '"answer": '),
    ],
)
def test_a_prefill_is_continued(ask: Asker, prompt: str, prefill: str, answer: str) -> None:
    said = ask.text([{"role": "user", "content": prompt}, {"role": "assistant", "content": prefill}])
    assert said.startswith(answer)
    assert not said.startswith(prefill)


def test_documents_and_search_results_are_read(ask: Asker, catalog: Catalog) -> None:
    page = next(s for s in catalog.scenarios if s.id == "documents.pdf").steps[0].body["messages"][0]["content"]
    pdf = next(block["source"]["data"] for block in page if block["type"] == "document")
    blocks: list[dict[str, Any]] = [
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "The code word is FIG."}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": pdf}},
        {
            "type": "search_result",
            "source": "s",
            "title": "t",
            "content": [{"type": "text", "text": "The code word is OLIVE."}],
        },
        {"type": "text", "text": "Which code words are there?"},
    ]
    assert ask.text(blocks) == "FIG, QUARTZ-4, OLIVE"


def png(red: int, green: int, blue: int) -> str:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\x00" + bytes((red, green, blue)) * 4) * 4)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(("rgb", "name"), [((255, 0, 0), "red"), ((0, 0, 255), "blue"), ((255, 255, 255), "white")])
def test_the_colour_of_an_image(ask: Asker, rgb: tuple[int, int, int], name: str) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": png(*rgb)}
    blocks = [{"type": "image", "source": source}, {"type": "text", "text": "What colour is this?"}]
    assert ask.text(blocks) == name


def test_a_picture_that_cannot_be_read_as_what_it_is_called_is_refused(ask: Asker) -> None:
    for media_type, data in (("image/png", "aGVsbG8="), ("image/png", "no base64!"), ("image/png", "iVBORw0KGgo=")):
        source = {"type": "base64", "media_type": media_type, "data": data}
        status, kind, _ = ask.refusal([{"type": "image", "source": source}, {"type": "text", "text": "Say hi"}])
        assert (status, kind) == (400, "invalid_request_error")


# --- tools ------------------------------------------------------------------------------------------------------------


def calls(message: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(block["name"], block["input"]) for block in message["content"] if block["type"] == "tool_use"]


def test_a_tool_is_called_when_asked_for(ask: Asker) -> None:
    for prompt in ("What is the weather in Oslo?", "Use get_weather for Oslo.", "Call the tool for Oslo."):
        assert calls(ask.message(prompt, tools=[WEATHER])) == [("get_weather", {"city": "Oslo"})]


@pytest.mark.parametrize("prompt", ["Say hi", "What is the weather in Oslo? Answer without using any tool."])
def test_a_tool_is_not_called_when_not_wanted(ask: Asker, prompt: str) -> None:
    assert ask.message(prompt, tools=[WEATHER])["stop_reason"] == "end_turn"


def test_a_tool_that_is_there_comes_before_a_deferred_one(ask: Asker) -> None:
    tools = [{**TIME, "defer_loading": True}, WEATHER]
    assert calls(ask.message("Use the tool for Oslo.", tools=tools)) == [("get_weather", {"city": "Oslo"})]


def test_a_tool_whose_description_demands_it_is_called_once(ask: Asker) -> None:
    final = {**WEATHER, "name": "answer", "description": "You MUST call this tool at the end."}
    asked = {"role": "user", "content": "Where is the fjord of Oslo?"}
    message = ask.message([asked], tools=[TIME, final])
    assert [name for name, _ in calls(message)] == ["answer"]
    result = {"type": "tool_result", "tool_use_id": message["content"][-1]["id"], "content": "Taken."}
    called = {"role": "assistant", "content": message["content"]}
    assert (
        ask.message([asked, called, {"role": "user", "content": [result]}], tools=[TIME, final])["stop_reason"]
        == "end_turn"
    )


def test_tool_choice(ask: Asker) -> None:
    tools = [WEATHER, TIME]
    prompt = "Use get_weather for Oslo."
    assert calls(ask.message(prompt, tools=tools, tool_choice={"type": "none"})) == []
    assert calls(ask.message("Say hi", tools=tools, tool_choice={"type": "any"})) == [("get_weather", {"city": "city"})]
    chosen = ask.message(prompt, tools=tools, tool_choice={"type": "tool", "name": "get_time"})
    assert calls(chosen) == [("get_time", {"zone": "utc"})]
    assert [block["type"] for block in chosen["content"]] == ["tool_use"]


@pytest.mark.parametrize(
    "prompt",
    [
        "What is the weather in Paris and in London?",
        "Use get_weather for Paris and for London.",
        "What is the weather in Paris and London?",
    ],
)
def test_parallel_calls(ask: Asker, prompt: str) -> None:
    both = [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "London"})]
    assert calls(ask.message(prompt, tools=[WEATHER])) == both
    for kind in ("auto", "any"):
        single = {"type": kind, "disable_parallel_tool_use": True}
        assert calls(ask.message(prompt, tools=[WEATHER], tool_choice=single)) == both[:1]


def test_two_tools_in_one_turn(ask: Asker) -> None:
    made = calls(ask.message("Use get_time in cet, then get_weather in Rome.", tools=[WEATHER, TIME]))
    assert made == [("get_time", {"zone": "cet"}), ("get_weather", {"city": "Rome"})]


def test_a_schema_that_takes_both_names_is_called_once(ask: Asker) -> None:
    properties = {"origin": {"type": "string"}, "destination": {"type": "string"}}
    schema = {"type": "object", "properties": properties, "required": ["origin", "destination"]}
    made = calls(ask.message("Use book from Berlin to Madrid.", tools=[{"name": "book", "input_schema": schema}]))
    assert made == [("book", {"origin": "Berlin", "destination": "Madrid"})]


def test_anthropics_client_tools_are_called_and_server_tools_are_not(ask: Asker) -> None:
    bash = {"type": "bash_20250124", "name": "bash"}
    search = {"type": "web_search_20250305", "name": "web_search"}
    assert calls(ask.message("Use bash.", tools=[bash])) == [("bash", {"command": "ls"})]
    assert calls(ask.message("Use web_search.", tools=[search])) == []


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"content": "sunny, 21 degrees"}, "sunny, 21 degrees"),
        ({"content": [{"type": "text", "text": "cloudy"}, {"type": "text", "text": "wet"}]}, "cloudy\nwet"),
        ({"content": "no such city", "is_error": True}, "error: no such city"),
        ({"content": ""}, "nothing"),
        ({}, "nothing"),
    ],
)
def test_a_tool_result_reaches_the_model(ask: Asker, result: dict[str, Any], expected: str) -> None:
    asked = {"role": "user", "content": "What is the weather in Oslo?"}
    made = ask.message([asked], tools=[WEATHER])
    call = next(block for block in made["content"] if block["type"] == "tool_use")
    answered = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], **result}]}
    messages = [asked, {"role": "assistant", "content": made["content"]}, answered]
    said = ask.message(messages, tools=[WEATHER])
    assert said["stop_reason"] == "end_turn"
    assert expected in said["content"][0]["text"]


def test_a_call_that_does_not_fit_is_left_out(ask: Asker) -> None:
    message = ask.message("Say hi", tools=[WEATHER], tool_choice={"type": "any"}, max_tokens=2)
    assert (message["content"], message["stop_reason"]) == ([], "max_tokens")


@pytest.mark.parametrize(
    ("stops", "text", "stop"),
    [
        (["3"], "1, 2, ", "3"),
        (["4", "2"], "1, ", "2"),
        (["2", "2, 3"], "1, ", "2, 3"),
        (["nowhere"], "1, 2, 3, 4, 5", None),
    ],
)
def test_stop_sequences(ask: Asker, stops: list[str], text: str, stop: str | None) -> None:
    message = ask.message("Count from 1 to 5.", stop_sequences=stops)
    assert message["content"] == [{"type": "text", "text": text}]
    assert message["stop_sequence"] == stop


def test_a_stop_sequence_at_the_start_leaves_no_empty_block(ask: Asker) -> None:
    message = ask.message("Say STOP", stop_sequences=["STOP"])
    assert (message["content"], message["stop_reason"]) == ([], "stop_sequence")


def test_max_tokens_comes_before_a_later_stop_sequence(ask: Asker) -> None:
    message = ask.message("Count from 1 to 50.", stop_sequences=["40"], max_tokens=9)
    assert message["stop_reason"] == "max_tokens"


def _answered(*results: dict[str, Any], ask: str = "") -> list[dict[str, Any]]:
    cities = ("Oslo", "Bern")[: len(results)]
    calls = [{"type": "tool_use", "id": f"call_{c}", "name": "get_weather", "input": {"city": c}} for c in cities]
    told = [
        {"type": "tool_result", "tool_use_id": f"call_{city}", **result}
        for city, result in zip(cities, results, strict=True)
    ]
    asked = [{"type": "text", "text": ask}] if ask else []
    return [
        {"role": "user", "content": "Look it up."},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": [*told, *asked]},
    ]


def test_several_results_are_told_apart(ask: Asker) -> None:
    said = ask.text(_answered({"content": "Rain."}, {"content": []}), tools=[WEATHER])
    assert said == "The tool returned for Oslo: Rain. The tool returned nothing for Bern."


@pytest.mark.parametrize(("failed", "answer"), [(True, "Yes"), (False, "No")])
def test_a_failed_call_is_admitted(ask: Asker, failed: bool, answer: str) -> None:
    messages = _answered({"content": "X17", "is_error": failed}, ask="Did the tool call fail?")
    assert ask.text(messages, tools=[WEATHER]).endswith(answer)


def test_a_call_that_was_cut_is_left_out_and_counted(ask: Asker) -> None:
    schema = {"type": "object", "properties": {"note": {"type": "string", "minLength": 900}}, "required": ["note"]}
    choice = {"type": "tool", "name": "save"}
    tools = [{"name": "save", "input_schema": schema}]
    said = ask.message("Save a note.", max_tokens=40, tools=tools, tool_choice=choice)
    assert (said["content"], said["stop_reason"]) == ([], "max_tokens")
    assert said["usage"]["output_tokens"] == 40
