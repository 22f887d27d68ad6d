"""A comparison for scripts, such as one that sends a message in the morning: small, and stable (`docs/results.md`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from messages_conformance.catalog.model import Level
from messages_conformance.report.across.moving import Moving, Told
from messages_conformance.results.across.comparison import Kind, Side
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer
from messages_conformance.results.codec import to_json

FORMAT: Final = 1
"""Grows when a script that keeps the rules of `docs/results.md` would misread a comparison."""


@dataclass(frozen=True, slots=True)
class Which:
    """One side: a provider of a run."""

    provider: str
    title: str
    started: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that came or went."""

    check: str
    level: Level
    headline: str
    scenarios: tuple[str, ...]
    flaky: Times | None = None
    """How often it failed and passed, where it did not always fail."""


@dataclass(frozen=True, slots=True)
class Client:
    """One kind of client on both sides."""

    before: Answer
    after: Answer
    kind: Kind


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one provider."""

    before: Which
    after: Which
    became: Kind
    sentence: str
    worse: tuple[Fault, ...]
    better: tuple[Fault, ...]
    clients: Mapping[str, Client]
    """By the client's id."""


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Two runs, or two providers, side by side."""

    format: int
    changed: bool
    """Whether a fault came or went, or a client's answer is another."""
    comparisons: tuple[Compared, ...]


def render_json(found: Sequence[Moving]) -> str:
    """The comparisons as JSON. Pure ASCII, so that a lone surrogate that a provider sent stays an escape."""
    compared = tuple(map(_compared, found))
    return json.dumps(Comparisons(FORMAT, any(map(_changed, compared)), compared), indent=1, default=to_json) + "\n"


def _changed(one: Compared) -> bool:
    return bool(one.worse or one.better) or any(client.before != client.after for client in one.clients.values())


def _compared(one: Moving) -> Compared:
    found = one.comparison
    clients = {change.profile.id: Client(change.before, change.after, change.kind) for change in found.clients}
    worse, better = (tuple(map(_fault, changes)) for changes in (one.worse, one.better))
    return Compared(_which(found.before), _which(found.after), found.kind, one.sentence, worse, better, clients)


def _which(side: Side) -> Which:
    return Which(side.provider.id, side.provider.title, side.run.header.started)


def _fault(told: Told) -> Fault:
    change = told.change
    return Fault(change.check, change.level, told.headline, change.scenarios, change.flaky)
