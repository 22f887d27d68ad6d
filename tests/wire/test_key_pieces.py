"""A key is found in every spelling, in two spellings at once, and in pieces; what is no key stays."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.wire.key_pieces import PIECE, KeyPieces, can_be_hidden, pieces
from spellings import KEY, PIECES, SPELLINGS

SOUGHT = KeyPieces([KEY])


def rest_of(spelled: str) -> str:
    """What is left between the brackets."""
    data = f"seen <{spelled}> there".encode()
    clean = b"".join(pieces(data, SOUGHT.spans(data), b"")).decode()
    assert clean.startswith("seen ")
    assert clean.endswith(" there")
    return clean.removeprefix("seen ").removesuffix(" there").strip("<>")


@pytest.mark.parametrize("part", PIECES)
def test_less_than_a_piece_is_left_of_a_key_in_any_spelling(part: str) -> None:
    cut = PIECES[part](KEY)
    left = {name: rest_of(spell(cut)) for name, spell in SPELLINGS.items()}
    too_much = {name: text for name, text in left.items() if len(text) >= PIECE * len(SPELLINGS[name](cut)) / len(cut)}
    assert too_much == {}


def test_less_than_a_piece_is_left_of_a_key_in_two_spellings_at_once() -> None:
    left = {
        (first, second): (rest_of(spelled), len(spelled))
        for (first, inner), (second, outer) in product(SPELLINGS.items(), repeat=2)
        for spelled in [outer(inner(KEY))]
    }
    too_much = {names: text for names, (text, length) in left.items() if len(text) >= PIECE * length / len(KEY)}
    assert too_much == {}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ('{"n": "Yp8RcJm"}', '{"n": "Yp8RcJm"}'),
        ('{"n": "Yp8RcJ-mD5"}', '{"n": ""}'),
        ('{"n" : ["Yp8RcJ-mD5"]}', '{"n" : [""]}'),
        ('{"said": "{\\"n\\": \\"Yp8RcJ-mD5\\"}"}', '{"said": "{\\"n\\": \\"\\"}"}'),
        ('{"bad": "2LwT7vB4n", "you": 1}', '{"bad": "", "you": 1}'),
        ('{\\"bad\\": \\"2LwT7vB4n\\", \\"you\\": 1}', '{\\"bad\\": \\"\\", \\"you\\": 1}'),
        ('data: {"text": "T7vB4nYp8RcJ"}}\n\nm: 1', 'data: {"text": ""}}\n\nm: 1'),
        ('{"x": ["Zx9Kq", "2LwT7"], "v": 4}', '{"x": [""], "v": 4}'),
        ('{"1": "Z x 9 K q 2 L w T", "7": "v B 4 n Y p 8 R"}', '{"1": "", "7": ""}'),
        ('{"base64": "eDlLcTJMd1Q3dkI", "0": 1}', '{"base64": "", "0": 1}'),
    ],
)
def test_the_structure_of_json_is_no_part_of_a_key(told: str, left: str) -> None:
    data = told.encode()
    assert b"".join(pieces(data, SOUGHT.spans(data), b"")).decode() == left


cuts = st.tuples(st.integers(0, len(KEY)), st.integers(0, len(KEY))).map(lambda ends: KEY[slice(*sorted(ends))])


@given(st.lists(st.tuples(st.text(KEY, max_size=2), cuts | st.lists(cuts, max_size=2)), max_size=4))
def test_json_is_as_readable_without_a_key_as_with_it(members: list[tuple[str, str | list[str]]]) -> None:
    data = json.dumps([{name: said} for name, said in members]).encode()
    clean = b"".join(pieces(data, SOUGHT.spans(data), b""))
    assert [list(each) for each in json.loads(clean)] == [[name] for name, _ in members]


@pytest.mark.parametrize("key", ['Zx9K2Lw":T7vB4nY', 'Zx9K2Lw","T7vB4nY'])
@pytest.mark.parametrize("name", ["as it is", "spaced", "JSON"])
def test_a_key_that_looks_like_structure_is_found_whole(key: str, name: str) -> None:
    data = f'{{"key": "{SPELLINGS[name](key)}", "n": 1}}'.encode()
    assert b"".join(pieces(data, KeyPieces([key]).spans(data), b"")) == b'{"key": "", "n": 1}'


def _cut_off(data: bytes) -> bytes:
    return gzip.compress(data)[:-6]


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, _cut_off])
def test_what_was_compressed_and_not_declared_is_looked_into(pack: Callable[[bytes], bytes]) -> None:
    data = pack(json.dumps({"error": f"bad key {KEY}"}).encode())
    assert SOUGHT.spans(data) == [(0, len(data))]
    assert SOUGHT.spans(pack(b"nothing of the kind, " * 5)) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_key_in_utf_16_is_found(encoding: str) -> None:
    data = f"bad key {KEY}".encode(encoding)
    (start, end), *more = SOUGHT.spans(data)
    assert more == []
    assert end - start >= 2 * (len(KEY) - 1)


def test_words_of_a_key_stay_in_the_evidence() -> None:
    pieced = KeyPieces(["my-anthropic-test-key", KEY])
    text = b'{"anthropic-version": "2023-06-01", "text": "this is my anthropic test of a key"}'
    assert pieced.spans(text) == []
    assert pieced.spans(b"no such key: my-anthropic-test-key") == [(13, 34)]


def test_a_key_that_is_too_short_or_a_word_is_not_sought() -> None:
    keys = ["test", "1234567", "anthropic", "not-needed"]
    assert [key for key in keys if can_be_hidden(key)] == []
    assert KeyPieces(keys).spans(b"test 1234567 anthropic-version not-needed") == []
    assert [key for key in ("12345678", "anthropiC", "correct-horse-battery") if not can_be_hidden(key)] == []


def test_a_key_of_nothing_but_punctuation_is_found_too() -> None:
    """Nothing of it stands where what is between letters is left out, which is where the search begins."""
    assert KeyPieces(["!!##!!##!!", KEY]).spans(b'"key": "!!##!!##!!"') == [(8, 18)]


def test_a_key_in_escapes_is_found_among_others() -> None:
    data = b"\\n%41&amp;" * 3 + "".join(f"\\u{ord(c):04x}" for c in KEY).encode() + b"\\n" * 2000
    assert SOUGHT.spans(data) == [(30, 30 + 6 * len(KEY))]


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_spans_are_disjoint_in_order_and_within_the_data(before: bytes, after: bytes) -> None:
    data = before + KEY.encode() + after
    spans = SOUGHT.spans(data)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert len(data) >= edges[-1]
    assert KEY.encode() not in b"".join(pieces(data, spans, b""))


@given(st.text(alphabet=st.sampled_from("\\u0041%2F&#x;amp<>\"' az"), max_size=80))
def test_anything_that_looks_like_an_escape_is_taken(text: str) -> None:
    assert SOUGHT.spans(text.encode()) == []
