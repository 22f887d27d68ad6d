from __future__ import annotations

import json
from dataclasses import replace

from messages_conformance.results.codec import to_json
from messages_conformance.wire.exchange import Chunk, Exchange, Request, Response
from messages_conformance.wire.packing import LARGE, PackedChunk, packed

SENT = Request("POST", "http://localhost/v1/messages", (), b"{}")


def exchange(*chunks: Chunk) -> Exchange:
    return Exchange(SENT, Response(200, (), chunks), None, "2026-01-01T00:00:00.000+00:00", 1.0, 2.0)


def test_a_large_body_takes_less_room_and_reads_the_same() -> None:
    whole = exchange(Chunk(1.0, b"x" * LARGE), Chunk(2.0, b"end"))
    kept = packed(whole)
    assert kept.response is not None
    assert whole.response is not None
    first, last = kept.response.chunks
    assert isinstance(first, PackedChunk)
    assert (first.at_ms, first.data) == (1.0, b"x" * LARGE)
    assert last == Chunk(2.0, b"end")
    assert kept.response.body == whole.response.body
    assert packed(kept) is kept


def test_a_body_of_usual_size_and_no_answer_stay_as_they_are() -> None:
    for each in (exchange(Chunk(1.0, b"x" * (LARGE - 1))), replace(exchange(), response=None)):
        assert packed(each) is each


def test_a_packed_chunk_is_written_like_any_other() -> None:
    told = [json.dumps(to_json(chunk), default=to_json) for chunk in (Chunk(1.0, b"abc"), PackedChunk(1.0, b"abc"))]
    assert told[0] == told[1]
