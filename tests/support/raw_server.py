"""A TCP server that says exactly what a test tells it to, and remembers every byte that it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass, field

Reply = Callable[["Peer"], Awaitable[None]]


@dataclass
class Peer:
    """One connection, for the replies to one request. `request` is head and body as they came."""

    request: bytes
    writer: asyncio.StreamWriter

    async def say(self, data: bytes, *, then: float = 0.0) -> None:
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(then)

    def hang_up(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Ends the connection with RST, not with FIN."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class RawServer:
    """`requests` in order of arrival; `connections` ever opened; `most_at_once` requests in progress."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0


@contextlib.asynccontextmanager
async def serving(reply: Reply) -> AsyncGenerator[RawServer]:
    """Serves on loopback; `reply` is awaited for each request."""
    state = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        try:
            while not writer.is_closing():
                request = await _read_request(reader)
                state.requests.append(request)
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
                try:
                    await reply(Peer(request, writer))
                finally:
                    state.at_once -= 1
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)  # lets aborted transports close their sockets


@contextlib.contextmanager
def serving_aside(reply: Reply) -> Generator[str]:
    """Serves on a thread of its own, where a whole run has the loop of this one; gives the address."""
    loop = asyncio.new_event_loop()
    addresses: list[str] = []
    up, down = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with serving(reply) as server:
            addresses.append(server.url)
            up.set()
            await down.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(10)
    try:
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join()
        loop.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)^content-length: *(\d+)\r$", head, re.MULTILINE)
    return head + (await reader.readexactly(int(length[1])) if length else b"")
