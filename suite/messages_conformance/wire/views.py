"""Bytes as they are after something was undone, and where each part of them stood before.

What is undone: escapes (JSON, percent, HTML, Python), hexadecimal, base64, reversed text, and characters that were set
apart. Bodies are searched for keys in all of these views, so what is not there must be seen quickly: by `translate` and
`in`, which go through a body a hundred times as fast as a regular expression.
"""

from __future__ import annotations

import html
import re
from binascii import a2b_base64
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import ceil
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]

BETWEEN: Final = bytes(code for code in range(128) if not chr(code).isalnum())
"""What stands between letters and digits."""

_APART_ESCAPE = re.compile(rb"[\\%&][\0 \t\r\n\"',-]+[ux#0-9a-f]", re.IGNORECASE)
_APART: Final = b"\0 \t\r\n\"',-"
"""Characters that set others apart and belong to no escape."""
_BEGIN_ESCAPES: Final = (b"\\", b"%", b"&")
_ESCAPE = re.compile(
    rb"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%([0-9a-f]{2})|&#([0-9]{1,7});|&#x([0-9a-f]{1,6});|&([a-z]{2,8};)|\\(?-i:([\\nrt]))",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN: Final = {b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
"""Short escapes. `\\"` and `\\/` need no entry: the search without punctuation finds what they hide."""


class _Runs:
    """Runs of at least so many characters of a set. One of them at least is of the set `holding`."""

    def __init__(self, characters: bytes, least: int, holding: bytes | None = None) -> None:
        self._from_held = re.compile(b"[%b][%b]*" % (holding or characters, characters))
        member = re.compile(b"[%b]" % characters)
        self._is_member = bytes(member.match(bytes([code])) is not None for code in range(256))
        self._shortest = bytes([True]) * least

    def are_in(self, data: bytes) -> bool:
        return self._shortest in data.translate(self._is_member)

    def of(self, data: bytes) -> Iterator[Span]:
        members = data.translate(self._is_member)
        if self._shortest not in members:
            return
        for found in self._from_held.finditer(data):
            begin = members.rfind(b"\0", 0, found.start()) + 1
            if found.end() - begin >= len(self._shortest):
                yield begin, found.end()


_HEXADECIMAL: Final = _Runs(rb"0-9A-Fa-f", 16)
_BASE64: Final = _Runs(rb"0-9A-Za-z+/_-", 11, holding=b"A-Z")
"""What was text has capital letters in base64, which few other runs have."""
_URLSAFE: Final = bytes.maketrans(b"-_", b"+/")
_READABLE: Final = _Runs(rb"\0\x20-\x7e", 8)
"""Decoded bytes without such a run hold no text, so they were not encoded text."""


@dataclass(frozen=True)
class View:
    """`origin` maps a span of `data` to the span of the original data. `runs` is set in a view that was turned around:
    the spans that may be base64, which are the same forwards."""

    data: bytes
    origin: Callable[[Span], Span] = lambda span: span
    runs: Sequence[Span] | None = None

    @cached_property
    def closed(self) -> View:
        """The view without what stands between its letters and digits."""
        return _without(self, BETWEEN)


def undone(view: View) -> Iterator[View]:
    """The views that come of undoing one more thing."""
    if any(mark in view.data for mark in _BEGIN_ESCAPES):
        yield from _closed_up(view)
        yield from _unescaped(view)
    runs = [*_BASE64.of(view.data)] if view.runs is None else view.runs
    if view.runs is None:
        yield _backwards(view, runs)
    yield from _from_hexadecimal(view)
    yield from _from_base64(view, runs)


def put_together(view: View) -> Iterator[View]:
    """The views of what was set apart after it was encoded. An escape is gone with what marks it."""
    yield from _from_hexadecimal(view.closed)
    yield from _from_base64(view.closed, _BASE64.of(view.closed.data))


def _without(view: View, left_out: bytes) -> View:
    data, out = view.data, frozenset(left_out)

    @cache
    def kept() -> list[int]:
        return [place for place, code in enumerate(data) if code not in out]

    def origin(span: Span) -> Span:
        return view.origin((kept()[span[0]], kept()[span[1] - 1] + 1))

    return View(data.translate(None, left_out), origin)


def _closed_up(view: View) -> Iterator[View]:
    if _APART_ESCAPE.search(view.data):  # all else is found where more is left out
        yield _without(view, _APART)


def _backwards(view: View, runs: Iterable[Span]) -> View:
    def turned(span: Span) -> Span:
        return length - span[1], length - span[0]

    length = len(view.data)
    return View(view.data[::-1], lambda span: view.origin(turned(span)), [*map(turned, runs)])


def _from_hexadecimal(view: View) -> Iterator[View]:
    for begin, end in _HEXADECIMAL.of(view.data):
        for start in (begin, begin + 1):
            digits = view.data[start:end]
            decoded = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
            if _READABLE.are_in(decoded):
                yield View(decoded, _scaled(view, start, end, 2))


def _from_base64(view: View, runs: Iterable[Span]) -> Iterator[View]:
    for begin, end in runs:
        run = view.data[begin:end].translate(_URLSAFE)
        for start in range(4):  # what was encoded may begin anywhere in a run
            letters = run[start : len(run) - ((len(run) - start) % 4 == 1)]
            decoded = a2b_base64(letters + b"=" * (-len(letters) % 4))
            if _READABLE.are_in(decoded):
                yield View(decoded, _scaled(view, begin + start, end, 4 / 3))


def _scaled(view: View, start: int, end: int, ratio: float) -> Callable[[Span], Span]:
    """The origin of a view whose bytes took `ratio` characters each, from `start` on."""
    return lambda span: view.origin((start + int(span[0] * ratio), min(end, start + ceil(span[1] * ratio))))


@dataclass(frozen=True, slots=True)
class _Resolved:
    """One escape: its span in the escaped data, and the span of its character in the unescaped data."""

    before: Span
    now: Span


def _unescaped(view: View) -> Iterator[View]:
    data = _ESCAPE.sub(lambda match: _meant(match[0]), view.data)
    if data == view.data:
        return

    @cache
    def resolved() -> list[_Resolved]:
        return list(_resolved(view.data))

    def origin(span: Span) -> Span:
        return view.origin((_place(resolved(), span[0], end=False), _place(resolved(), span[1], end=True)))

    yield View(data, origin)


def _resolved(data: bytes) -> Iterator[_Resolved]:
    grown = 0
    for match in _ESCAPE.finditer(data):
        now = match.start() + grown
        grown += len(_meant(match[0])) - len(match[0])
        yield _Resolved(match.span(), (now, match.end() + grown))


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


@lru_cache(1000)
def _meant(escape: bytes) -> bytes:
    """The character of an escape, in UTF-8. An escape without a character stays as it is."""
    match = _ESCAPE.fullmatch(escape)
    if match is None:
        return escape
    unicode, byte, percent, decimal, hexadecimal, entity, escaped = match.groups()
    if entity:
        return html.unescape(escape.decode()).encode()
    if escaped:
        return _PLAIN[escaped]
    if percent or byte:
        return bytes.fromhex((percent or byte).decode())
    code = int(decimal) if decimal else int(unicode or hexadecimal, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else escape
