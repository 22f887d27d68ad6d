"""Tiny files in the place of a user's own: a picture or a page of the same media type, and valid."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Final

from PIL import Image

_PICTURES: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_SIDE: Final = 16
"""Pixels: some providers refuse smaller pictures."""


@cache
def sample(media_type: str) -> str | None:
    """A valid file in base64; None for a media type that the contract does not have."""
    if media_type == "application/pdf":
        return base64.b64encode(_pdf()).decode()
    if media_type not in _PICTURES:
        return None
    written = io.BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), "white").save(written, _PICTURES[media_type])
    return base64.b64encode(written.getvalue()).decode()


def _pdf() -> bytes:
    """One page with one sentence."""
    content = b"BT /F1 18 Tf 40 100 Td (A page.) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, starts = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, 1):
        starts.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return written + end % (size, table, size, len(written))
