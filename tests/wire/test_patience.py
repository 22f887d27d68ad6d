"""How long a peer may keep us waiting: content counts, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TypeVar

from client_calls import CHUNKED, chunk, post
from hostile import EVERY
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Exchange
from messages_conformance.wire.patience import Patience
from raw_server import Peer, Reply, serving

T = TypeVar("T")

PATIENT = Limits(concurrency=1, connect_timeout=5, read_timeout=0.3, total_timeout=20)
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b'event: content_block_delta\ndata: {"type": "content_block_delta"}\n\n'
PING = b'event: ping\ndata: {"type": "ping"}\n\n'


def saying(head: bytes, part: bytes, times: int = 8, pause: float = 0.1) -> Reply:
    """A peer that says the same part many times, longer in all than the client waits for one."""

    async def reply(peer: Peer) -> None:
        await peer.say(head)
        for _ in range(times):
            await peer.say(chunk(part), then=pause)
        await peer.say(chunk(b""))

    return reply


def together(replies: Mapping[T, Reply]) -> Iterable[tuple[T, Exchange]]:
    """One exchange with each peer, all at the same time, because each takes its time."""

    async def one(reply: Reply) -> Exchange:
        async with serving(reply) as server, Client(PATIENT) as client:
            return await client.send(post(server.url + "/v1/messages"))

    async def run() -> list[Exchange]:
        return await asyncio.gather(*map(one, replies.values()))

    return zip(replies, asyncio.run(run()), strict=True)


def test_a_stream_that_brings_no_event_but_pings_is_given_up() -> None:
    parts = (PING, PING.replace(b"\n", b"\r\n"), b"data: {}"[:1], b": still here\n\n", b"\n\n")
    for part, came in together({part: saying(CHUNKED, part, times=100) for part in parts}):
        assert came.failure is not None, part
        assert (came.failure.kind, came.failure.detail) == ("timeout", "no content for 0.3 s"), part
        assert came.total_ms < 3000, part


def test_an_answer_that_goes_on_is_waited_for() -> None:
    answers = ((CHUNKED, EVENT), (CHUNKED, PING + EVENT), (CHUNKED, b"data: [DONE]\n\n"), (PLAIN, b" "))
    for part, came in together({part: saying(head, part) for head, part in answers}):
        assert came.failure is None, part
        assert came.total_ms > 300, part


def test_an_answer_has_begun_when_its_headers_are_whole() -> None:
    for name, came in together({name: EVERY[name] for name in ("drips_headers", "informs_for_ever")}):
        assert came.failure is not None, name
        assert (came.failure.kind, came.failure.detail) == ("timeout", "no answer began within 0.3 s"), name


def test_an_event_without_an_end_is_not_read_from_its_beginning_with_every_part() -> None:
    async def heard(parts: int) -> float:
        async with Patience(60) as patience:
            patience.answered((("content-type", "text/event-stream"),))
            began = time.process_time()
            for _ in range(parts):
                patience.heard(b"x" * 500)
            return time.process_time() - began

    few, many = (min(asyncio.run(heard(parts)) for _ in range(3)) for parts in (500, 5000))
    assert many < 40 * few  # ten times as many; a hundred times the work, if each part were read with all before it


def test_a_limit_for_one_run_holds_for_all_of_an_answer() -> None:
    assert Limits(connect_timeout=10).within(5) == Limits(connect_timeout=5, read_timeout=5, total_timeout=5)
    assert Limits(connect_timeout=10).within(600) == Limits(connect_timeout=10, read_timeout=600, total_timeout=600)
