"""The OpenAI-style upstream."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from asking import WEATHER, Asker, events_of

FUNCTION = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER["input_schema"]}}


def post(ask: Asker, prompt: Any, **more: Any) -> httpx.Response:
    messages: Any = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    body: dict[str, Any] = {"model": "reference", "messages": messages, **more}
    return ask.send("POST", "/upstream/v1/chat/completions", headers={}, json=body)


def choice(ask: Asker, prompt: Any, **more: Any) -> dict[str, Any]:
    return post(ask, prompt, **more).json()["choices"][0]


def test_a_completion(ask: Asker) -> None:
    body = post(ask, "Count from 1 to 5.").json()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"]["content"] == "1, 2, 3, 4, 5"
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 5


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_limits_and_stops(ask: Asker, limit: str) -> None:
    assert choice(ask, "Count from 1 to 50.", **{limit: 3})["finish_reason"] == "length"
    for stop in ("3", ["3", "9"]):
        assert choice(ask, "Count from 1 to 5.", stop=stop)["message"]["content"] == "1, 2, "


@pytest.mark.parametrize("role", ["system", "developer"])
def test_system_text(ask: Asker, role: str) -> None:
    messages = [
        {"role": role, "content": "The code word is FIG."},
        {"role": "user", "content": "What is the code word?"},
    ]
    assert choice(ask, messages)["message"]["content"] == "FIG"


def test_parts_of_content(ask: Asker) -> None:
    parts = [{"type": "text", "text": "The code word is FIG."}, {"type": "text", "text": "What is the code word?"}]
    assert choice(ask, [{"role": "user", "content": parts}])["message"]["content"] == "FIG"


@pytest.mark.parametrize(
    ("tool_choice", "called"),
    [
        ("auto", False),
        ("none", False),
        ("required", True),
        ({"type": "function", "function": {"name": "get_weather"}}, True),
    ],
)
def test_tool_choice(ask: Asker, tool_choice: Any, called: bool) -> None:
    made = choice(ask, "Say hi", tools=[FUNCTION], tool_choice=tool_choice)
    assert ("tool_calls" in made["message"]) == called
    assert made["finish_reason"] == ("tool_calls" if called else "stop")


def test_parallel_tool_calls(ask: Asker) -> None:
    prompt = "What is the weather in Paris and in London?"
    both = choice(ask, prompt, tools=[FUNCTION])["message"]["tool_calls"]
    assert [json.loads(call["function"]["arguments"])["city"] for call in both] == ["Paris", "London"]
    assert len(choice(ask, prompt, tools=[FUNCTION], parallel_tool_calls=False)["message"]["tool_calls"]) == 1


def test_a_tool_result(ask: Asker) -> None:
    asked = {"role": "user", "content": "What is the weather in Oslo?"}
    made = choice(ask, [asked], tools=[FUNCTION])["message"]
    result = {"role": "tool", "tool_call_id": made["tool_calls"][0]["id"], "content": "sunny"}
    assert "sunny" in choice(ask, [asked, made, result], tools=[FUNCTION])["message"]["content"]


def test_thinking_models_reason(ask: Asker) -> None:
    assert choice(ask, "Say hi", model="reference-think")["message"]["reasoning_content"]
    assert "reasoning_content" not in choice(ask, "Say hi")["message"]


def test_a_stream(ask: Asker) -> None:
    text = post(ask, "Count from 1 to 9.", stream=True, stream_options={"include_usage": True}).text
    assert text.endswith("data: [DONE]\n\n")
    *chunks, last = events_of(text)
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] > 5
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == "1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"][0]["finish_reason"]] == ["stop"]


def test_a_streamed_tool_call(ask: Asker) -> None:
    prompt = "What is the weather in Paris and in London?"
    chunks = events_of(post(ask, prompt, model="reference-think", tools=[FUNCTION], stream=True).text)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    calls: dict[int, str] = {}
    for call in (call for delta in deltas for call in delta.get("tool_calls", [])):
        calls[call["index"]] = calls.get(call["index"], "") + call["function"]["arguments"]
    assert {index: json.loads(text)["city"] for index, text in calls.items()} == {0: "Paris", 1: "London"}
    assert any("reasoning_content" in delta for delta in deltas)


def test_models(ask: Asker) -> None:
    listed = ask.send("GET", "/upstream/v1/models").json()
    assert "reference" in [model["id"] for model in listed["data"]]


@pytest.mark.parametrize("raw", [b"{", b"[]", b"{}", b'{"model": "reference"}'])
def test_errors_have_openais_shape(ask: Asker, raw: bytes) -> None:
    response = ask.send("POST", "/upstream/v1/chat/completions", content=raw)
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert ask.send("GET", "/upstream/v1/nothing").status_code == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "narrator", "content": "Hello."}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0]"),
        ({"temperature": 2.01}, "temperature"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"tools": [{"type": "function", "function": {"name": "get weather.now"}}]}, "tools[0].function.name"),
        ({"tool_choice": "any"}, "tool_choice"),
    ],
)
def test_what_servers_of_this_kind_refuse_is_refused_by_name(ask: Asker, change: Any, named: str) -> None:
    chat = {"model": "reference", "messages": [{"role": "user", "content": "Hello."}], **change}
    response = ask.send("POST", "/upstream/v1/chat/completions", content=json.dumps(chat).encode())
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(f"{named}: ")


def test_reasoning_can_be_switched_off(ask: Asker) -> None:
    chat = {"model": "think", "messages": [{"role": "user", "content": "Hello."}], "reasoning_effort": "none"}
    response = ask.send("POST", "/upstream/v1/chat/completions", content=json.dumps(chat).encode())
    assert "reasoning_content" not in response.json()["choices"][0]["message"]
