"""What tests of the client share: requests, peers that answer well, and one exchange with a peer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange, Request
from raw_server import Peer, RawServer, Reply, serving

QUICK = Limits(concurrency=1, connect_timeout=5, read_timeout=5, total_timeout=5)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def post(url: str, body: bytes = b"{}", headers: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request("POST", url, headers, body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def exchange(
    reply: Reply, *, limits: Limits = QUICK, max_body: int = 1 << 20, headers: tuple[tuple[str, str], ...] = ()
) -> Exchange:
    """One request to a peer that answers by `reply`."""

    async def run() -> Exchange:
        async with serving(reply) as server, Client(limits, max_body=max_body) as client:
            return await client.send(post(server.url + "/v1/messages", headers=headers))

    return asyncio.run(run())


def with_server(reply: Reply, limits: Limits, act: Callable[[RawServer, Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with serving(reply) as server, Client(limits) as client:
            await act(server, client)

    asyncio.run(run())


async def say_ok(peer: Peer) -> None:
    await peer.say(OK)
