"""Just enough sight to tell whether an image reached the model: its format, and the colour that it begins with.

A PNG, GIF or WebP is read up to its first pixel, a JPEG up to the average of its first block: for a picture of one
plain colour that is the whole of it.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from messages_conformance.reference.jpeg import first_block

Colour: TypeAlias = tuple[int, int, int]

_COLOURS: Mapping[str, Colour] = {
    "red": (220, 30, 30),
    "green": (30, 170, 50),
    "blue": (30, 60, 220),
    "yellow": (240, 220, 40),
    "orange": (250, 150, 30),
    "purple": (130, 40, 160),
    "white": (250, 250, 250),
    "black": (10, 10, 10),
    "grey": (128, 128, 128),
}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def decoded(data: str) -> bytes:
    """The bytes of base64 `data`; none where it is no base64."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


def media_type(raw: bytes) -> str | None:
    """The media type that the first bytes of an image tell; None for anything that the API does not take."""
    if raw.startswith(_PNG_SIGNATURE):
        return "image/png"
    if raw.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP" else None


def dominant_colour(data: str) -> str | None:
    """The name of the colour that a base64 image begins with; None where this reader does not get as far."""
    raw = decoded(data)
    kind = media_type(raw)
    try:
        colour = _READERS[kind](raw) if kind else None
    except (struct.error, zlib.error, LookupError, ValueError):
        return None
    return nearest(colour) if colour else None


def nearest(colour: Colour) -> str:
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], colour, strict=True)))


def _png(raw: bytes) -> Colour | None:
    """Of a PNG with 8 bits a channel."""
    chunks = _chunks(raw)
    _, _, depth, colour_type = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    # The first pixel of the first row is itself under every PNG filter: its neighbours are all zero.
    pixel = zlib.decompressobj().decompress(chunks[b"IDAT"], 16)[1 : 1 + _CHANNELS[colour_type]]
    if colour_type == 3:
        pixel = chunks[b"PLTE"][pixel[0] * 3 :]
    if depth != 8 or not pixel:
        return None
    at = (0, 1, 2) if colour_type in (2, 3, 6) else (0, 0, 0)
    return pixel[at[0]], pixel[at[1]], pixel[at[2]]


def _chunks(raw: bytes) -> dict[bytes, bytes]:
    """PNG chunks by name; the data of repeated ones joined."""
    found: dict[bytes, bytes] = {}
    at = len(_PNG_SIGNATURE)
    while at + 8 <= len(raw):
        length, name = struct.unpack(">I4s", raw[at : at + 8])
        found[name] = found.get(name, b"") + raw[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def _gif(raw: bytes) -> Colour | None:
    """Of a GIF with a global colour table and no extension before its first image."""
    packed = raw[10]
    data = 13 + 3 * (2 << (packed & 7))
    if not packed & 0x80 or raw[data] != 0x2C:
        return None
    # The first code only clears the decoder's table; the second one is the first pixel's index.
    size = raw[data + 10] + 1
    index = int.from_bytes(raw[data + 12 : data + 16], "little") >> size & (1 << size) - 1
    table = raw[13 + 3 * index :]
    return table[0], table[1], table[2]


def _webp(raw: bytes) -> Colour | None:
    """Of a lossless WebP in which every channel has one value, so that no pixel needs any bits."""
    if raw[12:16] != b"VP8L":
        return None
    bits = int.from_bytes(raw[20:], "little") >> 40 + 3  # the header; no transform, no colour cache, one set of codes
    values: list[int] = []
    for _ in range(4):
        is_simple, has_two, is_long = bits & 1, bits >> 1 & 1, bits >> 2 & 1
        width = 8 if is_long else 1
        if not is_simple or has_two:
            return None
        values.append(bits >> 3 & 2**width - 1)
        bits >>= 3 + width
    green, red, blue, _ = values
    return red, green, blue


_READERS: Mapping[str, Callable[[bytes], Colour | None]] = {
    "image/png": _png,
    "image/jpeg": first_block,
    "image/gif": _gif,
    "image/webp": _webp,
}
