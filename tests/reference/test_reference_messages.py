"""What the correct reference answers, plain and streamed, against the published schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import HEADERS, OLD, WEATHER, Asker, events_of, fold
from messages_conformance.reference.contract import schemas

THINKING = {"type": "enabled", "budget_tokens": 1024}

CASES: dict[str, dict[str, Any]] = {
    "text": {"prompt": "Count from 1 to 20."},
    "tool": {"prompt": "What is the weather in Paris?", "tools": [WEATHER]},
    "two tools": {"prompt": "Use get_weather for Paris and for London.", "tools": [WEATHER]},
    "no arguments": {
        "prompt": "Call the tool.",
        "tools": [{"name": "now", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "any"},
    },
    "thinking": {"prompt": "What is 27 * 453?", "thinking": THINKING, "max_tokens": 2048},
    "thinking omitted": {"prompt": "Say hi", "thinking": {"type": "adaptive", "display": "omitted"}},
    "redacted": {
        "prompt": "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_0",
        "thinking": {"type": "adaptive"},
    },
    "thinking and tool": {
        "prompt": "What is the weather in Paris?",
        "thinking": {"type": "adaptive"},
        "tools": [WEATHER],
    },
    "stop sequence": {"prompt": "Reply with exactly: one STOP two", "stop_sequences": ["STOP"]},
    "max tokens": {"prompt": "Count from 1 to 200.", "max_tokens": 16},
    "refusal": {"prompt": "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_0"},
}


def same_but_chance(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what is new in every answer."""
    kept = json.loads(json.dumps(message))
    kept["id"] = ""
    for block in kept["content"]:
        for key in ("id", "signature", "data"):
            if key in block:
                block[key] = ""
    return kept


@pytest.mark.parametrize("case", CASES)
def test_a_message_keeps_its_schema(ask: Asker, case: str) -> None:
    assert schemas.breaches(schemas.validator("anthropic", "message"), ask.message(**CASES[case])) == []


@pytest.mark.parametrize("case", CASES)
def test_every_event_keeps_its_schema(ask: Asker, case: str) -> None:
    checked = schemas.validator("anthropic", "event")
    broken = [(event, schemas.breaches(checked, event)) for event in ask.events(**CASES[case])]
    assert [entry for entry in broken if entry[1]] == []


@pytest.mark.parametrize("case", CASES)
def test_a_stream_folds_to_the_plain_answer(ask: Asker, case: str) -> None:
    assert same_but_chance(fold(ask.events(**CASES[case]))) == same_but_chance(ask.message(**CASES[case]))


@pytest.mark.parametrize(
    ("case", "kinds", "reason"),
    [
        ("text", ["text"], "end_turn"),
        ("tool", ["text", "tool_use"], "tool_use"),
        ("two tools", ["text", "tool_use", "tool_use"], "tool_use"),
        ("no arguments", ["tool_use"], "tool_use"),
        ("thinking", ["thinking", "text"], "end_turn"),
        ("redacted", ["redacted_thinking", "text"], "end_turn"),
        ("thinking and tool", ["thinking", "text", "tool_use"], "tool_use"),
        ("stop sequence", ["text"], "stop_sequence"),
        ("max tokens", ["text"], "max_tokens"),
        ("refusal", [], "refusal"),
    ],
)
def test_blocks_and_stop_reason(ask: Asker, case: str, kinds: list[str], reason: str) -> None:
    message = ask.message(**CASES[case])
    assert [block["type"] for block in message["content"]] == kinds
    assert message["stop_reason"] == reason
    assert (message["stop_sequence"] is not None) == (reason == "stop_sequence")
    assert (message["stop_details"] is not None) == (reason == "refusal")


