"""The client against peers of every kind: each ends in an exchange that says what happened."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

import pytest
from client_calls import QUICK, exchange, post, say_ok
from hostile_peers import (
    babbles,
    chunks_badly,
    counts_backwards,
    counts_twice,
    cuts_a_chunk,
    drips,
    drips_headers,
    hangs_up,
    has_no_status,
    injects_into_a_header,
    lies_about_gzip,
    never_answers,
    never_ends,
    never_ends_informing,
    packs_with_something_else,
    pings_for_ever,
    promises_more,
    resets,
    sends_a_bomb,
    sends_a_huge_header,
    sends_headers_for_ever,
    stops_in_the_middle,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request, read_json
from raw_server import Peer, RawServer, Reply, serving
from searching import EXAMPLES

# --- hostile peers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hostile:
    """A peer, and the failure and the part of the body that must be recorded. `head` says whether a status came."""

    reply: Reply
    kind: str
    detail: str
    head: bool = True
    body: bytes = b""
    limits: Limits = QUICK


IMPATIENT = Limits(concurrency=1, connect_timeout=1, read_timeout=0.15, total_timeout=5)
SHORT = Limits(concurrency=1, connect_timeout=1, read_timeout=5, total_timeout=0.2)

HOSTILE = {
    peer.reply.__name__: peer
    for peer in [
        Hostile(never_answers, "timeout", "no answer began within 0.15 s", head=False, limits=IMPATIENT),
        Hostile(stops_in_the_middle, "timeout", "no content for 0.15 s", body=b"data: a\n\n", limits=IMPATIENT),
        Hostile(drips, "deadline", "not finished within 0.2 s", body=b"...", limits=SHORT),
        Hostile(drips_headers, "deadline", "not finished within 0.2 s", head=False, limits=SHORT),
        Hostile(never_ends_informing, "deadline", "not finished within 0.2 s", head=False, limits=SHORT),
        Hostile(never_ends, "too-large", "larger than 100000 bytes", body=b"x" * 100_000),
        Hostile(sends_a_bomb, "too-large", "larger than 100000 bytes", body=bytes(100_000)),
        Hostile(pings_for_ever, "too-large", "larger than 100000 bytes", body=b"event: ping"),
        Hostile(sends_headers_for_ever, "protocol", "too long", head=False),
        Hostile(counts_twice, "protocol", "conflicting Content-Length", head=False),
        Hostile(counts_backwards, "protocol", "bad Content-Length", head=False),
        Hostile(has_no_status, "protocol", "illegal status line", head=False),
        Hostile(injects_into_a_header, "protocol", "illegal header line", head=False),
        Hostile(cuts_a_chunk, "protocol", "without sending complete message body", body=b"data: a\n\n"),
        Hostile(promises_more, "protocol", "without sending complete message body", body=b"{"),
        Hostile(resets, "protocol", "ReadError", body=b"data: a\n\n"),
        Hostile(hangs_up, "protocol", "disconnected without sending a response", head=False),
        Hostile(babbles, "protocol", "illegal", head=False),
        Hostile(sends_a_huge_header, "protocol", "too long", head=False),
        Hostile(chunks_badly, "protocol", "illegal chunk header", body=b"data: a\n\n"),
        Hostile(lies_about_gzip, "decode", "not what its Content-Encoding says"),
        Hostile(packs_with_something_else, "decode", "'br'"),
    ]
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_peer_ends_in_an_exchange(name: str) -> None:
    peer = HOSTILE[name]
    result = exchange(peer.reply, limits=peer.limits, max_body=100_000)
    assert result.failure is not None
    assert result.failure.kind == peer.kind
    assert peer.detail in result.failure.detail
    assert len(result.failure.detail) <= 300
    assert (result.response is not None) == peer.head == (result.first_byte_ms is not None)
    if result.response is not None:
        assert result.response.status == 200
        assert result.response.body.startswith(peer.body)
        assert peer.body or not result.response.body
    assert result.total_ms < 4000


@pytest.mark.parametrize("name", HOSTILE)
def test_the_slot_serves_on_after_a_hostile_peer(name: str) -> None:
    peer = HOSTILE[name]

    async def reply(one: Peer) -> None:
        await (say_ok if b"GET /good" in one.request else peer.reply)(one)

    async def act(server: RawServer, client: Client) -> None:
        assert (await client.send(post(server.url))).failure is not None
        result = await client.send(Request("GET", server.url + "/good", ()))
        assert result.failure is None
        assert result.response is not None
        assert read_json(result.response.body) == {}

    limits = Limits(concurrency=1, read_timeout=0.15, total_timeout=0.2 if peer.kind == "deadline" else 5)

    async def run() -> None:
        async with serving(reply) as server, Client(limits, max_body=100_000) as client:
            await act(server, client)

    asyncio.run(run())


WORDS = b"HTTP/1.1 |200|101|204| OK|\r\n|\n|A: b|Content-Length: |3|-1|{}| |:|\0|\xff|Content-Type: \xff"
fragments = st.sampled_from([*WORDS.split(b"|"), b"Transfer-Encoding: chunked", b"Content-Encoding: gzip"])


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(st.lists(fragments, max_size=14))
def test_no_bytes_of_a_peer_raise(pieces: list[bytes]) -> None:
    async def reply(peer: Peer) -> None:
        await peer.say(b"".join(pieces))
        peer.hang_up()

    result = exchange(reply)
    assert result.failure is not None or result.response is not None


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = asyncio.run(Client(QUICK).send(post(url)))
    assert result.failure is not None
    assert result.failure.kind == "connect"
    assert result.response is None
    assert result.first_byte_ms is None


def test_a_peer_that_never_finishes_the_tls_handshake() -> None:
    async def run() -> Exchange:
        limits = Limits(concurrency=1, connect_timeout=0.1, total_timeout=5)
        async with serving(never_answers) as server, Client(limits) as client:
            return await client.send(post(server.url.replace("http:", "https:")))

    failure = asyncio.run(run()).failure
    assert failure is not None
    assert (failure.kind, failure.detail) == ("connect", "no connection within 0.1 s")
