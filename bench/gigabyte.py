"""A process that asks a server which answers with a gigabyte, in a process of its own. It prints one JSON line: by how
many bytes its peak of memory grew, and the bytes that an answer may have."""

from __future__ import annotations

import asyncio
import inspect
import json
import resource
import subprocess
import sys

from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client
from messages_conformance.wire.exchange import Request

_GIGABYTE = 1 << 30
_SERVER = """
import socket
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
peer, _ = listening.accept()
peer.recv(65536)
peer.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n")
try:
    for _ in range(%d):
        peer.sendall(b"x" * 65536)
except OSError:
    pass
""" % (_GIGABYTE, _GIGABYTE // 65536)  # noqa: UP031


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def _ask(port: str) -> None:
    async with Client(Limits(concurrency=1)) as client:
        exchange = await client.send(Request("GET", f"http://127.0.0.1:{port}/", (), None))
    assert exchange.failure is not None, "the body was taken whole"


def main() -> None:
    """Ask once, and tell the growth."""
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        before = _peak()
        asyncio.run(_ask(port))
        grown = _peak() - before
    cap = inspect.signature(Client).parameters["max_body"].default
    print(json.dumps({"peak": grown, "cap": cap}))


if __name__ == "__main__":
    main()
