from __future__ import annotations

import json
from typing import Any

import pytest
from messages import message
from messages_conformance.catalog import Catalog
from messages_conformance.wire.exchange import Chunk, Exchange, Request, Response, read_json
from proof.mutants import Breeder, Mutant, read

MESSAGE = message("one two", usage={"input_tokens": 3, "output_tokens": 2})
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "one "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "two"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 2},
    },
    {"type": "message_stop"},
]


def exchange(*pieces: bytes, status: int = 200) -> Exchange:
    chunks = tuple(Chunk(10.0 * at, piece) for at, piece in enumerate(pieces, 1))
    request = Request("POST", "http://h/v1/messages", ())
    return Exchange(request, Response(status, (), chunks), None, "2026-11-20T10:00:00.000Z", 10.0, 100.0)


def stream(events: list[dict[str, Any]]) -> Exchange:
    return exchange(*(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events))


@pytest.fixture
def breeder(catalog: Catalog) -> Breeder:
    return Breeder(catalog.contracts["anthropic"].schemas, catalog.schemas.registry)


def bred(breeder: Breeder, of: Exchange, shape: str) -> dict[str, Mutant]:
    return {mutant.name: mutant for mutant in breeder.breed(of, shape)}


def test_fields_are_changed_each_in_every_way_and_told_apart_by_the_schema(breeder: Breeder) -> None:
    found = bred(breeder, exchange(json.dumps(MESSAGE).encode()), "message")
    kinds = {name: mutant.kind for name, mutant in found.items()}
    assert kinds["message/id left out"] == "broken"
    assert kinds["message/usage/output_tokens as a string"] == "broken"
    assert kinds["message/content[text]/text null"] == "broken"
    assert kinds["message/stop_reason foreign"] == "other", "the list of reasons is open"
    assert kinds["message: an extra field in every object"] == "tolerated"
    changed = found["message/content[text]/text renamed"].exchange.response
    assert changed is not None
    assert read_json(changed.body)["content"] == [{"type": "text", "text_": "one two"}]


def test_streams_are_changed_in_order_and_told_apart_by_the_grammar(breeder: Breeder) -> None:
    found = bred(breeder, stream(EVENTS), "stream")
    kinds = {name: mutant.kind for name, mutant in found.items()}
    assert kinds["message_stop dropped before the end"] == "broken"
    assert kinds["content_block_delta text_delta doubled"] == "other", "nothing forbids to say a word twice"
    assert kinds["content_block_start text swapped with content_block_delta text_delta"] == "broken"
    assert kinds["cut before message_delta"] == "broken"
    assert {kind for name, kind in kinds.items() if name.startswith("stream: ")} == {"tolerated"}


def test_lawful_changes_say_the_same(breeder: Breeder) -> None:
    for name, mutant in bred(breeder, stream(EVENTS), "stream").items():
        if name in ("stream: padding spaces in its JSON", "stream: bytes that come one by one"):
            response = mutant.exchange.response
            assert response is not None
            assert read(response) == EVENTS
            assert response.chunks[-1].at_ms == 70.0, "it takes as long as what it is made of"


def test_the_same_change_is_made_once_over_all_answers(breeder: Breeder) -> None:
    first = bred(breeder, exchange(json.dumps(MESSAGE).encode()), "message")
    again = bred(breeder, exchange(json.dumps({**MESSAGE, "container": None}).encode()), "message")
    assert first.keys().isdisjoint(again)
    assert all("container" in name for name in again)


def test_an_outage_has_no_mutants(breeder: Breeder) -> None:
    assert not bred(breeder, exchange(b"{}", status=503), "message")
