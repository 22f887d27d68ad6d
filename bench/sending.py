"""Part 1: what the recording client costs over bare httpx, in CPU of the client's process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator

import httpx
from measure import Row, micro, ratios, side_by_side
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client, tls_context
from messages_conformance.wire.exchange import Headers, Request

SLOTS = 16
POSTS, STREAMS = 1200, 300
_HEADERS: Headers = (
    ("user-agent", "bench"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("anthropic-version", "2023-06-01"),
    ("content-type", "application/json"),
    ("x-api-key", "bench-key"),
)


def rows(address: str, rounds: int) -> Iterator[Row]:
    """The ratios of part 1."""
    for name, number, streaming in (("POST", POSTS, False), ("stream of 60 events", STREAMS, True)):
        request = _request(f"{address}/0/v1/messages", streaming=streaming)
        samples = side_by_side(
            {
                "bare": lambda r=request, n=number: _cpu(bare(r, n), n),
                "again": lambda r=request, n=number: _cpu(bare(r, n), n),
                "ours": lambda r=request, n=number: _cpu(_ours(r, n), n),
            },
            rounds,
        )
        absolute = micro(samples, "ours", "bare")
        yield Row("client CPU", f"{name}: bare / bare", ratios(samples, "again", "bare"), control=True)
        yield Row("client CPU", f"{name}: client / bare httpx", ratios(samples, "ours", "bare"), absolute, goal=1.1)


def _request(url: str, *, streaming: bool) -> Request:
    body = {"model": "bench", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}], "stream": streaming}
    return Request("POST", url, _HEADERS, json.dumps(body).encode())


def _cpu(work: Awaitable[float], number: int) -> float:
    async def run() -> float:
        return await work

    return asyncio.run(run()) / number


async def bare(request: Request, number: int) -> float:
    """The CPU seconds of `number` requests through httpx as it comes: one client per slot, one TLS context, and of the
    answer nothing but its bytes."""
    context = tls_context()
    clients = [httpx.AsyncClient(verify=context, trust_env=False) for _ in range(SLOTS)]

    async def send(slot: int) -> None:
        await send_bare(clients[slot], request)

    try:
        return await _in_slots(send, number)
    finally:
        for client in clients:
            await client.aclose()


async def send_bare(client: httpx.AsyncClient, request: Request) -> None:
    """One request, its answer read to the end as it comes."""
    async with client.stream(
        request.method, request.url, headers=list(request.headers), content=request.body
    ) as response:
        async for _ in response.aiter_raw():
            pass


async def _ours(request: Request, number: int) -> float:
    async with Client(Limits(concurrency=SLOTS)) as client:

        async def send(_slot: int) -> None:
            exchange = await client.send(request)
            assert exchange.failure is None, exchange.failure

        return await _in_slots(send, number)


async def _in_slots(send: Callable[[int], Awaitable[None]], number: int) -> float:
    """CPU seconds for `number` requests, one per slot under way. Connections are made before the clock starts."""
    await asyncio.gather(*(send(slot) for slot in range(SLOTS)))
    left = iter(range(number))

    async def work(slot: int) -> None:
        for _ in left:
            await send(slot)

    start = time.process_time()
    await asyncio.gather(*(work(slot) for slot in range(SLOTS)))
    return time.process_time() - start
