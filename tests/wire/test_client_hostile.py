"""The client against peers of every kind: each ends in an exchange that says what happened."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

import pytest
from client_calls import QUICK, exchange, post, say_ok
from hostile import EVERY
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request, read_json
from raw_server import Peer, RawServer, serving
from searching import EXAMPLES

# --- hostile peers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hostile:
    """The failure and the part of the body that must be recorded of a peer. `head` says whether a status came."""

    kind: str
    detail: str
    head: bool = True
    body: bytes = b""
    limits: Limits = QUICK


IMPATIENT = Limits(concurrency=1, connect_timeout=1, read_timeout=0.15, total_timeout=5)
SHORT = Limits(concurrency=1, connect_timeout=1, read_timeout=5, total_timeout=0.2)

HOSTILE = {
    "never_answers": Hostile("timeout", "no answer began within 0.15 s", head=False, limits=IMPATIENT),
    "stops_in_the_stream": Hostile("timeout", "no content for 0.15 s", body=b"data: a\n\n", limits=IMPATIENT),
    "drips_a_body": Hostile("deadline", "not finished within 0.2 s", body=b"...", limits=SHORT),
    "drips_headers": Hostile("deadline", "not finished within 0.2 s", head=False, limits=SHORT),
    "informs_for_ever": Hostile("deadline", "not finished within 0.2 s", head=False, limits=SHORT),
    "body_for_ever": Hostile("too-large", "larger than 100000 bytes", body=b"x" * 100_000),
    "explodes_from_gzip": Hostile("too-large", "larger than 100000 bytes", body=bytes(100_000)),
    "pings_for_ever": Hostile("too-large", "larger than 100000 bytes", body=b"event: ping"),
    "headers_for_ever": Hostile("protocol", "too long", head=False),
    "counts_twice": Hostile("protocol", "conflicting Content-Length", head=False),
    "counts_backwards": Hostile("protocol", "bad Content-Length", head=False),
    "has_no_status": Hostile("protocol", "illegal status line", head=False),
    "injects_into_a_header": Hostile("protocol", "illegal header line", head=False),
    "cuts_a_chunk": Hostile("protocol", "without sending complete message body", body=b"data: a\n\n"),
    "promises_more": Hostile("protocol", "without sending complete message body", body=b"{"),
    "resets_in_the_stream": Hostile("protocol", "ReadError", body=b"data: a\n\n"),
    "hangs_up": Hostile("protocol", "disconnected without sending a response", head=False),
    "babbles": Hostile("protocol", "illegal", head=False),
    "sends_a_huge_header": Hostile("protocol", "too long", head=False),
    "chunks_in_words": Hostile("protocol", "illegal chunk header", body=b"data: a\n\n"),
    "packs_nothing_as_gzip": Hostile("decode", "not what its Content-Encoding says"),
    "packs_with_brotli": Hostile("decode", "'br'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_peer_ends_in_an_exchange(name: str) -> None:
    peer = HOSTILE[name]
    result = exchange(EVERY[name], limits=peer.limits, max_body=100_000)
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
        await (say_ok if b"GET /good" in one.request else EVERY[name])(one)

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
        async with serving(EVERY["never_answers"]) as server, Client(limits) as client:
            return await client.send(post(server.url.replace("http:", "https:")))

    failure = asyncio.run(run()).failure
    assert failure is not None
    assert (failure.kind, failure.detail) == ("connect", "no connection within 0.1 s")
