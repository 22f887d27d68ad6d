"""Sends requests and records what comes back. Whatever a peer does ends in an Exchange, never in an exception.

httpx's transport is used below its client, because the client adds what a judge must not have: default headers,
credentials out of URLs and .netrc, a cookie jar, and an error for a redirect that it should not follow.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
import time
import urllib.request
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Self, cast

import httpx

from messages_conformance.catalog.model import Limits
from messages_conformance.errors import Problem, UserError
from messages_conformance.wire import deltas
from messages_conformance.wire.body import BadEncodingError, Body, BodyTooLargeError
from messages_conformance.wire.exchange import Exchange, Failure, Headers, Request, Response, read_json
from messages_conformance.wire.failing import Circumstances, failure
from messages_conformance.wire.patience import Patience
from messages_conformance.wire.redact import credentials

# Many servers (uvicorn, Node) drop idle connections after 5 s; a request must not meet one that is being dropped.
_ONE_CONNECTION = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=4.0)
_BREAKS = re.compile(r"[\0\r\n\v\f]")
_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_END_OF_EVENT = re.compile(rb"\r?\n\r?\n")


class Client:
    """At most `limits.concurrency` requests at a time, each slot with a connection of its own.

    One shared httpx pool costs more per request the more requests are in flight; a pool of one connection per slot does
    not. HTTP/1.1 only; redirects are answers like any other; cookies are never sent. `max_body` bounds the decoded body
    in bytes: what a run asks for has kilobytes, and whatever comes is kept in memory, recorded and judged. HTTP_PROXY,
    HTTPS_PROXY, ALL_PROXY and NO_PROXY are honoured, since many users can reach providers only that way, except for
    loopback addresses, which no proxy can know. SSL_CERT_FILE and SSL_CERT_DIR are honoured too.
    """

    def __init__(self, limits: Limits, *, max_body: int = 4 << 20) -> None:
        self._limits = limits
        self._max_body = max_body
        self._slots = [_Slot() for _ in range(limits.concurrency)]
        self._free: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()  # last used first: its connection is the warmest
        for slot in self._slots:
            self._free.put_nowait(slot)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for slot in self._slots:
            await slot.hang_up()

    async def send(self, request: Request) -> Exchange:
        """Waits for a free slot and sends `request` once.

        On the wire are its headers as given, plus Host and Content-Length, which HTTP/1.1 needs. Times start when the
        slot is free and include connecting. Raises UserError for a request that cannot be put on the wire.
        """
        outgoing = _outgoing(request, self._limits)
        slot = await self._free.get()
        try:
            return await self._send(slot, request, outgoing)
        finally:
            self._free.put_nowait(slot)

    async def _send(self, slot: _Slot, request: Request, outgoing: httpx.Request) -> Exchange:
        transport = await slot.transport(outgoing.url)
        patience = Patience(self._limits.read_timeout)
        recording = _Recording(request, self._max_body, patience)
        failed: Failure | None = None
        deadline = asyncio.timeout(self._limits.total_timeout)
        try:
            async with deadline, patience:
                await recording.run(transport, outgoing)
        except (httpx.HTTPError, OSError, BodyTooLargeError, BadEncodingError) as error:
            at = Circumstances(
                self._limits, deadline.expired(), patience.ended, recording.has_begun, slot.is_behind_a_proxy
            )
            failed = failure(error, at)
        exchange = recording.exchange(failed)
        if not _leaves_connection_clean(exchange):
            await slot.hang_up()
        return exchange


class _Slot:
    """A place for one request at a time, and the connection that it last used."""

    def __init__(self) -> None:
        self._route: _Route | None = None
        self._transport: httpx.AsyncHTTPTransport | None = None

    async def transport(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        route = _route(url)
        if self._transport is None or route != self._route:
            await self.hang_up()
            self._route, self._transport = route, _transport(route)
        return self._transport

    @property
    def is_behind_a_proxy(self) -> bool:
        return self._route is not None and self._route.proxy is not None

    async def hang_up(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()


class _Recording:
    """What is known of an exchange while it goes on, so that a failure keeps the part that came."""

    def __init__(self, request: Request, max_body: int, patience: Patience) -> None:
        self._request = request
        self._max_body = max_body
        self._patience = patience
        self._started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._zero = time.perf_counter()
        self._first_byte_ms: float | None = None
        self._head: tuple[int, Headers] | None = None
        self._body: Body | None = None

    @property
    def has_begun(self) -> bool:
        return self._head is not None

    async def run(self, transport: httpx.AsyncHTTPTransport, outgoing: httpx.Request) -> None:
        outgoing.stream = _Told(self._request.body or b"", self._patience.begins)
        response = await transport.handle_async_request(outgoing)
        try:
            self._first_byte_ms = self._now()
            raw = response.headers.raw
            self._head = response.status_code, tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in raw)
            self._patience.answered(self._head[1])
            self._body = Body(self._max_body, response.headers.get("content-encoding"))
            # Not `aiter_raw`, which puts each part through three layers more.
            most = self._request.hang_up_after
            async for data in cast("httpx.AsyncByteStream", response.stream):
                self._body.feed(data, self._now())
                self._patience.heard(data)
                if most is not None and _events(self._body) >= most:
                    break
        finally:
            await response.aclose()

    def exchange(self, failure: Failure | None) -> Exchange:
        total_ms = self._now()
        response = None
        if self._head is not None and self._body is not None:
            response = Response(*self._head, self._body.chunks())
        told = response is not None and _tells(response, credentials(self._request.headers))
        return Exchange(self._request, response, failure, self._started, self._first_byte_ms, total_ms, tells_key=told)

    def _now(self) -> float:
        """Milliseconds since the request began to be sent, to a hundredth: what is judged is what is recorded."""
        return round((time.perf_counter() - self._zero) * 1000, 2)


class _Told(httpx.AsyncByteStream):
    """The body of a request, which tells when it is about to be sent, and when it was: a server may hang up meanwhile,
    and it then answers all the same."""

    def __init__(self, body: bytes, tell: Callable[[], None]) -> None:
        self._body = body
        self._tell = tell

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        self._tell()
        yield self._body
        self._tell()


def _events(body: Body) -> int:
    return sum(len(_END_OF_EVENT.findall(chunk.data)) for chunk in body.chunks())


_SHORTEST_KEY = 12
"""A shorter key, or a word that stands for one at a local server, may stand in an answer by chance."""


def _tells(response: Response, keys: tuple[str, ...]) -> bool:
    """Whether the answer holds one of the keys, as it was sent: in a header, in its body, or in what the deltas of a
    stream say together."""
    long = [key.encode("latin-1") for key in keys if len(key) >= _SHORTEST_KEY]
    if not long:
        return False
    body, headers = response.body, [value.encode("latin-1") for _, value in response.headers]
    if any(key in each for key in long for each in (body, *headers)):
        return True
    spelt = [key for key in long if not key.translate(None, body)]  # each of its characters is somewhere in the body
    return bool(spelt) and any(key in text.data for text in deltas.texts(body) for key in spelt)


def _leaves_connection_clean(exchange: Exchange) -> bool:
    """Whether the next request may share the connection.

    A Content-Length that is too small cuts the body, and its tail would be read as the next answer. That is seen by a
    body that is not the JSON it should be; where a body never is JSON, a new connection does no harm.
    """
    response = exchange.response
    if exchange.failure is not None or response is None or exchange.request.hang_up_after is not None:
        return False
    return response.header("content-length") is None or read_json(response.body) is not None


# --- from request to wire -------------------------------------------------------------------------------------------


def _outgoing(request: Request, limits: Limits) -> httpx.Request:
    problems = [problem for name, value in request.headers if (problem := _unsendable(name, value))]
    if not _TOKEN.fullmatch(request.method):
        problems.append(Problem(f"{request.method!r} is no HTTP method"))
    if problems:
        raise UserError(*problems)
    # How long an answer may take is bounded by `Patience`, which knows a ping from content.
    timeout = httpx.Timeout(limits.read_timeout, connect=limits.connect_timeout, read=None, pool=None)
    try:
        outgoing = httpx.Request(
            request.method,
            request.url,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in request.headers],
            content=request.body,
            extensions={"timeout": timeout.as_dict()},
        )
    except httpx.InvalidURL as error:
        raise UserError(Problem(f"not a URL that can be requested: {error}")) from None
    if outgoing.url.scheme not in ("http", "https") or not outgoing.url.host:
        raise UserError(Problem("not a URL that can be requested: it needs http:// or https:// and a host"))
    return outgoing


def _unsendable(name: str, value: str) -> Problem | None:
    """Why a header cannot be sent. The value is never shown: it may be a key."""
    if not _TOKEN.fullmatch(name):
        return Problem(f"{name!r} is no header name")
    if name.lower() in ("content-length", "transfer-encoding"):
        return Problem(f"header {name} is written by the client itself")
    if value != value.strip() or _BREAKS.search(value):
        hint = "A key that was read from a file often ends in a line break."
        return Problem(f"header {name} holds a line break, a NUL, or space at its end", hint=hint)
    if not value.isascii() and any(ord(letter) > 0xFF for letter in value):
        return Problem(f"header {name} holds a character outside ISO 8859-1, which HTTP cannot carry")
    return None


@dataclass(frozen=True, slots=True)
class _Route:
    tls: bool
    proxy: str | None


def _route(url: httpx.URL) -> _Route:
    return _Route(url.scheme == "https", None if _is_loopback(url.host) else _proxy(url))


def _proxy(url: httpx.URL) -> str | None:
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(url.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _transport(route: _Route) -> httpx.AsyncHTTPTransport:
    # A plain route gets a context that trusts nobody, so that it would fail closed; it also saves loading the roots.
    context = tls_context() if route.tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.AsyncHTTPTransport(verify=context, limits=_ONE_CONNECTION, proxy=route.proxy)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise UserError(Problem(f"the proxy of the environment cannot be used ({type(error).__name__})")) from None


@cache
def tls_context() -> ssl.SSLContext:
    """One context for all connections of the process: loading the roots takes longer than a request."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise UserError(Problem(f"cannot load the certificates of SSL_CERT_FILE or SSL_CERT_DIR: {error}")) from None
