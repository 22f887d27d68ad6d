"""A loopback server in a process of its own, cheap enough to be no part of what is measured.

It answers any POST under `/<milliseconds>/…`: with a message after that delay, or, when the body asks for one, with a
stream that begins then and takes as long again. It prints one JSON line with its port and ends when its standard input
closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from answers import FRAMES, HEADERS, MESSAGE
from cores import pin

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DELAY = re.compile(rb"POST /(\d+)/")
_BURSTS = 6
"""In how many parts a stream with a delay comes, evenly spaced."""


def _head(media_type: str, *framing: str) -> bytes:
    fields = [f"content-type: {media_type}", *framing, *(f"{name}: {value}" for name, value in HEADERS)]
    return "\r\n".join(["HTTP/1.1 200 OK", *fields, "", ""]).encode()


_JSON = _head("application/json", f"content-length: {len(MESSAGE)}") + MESSAGE
_NOTHING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
_STREAM_HEAD = _head("text/event-stream; charset=utf-8", "transfer-encoding: chunked")
_STREAM = (*(b"%x\r\n%s\r\n" % (len(frame), frame) for frame in FRAMES), b"0\r\n\r\n")


class _Connection(asyncio.Protocol):
    """One keep-alive connection; the next request comes only after the answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length, delay = _LENGTH.search(head), _DELAY.match(head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        if not delay:  # a runner that looks first at what is there
            self._write(_NOTHING)
            return
        seconds = int(delay[1]) / 1000
        self._loop.call_later(seconds, self._answer, bool(json.loads(body).get("stream")), seconds)

    def _answer(self, streaming: bool, seconds: float) -> None:
        if not streaming:
            self._write(_JSON)
            return
        self._write(_STREAM_HEAD)
        if seconds == 0:
            self._go_on(iter(_STREAM))
            return
        size = -(-len(_STREAM) // _BURSTS)
        for number in range(_BURSTS):
            burst = b"".join(_STREAM[number * size : (number + 1) * size])
            self._loop.call_later(seconds * (number + 1) / _BURSTS, self._write, burst)

    def _go_on(self, pieces: Iterator[bytes]) -> None:
        """One event per turn of the loop, so that a stream comes in many packets and beside others, as from a model."""
        if piece := next(pieces, None):
            self._write(piece)
            self._loop.call_soon(self._go_on, pieces)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(data)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(loop), "127.0.0.1", 0, backlog=1024)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Generator[str]:
    """The server on the second core, where there is one. Yields its address."""
    command = [sys.executable, str(Path(__file__).resolve())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"


if __name__ == "__main__":
    pin(-1)
    asyncio.run(_serve())
