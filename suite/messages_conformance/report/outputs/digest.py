"""How every check stands at every provider: small, and what `messages-conformance history` reads of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping

from messages_conformance.catalog.model import Level
from messages_conformance.report.words import visible
from messages_conformance.results.across.digest import digest
from messages_conformance.results.codec import to_json
from messages_conformance.results.reading import Run

FILE = "digest.json"


def files(run: Run, fail_on: Level) -> Mapping[str, str]:  # noqa: ARG001  history has no threshold
    return {FILE: render(run)}


def render(run: Run) -> str:
    """The digest as JSON. Pure ASCII, so that a lone surrogate that a provider sent stays an escape."""
    return visible(json.dumps(digest(run), separators=(",", ":"), default=to_json)) + "\n"
