"""A server on loopback that speaks TLS with one of the certificates made for tests."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

CERTIFICATES = Path(__file__).parent / "certificates"
ROOT = CERTIFICATES / "root.pem"
"""What a client has to trust for all but the self-signed certificate."""


@contextlib.asynccontextmanager
async def serving_tls(certificate: str, answer: bytes) -> AsyncGenerator[str]:
    """Gives `host:port`; whoever gets through the handshake gets `answer`, and nothing more."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.transport.abort()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem", CERTIFICATES / "key.pem")
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
