"""What the reference refuses, and that the request without the fault is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from asking import HEADERS, OLD, WEATHER, Asker
from messages_conformance.reference.contract import schemas

USER = {"role": "user", "content": "Say hi"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Rome"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
ASKED = {"role": "user", "content": "Weather?"}
CALLED = {"role": "assistant", "content": [CALL]}
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A text."}}
CITED = {
    "type": "text",
    "text": "x",
    "citations": [
        {
            "type": "char_location",
            "cited_text": "A",
            "document_index": 0,
            "document_title": None,
            "start_char_index": 0,
            "end_char_index": 1,
        }
    ],
}
FOUND = {"type": "search_result", "source": "s", "title": "t", "content": [{**CITED, "citations": []}, CITED]}
MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
ENABLED = {"type": "enabled", "budget_tokens": 1024}


def marked(*controls: dict[str, str]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": f"part {n}", "cache_control": control} for n, control in enumerate(controls)]


# name: (start of the message, the faulty request, the same request without the fault)
FAULTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "max_tokens null": ("max_tokens:", {"max_tokens": None}, {"max_tokens": 5}),
    "max_tokens negative": ("max_tokens:", {"max_tokens": -1}, {"max_tokens": 1}),
    "max_tokens above the ceiling": ("max_tokens:", {"max_tokens": 128_001}, {"max_tokens": 128_000}),
    "0 with stream": ("max_tokens:", {"max_tokens": 0, "stream": True}, {"max_tokens": 0}),
    "unknown field": ("colour:", {"colour": "red"}, {}),
    "no messages": ("messages:", {"prompt": []}, {}),
    "role": ("messages.0.role:", {"prompt": [{"role": "robot", "content": "x"}]}, {}),
    "block type": ("messages.0.content.0.type:", {"prompt": [{"role": "user", "content": [{"type": "sound"}]}]}, {}),
    "empty text block": ("messages.0.content.0.text:", {"prompt": [{"type": "text", "text": ""}]}, {}),
    "empty string": ("messages.0.content:", {"prompt": ""}, {}),
    "blank stop sequence": ("stop_sequences.0:", {"stop_sequences": [" \n"]}, {"stop_sequences": ["x"]}),
    "tool name": ("tools.0.name:", {"tools": [{**WEATHER, "name": "a b"}]}, {"tools": [WEATHER]}),
    "duplicate tools": ("tools:", {"tools": [WEATHER, WEATHER]}, {"tools": [WEATHER, {**WEATHER, "name": "other"}]}),
    "tool schema": (
        "tools.0.input_schema:",
        {"tools": [{**WEATHER, "input_schema": {"type": "object", "properties": 5}}]},
        {"tools": [WEATHER]},
    ),
    "tool_choice string": ("tool_choice:", {"tools": [WEATHER], "tool_choice": "auto"}, {}),
    "tool_choice unknown": (
        "tool_choice.name:",
        {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "nope"}},
        {"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "get_weather"}},
    ),
    "tool_choice without tools": ("tool_choice:", {"tool_choice": {"type": "auto"}}, {}),
    "call without result": ("messages.1:", {"prompt": [ASKED, CALLED, USER]}, {"prompt": [ASKED, USER]}),
    "call at the end": ("messages.1:", {"prompt": [ASKED, CALLED]}, {}),
    "result without call": (
        "messages.2:",
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT, {**RESULT, "tool_use_id": "toolu_2"}]}]},
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT]}]},
    ),
    "two results for one call": (
        "messages.2:",
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT, RESULT]}]},
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT]}]},
    ),
    "text before a result": (
        "messages.2:",
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [{"type": "text", "text": "Here:"}, RESULT]}]},
        {"prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT, {"type": "text", "text": "Well?"}]}]},
    ),
    "call by the user": ("messages.0.content.0:", {"prompt": [{"role": "user", "content": [CALL]}]}, {}),
    "system first": ("messages.0.role:", {"prompt": [{"role": "system", "content": "x"}, USER]}, {}),
    "system before user": (
        "messages.1.role:",
        {"prompt": [USER, {"role": "system", "content": "x"}, USER]},
        {"prompt": [USER, {"role": "system", "content": "x"}]},
    ),
    "budget too small": (
        "thinking.budget_tokens:",
        {"thinking": {"type": "enabled", "budget_tokens": 1023}, "max_tokens": 2048},
        {"thinking": ENABLED, "max_tokens": 2048},
    ),
    "budget not below max_tokens": (
        "thinking.budget_tokens:",
        {"thinking": ENABLED, "max_tokens": 1024},
        {"thinking": ENABLED, "max_tokens": 1025},
    ),
    "budget of adaptive thinking": (
        "thinking.budget_tokens:",
        {"thinking": {"type": "adaptive", "budget_tokens": 1024}, "max_tokens": 2048},
        {"thinking": {"type": "adaptive"}},
    ),
    "display of no thinking": (
        "thinking.display:",
        {"thinking": {"type": "disabled", "display": "omitted"}},
        {"thinking": {"type": "disabled"}},
    ),
    "forced tool while thinking": (
        "tool_choice:",
        {"thinking": ENABLED, "max_tokens": 2048, "tools": [WEATHER], "tool_choice": {"type": "any"}},
        {"thinking": {"type": "adaptive"}, "tools": [WEATHER], "tool_choice": {"type": "any"}},
    ),
    "prefill while thinking": (
        "messages.1:",
        {"thinking": {"type": "adaptive"}, "prompt": [USER, {"role": "assistant", "content": "H"}]},
        {"prompt": [USER, {"role": "assistant", "content": "H"}]},
    ),
    "prefill that ends in a space": (
        "messages.1.content:",
        {"prompt": [USER, {"role": "assistant", "content": "h "}]},
        {"prompt": [USER, {"role": "assistant", "content": "h"}]},
    ),
    "tool loop without its thinking": (
        "messages.1:",
        {"thinking": ENABLED, "max_tokens": 2048, "prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT]}]},
        {"thinking": {"type": "adaptive"}, "prompt": [ASKED, CALLED, {"role": "user", "content": [RESULT]}]},
    ),
    "foreign signature": (
        "messages.1.content.0.signature:",
        {
            "prompt": [
                USER,
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "x", "signature": "c2ln"}]},
                USER,
            ]
        },
        {
            "prompt": [
                USER,
                {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "c2ln"}]},
                USER,
            ]
        },
    ),
    "five breakpoints": ("cache_control:", {"prompt": marked(*[MARK] * 5)}, {"prompt": marked(*[MARK] * 4)}),
    "1h after 5m": ("cache_control.ttl:", {"prompt": marked(MARK, HOUR)}, {"prompt": marked(HOUR, MARK)}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_its_path_and_only_the_fault(ask: Asker, name: str) -> None:
    start, faulty, sound = FAULTS[name]
    status, kind, message = ask.refusal(**faulty)
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith(start)
    assert ask.post(**sound).status_code == 200


# Faults of one version that the other accepts: (start of the message, request)
VERSIONED: dict[str, tuple[str, dict[str, Any]]] = {
    "temperature": ("temperature:", {"temperature": 1.0}),
    "top_p": ("top_p:", {"top_p": 0.9}),
    "top_k": ("top_k:", {"top_k": 3}),
    "document by the assistant": (
        "messages.1.content.0:",
        {"prompt": [USER, {"role": "assistant", "content": [DOCUMENT]}, USER]},
    ),
    "citations by the user": ("messages.0.content.0.citations:", {"prompt": [CITED]}),
    "citations in a search result": ("messages.0.content.0.content.1.citations:", {"prompt": [FOUND]}),
}


@pytest.mark.parametrize("name", VERSIONED)
def test_what_only_the_current_version_refuses(ask: Asker, name: str) -> None:
    start, body = VERSIONED[name]
    status, kind, message = ask.refusal(**body)
    assert (status, kind) == (400, "invalid_request_error")
    assert message.startswith(start)
    assert ask.post(headers=OLD, **body).status_code == 200


def test_documents_and_citations_stay_where_the_current_version_keeps_them(ask: Asker) -> None:
    answer = {"role": "assistant", "content": [CITED]}
    asked = {"role": "user", "content": [DOCUMENT, {**FOUND, "content": []}, {**CITED, "citations": None}]}
    assert ask.post([asked, answer, USER]).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "fine"), [("temperature", 0.5, 1), ("top_p", 0.9, 0.95), ("top_k", 3, None)]
)
def test_sampling_while_thinking(ask: Asker, field: str, value: Any, fine: Any) -> None:
    thinking: dict[str, Any] = {"thinking": ENABLED, "max_tokens": 2048, "headers": OLD}
    assert ask.refusal(**{field: value, **thinking})[2].startswith(f"{field}:")
    if fine is not None:
        assert ask.post(**{field: fine, **thinking}).status_code == 200


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in HEADERS.items() if key != name}


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        (without("x-api-key"), 401, "authentication_error"),
        ({**HEADERS, "x-api-key": "wrong"}, 401, "authentication_error"),
        ({**HEADERS, "x-api-key": "wrong", "authorization": "Bearer reference-key"}, 401, "authentication_error"),
        ({**without("x-api-key"), "authorization": "Bearer wrong"}, 401, "authentication_error"),
        ({**without("x-api-key"), "authorization": "Basic reference-key"}, 401, "authentication_error"),
        (without("anthropic-version"), 400, "invalid_request_error"),
        ({**HEADERS, "anthropic-version": "2023-01-01"}, 400, "invalid_request_error"),
        ({**HEADERS, "anthropic-beta": "pdfs-2024-09-25, flying-2030-01-01"}, 400, "invalid_request_error"),
        # The version is looked at before an x-api-key, but after a bearer token.
        ({"x-api-key": "wrong"}, 400, "invalid_request_error"),
        ({"authorization": "Bearer wrong"}, 401, "authentication_error"),
    ],
)
def test_headers(ask: Asker, headers: dict[str, str], status: int, kind: str) -> None:
    assert ask.refusal(headers=headers)[:2] == (status, kind)
    assert ask.send("GET", "/v1/models", headers=headers).status_code == status


@pytest.mark.parametrize(
    "betas", ["pdfs-2024-09-25, token-counting-2024-11-01", "messages-2023-12-15,tools-2024-05-16"]
)
def test_known_betas_are_accepted(ask: Asker, betas: str) -> None:
    headers = {**HEADERS, "anthropic-beta": betas}
    assert ask.post(headers=headers).status_code == 200


def test_interleaved_thinking_lifts_the_bound_of_the_budget(ask: Asker) -> None:
    headers = {**HEADERS, "anthropic-beta": "interleaved-thinking-2025-05-14"}
    assert ask.post(headers=headers, thinking=ENABLED, max_tokens=1024).status_code == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"not json", b"[" * 100_000])
def test_malformed_json(ask: Asker, raw: bytes) -> None:
    response = ask.send("POST", "/v1/messages", content=raw)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("value", [[], "text", 5, None])
def test_json_that_is_no_object(ask: Asker, value: Any) -> None:
    assert ask.send("POST", "/v1/messages", json=value).status_code == 400


@pytest.mark.parametrize("name", ["model", "messages", "max_tokens"])
def test_required_fields(ask: Asker, name: str) -> None:
    body = {"model": "reference", "max_tokens": 5, "messages": [USER]}
    del body[name]
    response = ask.send("POST", "/v1/messages", json=body)
    assert response.json()["error"]["message"] == f"{name}: Field required"


def test_count_tokens_takes_no_max_tokens(ask: Asker) -> None:
    body = {"model": "reference", "messages": [USER]}
    assert ask.send("POST", "/v1/messages/count_tokens", json=body).status_code == 200
    response = ask.send("POST", "/v1/messages/count_tokens", json={**body, "max_tokens": 5})
    assert response.json()["error"]["message"].startswith("max_tokens:")


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/nothing", 404, "not_found_error"),
        ("GET", "/v1/models/nothing", 404, "not_found_error"),
        ("POST", "/with/no-such-defect/v1/messages", 404, "not_found_error"),
        ("POST", "/as/no-such/contract/v1/messages", 404, "not_found_error"),
        ("POST", "/as/naga/no-such-page/v1/messages", 404, "not_found_error"),
        ("POST", "/as/%2e%2e/x/v1/messages", 404, "not_found_error"),
        ("GET", "/v1/messages", 405, "invalid_request_error"),
    ],
)
def test_routes(ask: Asker, method: str, path: str, status: int, kind: str) -> None:
    response = ask.send(method, path)
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)


def test_unknown_model(ask: Asker) -> None:
    assert ask.refusal(model="claude-nothing")[:2] == (404, "not_found_error")


def test_a_prompt_beyond_the_window(ask: Asker) -> None:
    assert "too long" in ask.refusal("word " * 200_001)[2]


def test_a_body_beyond_32_mb(ask: Asker) -> None:
    assert ask.refusal("x" * 33_600_000)[:2] == (413, "request_too_large")


@pytest.mark.parametrize("stream", [True, False])
def test_the_envelope(ask: Asker, stream: bool) -> None:
    response = ask.post(max_tokens="x", stream=stream)
    body = response.json()
    assert schemas.breaches(schemas.validator("anthropic", "error"), body) == []
    assert response.headers["content-type"] == "application/json"
    assert response.headers["request-id"] == body["request_id"]
