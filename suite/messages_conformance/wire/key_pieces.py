"""Finds keys in bytes: in any spelling, and in pieces.

A server that echoes a key often changes it: it cuts it, quotes it, or changes its case. So the search is for pieces of
eight characters, and it ignores case. It looks at several *views* of the data. Each view undoes one thing: escapes
(JSON, percent, HTML, Python), hexadecimal, base64, reversed text, or characters that were set apart. Two of these are
undone one after the other. Every view is also searched without what stands between its letters and digits.

A stream may tell a key in pieces too short to be seen, one in each event. So what its deltas tell together is searched
as well (`wire/deltas.py`).

Characters that were set apart may stand in several strings of a list, but neither in a member's name and its value nor
in two members: `"n": "Yp` does not tell `nYp`. What is between is the structure of JSON, and stays in the evidence.

A piece of lower-case letters and hyphens is treated as a word, because a key that contains `anthropic` must not remove
that word from all evidence. Such a piece is found only as part of the whole key.
"""

from __future__ import annotations

import base64
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

from messages_conformance.wire import deltas
from messages_conformance.wire.views import BETWEEN, Span, View, put_together, undone

PIECE: Final = 8
"""A piece of a key with this many characters is secret."""

_LONG_WORD: Final = 16
_WORDY = re.compile(r"[a-z_.\s-]*")

_STRUCTURE = re.compile(rb'"\s*+(?:[:}\]]|,\s*+\\*+"(?=[^"\\]*+\\*+"\s*+:))')
"""The end of a string in JSON, and what is behind it, unless that is the next string of a list. Its quotes may be
escaped, as they are in JSON that is quoted in JSON."""
_NO_KEY: Final = b"\xff"
"""Stands in no text and is no punctuation."""

_COMPRESSED: Final = (b"\x1f\x8b", b"\x78")
_UNPACKED: Final = 8 * 1024 * 1024
"""At most so many bytes are unpacked. An error text that holds a key is far shorter."""

_LARGE: Final = 64 * 1024
"""In more bytes than this, only one thing is undone, to bound the time."""


def can_be_hidden(key: str) -> bool:
    """Whether evidence is left when a key is taken out of it: not of one that is shorter than a piece, and not of a
    word, such as `anthropic` or `not-needed`, unless it is long."""
    return len(key) >= PIECE and not (len(key) < _LONG_WORD and _WORDY.fullmatch(key))


class KeyPieces:
    """Searches for those of these keys that can be hidden."""

    def __init__(self, keys: Iterable[str]) -> None:
        hidden = [key for key in keys if can_be_hidden(key)]
        needles = {needle for key in hidden for needle in _needles(key)}
        closed_needles = {needle.translate(None, BETWEEN) for needle in needles}
        self._search = BytesAhoCorasick(sorted(needles)) if needles else None
        self._holds_structure = any(_STRUCTURE.search(key.encode("utf-8", "surrogatepass")) for key in hidden)
        self._hints = BytesAhoCorasick(sorted(closed_needles)) if all(closed_needles) else None

    def spans(self, data: bytes) -> list[Span]:
        """The places of pieces in `data`, in order and disjoint. In compressed data with a piece, that is all of it."""
        if self._search is None:
            return []
        found = self._spans(self._search, data)
        if not found and (unpacked := _unpacked(data)) and self._spans(self._search, unpacked):
            return [(0, len(data))]
        return found

    def spans_in_answer(self, body: bytes) -> list[Span]:
        """The places of pieces in the body of an answer. Of a stream, those too that only its deltas together tell, as
        a place for each delta."""
        found = self.spans(body)
        if self._search is None:
            return found
        texts = [(text, self._spans(self._search, text.data)) for text in deltas.texts(body)]
        told = [place for text, spans in texts for span in spans for place in text.places(span)]
        return _merged([*found, *told]) if told else found

    def _spans(self, search: BytesAhoCorasick, data: bytes) -> list[Span]:
        """The places of pieces in `data`. If one reaches over a quote, which is seldom, all are sought once more, with
        what stands in no key in the place of structure, so that none reaches over that."""
        found = self._spans_anywhere(search, data)
        if self._holds_structure or not any(b'"' in data[start:end] for start, end in found):
            return found
        return self._spans_anywhere(search, _STRUCTURE.sub(lambda match: _NO_KEY * len(match[0]), data))

    def _spans_anywhere(self, search: BytesAhoCorasick, data: bytes) -> list[Span]:
        view, depth = View(data), 2 if len(data) <= _LARGE else 1
        apart = (self._found(search, inner, depth - 1) for inner in put_together(view))
        return _merged(chain(self._found(search, view, depth), *apart))

    def _found(self, search: BytesAhoCorasick, view: View, depth: int) -> Iterator[Span]:
        """The places of pieces in a view, and in the views that come of undoing up to `depth` more things."""
        if self._may_hold(view.closed):
            for each in (view, view.closed):
                matches = search.find_matches_as_indexes(each.data.lower(), overlapping=True)
                yield from map(each.origin, _merged((start, end) for _, start, end in matches))
        if depth:
            for inner in undone(view):
                yield from self._found(search, inner, depth - 1)

    def _may_hold(self, close: View) -> bool:
        """Whether a piece may stand in a view, or in its closed one: where it does, the rest of it stands in the closed
        one once its own punctuation is left out too. Of a piece of nothing else there is no rest."""
        return self._hints is None or bool(self._hints.find_matches_as_indexes(close.data.lower()))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; those that overlap become one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _unpacked(data: bytes) -> bytes:
    """Unpack gzip or zlib, also where its end is missing. Empty for any other data."""
    if not data.startswith(_COMPRESSED):
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, _UNPACKED)
    except zlib.error:
        return b""


# --- what is looked for -----------------------------------------------------------------------------------------------


def _needles(key: str) -> Iterator[bytes]:
    """All byte strings to search for, in lower case: pieces of the key, with and without its punctuation."""
    texts = [key, "".join(letter for letter in key if not letter.isascii() or letter.isalnum())]
    parts = {text[start : start + PIECE] for text in texts for start in range(len(text) - PIECE + 1)}
    plain = {part for part in parts if not _WORDY.fullmatch(part)} | {text for text in texts if len(text) >= PIECE}
    encoded = (text.encode("utf-8", "surrogatepass") for text in plain)
    return (needle.lower() for needle in (*encoded, *_base64_parts(key.encode("utf-8", "surrogatepass"))))


def _base64_parts(raw: bytes) -> Iterator[bytes]:
    """Base64 whose case was changed cannot be decoded, so parts of it are searched for as they are: for each of the
    three alignments, what eight bytes become, without the characters that they share with their neighbours."""
    width = PIECE * 8 // 6 - 1
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        core = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        for text in {core, core.translate(bytes.maketrans(b"+/", b"-_")), core.translate(None, BETWEEN)}:
            yield from (text[start : start + width] for start in range(len(text) - width + 1))


def pieces(data: bytes, spans: list[Span], mark: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """`data[start:end]` with `mark` for every span that begins in it, and without the rest of one that began before."""
    stop = len(data) if end is None else end
    for first, last in spans[bisect_right(spans, start, key=itemgetter(1)) :]:
        if first >= stop:
            break
        if first >= start:
            yield data[start:first]
            yield mark
        start = last
    yield data[start:stop]
