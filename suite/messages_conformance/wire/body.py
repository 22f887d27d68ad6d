"""Collects a response body: decoded, bounded, and stamped with the times at which its parts arrived."""

from __future__ import annotations

import zlib

from messages_conformance.wire.exchange import Chunk

_TOGETHER_MS = 1.0


class BodyTooLargeError(Exception):
    """The decoded body exceeds the bound. What fits is kept."""


class BadEncodingError(Exception):
    """The body is not what its Content-Encoding says, or the encoding is none that we ask for."""


class Body:
    """Takes a body as it arrives and keeps it as chunks.

    Content decoding is done here because a bound is worth nothing otherwise: 64 KiB of gzip may hold 64 MiB, and each
    further coding multiplies that. So zlib is told how much room is left, and only one coding is accepted.
    """

    def __init__(self, max_size: int, content_encoding: str | None) -> None:
        self._room = max_size
        self._max_size = max_size
        self._coding = (content_encoding or "identity").strip().lower()
        self._decoder: _Inflate | None = None
        self._chunks: list[Chunk] = []
        self._parts: list[bytes] = []
        self._at_ms = 0.0

    def feed(self, data: bytes, at_ms: float) -> None:
        """Adds bytes off the wire. Raises BodyTooLargeError, BadEncodingError."""
        if self._coding != "identity":
            data = self._decode(data)
        if data[: self._room]:
            self._keep(data[: self._room], at_ms)
        if len(data) > self._room:
            raise BodyTooLargeError(f"the body is larger than {self._max_size} bytes")
        self._room -= len(data)

    def chunks(self) -> tuple[Chunk, ...]:
        """Everything kept so far."""
        self._flush()
        return tuple(self._chunks)

    def _decode(self, data: bytes) -> bytes:
        if self._decoder is None:
            if self._coding not in ("gzip", "x-gzip", "deflate"):
                raise BadEncodingError(f"cannot decode Content-Encoding {self._coding[:80]!r}")
            self._decoder = _Inflate(gzip=self._coding != "deflate")
        return self._decoder.decode(data, self._room + 1)

    def _keep(self, data: bytes, at_ms: float) -> None:
        """HTTP framing may cut one packet into thousands of pieces; those arrived together and make one chunk."""
        if self._parts and at_ms - self._at_ms >= _TOGETHER_MS:
            self._flush()
        if not self._parts:
            self._at_ms = at_ms
        self._parts.append(data)

    def _flush(self) -> None:
        if self._parts:
            self._chunks.append(Chunk(self._at_ms, b"".join(self._parts)))
            self._parts.clear()


class _Inflate:
    """gzip or deflate. Bytes behind the compressed stream are ignored and a missing end is tolerated, as clients do."""

    def __init__(self, *, gzip: bool) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
        self._may_lack_header = not gzip

    def decode(self, data: bytes, max_length: int) -> bytes:
        try:
            decoded = self._zlib.decompress(data, max_length)
        except zlib.error as error:
            if not self._may_lack_header:
                raise BadEncodingError(f"the body is not what its Content-Encoding says: {error}") from None
            # Many servers send `deflate` without the zlib header that RFC 9110, section 8.4.1.2 asks for.
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
            self._may_lack_header = False
            return self.decode(data, max_length)
        self._may_lack_header = False
        return decoded