def test_the_order_of_events(ask: Asker) -> None:
    kinds = [event["type"] for event in ask.events(**CASES["thinking and tool"])]
    assert kinds[:3] == ["message_start", "content_block_start", "ping"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    blocks = [event for event in ask.events(**CASES["two tools"]) if event["type"].startswith("content_block")]
    assert [event["index"] for event in blocks] == sorted(event["index"] for event in blocks)


def test_frames_are_named_and_padded(ask: Asker) -> None:
    text = ask.post("Count from 1 to 9.", stream=True).text
    frames = [frame.split("\n") for frame in text.strip().split("\n\n")]
    assert all(len(lines) == 2 for lines in frames)
    names = [name.removeprefix("event: ") for name, _ in frames]
    assert names == [json.loads(data.removeprefix("data: "))["type"] for _, data in frames]
    assert any(data.endswith("  }") for _, data in frames)
    assert "[DONE]" not in text


def test_tool_arguments_begin_with_an_empty_fragment(ask: Asker) -> None:
    deltas = [event["delta"] for event in ask.events(**CASES["tool"]) if "delta" in event]
    parts = [delta["partial_json"] for delta in deltas if delta.get("type") == "input_json_delta"]
    assert parts[0] == ""
    assert json.loads("".join(parts)) == {"city": "Paris"}
    assert len(parts) > 2


def test_usage_in_a_stream_is_a_total(ask: Asker) -> None:
    events = ask.events("Count from 1 to 30.")
    start = next(event for event in events if event["type"] == "message_start")["message"]["usage"]
    end = next(event for event in events if event["type"] == "message_delta")["usage"]
    assert start["input_tokens"] == end["input_tokens"] > 0
    assert 0 < start["output_tokens"] <= end["output_tokens"]
    assert "output_tokens_details" not in start


def test_thinking_is_counted(ask: Asker) -> None:
    usage = ask.message(**CASES["thinking"])["usage"]
    assert 0 < usage["output_tokens_details"]["thinking_tokens"] < usage["output_tokens"]
    hidden = ask.message(**CASES["thinking omitted"])
    assert hidden["content"][0]["thinking"] == ""
    assert hidden["content"][0]["signature"]
    assert hidden["usage"]["output_tokens_details"]["thinking_tokens"] > 0


def test_max_tokens_caps_the_output(ask: Asker) -> None:
    for limit in (1, 7, 30):
        assert ask.message("Count from 1 to 200.", max_tokens=limit)["usage"]["output_tokens"] == limit


def test_max_tokens_0_only_reads_the_prompt(ask: Asker) -> None:
    message = ask.message(max_tokens=0)
    assert message["content"] == []
    assert message["stop_reason"] == "max_tokens"
    assert message["usage"]["output_tokens"] == 0


def test_headers_of_a_success(ask: Asker) -> None:
    headers = ask.post().headers
    assert headers["content-type"] == "application/json"
    assert headers["request-id"].startswith("req_")
    for kind in ("requests", "tokens", "input-tokens", "output-tokens"):
        assert int(headers[f"anthropic-ratelimit-{kind}-remaining"]) > 0
        assert headers[f"anthropic-ratelimit-{kind}-reset"].endswith("Z")
    assert "request-id" in ask.post(stream=True).headers


def test_ids_are_unique(ask: Asker) -> None:
    assert ask.message()["id"] != ask.message()["id"]
    calls = [block["id"] for block in ask.message(**CASES["two tools"])["content"] if block["type"] == "tool_use"]
    assert len(set(calls)) == 2


def test_an_alias_is_answered_with_the_resolved_id(ask: Asker) -> None:
    assert ask.message(model="reference-latest")["model"] == "reference"


def test_both_versions_and_both_key_styles(ask: Asker) -> None:
    bearer = {"authorization": "Bearer reference-key", "anthropic-version": "2023-06-01"}
    for headers in (HEADERS, OLD, bearer):
        assert ask.post(headers=headers).status_code == 200
    assert ask.post(headers={**HEADERS, "authorization": "Bearer wrong"}).status_code == 200
    assert ask.post(headers=OLD, temperature=0.3, top_p=0.9, top_k=5).status_code == 200
    assert ask.post(path="/v1/messages?beta=true").status_code == 200


def test_count_tokens_agrees_with_usage(ask: Asker) -> None:
    body = {"tools": [WEATHER], "system": "Be brief.", "messages": [{"role": "user", "content": "Say hi"}]}
    counted = ask.send("POST", "/v1/messages/count_tokens", json={"model": "reference", **body}).json()
    assert counted == {"input_tokens": ask.message(**{"prompt": body.pop("messages"), **body})["usage"]["input_tokens"]}
    bare = {"model": "reference", "messages": [{"role": "user", "content": "Say hi"}]}
    assert ask.send("POST", "/v1/messages/count_tokens", json=bare).json()["input_tokens"] < counted["input_tokens"]


def test_models_are_paged(ask: Asker) -> None:
    first = ask.send("GET", "/v1/models?limit=2").json()
    assert schemas.breaches(schemas.validator("anthropic", "models"), first) == []
    assert first["has_more"] is True
    rest = ask.send("GET", f"/v1/models?limit=2&after_id={first['last_id']}").json()
    assert rest["has_more"] is False
    back = ask.send("GET", f"/v1/models?limit=1&before_id={rest['first_id']}").json()
    assert [model["id"] for model in back["data"]] == [first["last_id"]]
    assert back["has_more"] is True
    assert ask.send("GET", "/v1/models?limit=0").status_code == 400


def test_one_model(ask: Asker) -> None:
    model = ask.send("GET", "/v1/models/reference-latest").json()
    assert schemas.breaches(schemas.validator("anthropic", "model"), model) == []
    assert model["id"] == "reference"


def test_structured_output(ask: Asker) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "population": {"type": "integer"}},
        "required": ["city", "population"],
        "additionalProperties": False,
    }
    said = ask.text("Describe the city of Oslo", output_config={"format": {"type": "json_schema", "schema": schema}})
    assert json.loads(said)["city"] == "Oslo"


def test_the_root_answers_head(ask: Asker) -> None:
    response = ask.send("HEAD", "/")
    assert (response.status_code, response.content) == (200, b"")
    assert "request-id" in response.headers


def test_events_of_reads_what_the_fold_needs() -> None:
    assert events_of('event: ping\ndata: {"type":"ping" }\n\ndata: [DONE]\n\n') == [{"type": "ping"}]


def test_documents_that_may_be_cited_cost_more_tokens(ask: Asker) -> None:
    def cost(enabled: bool) -> int:
        source = {"type": "text", "media_type": "text/plain", "data": "The heron fishes at dawn."}
        document = {"type": "document", "source": source, "citations": {"enabled": enabled}}
        messages = [{"role": "user", "content": [document, {"type": "text", "text": "When?"}]}]
        return ask.message(messages)["usage"]["input_tokens"]

    assert cost(enabled=True) > cost(enabled=False)
