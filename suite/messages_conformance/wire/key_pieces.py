"""Finds keys in bytes: in any spelling, and in pieces.

A server that echoes a key often changes it: it cuts it, quotes it, or changes its case. So the search is for pieces of
eight characters, and it ignores case. It looks at several *views* of the data. Each view undoes one thing: escapes
(JSON, percent, HTML, Python), hexadecimal, base64, reversed text, or characters that were set apart. Two of these are
undone one after the other. Every view is also searched without what stands between its letters and digits.

A piece of lower-case letters and hyphens is treated as a word, because a key that contains `anthropic` must not remove
that word from all evidence. Such a piece is found only as part of the whole key.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil
from operator import itemgetter
from typing import Final, TypeAlias

from ahocorasick_rs import BytesAhoCorasick

PIECE: Final = 8
"""A piece of a key with this many characters is secret."""

Span: TypeAlias = tuple[int, int]

_LONG_WORD: Final = 16
_WORDY = re.compile(r"[a-z_.\s-]*")
_BETWEEN: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_APART_ESCAPE = re.compile(rb"[\\%&][\0 \t\r\n\"',-]+[ux#0-9a-f]", re.IGNORECASE)
_APART: Final = b"\0 \t\r\n\"',-"
"""Characters that set others apart and belong to no escape."""
_ESCAPE = re.compile(
    rb"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#([0-9]{1,7});|&#x([0-9a-f]{1,6});|(&[a-z]{2,8};)|\\(?-i:([\\nrt]))",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN: Final = {b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
"""Short escapes. `\\"` and `\\/` need no entry: the search without punctuation finds what they hide."""

_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]{11,}")
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")
_READABLE = re.compile(rb"[\0\x20-\x7e]{8}")
"""Decoded bytes without such a run hold no text, so they were not encoded text."""

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
        needles = {needle for key in keys if can_be_hidden(key) for needle in _needles(key)}
        self._search = BytesAhoCorasick(sorted(needles)) if needles else None

    def spans(self, data: bytes) -> list[Span]:
        """The places of pieces in `data`, in order and disjoint. In compressed data with a piece, that is all of it."""
        if self._search is None:
            return []
        found = _merged(self._found(self._search, data))
        if not found and any(self._found(self._search, _unpacked(data))):
            return [(0, len(data))]
        return found

    @staticmethod
    def _found(search: BytesAhoCorasick, data: bytes) -> Iterator[Span]:
        depth = 2 if len(data) <= _LARGE else 1
        for view in _views(_View(data, lambda span: span), depth):
            matches = search.find_matches_as_indexes(view.data.lower(), overlapping=True)
            yield from map(view.origin, _merged((start, end) for _, start, end in matches))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; those that overlap become one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# --- views ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    """Data after something was undone; `origin` maps a span of it to the span of the original data."""

    data: bytes
    origin: Callable[[Span], Span]


def _views(view: _View, depth: int) -> Iterator[_View]:
    """This view, and the views that come of undoing up to `depth` more things."""
    close = _without(view, _BETWEEN)
    yield view
    yield close
    if not depth:
        return
    for undone in (_closed_up, _unescaped, _backwards, _from_hexadecimal, _from_base64):
        for inner in undone(view):
            yield from _views(inner, depth - 1)
    for undone in (_from_hexadecimal, _from_base64):  # an escape is gone with what marks it
        for inner in undone(close):
            yield from _views(inner, depth - 1)


def _without(view: _View, left_out: bytes) -> _View:
    data, out = view.data, frozenset(left_out)

    @cache
    def kept() -> list[int]:
        return [place for place, code in enumerate(data) if code not in out]

    def origin(span: Span) -> Span:
        return view.origin((kept()[span[0]], kept()[span[1] - 1] + 1))

    return _View(data.translate(None, left_out), origin)


def _closed_up(view: _View) -> Iterator[_View]:
    if _APART_ESCAPE.search(view.data):  # all else is found where more is left out
        yield _without(view, _APART)


def _backwards(view: _View) -> Iterator[_View]:
    length = len(view.data)
    yield _View(view.data[::-1], lambda span: view.origin((length - span[1], length - span[0])))


def _from_hexadecimal(view: _View) -> Iterator[_View]:
    for run in _HEXADECIMAL.finditer(view.data):
        for start in (run.start(), run.start() + 1):
            digits = view.data[start : run.end()]
            decoded = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
            if _READABLE.search(decoded):
                yield _View(decoded, _scaled(view, start, run.end(), 2))


def _from_base64(view: _View) -> Iterator[_View]:
    for run in _BASE64.finditer(view.data):
        if run[0].islower():  # what was text has capital letters in base64
            continue
        for start in range(run.start(), run.start() + 4):  # what was encoded may begin anywhere in a run
            letters = view.data[start : run.end()].translate(_URLSAFE)
            letters = letters[: len(letters) - (len(letters) % 4 == 1)]
            decoded = base64.b64decode(letters + b"=" * (-len(letters) % 4))
            if _READABLE.search(decoded):
                yield _View(decoded, _scaled(view, start, run.end(), 4 / 3))


def _scaled(view: _View, start: int, end: int, ratio: float) -> Callable[[Span], Span]:
    """The origin of a view whose bytes took `ratio` characters each, from `start` on."""
    return lambda span: view.origin((start + int(span[0] * ratio), min(end, start + ceil(span[1] * ratio))))


@dataclass(frozen=True, slots=True)
class _Resolved:
    """One escape: its span in the escaped data, and the span of its character in the unescaped data."""

    before: Span
    now: Span


def _unescaped(view: _View) -> Iterator[_View]:
    parts: list[bytes] = []
    resolved: list[_Resolved] = []
    read = written = 0
    for match in _ESCAPE.finditer(view.data):
        meant = _meant(match)
        plain = view.data[read : match.start()]
        written += len(plain)
        parts += (plain, meant)
        resolved.append(_Resolved(match.span(), (written, written + len(meant))))
        written += len(meant)
        read = match.end()
    if not resolved:
        return
    parts.append(view.data[read:])

    def origin(span: Span) -> Span:
        return view.origin((_place(resolved, span[0], end=False), _place(resolved, span[1], end=True)))

    yield _View(b"".join(parts), origin)


def _place(resolved: list[_Resolved], place: int, *, end: bool) -> int:
    """Map a place in unescaped data to the escaped data. A place inside an escape maps to the edge of that escape."""
    look = bisect_left if end else bisect_right
    number = look(resolved, place, key=lambda one: one.now[0]) - 1
    if number < 0:
        return place
    one = resolved[number]
    if place < one.now[1]:
        return one.before[1] if end else one.before[0]
    return one.before[1] + place - one.now[1]


def _meant(match: re.Match[bytes]) -> bytes:
    """The character of an escape, in UTF-8. An escape without a character stays as it is."""
    unicode, byte, percent, decimal, hexadecimal, entity, escaped = match.groups()
    if entity:
        return html.unescape(entity.decode()).encode()
    if escaped:
        return _PLAIN[escaped]
    if percent or byte:
        return bytes.fromhex((percent or byte).decode())
    code = int(decimal) if decimal else int(unicode or hexadecimal, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else match[0]


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
        for text in {core, core.translate(bytes.maketrans(b"+/", b"-_")), core.translate(None, _BETWEEN)}:
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
