"""The page that compares the documents: each provider's contract beside Anthropic's. It needs no run."""

from __future__ import annotations

from pathlib import Path

from messages_conformance import __version__
from messages_conformance.catalog import Catalog
from messages_conformance.documents.rendering import render_html
from messages_conformance.report import write
from messages_conformance.report.markup import page

NAME = "documents.html"


def write_documents(catalog: Catalog, directory: Path) -> Path:
    """Write the page into `directory`. Raises UserError when that cannot be written to."""
    section = render_html(catalog.contracts, catalog.schemas.registry)
    return write(directory / NAME, page("documents.html.j2", "documents.css", version=__version__, section=section))
