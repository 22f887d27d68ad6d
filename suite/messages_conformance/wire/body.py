"""Collects a response body: decoded, bounded, and stamped with the times at which its parts arrived."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from messages_conformance.wire.exchange import Chunk

_TOGETHER_MS = 1.0
_PIECE = 1 << 20


class BodyTooLargeError(Exception):
    """The decoded body exceeds the bound. What fits is kept."""


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says, or we never ask for that encoding."""


class Body:
    """Takes a body as it arrives and keeps it as chunks.

    Decoding is done here because a limit would be useless otherwise: 64 KiB of gzip may hold 64 MiB, and each further
    coding multiplies that. So zlib unpacks piece by piece, and only one coding is accepted.

    `max_size` is in bytes; `max_events` bounds the blank lines, because an event of 8 bytes costs as much to judge as
    one of 800.
    """

    def __init__(self, max_size: int, content_encoding: str | None, max_events: int = 40_000) -> None:
        self._room = max_size
        self._max_size = max_size
        self._events_left = max_events
        self._max_events = max_events
        self._before = b""
        self._coding = (content_encoding or "identity").strip().lower()
        self._decoder: _Inflate | None = None
        self._chunks: list[Chunk] = []
        self._parts: list[bytes] = []
        self._pending = 0
        self._at_ms = 0.0

    def feed(self, data: bytes, at_ms: float) -> None:
        """Adds bytes off the wire. Raises BodyTooLargeError, BadEncodingError."""
        if self._coding == "identity":
            self._take(data, at_ms)
        else:
            for piece in self._decode(data):
                self._take(piece, at_ms)

    def chunks(self) -> tuple[Chunk, ...]:
        """Everything kept so far."""
        self._flush()
        return tuple(self._chunks)

    def _take(self, piece: bytes, at_ms: float) -> None:
        fits = piece[: self._room]
        self._keep(fits, at_ms)
        self._room -= len(fits)
        if len(piece) > len(fits):
            raise BodyTooLargeError(f"the body is larger than {self._max_size} bytes")
        self._count_events(fits)

    def _count_events(self, data: bytes) -> None:
        seen = self._before + data  # two pieces may share a blank line
        self._events_left -= seen.count(b"\n\n")
        if b"\r" in seen:
            self._events_left -= seen.count(b"\r\r") + seen.count(b"\n\r")
        self._before = data[-1:]
        if self._events_left < 0:
            raise BodyTooLargeError(f"the body has more than {self._max_events} events")

    def _decode(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            if self._coding not in ("gzip", "x-gzip", "deflate"):
                raise BadEncodingError(f"cannot decode Content-Encoding {self._coding[:80]!r}")
            self._decoder = _Inflate(gzip=self._coding != "deflate")
        return self._decoder.decode(data)

    def _keep(self, data: bytes, at_ms: float) -> None:
        """Join pieces that arrived together into one chunk: HTTP framing may cut one packet into thousands of
        pieces."""
        if at_ms - self._at_ms >= _TOGETHER_MS or self._pending >= _PIECE:
            self._flush()
        if data:
            if not self._parts:
                self._at_ms = at_ms
            self._parts.append(data)
            self._pending += len(data)

    def _flush(self) -> None:
        if self._parts:
            self._chunks.append(Chunk(self._at_ms, b"".join(self._parts)))
            self._parts.clear()
            self._pending = 0


class _Inflate:
    """Decodes gzip or deflate. As in clients, bytes after the compressed stream are ignored and a missing end is
    accepted."""

    def __init__(self, *, gzip: bool) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
        self._may_lack_header = not gzip

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Pieces of at most `_PIECE` bytes, each unpacked only when it is asked for."""
        while True:
            piece = self._inflate(data)
            yield piece
            data = self._zlib.unconsumed_tail
            if not data and len(piece) < _PIECE:
                return

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._zlib.decompress(data, _PIECE)
        except zlib.error as error:
            if not self._may_lack_header:
                raise BadEncodingError(f"the body is not what its Content-Encoding says: {error}") from None
            # Many servers send `deflate` without the zlib header that RFC 9110, section 8.4.1.2 asks for.
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
            self._may_lack_header = False
            return self._inflate(data)
        self._may_lack_header = False
        return piece
