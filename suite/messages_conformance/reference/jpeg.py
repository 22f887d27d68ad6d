"""The first block of a baseline JPEG (ITU-T T.81), averaged: all that is needed of a picture of one plain colour."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

_Codes: TypeAlias = Mapping[tuple[int, int], int]
"""Symbols by length and bits of their Huffman code."""


@dataclass(slots=True)
class _Tables:
    """What the segments before the scan define, by their ids. `sampling` is the number of blocks of a component."""

    steps: dict[int, int] = field(default_factory=dict[int, int])
    codes: dict[int, _Codes] = field(default_factory=dict[int, _Codes])
    sampling: dict[int, int] = field(default_factory=dict[int, int])
    step_of: dict[int, int] = field(default_factory=dict[int, int])


def first_block(raw: bytes) -> tuple[int, int, int] | None:
    """Red, green and blue. None for what is not baseline, or has no three components. Raises LookupError, ValueError or
    struct.error for what is no JPEG."""
    tables = _Tables()
    at = 2
    while raw[at + 1] != 0xDA:
        length: int = struct.unpack(">H", raw[at + 2 : at + 4])[0]
        _define(tables, raw[at + 1], raw[at + 4 : at + 2 + length])
        at += 2 + length
    if len(tables.sampling) != 3:
        return None
    scan = raw[at + 5 : at + 5 + 2 * raw[at + 4]]
    bits = _bits(raw[at + 8 + 2 * raw[at + 4] :])
    y, cb, cr = [_average(tables, bits, scan[n], scan[n + 1]) for n in range(0, len(scan), 2)]
    return _byte(y + 1.402 * cr), _byte(y - 0.344136 * cb - 0.714136 * cr), _byte(y + 1.772 * cb)


def _define(tables: _Tables, marker: int, data: bytes) -> None:
    match marker:
        case 0xDB:
            for start in range(0, len(data), 65):
                tables.steps[data[start] & 15] = data[start + 1]
        case 0xC4:
            while data:
                size = 17 + sum(data[1:17])
                tables.codes[data[0]] = _codes(data[1:17], data[17:size])
                data = data[size:]
        case 0xC0:
            for start in range(6, len(data), 3):
                name, sampling, steps = data[start : start + 3]
                tables.sampling[name] = (sampling >> 4) * (sampling & 15)
                tables.step_of[name] = steps
        case _:
            pass


def _codes(counts: bytes, symbols: bytes) -> _Codes:
    found: dict[tuple[int, int], int] = {}
    left, code = iter(symbols), 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            found[length, code] = next(left)
            code += 1
        code <<= 1
    return found


def _bits(data: bytes) -> Iterator[int]:
    """A zero byte after 0xFF only says that it is no marker."""
    for byte in data.replace(b"\xff\x00", b"\xff"):
        yield from (byte >> place & 1 for place in range(7, -1, -1))


def _average(tables: _Tables, bits: Iterator[int], name: int, coders: int) -> float:
    """One component of the first block, centred on zero for colour and on 128 for brightness."""
    firsts: list[int] = []
    for _ in range(tables.sampling[name]):
        firsts.append(_number(bits, _symbol(bits, tables.codes[coders >> 4])))
        place = 1
        while place < 64 and (symbol := _symbol(bits, tables.codes[0x10 | coders & 15])):
            _number(bits, symbol & 15)
            place += 1 + (symbol >> 4)
    centre = 128 if name == min(tables.sampling) else 0
    return firsts[0] * tables.steps[tables.step_of[name]] / 8 + centre


def _symbol(bits: Iterator[int], codes: _Codes) -> int:
    code = 0
    for length in range(1, 17):
        code = code << 1 | next(bits, 0)
        if (length, code) in codes:
            return codes[length, code]
    raise ValueError("no such Huffman code")


def _number(bits: Iterator[int], size: int) -> int:
    value = 0
    for _ in range(size):
        value = value << 1 | next(bits, 0)
    return value if not size or value >> size - 1 else value - (1 << size) + 1


def _byte(value: float) -> int:
    return min(255, max(0, round(value)))
