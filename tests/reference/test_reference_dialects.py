"""Documents played to the letter."""

from __future__ import annotations

from typing import Any

import pytest
from asking import WEATHER, Asker, events_of
from messages_conformance.catalog import load_catalog
from messages_conformance.reference.contract import schemas

CONTRACTS = load_catalog().contracts
BEARER = {"authorization": "Bearer reference-key"}
DIALECTS = {
    f"{contract.id}/{name}": f"/as/{contract.id}/{name}{config['path']}"
    for contract in CONTRACTS.values()
    for name, config in contract.dialects.items()
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_keeps_its_own_schemas(ask: Asker, dialect: str) -> None:
    contract = dialect.partition("/")[0]
    for request in ({}, {"prompt": "Count from 1 to 9."}, {"model": "claude-sonnet-4-6"}):
        message = ask.message(path=DIALECTS[dialect], headers=BEARER, **request)
        assert schemas.breaches(schemas.validator(contract, "message"), message) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_refuses_what_its_document_rules_out(ask: Asker, dialect: str) -> None:
    for fault in ({"max_tokens": "x"}, {"prompt": [{"role": "user", "content": 5}]}, {"model": 5}):
        assert ask.post(path=DIALECTS[dialect], headers=BEARER, **fault).status_code == 400
    assert ask.send("POST", DIALECTS[dialect], headers=BEARER, content=b"{").status_code == 400
    assert ask.post(path=DIALECTS[dialect], headers=BEARER, model="nothing").status_code == 404


@pytest.mark.parametrize("dialect", DIALECTS)
def test_keys(ask: Asker, dialect: str) -> None:
    contract, _, name = dialect.partition("/")
    styles: list[str] = CONTRACTS[contract].dialects[name]["auth"]
    sent = {"bearer": BEARER, "x-api-key": {"x-api-key": "reference-key"}}
    for style, headers in sent.items():
        accepted = not styles or style in styles
        assert ask.post(path=DIALECTS[dialect], headers=headers).status_code == (200 if accepted else 401)
    assert ask.post(path=DIALECTS[dialect], headers={}).status_code == (401 if styles else 200)


def test_an_unlisted_parameter_is_dropped(ask: Asker) -> None:
    path = DIALECTS["envelope-gateway/api-page"]
    stopped = ask.message("Count from 1 to 5.", path=path, headers=BEARER, stop_sequences=["3"], tools=[WEATHER])
    assert stopped["data"]["choices"][0]["message"]["content"] == "1, 2, 3, 4, 5"


def test_a_listed_range_replaces_the_contracts(ask: Asker) -> None:
    naga = DIALECTS["naga/reference-page"]
    assert ask.post(path=naga, headers=BEARER, temperature=1.5).status_code == 200
    assert ask.post(path=naga, headers=BEARER, temperature=2.5).status_code == 400
    assert ask.post(path=DIALECTS["aisa/api-page"], headers=BEARER, temperature=1.5).status_code == 400


def test_rules_hold_where_the_document_overrules_the_schema(ask: Asker) -> None:
    tools: dict[str, Any] = {"tools": [WEATHER, WEATHER]}
    naga = DIALECTS["naga/reference-page"]
    assert ask.post(path=naga, headers=BEARER, temperature=1.5, **tools).status_code == 400


def test_the_answer_holds_only_what_is_listed(ask: Asker) -> None:
    message = ask.message(path=DIALECTS["aisa/api-page"], headers=BEARER)
    assert "stop_details" not in message
    assert "service_tier" not in message["usage"]
    assert message["content"] == [{"type": "text", "text": "hi"}]


def test_a_stream_of_anthropic_events(ask: Asker) -> None:
    events = ask.events(path=DIALECTS["bifrost/api-page"], headers={})
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")


def test_a_stream_of_chunks(ask: Asker) -> None:
    path = DIALECTS["envelope-gateway/api-page"]
    text = ask.post("Count from 1 to 9.", path=path, headers=BEARER, stream=True).text
    assert "event:" not in text
    assert text.endswith("data: [DONE]\n\n")
    chunks = events_of(text)
    checked = schemas.validator("envelope-gateway", "event")
    assert [schemas.breaches(checked, chunk) for chunk in chunks] == [[]] * len(chunks)
    assert "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks) == "1, 2, 3, 4, 5, 6, 7, 8, 9"


def test_errors_in_the_envelope(ask: Asker) -> None:
    response = ask.post(path=DIALECTS["envelope-gateway/api-page"], headers={})
    assert response.status_code == 401
    assert schemas.breaches(schemas.validator("envelope-gateway", "error"), response.json()) == []


def test_routes_that_a_document_does_not_name_do_not_exist(ask: Asker) -> None:
    path = DIALECTS["naga/reference-page"]
    body = {"model": "reference", "messages": [{"role": "user", "content": "Say hi"}]}
    assert ask.send("POST", f"{path}/count_tokens", headers=BEARER, json=body).status_code == 404
    assert ask.send("GET", path.removesuffix("/messages") + "/models", headers=BEARER).status_code == 404
