"""The official SDK as a witness: what the reference sends, it must read without a complaint, and to the same end.

Every answer of a recorded run is handed to the SDK as if it had just arrived. The SDK validates strictly here: it
refuses what its types do not allow, which it does not do for its ordinary users.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from messages_conformance.checks.answer.events import stream_events
from messages_conformance.checks.answer.fold import fold
from messages_conformance.wire.exchange import Response, read_json
from witnessed import Answer, of_kind

pytestmark = pytest.mark.gate

ASK: dict[str, Any] = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hello."}]}
_OF_THE_WAY = {"content-length", "content-encoding", "transfer-encoding"}

ERRORS: dict[int, type[anthropic.APIStatusError]] = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    404: anthropic.NotFoundError,
    413: anthropic.RequestTooLargeError,
}


def client(*replies: httpx2.Response, retries: int = 0) -> Any:
    coming = iter(replies)
    return anthropic.Anthropic(
        api_key="reference-key",
        base_url="http://reference.invalid",
        max_retries=retries,
        http_client=httpx2.Client(transport=httpx2.MockTransport(lambda _: next(coming))),
        _strict_response_validation=True,
    )


def reply(response: Response) -> httpx2.Response:
    headers = [(name, value) for name, value in response.headers if name.lower() not in _OF_THE_WAY]
    return httpx2.Response(response.status, headers=headers, content=response.body)


def messages(of: Any, answer: Answer) -> Any:
    return of.beta.messages if answer.beta else of.messages


def test_every_message_is_read_as_it_was_sent(given: list[Answer]) -> None:
    for answer in of_kind(given, "messages"):
        read = messages(client(reply(answer.response)), answer).create(**ASK)
        assert read.model_dump(exclude_unset=True) == read_json(answer.response.body), answer.id
        assert read._request_id == answer.response.header("request-id")


def test_every_stream_is_read_event_by_event(given: list[Answer]) -> None:
    for answer in of_kind(given, "stream"):
        read = list(messages(client(reply(answer.response)), answer).create(**ASK, stream=True))
        told = [event.data for event in stream_events(answer.response) if event.kind != "ping"]
        assert [event.model_dump(exclude_unset=True) for event in read] == told, answer.id


def test_every_stream_folds_to_the_message_that_the_judge_folds(given: list[Answer]) -> None:
    for answer in of_kind(given, "stream"):
        with messages(client(reply(answer.response)), answer).stream(**ASK) as stream:
            read = stream.get_final_message().model_dump(exclude_unset=True)
        folded = fold(stream_events(answer.response))
        assert folded is not None
        for block in read["content"]:  # the helpers' own addition
            block.pop("parsed_output", None)
        assert read["content"] == folded["content"], answer.id
        assert {key: read["usage"].get(key) for key in folded["usage"]} == folded["usage"], answer.id
        for key in ("id", "model", "role", "stop_reason", "stop_sequence"):
            assert read[key] == folded[key], answer.id


READERS: dict[str, Callable[[Any], Any]] = {
    "messages/count_tokens": lambda sdk: sdk.messages.count_tokens(model="m", messages=ASK["messages"]),
    "models": lambda sdk: sdk.models.list(),
    "model": lambda sdk: sdk.models.retrieve("m"),
}


@pytest.mark.parametrize("kind", READERS)
def test_counts_and_models_are_read(given: list[Answer], kind: str) -> None:
    for answer in of_kind(given, kind):
        told = READERS[kind](client(reply(answer.response))).model_dump(exclude_unset=True, mode="json")
        assert told.keys() >= read_json(answer.response.body).keys(), answer.id


def test_every_refusal_raises_the_error_that_is_documented_for_it(given: list[Answer]) -> None:
    for answer in of_kind(given, "error"):
        with pytest.raises(anthropic.APIStatusError) as caught:
            client(reply(answer.response)).messages.create(**ASK)
        told = read_json(answer.response.body)
        assert type(caught.value) is ERRORS[answer.response.status], answer.id
        assert caught.value.request_id == told["request_id"] == answer.response.header("request-id")
        assert caught.value.type == told["error"]["type"]


def test_an_overload_is_retried_and_a_refusal_is_not(given: list[Answer]) -> None:
    message, refusal = of_kind(given, "messages")[0], of_kind(given, "error")[0]
    overload = httpx2.Response(
        529,
        headers={"retry-after-ms": "1"},
        json={"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"},
    )
    read = client(overload, reply(message.response), retries=1).messages.create(**ASK)
    assert read.id == read_json(message.response.body)["id"]
    with pytest.raises(ERRORS[refusal.response.status]):
        client(reply(refusal.response), overload, retries=1).messages.create(**ASK)
