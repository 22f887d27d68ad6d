"""A comparison as a page: who is hurt, what changes, and what came on both sides, side by side. It needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from messages_conformance import __version__
from messages_conformance.report.across.moving import Moving
from messages_conformance.report.across.moving_text import KIND_WORDS, count
from messages_conformance.report.markup import page
from messages_conformance.report.outputs.html import address


def render_page(found: Sequence[Moving]) -> str:
    """The page. It holds no lone surrogate, so that it can be written as UTF-8."""
    return page(
        "moving.html.j2",
        "across.css",
        version=__version__,
        found=found,
        count=count,
        KINDS=KIND_WORDS,
        address=address,
    )
