"""Peers that do what no server should. Those of BREAKING never give a whole answer; those of ODD give one that is no
answer of this API. All are replies for `raw_server.serving`."""

from __future__ import annotations

import asyncio
import gzip

from client_calls import CHUNKED, chunk
from raw_server import Peer, Reply

# --- answers that break ---------------------------------------------------------------------------------------------


async def never_answers(peer: Peer) -> None:
    await asyncio.sleep(60)


async def stops_in_the_middle(peer: Peer) -> None:
    await peer.say(CHUNKED + chunk(b"data: a\n\n"), then=60)


async def drips(peer: Peer) -> None:
    await peer.say(CHUNKED)
    while True:
        await peer.say(chunk(b"."), then=0.02)


async def drips_headers(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.say(b"x-a: 1\r\n", then=0.02)


async def never_ends(peer: Peer) -> None:
    await peer.say(CHUNKED)
    while True:
        await peer.say(chunk(b"x" * 65536))


async def never_ends_informing(peer: Peer) -> None:
    while True:
        await peer.say(b"HTTP/1.1 103 Early Hints\r\n\r\n", then=0.01)


async def cuts_a_chunk(peer: Peer) -> None:
    await peer.say(CHUNKED + b"ff\r\ndata: a\n\n")
    peer.hang_up()


async def promises_more(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    peer.hang_up()


async def resets(peer: Peer) -> None:
    await peer.say(CHUNKED + chunk(b"data: a\n\n"), then=0.05)
    peer.reset()


async def hangs_up(peer: Peer) -> None:
    peer.hang_up()


async def babbles(peer: Peer) -> None:
    await peer.say(b"\x15\x03\x01\x00\x02\x02\x50 this is no HTTP" * 50 + b"\r\n\r\n")


async def sends_a_huge_header(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 300_000 + b"\r\n\r\n")


async def chunks_badly(peer: Peer) -> None:
    await peer.say(CHUNKED + chunk(b"data: a\n\n") + b"nonsense\r\n")


async def lies_about_gzip(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip")


async def packs_with_something_else(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}")


async def sends_a_bomb(peer: Peer) -> None:
    bomb = gzip.compress(bytes(50 << 20))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    await peer.say(head + bomb)


async def pings_for_ever(peer: Peer) -> None:
    await peer.say(CHUNKED)
    while True:
        await peer.say(chunk(b'event: ping\ndata: {"type": "ping"}\n\n' * 500))


async def sends_headers_for_ever(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.say(b"x-a: 1\r\n" * 1000)


async def counts_twice(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
    peer.hang_up()


async def counts_backwards(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}")
    peer.hang_up()


async def has_no_status(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 fine OK\r\nContent-Length: 2\r\n\r\n{}")
    peer.hang_up()


async def injects_into_a_header(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 200 OK\r\nx-a: b\0c\rd: e\r\nContent-Length: 2\r\n\r\n{}")
    peer.hang_up()


# --- answers to another question ------------------------------------------------------------------------------------


def _whole(status: bytes, body: bytes, *headers: bytes) -> bytes:
    head = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


async def sends_a_page(peer: Peer) -> None:
    page = b"<!doctype html><title>Welcome</title><h1>It works!</h1>" * 500
    await peer.say(_whole(b"200 OK", page, b"Content-Type: text/html; charset=utf-8"))


async def sends_a_gateways_page(peer: Peer) -> None:
    page = b"<html><h1>403 Forbidden</h1><hr>cloud</html>"
    await peer.say(_whole(b"403 Forbidden", page, b"Content-Type: text/html"))


async def sends_no_content(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 204 No Content\r\n\r\n")


async def sends_nothing(peer: Peer) -> None:
    await peer.say(_whole(b"200 OK", b"", b"Content-Type: text/event-stream"))


async def redirects_to_itself(peer: Peer) -> None:
    path = peer.request.split(b" ", 2)[1]
    await peer.say(_whole(b"307 Temporary Redirect", b"", b"Location: " + path))


async def writes_latin(peer: Peer) -> None:
    error = '{"type": "error", "error": {"type": "invalid_request_error", "message": "geh\u00f6rt nicht dazu"}}'
    body = error.encode("latin-1")
    await peer.say(_whole(b"400 Bad Request", body, b"Content-Type: application/json; charset=iso-8859-1"))


async def writes_two_bytes_each(peer: Peer) -> None:
    body = '{"type": "message", "content": [{"type": "text", "text": "pong"}]}'.encode("utf-16")
    await peer.say(_whole(b"200 OK", body, b"Content-Type: application/json; charset=utf-16"))


async def speaks_the_old_protocol(peer: Peer) -> None:
    await peer.say(b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"type": "message"}')
    peer.hang_up()


async def informs_before_it_answers(peer: Peer) -> None:
    await peer.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", then=0.01)
    await peer.say(_whole(b"200 OK", b"[]", b"Content-Type: application/json"))


async def writes_what_cannot_be_written(peer: Peer) -> None:
    """Lone surrogates, numbers of thousands of digits, nesting without end, control characters."""
    odd = rb'"\ud800\u0000\u001b[2J"'
    message = b'{"type": %b, %b: %b, "id": %b, "model": %b, "content": [{"type": "text", "text": %b}], "usage": %b}' % (
        *(odd, odd, b"[" * 900 + b"]" * 900, odd, odd, odd),
        b'{"input_tokens": %b, "output_tokens": %b}' % (b"9" * 4300, b"9" * 400),
    )
    if b'"stream": true' in peer.request or b'"stream":true' in peer.request:
        start = b'event: \xed\xa0\x80\ndata: {"type": "message_start", "message": ' + message + b"}\n\n"
        await peer.say(_whole(b"200 OK", start, b"Content-Type: text/event-stream\xff"))
    else:
        await peer.say(_whole(b"200 OK", message, b"Content-Type: application/json", b"request-id: \xff"))


async def refuses_what_cannot_be_written(peer: Peer) -> None:
    body = rb'{"type": "error", "error": {"type": "\ud800", "message": "at most ' + b"9" * 5000 + b'"}}'
    await peer.say(_whole(b"400 Bad Request", body, b"Content-Type: application/json"))


async def waits_too_long_in_words(peer: Peer) -> None:
    body = b'{"type": "error", "error": {"type": "rate_limit_error", "message": "no"}}'
    await peer.say(_whole(b"429 Too Many Requests", body, b"Retry-After: Fri, 31 Dec 9999 23:59:59 -9999"))


def _named(*peers: Reply) -> dict[str, Reply]:
    return {peer.__name__: peer for peer in peers}


BREAKING = _named(
    *(never_answers, stops_in_the_middle, drips, drips_headers, never_ends, never_ends_informing, cuts_a_chunk),
    *(promises_more, resets, hangs_up, babbles, sends_a_huge_header, chunks_badly, sends_a_bomb, pings_for_ever),
    *(sends_headers_for_ever, counts_twice, counts_backwards, has_no_status, injects_into_a_header),
)
BADLY_PACKED = _named(lies_about_gzip, packs_with_something_else)
ODD = _named(
    *(sends_a_page, sends_a_gateways_page, sends_no_content, sends_nothing, redirects_to_itself, writes_latin),
    *(writes_two_bytes_each, speaks_the_old_protocol, informs_before_it_answers, writes_what_cannot_be_written),
    *(refuses_what_cannot_be_written, waits_too_long_in_words),
)
