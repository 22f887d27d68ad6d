"""Badges for a README: one for each provider, and one for each kind of client at each provider.

They are what https://shields.io/badges/endpoint-badge reads, once they are published.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from messages_conformance.catalog.model import Level
from messages_conformance.report.overview import Row, overview
from messages_conformance.report.words import VERDICTS, one_line, short_title
from messages_conformance.results.clients import Answer
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Provider
from messages_conformance.results.verdict import Exit

FOLDER: Final = "badges"

_COLORS: Final[Mapping[Exit | Answer, str]] = {
    Exit.CONFORMS: "brightgreen",
    Exit.DOES_NOT: "red",
    Answer.WORKS: "brightgreen",
    Answer.BREAKS: "red",
}
"""What is in neither list says nothing about the provider, and is grey."""

_UNSAFE: Final = re.compile(r"[^a-z0-9._]+")
_LONGEST: Final = 80


def files(run: Run, fail_on: Level = Level.MUST) -> Mapping[str, str]:
    """`badges/<provider>.json` and `badges/<provider>--<client>.json`; a provider that was not run has the first."""
    seen = overview(run, fail_on)
    found = {_path(provider.id): _badge("Messages API", "not run", "lightgrey") for provider, _ in seen.skipped}
    for row in seen.rows:
        found.update(_of(row))
    return found


def _of(row: Row) -> Iterator[tuple[str, str]]:
    exit_ = row.judgement.exit
    yield _path(row.provider.id), _badge("Messages API", _said(VERDICTS[exit_], row.provider), _color(exit_))
    for client in row.clients:
        path = _path(row.provider.id, client.profile.id)
        message = _said(str(client.answer), row.provider)
        yield path, _badge(one_line(short_title(client.profile)), message, _color(client.answer))


def _said(word: str, provider: Provider) -> str:
    """What a played document shows is never to be taken for a live service."""
    return f"{word} (played document)" if provider.kind == "played" else word


def _color(answer: Exit | Answer) -> str:
    return _COLORS.get(answer, "lightgrey")


def _badge(label: str, message: str, color: str) -> str:
    return json.dumps({"schemaVersion": 1, "label": label, "message": message, "color": color}) + "\n"


def _path(*ids: str) -> str:
    return f"{FOLDER}/{'--'.join(map(_safe, ids))}.json"


def _safe(name: str) -> str:
    """`name` as a part of a file's name, on any system; what is not as it was ends with a hash, so that no two meet."""
    plain = _UNSAFE.sub("-", name.lower()).strip("-.")[:_LONGEST]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
