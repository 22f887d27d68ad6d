"""Whatever comes in, the reference answers or refuses; it never fails."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from asking import OLD, WEATHER, Asker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages_conformance.reference import app
from messages_conformance.reference.narrow import as_list, as_object

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4IScHAAK2AQU0pnWqAAAAAElFTkSuQmCC"
RICH: dict[str, Any] = {
    "model": "reference",
    "max_tokens": 2048,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "5m"}}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "What is the weather in Paris?"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "redacted_thinking", "data": "c2ln"},
                {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "is_error": False,
                    "content": [{"type": "text", "text": "sunny"}],
                },
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A text."}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                {"type": "text", "text": "Use get_weather for Rome."},
            ],
        },
    ],
    "tools": [WEATHER, {"type": "bash_20250124", "name": "bash"}],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": False},
    "thinking": {"type": "enabled", "budget_tokens": 1024, "display": "summarized"},
    "stop_sequences": ["STOP"],
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "metadata": {"user_id": "u"},
    "temperature": 1,
    "stream": False,
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3000) | st.floats(-2, 2) | st.sampled_from(["", " ", "x", "text"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "text", "x"]), inner, max_size=2)
    ),
    max_leaves=3,
)


def paths(value: Any) -> list[tuple[Any, ...]]:
    members: list[tuple[Any, Any]] = [*as_object(value).items(), *enumerate(as_list(value))]
    return [found for key, inner in members for found in [(key,), *((key, *rest) for rest in paths(inner))]]


PATHS = paths(RICH)


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(RICH)
    holder: Any = body
    for key in path[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return body


def test_the_body_that_is_mutated_is_accepted(ask: Asker) -> None:
    assert ask.send("POST", "/v1/messages", json=RICH, headers=OLD).status_code == 200


def test_a_fault_of_the_reference_itself_keeps_the_envelope(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(app, "answer", fail)
    response = ask.post()
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "api_error"


BASES = ["", "/as/naga/reference-page", "/as/aisa/api-page", "/as/naga/guide-page"]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), value=JSON | st.just(...), base=st.sampled_from(BASES))
def test_one_wrong_value_anywhere(ask: Asker, path: tuple[Any, ...], value: Any, base: str) -> None:
    headers = {**OLD, "authorization": "Bearer reference-key"}
    response = ask.send("POST", f"{base}/v1/messages", json=changed(path, value), headers=headers)
    assert response.status_code in (200, 400, 404)
