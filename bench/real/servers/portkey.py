"""Portkey's gateway, which passes the Messages API through.

It stands before the reference, which is correct: whatever deviates here, the gateway did.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from real.environments import Npm
from real.processes import Server, free_port, running
from real.servers import reference
from real.servers.node import ON_LOOPBACK
from real.setup import Address, SetUp

ENVIRONMENT = Npm("portkey")


@contextmanager
def portkey(directory: Path) -> Generator[Address]:
    """The gateway. Each request names the upstream and carries the upstream's key."""
    port = free_port()
    start = ENVIRONMENT.modules / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    command = ["node", start, f"--port={port}", "--headless"]
    address = f"http://127.0.0.1:{port}"
    with (
        reference.reference() as upstream,
        running(Server(command, f"{address}/", directory / "portkey.log", ON_LOOPBACK)),
    ):
        headers = {"x-portkey-provider": "anthropic", "x-portkey-custom-host": f"{upstream}/v1"}
        yield Address(address, headers, reference.KEY)


BEFORE_REFERENCE = SetUp(
    name="portkey",
    needs=(ENVIRONMENT,),
    serve=portkey,
    claims={
        "title": "Portkey gateway 1.15.2, passing through",
        "models": {"cheap": {"id": "reference"}, "thinking": {"id": "reference-thinking"}},
        "features": [
            "streaming", "tools", "parallel-tools", "thinking", "count_tokens", "sampling",
            "vision", "documents", "pdf", "citations", "caching", "structured-output", "x-api-key",
        ],
        "limits": {"concurrency": 4},
        "note": "a real gateway; the reference answers behind it",
    },
    may_be_open=frozenset({"prerequisite-failed"}),
)  # fmt: skip
