"""History as a page: a strip for each provider and client, and what turned in which run. It needs no script."""

from __future__ import annotations

from collections.abc import Sequence

from messages_conformance import __version__
from messages_conformance.report.across.history_words import TURNS, headline, newest, shown, times
from messages_conformance.report.across.past import Past
from messages_conformance.report.markup import page

OPEN = 20
"""Runs in which something turned that are shown at once; the others are folded."""


def render_page(past: Past, pages: Sequence[str | None]) -> str:
    """The page; `pages` are the addresses of the runs' own pages."""
    return page(
        "history.html.j2",
        "across.css",
        version=__version__,
        past=past,
        shown=shown(past.history),
        at=times(past.history),
        turned=tuple(newest(past.history)),
        pages=pages,
        headline=headline,
        TURNS=TURNS,
        OPEN=OPEN,
    )
