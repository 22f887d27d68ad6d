"""Decoding, bounding and stamping of a body, without a network."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.wire.body import BadEncodingError, Body, BodyTooLargeError
from messages_conformance.wire.exchange import Chunk


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


ENCODERS = {None: bytes, "identity": bytes, "GZip ": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("coding", ENCODERS)
@given(data=st.binary(max_size=200), size=st.integers(1, 50))
def test_every_coding_that_is_asked_for_is_decoded(coding: str | None, data: bytes, size: int) -> None:
    encoded = ENCODERS[coding](data)
    body = Body(1000, coding)
    for start in range(0, len(encoded), size):
        body.feed(encoded[start : start + size], 0)
    assert b"".join(chunk.data for chunk in body.chunks()) == data


def test_deflate_without_its_header_is_decoded() -> None:
    body = Body(1000, "deflate")
    body.feed(raw_deflate(b"hello" * 20), 0)
    assert body.chunks() == (Chunk(0, b"hello" * 20),)


def test_a_small_packet_may_hold_a_large_body() -> None:
    data = b"".join(b"%d" % i for i in range(3)) * (1 << 20)
    body = Body(1 << 30, "gzip")
    body.feed(gzip.compress(data), 0)
    assert b"".join(chunk.data for chunk in body.chunks()) == data


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd"])
def test_other_codings_are_refused_once_there_is_a_body(coding: str) -> None:
    body = Body(1000, coding)
    with pytest.raises(BadEncodingError, match=coding):
        body.feed(b"x", 0)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_garbage_is_refused_and_what_came_before_is_kept(coding: str) -> None:
    packer = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
    good = packer.compress(b"good") + packer.flush(zlib.Z_SYNC_FLUSH)
    body = Body(1000, coding)
    body.feed(good, 1)
    with pytest.raises(BadEncodingError):
        body.feed(b"\xff" * 50, 9)
    assert body.chunks() == (Chunk(1, b"good"),)


@given(st.integers(0, 30), st.lists(st.binary(max_size=12), max_size=6))
def test_the_bound_is_exact_and_what_fits_is_kept(bound: int, parts: list[bytes]) -> None:
    body = Body(bound, None)
    whole = b"".join(parts)
    try:
        for part in parts:
            body.feed(part, 0)
    except BodyTooLargeError:
        assert len(whole) > bound
    else:
        assert len(whole) <= bound
    assert b"".join(chunk.data for chunk in body.chunks()) == whole[:bound]


def test_a_bomb_is_not_unpacked_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []

    class Spy:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            result = self._real.decompress(data, max_length)
            unpacked.append(len(result))
            return result

        @property
        def unconsumed_tail(self) -> bytes:
            return self._real.unconsumed_tail

    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Spy)
    body = Body(1000, "gzip")
    with pytest.raises(BodyTooLargeError, match="1000 bytes"):
        body.feed(gzip.compress(bytes(10_000_000)), 0)
    assert sum(unpacked) <= 1 << 20
    assert body.chunks() == (Chunk(0, bytes(1000)),)


def test_pieces_that_arrive_together_are_one_chunk() -> None:
    body = Body(1000, None)
    for at_ms, data in [(10.0, b"a"), (10.2, b"b"), (10.99, b"c"), (11.0, b"d"), (11.5, b"e"), (30.0, b"f")]:
        body.feed(data, at_ms)
    assert body.chunks() == (Chunk(10.0, b"abc"), Chunk(11.0, b"de"), Chunk(30.0, b"f"))


@pytest.mark.parametrize("blank", [b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b"\r\n\r", b"\n\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_events_are_bounded_however_they_are_cut(blank: bytes, size: int) -> None:
    body = Body(1000, None, max_events=10)

    def feed(data: bytes) -> None:
        for start in range(0, len(data), size):
            body.feed(data[start : start + size], 0)

    feed((b"data: {}" + blank) * 10)
    with pytest.raises(BodyTooLargeError, match="more than 10 events"):
        feed(b"data: {}" + blank)
    assert b"".join(chunk.data for chunk in body.chunks()).count(b"data") == 11


def test_a_stream_of_the_smallest_lawful_deltas_fits() -> None:
    delta = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta",'
    body = Body(4 << 20, None)
    body.feed((delta + b'"text":"a"}}\n\n') * ((4 << 20) // (len(delta) + 14)), 0)
