"""Exchanges with large bodies, kept in less room: all answers of a run are kept to its end, and few are read again."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from messages_conformance.wire.exchange import Chunk, Exchange, Response

LARGE: Final = 64 << 10
"""Bytes of a body from which on it is packed. An answer of a usual kind is smaller."""

_SMALL: Final = 1 << 10
"""Bytes of a chunk below which packing gains nothing."""


class PackedChunk(Chunk):
    """A chunk whose bytes are unpacked each time that someone asks for them."""

    __slots__ = ("_packed",)
    _packed: bytes

    def __init__(self, at_ms: float, data: bytes) -> None:
        object.__setattr__(self, "at_ms", at_ms)
        object.__setattr__(self, "_packed", zlib.compress(data, 1))

    @property
    def data(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]: read like the field that it stands for
        return zlib.decompress(self._packed)


def packed(exchange: Exchange) -> Exchange:
    """The same exchange; the chunks of a large body packed. What cannot be packed, such as random bytes, takes its
    room."""
    response = exchange.response
    if response is None or sum(len(chunk.data) for chunk in _plain(response)) < LARGE:
        return exchange
    chunks = tuple(c if len(c.data) < _SMALL else PackedChunk(c.at_ms, c.data) for c in response.chunks)
    return replace(exchange, response=replace(response, chunks=chunks))


def _plain(response: Response) -> Iterator[Chunk]:
    return (chunk for chunk in response.chunks if not isinstance(chunk, PackedChunk))
