"""Profiles: what one kind of client depends on, and what its user notices if that breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from messages_conformance.catalog.model import Contract
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, Where


@dataclass(frozen=True, slots=True)
class Dependence:
    """Clauses of Anthropic's contract that a client relies on: full ids, globs resolved. `breaks` says what its user
    notices if they are broken; `evidence` are public addresses. If one of `unless` was seen to hold, `breaks` is not
    true. `although` says why the client depends on them where none of the defects that were tried hurts it."""

    clauses: frozenset[str]
    breaks: str
    evidence: tuple[str, ...]
    unless: frozenset[str] = frozenset()
    although: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """Defects that the client was seen to notice, and why the profile need not depend on what they break."""

    defects: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of client. `scenarios` are patterns: they choose what a run of this profile sends. Without `depends` a
    profile only selects scenarios. `short` is the title for a narrow column."""

    id: str
    title: str
    why: str
    scenarios: tuple[str, ...]
    depends: tuple[Dependence, ...]
    where: Where
    short: str | None = None
    besides: tuple[Beside, ...] = ()


def load_profiles(path: Path, canonical: Contract) -> Mapping[str, Profile]:
    """Read a profiles file, by id. Raises UserError with every problem, by file and line; a clause or glob that matches
    nothing in `canonical` is one."""
    document = nodes.read(path)
    strict.refuse(problem for _, problem in strict.check(document, "profiles"))
    entries: list[dict[str, Any]] = document.value["profiles"]
    clauses = {clause.local: clause.id for clause in canonical.clauses.values()}
    times = Counter(entry["id"] for entry in entries)
    problems = [
        Problem(f"the profile `{entry['id']}` is listed twice", document.where("profiles", index, "id"))
        for index, entry in enumerate(entries)
        if times[entry["id"]] > 1
    ]
    problems += [
        Problem(
            f"`{pattern}` names no clause of {canonical.id}",
            document.where("profiles", index, "depends", place, key),
            strict.suggest(pattern, clauses),
        )
        for index, entry in enumerate(entries)
        for place, dependence in enumerate(entry.get("depends", ()))
        for key in ("clauses", "unless")
        for pattern in dependence.get(key, ())
        if not _named([pattern], clauses)
    ]
    strict.refuse(problems)
    return {
        entry["id"]: Profile(
            id=entry["id"],
            title=entry["title"],
            why=entry["why"],
            scenarios=tuple(entry["scenarios"]),
            depends=tuple(_dependence(dependence, clauses) for dependence in entry.get("depends", ())),
            where=document.where("profiles", index),
            short=entry.get("short"),
            besides=tuple(Beside(tuple(each["defects"]), each["because"]) for each in entry.get("besides", ())),
        )
        for index, entry in enumerate(entries)
    }


def _dependence(entry: Mapping[str, Any], clauses: Mapping[str, str]) -> Dependence:
    unless = _named(entry.get("unless", ()), clauses)
    named = _named(entry["clauses"], clauses)
    return Dependence(named, entry["breaks"], tuple(entry["evidence"]), unless, entry.get("although"))


def _named(patterns: Iterable[str], clauses: Mapping[str, str]) -> frozenset[str]:
    """The ids of the clauses, given by their local ids, that the patterns name."""
    named: set[str] = set()
    for pattern in patterns:
        # Most are no patterns but names, and need no look at every clause.
        found = [pattern] if pattern in clauses else (local for local in clauses if fnmatchcase(local, pattern))
        named.update(clauses[local] for local in found)
    return frozenset(named)
