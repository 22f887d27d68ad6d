"""What befalls a right server is told as the contract says, whatever else it is."""

from __future__ import annotations

from typing import Any

import httpx
from asking import Asker, events_of
from jsonschema import Draft202012Validator
from messages_conformance.catalog import load_catalog

BUSY = "/state/overloaded-once"
FAILING = "/state/error-in-stream"


def fits(kind: str, told: Any) -> list[str]:
    catalog = load_catalog()
    validator: Any = Draft202012Validator(
        catalog.contracts["anthropic"].schemas[kind], registry=catalog.schemas.registry
    )
    return [error.message for error in validator.iter_errors(told)]


def overloaded(answer: httpx.Response) -> bool:
    return answer.status_code == 529


def test_the_first_messages_request_of_each_base_path_meets_an_overload(ask: Asker) -> None:
    assert [overloaded(ask.post(path=f"{BUSY}/v1/messages")) for _ in range(3)] == [True, False, False]
    assert [overloaded(ask.post(path=f"{BUSY}/mood/dot/v1/messages")) for _ in range(2)] == [True, False]


def test_an_overload_is_told_as_the_contract_says(ask: Asker) -> None:
    told = ask.post(path=f"{BUSY}/v1/messages", stream=True)
    assert fits("error", told.json()) == []
    assert told.json()["error"]["type"] == "overloaded_error"
    assert told.headers["retry-after"] == "1"
    assert told.json()["request_id"] == told.headers["request-id"]


def test_what_is_refused_anyway_and_other_routes_meet_no_overload(ask: Asker) -> None:
    assert ask.send("GET", f"{BUSY}/v1/models").status_code == 200
    assert ask.post(path=f"{BUSY}/v1/messages", max_tokens=-1).status_code == 400


def test_a_stream_fails_after_its_first_words(ask: Asker) -> None:
    told = events_of(ask.post("Count from 1 to 30.", stream=True, path=f"{FAILING}/v1/messages").text)
    assert [event["type"] for event in told].count("content_block_delta") == 6
    assert told[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert [problem for event in told for problem in fits("event", event)] == []
    assert ask.text("Say hi", path=f"{FAILING}/v1/messages") == "hi"


def test_a_defect_shows_in_a_state_too(ask: Asker) -> None:
    told = ask.post(path=f"{BUSY}/with/openai-error-envelope/v1/messages")
    assert overloaded(told)
    assert fits("error", told.json()) != []
    assert "event: " not in ask.post(stream=True, path=f"{FAILING}/with/events-unnamed/v1/messages").text


def test_what_no_state_is_called_is_not_found(ask: Asker) -> None:
    assert ask.post(path="/state/tired/v1/messages").status_code == 404
