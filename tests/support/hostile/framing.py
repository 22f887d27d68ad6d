"""Answers that are no HTTP, or break off, or cannot be unpacked. Nothing that they say can be trusted."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

from client_calls import CHUNKED, chunk

from hostile.saying import JSON, Make, chunked, head, ok, whole

BROKEN: Mapping[str, bytes | Make] = {
    # connections that end
    "hangs_up": b"",
    "ends_in_the_status": b"HTTP/1.1 20",
    "ends_in_the_headers": b"HTTP/1.1 200 OK\r\nx-a: 1\r\n",
    "ends_after_informing": head(b"103 Early Hints"),
    "promises_more": head(b"200 OK", JSON, b"Content-Length: 99") + b"{",
    "promises_the_most": head(b"200 OK", JSON, b"Content-Length: " + b"9" * 30) + b"{",
    "cuts_a_chunk": CHUNKED + b"ff\r\ndata: a\n\n",
    "cuts_the_size_of_a_chunk": chunked(b"f"),
    "cuts_the_trailers": chunked(b"0\r\nx-a: 1\r\n"),
    # no HTTP
    "babbles": b"\x15\x03\x01\x00\x02\x02\x50 this is no HTTP" * 50 + b"\r\n\r\n",
    "sends_a_tls_alert": b"\x15\x03\x01\x00\x02\x02\x50",
    "greets_as_ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "greets_as_mail": b"220 mail.example ESMTP\r\n",
    "answers_as_redis": b"-ERR unknown command 'POST'\r\n",
    "speaks_http_2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x04\x00\x00\xff\xff",
    "prefaces_http_2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "speaks_http_0_9": b'{"type": "message"}',
    "switches_to_websocket": head(b"101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"),
    "sends_nul": bytes(100_000),
    "sends_one_line": b"x" * 300_000,
    # status lines
    "has_no_status": b"HTTP/1.1 fine OK\r\nContent-Length: 2\r\n\r\n{}",
    "has_a_long_status": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}",
    "has_status_0": b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\n{}",
    "has_a_negative_status": b"HTTP/1.1 -200 OK\r\nContent-Length: 2\r\n\r\n{}",
    # headers
    "sends_a_huge_header": ok(b"x-a: " + b"a" * 300_000),
    "sends_a_hundred_thousand_headers": lambda: ok(*(b"x-%d: 1" % n for n in range(100_000))),
    "injects_into_a_header": ok(b"x-a: b\0c\rd: e"),
    "writes_nul_into_a_name": ok(b"x\0a: b"),
    "writes_no_colon": ok(b"nonsense"),
    "writes_no_name": ok(b": b"),
    "writes_a_space_before_the_colon": ok(b"x-a : b"),
    "writes_a_name_in_utf_8": ok("größe: b".encode()),
    "folds_the_first_header": b"HTTP/1.1 200 OK\r\n x-a: b\r\nContent-Length: 2\r\n\r\n{}",
    # lengths
    "counts_twice": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "counts_two_ways": head(b"200 OK", b"Content-Length: 2, 3") + b"{}",
    "counts_backwards": head(b"200 OK", b"Content-Length: -2") + b"{}",
    "counts_in_hexadecimal": head(b"200 OK", b"Content-Length: 0x2") + b"{}",
    "counts_in_words": head(b"200 OK", b"Content-Length: two") + b"{}",
    "counts_with_a_sign": head(b"200 OK", b"Content-Length: +2") + b"{}",
    "counts_in_fractions": head(b"200 OK", b"Content-Length: 2.0") + b"{}",
    "counts_nothing": head(b"200 OK", b"Content-Length: ") + b"{}",
    "encodes_the_transfer_unheard": head(b"200 OK", b"Transfer-Encoding: frobnicate") + b"{}",
    "encodes_the_transfer_twice": head(b"200 OK", b"Transfer-Encoding: gzip, chunked") + chunk(b"{}") + chunk(b""),
    # chunks
    "chunks_in_words": chunked(b"nonsense\r\n"),
    "chunks_backwards": chunked(b"-1\r\nx\r\n"),
    "chunks_the_most": chunked(b"f" * 40 + b"\r\nx"),
    "chunks_with_a_sign": chunked(b"+1\r\nx\r\n0\r\n\r\n"),
    "chunks_in_hexadecimal": chunked(b"0x1\r\nx\r\n0\r\n\r\n"),
    "ends_a_chunk_late": chunked(b"1\r\nxyz\r\n0\r\n\r\n"),
    "sizes_a_chunk_without_end": chunked(b"0" * 300_000),
    "extends_a_chunk_without_end": chunked(b"1;" + b"a" * 300_000),
    "trails_without_end": chunked(b"0\r\nx-a: " + b"a" * 300_000),
    "trails_nonsense": chunked(b"0\r\nnonsense\r\n\r\n"),
}


# --- packed bodies --------------------------------------------------------------------------------------------------

_PACKED = gzip.compress(b'{"type": "message"}')


def packed(body: bytes, coding: bytes = b"gzip", *headers: bytes) -> bytes:
    """An answer that says how its body is packed; JSON if no headers say otherwise."""
    return whole(body, b"Content-Encoding: " + coding, *(headers or (JSON,)))


def bomb(megabytes: int, *, wbits: int = 31) -> bytes:
    """Zeros, packed a thousand times: as gzip (31), deflate with the header of zlib (15) or without (-15)."""
    packer = zlib.compressobj(wbits=wbits)
    first, again = (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (megabytes - 1)  # a full flush forgets what came before, so the same bytes follow


BOMBS: Mapping[str, Make] = {
    "explodes_from_gzip": lambda: packed(bomb(50)),
    "explodes_from_deflate": lambda: packed(bomb(50, wbits=15), b"deflate"),
    "explodes_from_raw_deflate": lambda: packed(bomb(50, wbits=-15), b"deflate"),
}
"""What of it is kept exceeds our bound."""

BADLY_PACKED: Mapping[str, bytes | Make] = {
    "packs_nothing_as_gzip": packed(b"not gzip"),
    "packs_nothing_as_deflate": packed(b"not deflate", b"deflate"),
    "packs_garbage_behind_the_magic": packed(b"\x1f\x8b\x08" + bytes(range(200, 256)) * 4),
    "packs_garbage_behind_the_header": packed(_PACKED[:10] + b"\xff" * 200),
    "packs_with_a_wrong_sum": packed(_PACKED[:-8] + bytes(8)),
    "packs_with_brotli": packed(b"{}", b"br"),
    "packs_with_zstd": packed(b"\x28\xb5\x2f\xfd", b"zstd"),
    "packs_with_something_unheard": packed(b"{}", b"frobnicate"),
    "packs_with_something_long": packed(b"{}", b"a" * 10_000),
    "packs_twice": packed(gzip.compress(_PACKED), b"gzip, gzip"),
    "packs_twice_and_says_once": packed(gzip.compress(_PACKED)),
    "packs_half": packed(_PACKED[: len(_PACKED) // 2]),
    "packs_nothing_at_all": packed(b""),
    "packs_and_does_not_say": whole(_PACKED, JSON),
    "packs_as_members": packed(gzip.compress(b'{"type": ') + gzip.compress(b'"message"}')),
    "packs_an_array": packed(gzip.compress(b"[" * 100_000)),
}
