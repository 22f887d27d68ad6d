"""Finds keys in bytes, in whatever spelling and in whatever pieces.

A server that echoes a key seldom echoes it as it was: it cuts it, quotes it, changes its case. So pieces of eight
characters are sought, not keys, and case is ignored. And they are sought in several *views* of the data, each of which
undoes one thing: escapes (JSON, percent, HTML, Python), hexadecimal, base64, writing backwards or apart. Two of them
are undone, one after the other, and each time all that stands between letters and digits is left out as well.

A piece of lower-case letters and hyphens alone is a word: `anthropic` in a key must not take that word out of all
the evidence. It is sought only as part of the whole key.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from operator import itemgetter
from typing import Final, TypeAlias

from ahocorasick_rs import BytesAhoCorasick

PIECE: Final = 8
"""Characters of a key that give it away."""

Span: TypeAlias = tuple[int, int]

_WORDY = re.compile(r"[a-z_.\s-]*")
_BETWEEN: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_APART_ESCAPE = re.compile(rb"[\\%&][\0 \t\r\n\"',-]+[ux#0-9a-f]", re.IGNORECASE)
_APART: Final = b"\0 \t\r\n\"',-"
"""What puts characters apart and is no part of an escape."""
_ESCAPE = re.compile(
    rb"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#([0-9]{1,7});|&#x([0-9a-f]{1,6});|(&[a-z]{2,8};)|\\(?-i:([\\nrt]))",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN: Final = {b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
"""What no leaving out undoes; `\\"` and `\\/` it does."""

_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]{11,}")
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")
_READABLE = re.compile(rb"[\0\x20-\x7e]{8}")
"""What is decoded and holds nothing like this was not encoded."""

_COMPRESSED: Final = (b"\x1f\x8b", b"\x78")
_UNPACKED: Final = 8 * 1024 * 1024
"""Bytes that are unpacked of what was compressed; a key in an error text comes long before."""

_LARGE: Final = 64 * 1024
"""Bytes beyond which one thing is undone, not two: nobody echoes a key in the middle of a picture."""


class KeyPieces:
    """Looks for these keys. One shorter than eight characters is not sought: what would go with it is the evidence."""

    def __init__(self, keys: Iterable[str]) -> None:
        needles = {needle for key in keys if len(key) >= PIECE for needle in _needles(key)}
        self._search = BytesAhoCorasick(sorted(needles)) if needles else None

    def spans(self, data: bytes) -> list[Span]:
        """Where in `data` pieces of keys are: in order, disjoint, and all of it where they were compressed."""
        if self._search is None:
            return []
        found = sorted(self._found(self._search, data))
        if not found and any(self._found(self._search, _unpacked(data))):
            return [(0, len(data))]
        merged: list[Span] = []
        for start, end in found:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    @staticmethod
    def _found(search: BytesAhoCorasick, data: bytes) -> Iterator[Span]:
        depth = 2 if len(data) <= _LARGE else 1
        for view in _views(_View(data, lambda span: span), depth):
            for _, start, end in search.find_matches_as_indexes(view.data.lower(), overlapping=True):
                yield view.origin((start, end))


# --- views ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    """Data with something undone, and where a part of it was before."""

    data: bytes
    origin: Callable[[Span], Span]


def _views(view: _View, depth: int) -> Iterator[_View]:
    """A view, and what it becomes where up to `depth` things are undone."""
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

    def origin(span: Span) -> Span:
        kept = [place for place, code in enumerate(data) if code not in out]
        return view.origin((kept[span[0]], kept[span[1] - 1] + 1))

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
    """One escape: where it stood, and where that which it stands for stands now."""

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
    """Where a place in unescaped data was before. One inside what an escape stands for is at that escape's edge."""
    look = bisect_left if end else bisect_right
    number = look(resolved, place, key=lambda one: one.now[0]) - 1
    if number < 0:
        return place
    one = resolved[number]
    if place < one.now[1]:
        return one.before[1] if end else one.before[0]
    return one.before[1] + place - one.now[1]


def _meant(match: re.Match[bytes]) -> bytes:
    """What an escape stands for, in UTF-8; one that stands for nothing stays."""
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
    """What gzip or zlib made of something; empty for anything else. A part that was cut off is unpacked so far."""
    if not data.startswith(_COMPRESSED):
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, _UNPACKED)
    except zlib.error:
        return b""


# --- what is looked for -----------------------------------------------------------------------------------------------


def _needles(key: str) -> Iterator[bytes]:
    """Everything that gives a key away, in lower case; with and without what stands between its characters."""
    texts = [key, "".join(letter for letter in key if not letter.isascii() or letter.isalnum())]
    parts = {text[start : start + PIECE] for text in texts for start in range(len(text) - PIECE + 1)}
    plain = {part for part in parts if not _WORDY.fullmatch(part)} | {text for text in texts if len(text) >= PIECE}
    encoded = (text.encode("utf-8", "surrogatepass") for text in plain)
    return (needle.lower() for needle in (*encoded, *_base64_parts(key.encode("utf-8", "surrogatepass"))))


def _base64_parts(raw: bytes) -> Iterator[bytes]:
    """Base64 in which the case was lost cannot be decoded: eight bytes of it for each of the three ways in which they
    can lie in the encoded text, less the characters that they share with their neighbours."""
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
