"""The one place that makes an exchange safe to write.

Two nets, one over the other:

- by name: header and query values whose name smells of a credential, and the userinfo of URLs, whatever they hold;
- by value: the secrets of the run wherever they occur, also escaped for JSON, URLs or HTML, or inside base64.

What the second net does not see: a secret shorter than 8 characters (replacing it everywhere would shred the evidence;
the first net still holds), and a secret that a peer spreads over several JSON strings.
"""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from urllib.parse import quote, quote_plus

from messages_conformance.wire.exchange import Chunk, Exchange, Headers, Request, Response

REDACTED = "[redacted]"

_MARK = REDACTED.encode()
_MIN_LITERAL = 8

_SMELLS = re.compile(r"key|secret|cookie|auth|passw|credential|token(?!s)", re.IGNORECASE)  # `…-tokens-…` is a count
_HARMLESS = re.compile(r"rate-?limit|^(?:www|proxy)-authenticate$", re.IGNORECASE)
_SCHEME = re.compile(r"(?:bearer|basic|digest|token) +(?=\S)", re.IGNORECASE)
_QUERY_FIELD = re.compile(r"([?&;]([^=&;#\s]*)=)([^&;#\s]+)")
_USERINFO = re.compile(r"(://)[^\s/?#\"'<>]+(?=@)")

Span = tuple[int, int]


def is_credential(name: str) -> bool:
    """Whether a header or query field of this name is taken to hold a credential."""
    return bool(_SMELLS.search(name)) and not _HARMLESS.search(name)


class Redactor:
    """Replaces the given secrets, and everything credential-like by name, by `[redacted]`.

    Redacting twice changes nothing more, and evidence that holds no secret comes back equal.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if len(secret) >= _MIN_LITERAL for spelling in _spellings(secret)}
        self._needles = sorted(spellings, key=len, reverse=True)

    def redact_bytes(self, data: bytes) -> bytes:
        """`data` without the secrets."""
        return b"".join(_pieces(data, self._spans(data)))

    def redact_text(self, text: str) -> str:
        """`text` without the secrets and without the userinfo of URLs in it."""
        clean = self.redact_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        return _USERINFO.sub(rf"\1{REDACTED}", clean)

    def redact_url(self, url: str) -> str:
        """`url` without secrets, userinfo, and the values of query fields with a credential's name."""

        def field(found: re.Match[str]) -> str:
            return found[1] + (REDACTED if is_credential(found[2]) else found[3])

        return _QUERY_FIELD.sub(field, self.redact_text(url))

    def redact_headers(self, headers: Headers) -> Headers:
        """The same names in the same order; the scheme of a credential (`Bearer`) stays."""
        return tuple((name, self._header_value(name, value)) for name, value in headers)

    def redact_request(self, request: Request) -> Request:
        return replace(
            request,
            url=self.redact_url(request.url),
            headers=self.redact_headers(request.headers),
            body=None if request.body is None else self.redact_bytes(request.body),
        )

    def redact_response(self, response: Response) -> Response:
        return replace(
            response, headers=self.redact_headers(response.headers), chunks=self._redact_chunks(response.chunks)
        )

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        failure = exchange.failure
        return replace(
            exchange,
            request=self.redact_request(exchange.request),
            response=None if exchange.response is None else self.redact_response(exchange.response),
            failure=None if failure is None else replace(failure, detail=self.redact_text(failure.detail)),
        )

    def _header_value(self, name: str, value: str) -> str:
        if not value or not is_credential(name):
            return self.redact_text(value)
        scheme = _SCHEME.match(value)
        return (scheme[0] if scheme else "") + REDACTED

    def _redact_chunks(self, chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        """A secret may straddle chunks: it is sought in the whole body and its mark goes to the chunk it begins in."""
        body = b"".join(chunk.data for chunk in chunks)
        spans = self._spans(body)
        if not spans:
            return chunks
        clean: list[Chunk] = []
        start = 0
        for chunk in chunks:
            end = start + len(chunk.data)
            clean.append(Chunk(chunk.at_ms, b"".join(_pieces(body, spans, start, end))))
            start = end
        return tuple(clean)

    def _spans(self, data: bytes) -> list[Span]:
        """Where secrets are, in order and disjoint."""
        merged: list[Span] = []
        for start, end in sorted(span for needle in self._needles for span in _occurrences(needle, data)):
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def _spellings(secret: str) -> set[bytes]:
    """The ways in which a peer, a proxy or we may write `secret` down."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = {quote(raw), quote(raw, safe=""), quote_plus(raw), html.escape(secret)}
    escaped |= {re.sub(r"%..", lambda found: found[0].lower(), text) for text in escaped}
    escaped |= {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    escaped |= {text.replace("/", "\\/") for text in escaped}
    return {raw, *_base64_cores(raw), *(text.encode("utf-8", "surrogatepass") for text in escaped)}


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """The base64 characters that depend on `raw` alone, for each of the three ways it can lie in the encoded text."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        core = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield from (core, core.translate(bytes.maketrans(b"+/", b"-_")))


def _occurrences(needle: bytes, data: bytes) -> Iterator[Span]:
    start = data.find(needle)
    while start >= 0:
        yield start, start + len(needle)
        start = data.find(needle, start + 1)
    # Evidence that was cut short (a body at its cap, a long failure text) may end inside a secret.
    beginning = needle[:_MIN_LITERAL]
    start = data.find(beginning, max(0, len(data) - len(needle) + 1))
    while start >= 0:
        if needle.startswith(data[start:]):
            yield start, len(data)
            return
        start = data.find(beginning, start + 1)


def _pieces(data: bytes, spans: list[Span], start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """`data[start:end]` with a mark for every span that begins in it, and without the rest of one that began before."""
    stop = len(data) if end is None else end
    for first, last in islice(spans, bisect_right(spans, start, key=itemgetter(1)), None):
        if first >= stop:
            break
        if first >= start:
            yield data[start:first]
            yield _MARK
        start = last
    yield data[start:stop]
