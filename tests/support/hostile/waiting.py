"""Answers that never end or never begin, and connections that are torn down. Nothing is known of them but that they did
not come."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

from client_calls import CHUNKED, chunk
from raw_server import Reply

from hostile.saying import JSON, SSE, head, repeats, resets_after, waits_after

_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_GZIP = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
_NOTHING_PACKED = zlib.compressobj(wbits=-15).flush(zlib.Z_SYNC_FLUSH)
_STATUS = b"HTTP/1.1 200 OK\r\n"

WAITING: Mapping[str, Reply] = {
    "never_answers": waits_after(b""),
    "stops_in_the_status": waits_after(b"HTTP/1.1 2"),
    "stops_in_the_headers": waits_after(_STATUS + b"x-a: 1\r\n"),
    "stops_before_the_body": waits_after(head(b"200 OK", JSON, b"Content-Length: 99")),
    "stops_in_the_body": waits_after(head(b"200 OK", JSON, b"Content-Length: 99") + b'{"type": '),
    "stops_in_the_stream": waits_after(CHUNKED + chunk(b"data: a\n\n")),
    "stops_in_the_size_of_a_chunk": waits_after(CHUNKED + b"ff"),
    "stops_in_the_trailers": waits_after(CHUNKED + chunk(_PING) + b"0\r\nx-a: "),
    "drips_a_body": repeats(chunk(b"."), CHUNKED, every=0.02),
    "drips_spaces": repeats(chunk(b" "), CHUNKED.replace(b"text/event-stream", b"application/json"), every=0.02),
    "drips_headers": repeats(b"x-a: 1\r\n", _STATUS, every=0.02),
    "drips_a_header": repeats(b"a", _STATUS + b"x-a: ", every=0.02),
    "drips_a_status": repeats(b"2", b"HTTP/1.1 ", every=0.02),
    "drips_the_size_of_a_chunk": repeats(b"0", CHUNKED, every=0.02),
    "drips_pings": repeats(chunk(_PING), CHUNKED, every=0.02),
    "drips_comments": repeats(chunk(b": still here\n\n"), CHUNKED, every=0.02),
    "drips_blank_lines": repeats(chunk(b"\n"), CHUNKED, every=0.02),
    "drips_unknown_events": repeats(chunk(b'event: new\ndata: {"type": "new"}\n\n'), CHUNKED, every=0.02),
    "drips_empty_gzip": repeats(chunk(_NOTHING_PACKED), _GZIP + chunk(gzip.compress(b"")[:10]), every=0.02),
    "informs_for_ever": repeats(head(b"103 Early Hints"), every=0.01),
    "continues_for_ever": repeats(head(b"100 Continue") * 1000),
    "headers_for_ever": repeats(b"x-a: 1\r\n" * 1000, _STATUS),
    "body_for_ever": repeats(chunk(b"x" * 65536), CHUNKED),
    "pings_for_ever": repeats(chunk(_PING * 500), CHUNKED),
    "comments_for_ever": repeats(chunk(b": still here\n\n" * 500), CHUNKED),
    "data_lines_for_ever": repeats(chunk(b"data: a\n" * 500), CHUNKED),
    "a_page_for_ever": repeats(b"<p>" * 10_000, head(b"200 OK", b"Content-Type: text/html")),
    "events_until_close_for_ever": repeats(_PING * 500, head(b"200 OK", SSE)),
}

RESETTING: Mapping[str, Reply] = {
    "resets_at_once": resets_after(b""),
    "resets_in_the_status": resets_after(b"HTTP/1.1 2"),
    "resets_in_the_headers": resets_after(_STATUS + b"x-a: 1\r\n"),
    "resets_before_the_body": resets_after(head(b"200 OK", JSON, b"Content-Length: 99")),
    "resets_in_the_body": resets_after(head(b"200 OK", JSON, b"Content-Length: 99") + b'{"type": '),
    "resets_in_the_stream": resets_after(CHUNKED + chunk(b"data: a\n\n")),
    "resets_in_a_chunk": resets_after(CHUNKED + b"ff\r\ndata: a\n\n"),
}
"""Connections that end with RST, wherever they have come to."""
