"""Waiting for a server that is starting."""

from __future__ import annotations

import time

import making
import pytest
from messages_conformance.run.waiting import await_servers
from playing import http
from raw_server import Peer, serving_aside

LONG = 20.0


@pytest.mark.parametrize("status", [502, 503, 504])
def test_it_waits_until_a_server_is_no_longer_starting(status: int) -> None:
    seen: list[bytes] = []

    async def starts(peer: Peer) -> None:
        seen.append(peer.request)
        await peer.say(http(status if len(seen) < 3 else 401, {}))

    with serving_aside(starts) as url:
        await_servers([making.provider(base_url=url)] * 2, LONG)
    assert len(seen) == 3
    assert seen[0].startswith(b"GET /v1/models ")
    assert b"x-api-key" not in seen[0]


def test_nobody_is_asked_who_need_not_be_waited_for() -> None:
    async def refuses(_: Peer) -> None:
        raise AssertionError

    with serving_aside(refuses) as url:
        await_servers([making.provider(base_url=url)], 0)
        await_servers([making.provider(base_url=url, embedded="reference")], LONG)


def test_it_waits_no_longer_than_it_is_told() -> None:
    began = time.monotonic()
    await_servers([making.provider(base_url="http://127.0.0.1:1")], 0.4)
    assert 0.4 <= time.monotonic() - began < LONG
