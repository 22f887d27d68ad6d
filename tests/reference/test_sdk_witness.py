"""The official SDK as a witness: it reads everything that the reference says, without complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asking import WEATHER

pytestmark = pytest.mark.gate

anthropic = pytest.importorskip("anthropic")

USER: Any = [{"role": "user", "content": "Count from 1 to 9."}]


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    with anthropic.Anthropic(api_key="reference-key", base_url=address, max_retries=0) as opened:
        yield opened


def test_create(client: Any) -> None:
    message = client.messages.create(model="reference", max_tokens=100, messages=USER)
    assert message.content[0].text == "1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0
    assert message._request_id.startswith("req_")


def test_stream(client: Any) -> None:
    with client.messages.stream(model="reference", max_tokens=100, messages=USER) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text == "1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert final.usage.output_tokens > 1


def test_a_tool_loop_with_thinking(client: Any) -> None:
    messages: Any = [{"role": "user", "content": "What is the weather in Paris and in London?"}]
    options: Any = {
        "model": "reference-thinking",
        "max_tokens": 2048,
        "tools": [WEATHER],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    with client.messages.stream(messages=messages, **options) as stream:
        first = stream.get_final_message()
    assert [block.type for block in first.content] == ["thinking", "text", "tool_use", "tool_use"]
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [call.input for call in calls] == [{"city": "Paris"}, {"city": "London"}]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"} for call in calls]
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    second = client.messages.create(messages=messages, **options)
    assert [block.type for block in second.content] == ["thinking", "text"]
    assert second.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_tokens": -1}, "BadRequestError"),
        ({"model": "nothing"}, "NotFoundError"),
        ({"extra_body": {"temperature": 1.0}}, "BadRequestError"),
    ],
)
def test_errors(client: Any, options: dict[str, Any], error: str) -> None:
    with pytest.raises(getattr(anthropic, error)) as raised:
        client.messages.create(**{"model": "reference", "max_tokens": 10, "messages": USER, **options})
    assert raised.value.request_id == raised.value.body["request_id"]


def test_a_wrong_key(address: str) -> None:
    with (
        anthropic.Anthropic(api_key="wrong", base_url=address, max_retries=0) as other,
        pytest.raises(anthropic.AuthenticationError),
    ):
        other.messages.create(model="reference", max_tokens=10, messages=USER)


def test_an_error_before_a_stream(client: Any) -> None:
    options: Any = {"model": "nothing", "max_tokens": 10, "messages": USER}
    with pytest.raises(anthropic.NotFoundError), client.messages.stream(**options):
        pass


def test_count_tokens(client: Any) -> None:
    counted = client.messages.count_tokens(model="reference", messages=USER).input_tokens
    assert counted == client.messages.create(model="reference", max_tokens=9, messages=USER).usage.input_tokens


def test_models(client: Any) -> None:
    assert [model.id for model in client.models.list(limit=1)] == ["reference", "reference-thinking", "reference-small"]
    assert client.models.retrieve("reference-small").display_name == "Reference Small"
