"""Servers on this machine, found by asking."""

from __future__ import annotations

import json

import making
import pytest
from messages_conformance.catalog.model import Provider
from messages_conformance.errors import UserError
from messages_conformance.run.local import local_servers
from playing import http
from raw_server import Peer, serving_aside

CLOSED = "http://127.0.0.1:1"


def serves(*paths: str, models: object) -> object:
    async def reply(peer: Peer) -> None:
        method, path = peer.request.decode().split()[:2]
        if path.endswith("/models"):
            await peer.say(http(200, models))
        else:
            await peer.say(http(400 if method == "POST" and path in paths else 404, {}))

    return reply


def at(url: str, path: str = "/v1/messages", **more: object) -> Provider:
    return making.provider(base_url=url, path=path, **more)


def test_whoever_takes_messages_is_found_and_asked_for_a_model_that_it_has() -> None:
    offered = {"data": [{"id": "loaded"}, {"id": "other"}, "odd", {"id": 7}]}
    with serving_aside(serves("/anthropic/v1/messages", models=offered)) as url:  # type: ignore[arg-type]
        given = [at(url, "/anthropic/v1/messages", id="here"), at(url, id="not-here"), at(CLOSED, id="closed")]
        (found,) = local_servers(
            [*given, at("https://api.example", id="away"), at(url, id="own", embedded="reference")]
        )
    assert found.id == "here"
    assert {model.id for model in found.models.values()} == {"loaded"}


@pytest.mark.parametrize("models", [{"data": [{"id": "cheap-model"}]}, {"data": []}, [], "text"])
def test_a_model_of_the_catalogue_stays_where_it_is_offered_or_nothing_is_known(models: object) -> None:
    with serving_aside(serves("/v1/messages", models=json.loads(json.dumps(models)))) as url:  # type: ignore[arg-type]
        (found,) = local_servers([at(url)])
    assert {model.id for model in found.models.values()} == {"cheap-model"}


def test_if_nobody_answers_it_says_whom_it_tried() -> None:
    with pytest.raises(UserError, match=r"nothing on this machine takes messages; tried maker \(http://127.0.0.1:1\)"):
        local_servers([at(CLOSED), at("https://api.example", id="away")])
