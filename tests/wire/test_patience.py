"""How long a peer may keep us waiting: content counts, and nothing else."""

from __future__ import annotations

import asyncio
import time

import pytest
from client_calls import CHUNKED, chunk, exchange
from hostile import EVERY
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.patience import Patience
from raw_server import Peer, Reply

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


@pytest.mark.parametrize("part", [PING, PING.replace(b"\n", b"\r\n"), b"data: {}"[:1], b": still here\n\n", b"\n\n"])
def test_a_stream_that_brings_no_event_but_pings_is_given_up(part: bytes) -> None:
    came = exchange(saying(CHUNKED, part, times=100), limits=PATIENT)
    assert came.failure is not None
    assert (came.failure.kind, came.failure.detail) == ("timeout", "no content for 0.3 s")
    assert came.total_ms < 3000


@pytest.mark.parametrize(
    ("head", "part"), [(CHUNKED, EVENT), (CHUNKED, PING + EVENT), (CHUNKED, b"data: [DONE]\n\n"), (PLAIN, b" ")]
)
def test_an_answer_that_goes_on_is_waited_for(head: bytes, part: bytes) -> None:
    came = exchange(saying(head, part), limits=PATIENT)
    assert came.failure is None
    assert came.total_ms > 300


@pytest.mark.parametrize("name", ["drips_headers", "informs_for_ever"])
def test_an_answer_has_begun_when_its_headers_are_whole(name: str) -> None:
    came = exchange(EVERY[name], limits=PATIENT)
    assert came.failure is not None
    assert (came.failure.kind, came.failure.detail) == ("timeout", "no answer began within 0.3 s")


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
