"""How much of an answer is kept."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.results.records import Cut
from messages_conformance.run.keeping.room import BEGINNING, Room
from messages_conformance.wire.exchange import Chunk, Response


def response(*parts: bytes) -> Response:
    return Response(400, (("x-a", "b"),), tuple(Chunk(float(at), data) for at, data in enumerate(parts)))


def test_a_usual_answer_is_kept_whole_however_many_there_are() -> None:
    usual, room = response(b"x" * BEGINNING), Room(left=0)
    assert room.fitted(usual) == (usual, None)
    assert room.fitted(None) == (None, None)


def test_large_answers_are_kept_as_long_as_there_is_room() -> None:
    large, small, room = response(b"x" * 200_000), response(b"y" * 70_000), Room(left=280_000)
    assert [room.fitted(each)[1] is None for each in (large, large, small, small)] == [True, False, True, False]


def test_of_what_has_no_room_the_beginning_is_kept_and_it_is_told_what_the_whole_was() -> None:
    parts = (b"a" * 60_000, b"b" * 60_000, b"c")
    kept, cut = Room(left=100_000).fitted(response(*parts))
    assert kept == response(parts[0], b"b" * (BEGINNING - 60_000))
    assert cut == Cut(120_001, hashlib.sha256(b"".join(parts)).hexdigest())


@given(st.binary(max_size=8), st.text(min_size=1, max_size=3))
def test_what_is_text_stays_text(before: bytes, cut: str) -> None:
    body = b"x" * (BEGINNING - len(before)) + before + cut.encode() * BEGINNING
    kept, _ = Room(left=0).fitted(response(body))
    assert kept is not None
    assert body.startswith(kept.body)
    assert BEGINNING - 4 < len(kept.body) <= BEGINNING
    whole = cut.encode() * BEGINNING
    kept, _ = Room(left=0).fitted(response(whole))
    assert kept is not None
    kept.body.decode()
