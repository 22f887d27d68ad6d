"""Just enough sight to know whether a picture reached the model: its format and its dominant colour."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TypeAlias, cast

from PIL import Image, UnidentifiedImageError

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
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
"""What the API takes: https://platform.claude.com/docs/en/build-with-claude/vision"""


def decoded(data: str) -> bytes:
    """The bytes of base64 `data`; none where it is no base64."""
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:  # what is no base64, and what is no ASCII either
        return b""


def media_type(raw: bytes) -> str | None:
    """The media type that the bytes of an image tell; None for anything that the API does not take."""
    image = _opened(raw)
    return None if image is None else Image.MIME[image.format or ""]


def dominant_colour(data: str) -> str | None:
    """The name of the dominant colour of a base64 image; None if it cannot be read."""
    image = _opened(decoded(data))
    if image is None:
        return None
    try:
        pixel = image.convert("RGB").reduce(image.size).getpixel((0, 0))
    except (OSError, SyntaxError, ValueError):  # whatever Pillow meets in a file that was cut or made up
        return None
    return nearest(cast("Colour", pixel))


def nearest(colour: Colour) -> str:
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], colour, strict=True)))


def _opened(raw: bytes) -> Image.Image | None:
    try:
        return Image.open(io.BytesIO(raw), formats=_FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
