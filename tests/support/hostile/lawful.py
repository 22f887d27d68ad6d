"""Whole, right streams in forms that are legal and rare. A client may stumble over them; a judge may not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

from client_calls import CHUNKED, chunk
from streams import body, end, start, text

from hostile.framing import packed
from hostile.saying import SSE, head, whole

_ID = b"request-id: req_1"
_GOOD = body(start(), *text(0, "one, ", "two"), *end())
_IN_CHUNKS = CHUNKED.replace(b"\r\n\r\n", b"\r\n" + _ID + b"\r\n\r\n")


def _stream(content: bytes, *headers: bytes) -> bytes:
    return whole(content, SSE, _ID, *headers)


def _packed(content: bytes, coding: bytes = b"gzip") -> bytes:
    return packed(content, coding, SSE, _ID)


LAWFUL: Mapping[str, bytes] = {
    "plain": _stream(_GOOD),
    "until_the_end": head(b"200 OK", SSE, _ID, b"Connection: close") + _GOOD,
    "by_the_old_protocol": _stream(_GOOD).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "without_a_reason": _stream(_GOOD).replace(b"200 OK", b"200 ", 1),
    "with_heads_before_it": head(b"100 Continue") + head(b"103 Early Hints", b"Link: </a>") + _stream(_GOOD),
    "a_byte_in_a_chunk": _IN_CHUNKS + b"".join(chunk(_GOOD[n : n + 1]) for n in range(len(_GOOD))) + chunk(b""),
    "with_extended_chunks": _IN_CHUNKS + b'%x;a="b"\r\n%b\r\n' % (len(_GOOD), _GOOD) + chunk(b""),
    "with_long_sizes_of_chunks": _IN_CHUNKS + b"0000%X\r\n%b\r\n" % (len(_GOOD), _GOOD) + chunk(b""),
    "with_trailers": _IN_CHUNKS + chunk(_GOOD) + b"0\r\nx-a: 1\r\n\r\n",
    "with_many_headers": _stream(_GOOD, *(b"x-%d: %d" % (n, n) for n in range(1000))),
    "with_folded_headers": _stream(_GOOD, b"x-a: b\r\n  c"),
    "with_equal_lengths": _stream(_GOOD, b"Content-Length: %d" % len(_GOOD)),
    "with_many_cookies": _stream(_GOOD, *(b"Set-Cookie: c%d=%b" % (n, b"x" * 200) for n in range(90))),
    "in_gzip": _packed(gzip.compress(_GOOD)),
    "in_deflate": _packed(zlib.compress(_GOOD), b"deflate"),
    "in_deflate_without_its_header": _packed(zlib.compress(_GOOD, wbits=-15), b"deflate"),
    "in_gzip_with_a_tail": _packed(gzip.compress(_GOOD) + bytes(100)),
    "with_cr_lf": _stream(_GOOD.replace(b"\n", b"\r\n")),
    "with_cr": _stream(_GOOD.replace(b"\n", b"\r")),
    "behind_a_mark": _stream(b"\xef\xbb\xbf" + _GOOD),
    "without_blanks": _stream(_GOOD.replace(b": ", b":", 1)),
    "among_comments": _stream(_GOOD.replace(b"\n\n", b"\n: hello\n\n: hello\n\n")),
    "with_unknown_fields": _stream(_GOOD.replace(b"event:", b"id: 1\nretry: 9\nx: y\nevent:")),
    "with_unknown_events": _stream(_GOOD.replace(b"\n\n", b'\n\nevent: new\ndata: {"type": "new"}\n\n', 3)),
    "with_unknown_members": _stream(_GOOD.replace(b'{"type"', b'{"new": {"a": [1, null]}, "type"')),
    "with_escapes": _stream(_GOOD.replace(b'"text_delta"', rb'"text\u005fdelta"')),
}
