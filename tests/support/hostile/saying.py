"""How a hostile answer is put together and said. Most of them are only bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from client_calls import CHUNKED
from raw_server import Peer, Reply

Make: TypeAlias = Callable[[], bytes]

JSON = b"Content-Type: application/json"
SSE = b"Content-Type: text/event-stream"
FOR_EVER = 60.0
"""Seconds that are longer than any run waits."""


def head(status: bytes, *headers: bytes) -> bytes:
    """The head of an answer, with its blank line."""
    return b"\r\n".join((b"HTTP/1.1 " + status, *headers, b"", b""))


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer with its length."""
    return head(status, *headers, b"Content-Length: %d" % len(body)) + body


def ok(*headers: bytes) -> bytes:
    """The head of an answer of two bytes, `{}`, with more headers."""
    return whole(b"{}", JSON, *headers)


def chunked(after: bytes) -> bytes:
    """A stream that begins well, and the bytes that stand where its next chunk should."""
    return CHUNKED + b"9\r\ndata: a\n\n\r\n" + after


def says(answer: bytes | Make) -> Reply:
    """Says these bytes, made when they are first asked for, and hangs up."""
    made: list[bytes] = []

    async def reply(peer: Peer) -> None:
        if not made:
            made.append(answer if isinstance(answer, bytes) else answer())
        await peer.say(made[0])
        peer.hang_up()

    return reply


def resets_after(answer: bytes) -> Reply:
    """Says these bytes and ends the connection with RST."""

    async def reply(peer: Peer) -> None:
        await peer.say(answer, then=0.02)
        peer.reset()

    return reply


def waits_after(answer: bytes) -> Reply:
    """Says these bytes and then nothing, for ever."""

    async def reply(peer: Peer) -> None:
        await peer.say(answer, then=FOR_EVER)

    return reply


def repeats(part: bytes, after: bytes = b"", *, every: float = 0.0) -> Reply:
    """Says `after`, and then `part` for ever, with a pause of so many seconds."""

    async def reply(peer: Peer) -> None:
        await peer.say(after)
        while True:
            await peer.say(part, then=every)

    return reply
