"""Why a connection failed, where that is known: what people have to do next depends on it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from client_calls import OK, QUICK, exchange, post
from hostile import EVERY
from messages_conformance.catalog.model import Limits
from messages_conformance.wire.client import Client, tls_context
from messages_conformance.wire.exchange import Exchange, Failure
from raw_server import Peer
from tls_server import ROOT, serving_tls


@pytest.fixture
def _trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that trusts the root of the test certificates."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ROOT))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


def asked(url: str) -> Exchange:
    async def run() -> Exchange:
        async with Client(QUICK) as client:
            return await client.send(post(url))

    return asyncio.run(run())


def over_tls(certificate: str, scheme: str) -> Exchange:
    async def run() -> Exchange:
        async with serving_tls(certificate, OK) as address, Client(QUICK) as client:
            return await client.send(post(f"{scheme}://{address}/"))

    return asyncio.run(run())


def reason(exchange: Exchange) -> str | None:
    assert exchange.failure is not None
    return exchange.failure.reason


@pytest.mark.usefixtures("_trusting")
@pytest.mark.parametrize("name", ["expired", "self-signed"])
def test_a_certificate_that_does_not_hold(name: str) -> None:
    assert reason(over_tls(name, "https")) == f"certificate-{name}"


@pytest.mark.usefixtures("_trusting")
def test_a_certificate_for_another_name_and_one_that_holds() -> None:
    assert reason(over_tls("other-name", "https")) == "certificate-name"
    assert over_tls("good", "https").failure is None


def test_a_certificate_of_an_authority_that_nobody_knows() -> None:
    assert reason(over_tls("good", "https")) == "certificate-untrusted"


def test_plain_http_where_tls_is_spoken() -> None:
    assert reason(over_tls("good", "http")) == "hung-up"


def test_tls_where_plain_http_is_spoken() -> None:
    async def run() -> Exchange:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server, Client(QUICK) as client:
            return await client.send(post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))

    assert reason(asyncio.run(run())) == "no-tls"


def test_nobody_listens() -> None:
    assert reason(asked("http://127.0.0.1:9/")) == "refused"


@pytest.mark.parametrize(("code", "expected"), [(socket.EAI_NONAME, "unresolved"), (socket.EAI_AGAIN, "unreachable")])
def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch, code: int, expected: str) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "no address")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert reason(asked("http://nowhere.invalid/")) == expected


def test_a_proxy_that_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert reason(asked("http://nowhere.invalid/")) == "proxy"


def test_an_alert_of_tls_and_other_bytes() -> None:
    async def alerts(peer: Peer) -> None:
        await peer.say(b"\x15\x03\x03\x00\x02\x02\x46\r\n\r\n")

    assert reason(exchange(alerts)) == "tls-only"
    assert reason(exchange(EVERY["babbles"])) == "tls-only"
    assert reason(exchange(EVERY["hangs_up"])) == "hung-up"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(concurrency=1, read_timeout=0.1), Failure("timeout", "no answer began within 0.1 s")),
        (Limits(concurrency=1, total_timeout=0.1), Failure("deadline", "not finished within 0.1 s")),
    ],
)
def test_silence_has_no_other_reason(limits: Limits, expected: Failure) -> None:
    assert exchange(EVERY["never_answers"], limits=limits).failure == expected
