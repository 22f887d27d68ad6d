"""The one place that makes an exchange safe to write.

Two nets, one over the other:

- by name: header and query values whose name smells of a credential, and the userinfo of URLs, whatever they hold;
- by value: the keys of the run and any piece of them, in whatever spelling (`wire/key_pieces.py`).

The second net does not see a key that is short or a word: replacing it everywhere would shred the evidence. The first
net still holds, and a run sends such a key to nobody but a server nearby (`run/session.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from messages_conformance.wire.exchange import Chunk, Exchange, Headers, Request, Response
from messages_conformance.wire.key_pieces import KeyPieces, pieces

REDACTED = "[redacted]"

_MARK = REDACTED.encode()

_SHORT = 500
_SHORT_BODY = 2000
_REMEMBERED = 4000
"""Texts of at most so many characters, and requests of so many bytes, are remembered, and so many of them."""

_SMELLS = re.compile(r"key|secret|cookie|auth|passw|credential|token(?!s)", re.IGNORECASE)  # `…-tokens-…` is a count
_HARMLESS = re.compile(r"rate-?limit|^(?:www|proxy)-authenticate$", re.IGNORECASE)
_SCHEME = re.compile(r"(?:bearer|basic|digest|token) +(?=\S)", re.IGNORECASE)
_QUERY_FIELD = re.compile(r"([?&;]([^=&;#\s]*)=)([^&;#\s]+)")
_USERINFO = re.compile(r"(://)[^\s/?#\"'<>]+(?=@)")


@lru_cache(1000)
def is_credential(name: str) -> bool:
    """Whether a header or query field of this name counts as a credential."""
    return bool(_SMELLS.search(name)) and not _HARMLESS.search(name)


def credentials(headers: Headers) -> tuple[str, ...]:
    """The values of the headers that count as credentials, without their schemes."""
    return tuple(_SCHEME.sub("", value, count=1) for name, value in headers if is_credential(name))


class Redactor:
    """Replaces the given secrets, and everything credential-like by name, by `[redacted]`.

    Redacting twice changes nothing more, and evidence without a secret stays equal.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._keys = KeyPieces(secrets)
        # A few hundred names, header values and sentences make up a run. To search each anew took a third of its CPU.
        self._known = lru_cache(_REMEMBERED)(self._without)
        self._known_body = lru_cache(_REMEMBERED)(self.redact_bytes)

    def redact_bytes(self, data: bytes) -> bytes:
        """`data` without the secrets."""
        return b"".join(pieces(data, self._keys.spans(data), _MARK))

    def redact_text(self, text: str) -> str:
        """`text` without the secrets and without the userinfo of URLs in it. The halves of a character that came apart
        are one again, as they are for whoever reads the text back from JSON."""
        return self._known(text) if len(text) <= _SHORT else self._without(text)

    def _without(self, text: str) -> str:
        clean = self.redact_bytes(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        if not clean.isascii():
            clean = clean.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return _USERINFO.sub(rf"\1{REDACTED}", clean)

    def redact_url(self, url: str) -> str:
        """`url` without secrets, userinfo, and the values of query fields with a credential's name."""

        def field(found: re.Match[str]) -> str:
            return found[1] + (REDACTED if is_credential(found[2]) else found[3])

        return _QUERY_FIELD.sub(field, self.redact_text(url))

    def redact_headers(self, headers: Headers) -> Headers:
        """The headers in their order, without what gives a key away; the scheme of a credential (`Bearer`) stays."""
        return tuple((self.redact_text(name), self._header_value(name, value)) for name, value in headers)

    def redact_request(self, request: Request) -> Request:
        return replace(
            request,
            url=self.redact_url(request.url),
            headers=self.redact_headers(request.headers),
            body=None if request.body is None else self._redact_body(request.body),
        )

    def _redact_body(self, body: bytes) -> bytes:
        return self._known_body(body) if len(body) <= _SHORT_BODY else self.redact_bytes(body)

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
        """Search the whole body, since a secret may straddle chunks; its mark goes to the chunk in which it begins. A
        secret that straddles the deltas of a stream leaves a mark in each of them."""
        body = b"".join(chunk.data for chunk in chunks)
        spans = self._keys.spans_in_answer(body)
        if not spans:
            return chunks
        clean: list[Chunk] = []
        start = 0
        for chunk in chunks:
            end = start + len(chunk.data)
            clean.append(Chunk(chunk.at_ms, b"".join(pieces(body, spans, _MARK, start, end))))
            start = end
        return tuple(clean)
