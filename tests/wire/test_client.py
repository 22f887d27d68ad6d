"""The client against peers of every kind: each ends in an exchange that says what happened."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest
from client_calls import CHUNKED, OK, QUICK, chunk, exchange, post, say_ok, with_server
from messages_conformance.catalog.model import Limits
from messages_conformance.errors import UserError
from messages_conformance.wire.client import Client, tls_context
from messages_conformance.wire.exchange import Request
from raw_server import Peer, RawServer, serving

# --- what goes out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        (
            Request("POST", "/?b=1", (("X-Key", "k"), ("accept", "*/*"), ("x-A", "1")), b"{}"),
            b"POST /?b=1 HTTP/1.1\r\nHost: {host}\r\nX-Key: k\r\naccept: */*\r\nx-A: 1\r\nContent-Length: 2\r\n\r\n{}",
        ),
        (Request("GET", "/v1/models", ()), b"GET /v1/models HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        (Request("POST", "/", ()), b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"),
        (Request("POST", "/", (), b""), b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"),
        (Request("HEAD", "/", (("Host", "own"),)), b"HEAD / HTTP/1.1\r\nHost: own\r\n\r\n"),
        (
            Request("GET", "/", (("a", "1"), ("b", "é"), ("a", "2"), ("c", ""))),
            b"GET / HTTP/1.1\r\nHost: {host}\r\na: 1\r\nb: \xe9\r\na: 2\r\nc: \r\n\r\n",
        ),
    ],
)
def test_on_the_wire_is_what_the_request_says(request_: Request, wire: bytes) -> None:
    async def act(server: RawServer, client: Client) -> None:
        sent = Request(request_.method, server.url + request_.url, request_.headers, request_.body)
        result = await client.send(sent)
        assert result.request is sent
        assert result.failure is None
        host = server.url.removeprefix("http://").encode()
        assert server.requests == [wire.replace(b"{host}", host)]

    with_server(say_ok, QUICK, act)


def test_neither_urls_nor_cookies_nor_proxies_add_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def reply(peer: Peer) -> None:
        await peer.say(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\n\r\n", 1))

    async def act(server: RawServer, client: Client) -> None:
        url = server.url.replace("//", "//user:pass@")
        for _ in range(2):
            assert (await client.send(post(url))).failure is None
        assert [line.split(b":")[0] for line in server.requests[1].split(b"\r\n")[1:3]] == [b"Host", b"Content-Length"]
        assert server.requests[0] == server.requests[1]
        assert b"dXNlcjpwYXNz" not in server.requests[0]

    with_server(reply, QUICK, act)


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (post("http://h/", headers=(("x-api-key", "sk-secret\n"),)), "x-api-key holds a line break"),
        (post("http://h/", headers=(("x-api-key", " sk-secret"),)), "x-api-key holds"),
        (post("http://h/", headers=(("x-api-key", "sk-secret\r\nx: y"),)), "x-api-key holds a line break"),
        (post("http://h/", headers=(("x-api-key", "sk-secret→"),)), "outside ISO 8859-1"),
        (post("http://h/", headers=(("x api", "sk-secret"),)), "no header name"),
        (post("http://h/", headers=(("Content-Length", "5"),)), "written by the client"),
        (Request("GET IT", "http://h/", ()), "no HTTP method"),
        (post("ftp://h/"), "http"),
        (post("/v1/messages"), "http"),
        (post("http://"), "host"),
        (post("http://h:port/"), "URL"),
    ],
)
def test_a_request_that_cannot_be_sent_is_the_users_error(request_: Request, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        asyncio.run(Client(QUICK).send(request_))
    assert "sk-secret" not in str(caught.value)


def test_every_header_problem_is_reported_at_once() -> None:
    with pytest.raises(UserError) as caught:
        asyncio.run(Client(QUICK).send(post("http://h/", headers=(("a", "1\n"), ("b", "2\n")))))
    assert len(caught.value.problems) == 2


# --- what comes back ------------------------------------------------------------------------------------------------


def test_an_answer_is_recorded_as_it_came() -> None:
    async def reply(peer: Peer) -> None:
        await peer.say(b"HTTP/1.1 404 Nope\r\nX-A: 1\r\nx-b: \xe9\r\nX-A: 2\r\nContent-Length: 2\r\n\r\n{}")

    result = exchange(reply)
    assert result.response is not None
    assert result.failure is None
    assert result.response.status == 404
    assert result.response.headers == (("X-A", "1"), ("x-b", "é"), ("X-A", "2"), ("Content-Length", "2"))
    assert result.response.body == b"{}"
    assert result.first_byte_ms is not None
    assert 0 < result.first_byte_ms <= result.response.chunks[0].at_ms <= result.total_ms
    assert result.started.endswith("+00:00")


@pytest.mark.parametrize("key", ["a-long-enough-key", "ollama"])
@pytest.mark.parametrize(("name", "scheme"), [("x-api-key", ""), ("authorization", "Bearer ")])
@pytest.mark.parametrize("place", ["body", "header"])
def test_an_answer_that_holds_a_key_is_noted_unless_the_key_is_hardly_one(
    key: str, name: str, scheme: str, place: str
) -> None:
    async def reply(peer: Peer) -> None:
        told = key.encode()
        header, body = (told, b"{}") if place == "header" else (b"", b'"' + told + b'"')
        await peer.say(b"HTTP/1.1 401 No\r\nx-you: %b\r\nContent-Length: %d\r\n\r\n%b" % (header, len(body), body))

    assert exchange(reply, headers=((name, scheme + key),)).tells_key == (key != "ollama")


def test_a_stream_that_tells_the_key_letter_by_letter_is_noted() -> None:
    key = "a-long-enough-key"
    body = "".join(f'data: {{"index": 0, "delta": {{"text": "{letter}"}}}}\n\n' for letter in key).encode()

    async def reply(peer: Peer) -> None:
        await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    assert exchange(reply, headers=(("x-api-key", key),)).tells_key
    assert not exchange(reply, headers=(("x-api-key", key[::-1]),)).tells_key


def test_chunks_carry_the_times_of_their_arrival() -> None:
    async def reply(peer: Peer) -> None:
        await peer.say(CHUNKED, then=0.05)
        await peer.say(chunk(b"one"), then=0.05)
        await peer.say(chunk(b"two") + chunk(b"2"), then=0.05)
        await peer.say(b"0\r\n\r\n")

    result = exchange(reply)
    assert result.response is not None
    assert result.first_byte_ms is not None
    assert [one.data for one in result.response.chunks] == [b"one", b"two2"]
    times = [result.first_byte_ms, *(one.at_ms for one in result.response.chunks), result.total_ms]
    assert all(later - earlier > 30 for earlier, later in pairwise(times))
    assert times == [round(time, 2) for time in times]


@pytest.mark.parametrize("location", [b"/elsewhere", b"http://[broken", b"ftp://h/"])
def test_a_redirect_is_an_answer(location: bytes) -> None:
    async def reply(peer: Peer) -> None:
        await peer.say(b"HTTP/1.1 307 Moved\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")

    result = exchange(reply)
    assert result.failure is None
    assert result.response is not None
    assert (result.response.status, result.response.header("location")) == (307, location.decode())


def test_gzip_is_decoded_as_it_arrives() -> None:
    async def reply(peer: Peer) -> None:
        packed = gzip.compress(b"data: hello\n\n")
        await peer.say(CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
        await peer.say(chunk(packed[:20]) + chunk(packed[20:]) + b"0\r\n\r\n")

    result = exchange(reply)
    assert result.failure is None
    assert result.response is not None
    assert result.response.body == b"data: hello\n\n"


# --- slots and connections ------------------------------------------------------------------------------------------


def test_concurrency_is_what_the_limits_say_and_connections_are_reused() -> None:
    async def reply(peer: Peer) -> None:
        await asyncio.sleep(0.03)
        await peer.say(OK)

    async def act(server: RawServer, client: Client) -> None:
        results = await asyncio.gather(*(client.send(post(server.url)) for _ in range(20)))
        assert all(result.failure is None for result in results)
        assert server.most_at_once == 4
        assert server.connections == 4
        assert len(server.requests) == 20

    with_server(reply, Limits(concurrency=4, total_timeout=5), act)


def test_times_do_not_include_the_wait_for_a_slot() -> None:
    async def reply(peer: Peer) -> None:
        await asyncio.sleep(0.1)
        await peer.say(OK)

    async def act(server: RawServer, client: Client) -> None:
        began = time.perf_counter()
        results = await asyncio.gather(*(client.send(post(server.url)) for _ in range(5)))
        assert time.perf_counter() - began > 0.5
        assert all(result.total_ms < 300 for result in results)

    with_server(reply, Limits(concurrency=1, total_timeout=0.4), act)


def test_bytes_behind_a_short_content_length_do_not_reach_the_next_exchange() -> None:
    async def reply(peer: Peer) -> None:
        await peer.say(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"id":"\xc3\xa9"}' + OK.replace(b"{}", b"[]"))

    async def act(server: RawServer, client: Client) -> None:
        for _ in range(2):
            result = await client.send(post(server.url))
            assert result.response is not None
            assert result.response.body == b'{"id":"\xc3\xa9'
        assert server.connections == 2

    with_server(reply, QUICK, act)


def test_a_cancelled_request_raises_and_frees_its_slot() -> None:
    async def reply(peer: Peer) -> None:
        if b"GET /good" not in peer.request:
            await asyncio.sleep(60)
        await peer.say(OK)

    async def act(server: RawServer, client: Client) -> None:
        task = asyncio.ensure_future(client.send(post(server.url)))
        while not server.requests:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.send(Request("GET", server.url + "/good", ()))).failure is None

    with_server(reply, QUICK, act)


def test_one_slot_follows_requests_to_other_hosts() -> None:
    async def act(server: RawServer, client: Client) -> None:
        async with serving(say_ok) as other:
            for url in (server.url, other.url, server.url):
                assert (await client.send(post(url))).failure is None
        assert (len(server.requests), len(other.requests)) == (2, 1)

    with_server(say_ok, QUICK, act)


# --- proxies and certificates ---------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_used_for_other_hosts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(server: RawServer, client: Client) -> None:
        monkeypatch.setenv("http_proxy", server.url.removeprefix("http://"))
        monkeypatch.setenv("no_proxy", "direct.example")
        result = await client.send(post("http://api.example/v1/messages"))
        assert result.failure is None
        assert server.requests[0].startswith(b"POST http://api.example/v1/messages HTTP/1.1\r\n")
        monkeypatch.setattr(socket, "getaddrinfo", _no_such_host)
        direct = await client.send(post("http://direct.example/"))
        assert direct.failure is not None
        assert direct.failure.kind == "connect"
        assert len(server.requests) == 1

    with_server(say_ok, QUICK, act)


def _no_such_host(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_an_unusable_proxy_is_the_users_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "gopher://user:secret@proxy.example")
    with pytest.raises(UserError, match="proxy") as caught:
        asyncio.run(Client(QUICK).send(post("http://api.example/")))
    assert "secret" not in str(caught.value)


@pytest.fixture
def no_context_yet() -> Iterator[None]:
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.mark.usefixtures("no_context_yet")
def test_certificates_are_loaded_once_and_only_for_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[ssl.SSLContext] = []

    def load() -> ssl.SSLContext:
        loaded.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return loaded[-1]

    async def run() -> None:
        limits = Limits(concurrency=2, connect_timeout=1)
        async with Client(limits) as one, Client(limits) as another:
            await one.send(post("http://127.0.0.1:1/"))
            assert loaded == []
            await asyncio.gather(*(client.send(post("https://127.0.0.1:1/")) for client in (one, one, another)))

    monkeypatch.setattr(httpx, "create_ssl_context", load)
    asyncio.run(run())
    assert len(loaded) == 1


@pytest.mark.usefixtures("no_context_yet")
def test_unreadable_certificates_are_the_users_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "no/such/file.pem")
    with pytest.raises(UserError, match="SSL_CERT_FILE"):
        asyncio.run(Client(QUICK).send(post("https://127.0.0.1:1/")))


def test_a_client_may_hang_up_in_the_middle_of_a_stream_and_ask_again() -> None:
    async def reply(peer: Peer) -> None:
        if b"again" in peer.request:
            await peer.say(OK)
            return
        await peer.say(CHUNKED)
        for number in range(100):
            await peer.say(chunk(b"event: e\ndata: %d\n\n" % number), then=0.01)

    async def act(server: RawServer, client: Client) -> None:
        left = await client.send(replace(post(server.url), hang_up_after=3))
        assert left.failure is None
        assert left.response is not None
        assert 3 <= left.response.body.count(b"\n\n") < 20
        again = await client.send(post(server.url, b'"again"'))
        assert again.response is not None
        assert again.response.status == 200
        assert server.connections == 2

    with_server(reply, QUICK, act)
