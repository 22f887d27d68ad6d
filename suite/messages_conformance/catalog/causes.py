"""Which failures only repeat another failure: `suite/causes.yaml`.

A relation must always hold: wherever the cause fails, a failure of what it explains tells the reader nothing new.
`results/findings.py` applies it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, Where

Within: TypeAlias = Literal["exchange", "scenario", "run"]
Place: TypeAlias = tuple[str, str, str]
"""A scenario's id, a step's, and a check's."""


@dataclass(frozen=True, slots=True)
class Relation:
    """`cause` explains `explains`. Both are patterns of `check` or of `scenario/step/check`; a `*` in `explains`
    matches the same text as the `*` in `cause`. `within` says how far this reaches: the same exchange, the same or a
    later step of the scenario, or the whole run."""

    cause: str
    explains: tuple[str, ...]
    within: Within
    where: Where


@dataclass(frozen=True, slots=True)
class Gathered:
    """Several failures of one check, reported as one line: `many` is the text after their number."""

    check: str
    many: str
    where: Where


@dataclass(frozen=True, slots=True)
class Causes:
    relations: tuple[Relation, ...]
    gathered: tuple[Gathered, ...]


NO_CAUSES: Final = Causes((), ())


def load_causes(path: Path) -> Causes:
    """Read a causes file. Raises UserError with every problem, by file and line."""
    document = nodes.read(path)
    strict.refuse(problem for _, problem in strict.check(document, "causes"))
    entries: dict[str, list[dict[str, Any]]] = document.value
    relations = tuple(
        Relation(entry["cause"], tuple(entry["explains"]), entry["within"], document.where("causes", index))
        for index, entry in enumerate(entries["causes"])
    )
    gathered = tuple(
        Gathered(entry["check"], entry["many"], document.where("gathered", index))
        for index, entry in enumerate(entries["gathered"])
    )
    strict.refuse((*_of_itself(relations), *_repeated(gathered)))
    return Causes(relations, gathered)


def named(pattern: str, place: Place) -> tuple[str, ...] | None:
    """The text that each `*` of a pattern (`check` or `scenario/step/check`) matches here; None if it does not
    match."""
    found = _compiled(pattern).fullmatch("/".join(place) if "/" in pattern else place[2])
    return found.groups() if found else None


def bound(pattern: str, stars: Iterable[str]) -> str:
    """The pattern with its first `*`s replaced by what the `*`s of the cause matched."""
    for star in stars:
        pattern = pattern.replace("*", star, 1)
    return pattern


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, pattern.split("*"))))


def unknown_names(causes: Causes, planned: Iterable[Place]) -> list[Problem]:
    """Patterns that match nothing planned by any scenario."""
    places = tuple(planned)
    checks = sorted({check for _, _, check in places})
    related = [(pattern, r.where) for r in causes.relations for pattern in (r.cause, *r.explains)]
    return [
        Problem(f"`{pattern}` names nothing that a scenario plans", where, strict.suggest(pattern, checks))
        for pattern, where in (*related, *((g.check, g.where) for g in causes.gathered))
        if not any(named(pattern, place) is not None for place in places)
    ]


def _of_itself(relations: Iterable[Relation]) -> list[Problem]:
    return [
        Problem(f"`{relation.cause}` explains itself", relation.where)
        for relation in relations
        if relation.cause in relation.explains
    ]


def _repeated(gathered: Iterable[Gathered]) -> list[Problem]:
    entries = tuple(gathered)
    times = Counter(entry.check for entry in entries)
    return [Problem(f"`{e.check}` is gathered twice", e.where) for e in entries if times[e.check] > 1]
