"""Just enough sight to tell whether an image reached the model: the colour of a plain PNG."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib

_COLOURS = {
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
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def dominant_colour(data: str) -> str | None:
    """The name of the colour of the first pixel of a base64 PNG with 8 bits a channel; None for anything else."""
    try:
        raw = base64.b64decode(data)
        if not raw.startswith(_SIGNATURE):
            return None
        chunks = _chunks(raw)
        _, _, depth, colour_type = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
        # The first pixel of the first row is itself under every PNG filter: its neighbours are all zero.
        pixel = zlib.decompressobj().decompress(chunks[b"IDAT"], 16)[1 : 1 + _CHANNELS[colour_type]]
    except (binascii.Error, struct.error, zlib.error, KeyError):
        return None
    if colour_type == 3:
        start = pixel[0] * 3
        pixel = chunks[b"PLTE"][start : start + 3]
    if depth != 8 or not pixel:
        return None
    rgb = tuple(pixel[:3]) if colour_type in (2, 3, 6) else (pixel[0],) * 3
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], rgb, strict=True)))


def _chunks(raw: bytes) -> dict[bytes, bytes]:
    """PNG chunks by name; the data of repeated ones joined."""
    found: dict[bytes, bytes] = {}
    at = len(_SIGNATURE)
    while at + 8 <= len(raw):
        length, name = struct.unpack(">I4s", raw[at : at + 8])
        found[name] = found.get(name, b"") + raw[at + 8 : at + 8 + length]
        at += 12 + length
    return found
