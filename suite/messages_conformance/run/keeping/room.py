"""How much of what a provider answers a stream keeps. An answer has kilobytes; whoever sends megabytes a hundred times
must fill neither a disk nor the memory of those who read the stream. What is judged is the whole answer even so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from messages_conformance.results.records import Cut
from messages_conformance.wire.exchange import Chunk, Response

BEGINNING: Final = 64 << 10
"""Bytes of a body that are always kept."""

ROOM: Final = 32 << 20
"""Bytes of longer bodies that are kept of one provider in one run."""


@dataclass(slots=True)
class Room:
    """The room of one provider in one stream: `left` is for bodies longer than `BEGINNING`."""

    left: int = ROOM

    def fitted(self, response: Response | None) -> tuple[Response | None, Cut | None]:
        """The response as it is kept; and what the whole was, where that is only its beginning."""
        size = sum(len(chunk.data) for chunk in response.chunks) if response else 0
        if response is None or size <= BEGINNING:
            return response, None
        if size <= self.left:
            self.left -= size
            return response, None
        digest = hashlib.sha256(response.body).hexdigest()
        return replace(response, chunks=tuple(_beginning(response.chunks))), Cut(size, digest)


def _beginning(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    left = BEGINNING
    for chunk in chunks:
        if len(chunk.data) > left:
            yield Chunk(chunk.at_ms, _characters(chunk.data, left))
            return
        left -= len(chunk.data)
        yield chunk


def _characters(data: bytes, size: int) -> bytes:
    """At most `size` bytes, not cut inside a character: what is text stays text."""
    end = size
    while end and size - end < 4 and data[end] & 0xC0 == 0x80:
        end -= 1
    return data[:end]
