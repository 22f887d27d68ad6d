"""Where the profile of an official SDK says other things of it than it did when it was tried (`specs/impact.json`).

Other profiles describe several clients, and what one of them notices or not says little of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from messages_conformance.catalog.impact import Client, Impact, Impacts, Seen
from messages_conformance.catalog.impact_words import did
from messages_conformance.catalog.profiles import Dependence, Profile
from messages_conformance.errors import Problem

Tried: TypeAlias = list[tuple[Impact, Seen]]
"""The defects that reach a job of one client, each with what became of that client."""


def unmeasured_profiles(profiles: Mapping[str, Profile], impacts: Impacts) -> list[Problem]:
    """Defects that a client notices although its profile depends on none of their clauses; dependences of which it
    notices no breach; and arguments for either that are not needed."""
    problems: list[Problem] = []
    for client in impacts.clients:
        profile = profiles.get(client.profile or "")
        if profile and client.is_official:
            tried = [(i, seen) for i in impacts.defects.values() for seen in i.seen if seen.client is client]
            problems += _beside(profile, client, tried, impacts.jobs)
            problems += [found for each in profile.depends for found in _disproved(profile, each, tried)]
    return problems


def _beside(profile: Profile, client: Client, tried: Tried, jobs: Mapping[str, str]) -> Iterator[Problem]:
    depended = frozenset[str]().union(*(each.clauses for each in profile.depends))
    argued = {name for beside in profile.besides for name in beside.defects}
    beside = {i.defect: (i, seen) for i, seen in tried if _is_noticed(seen) and depended.isdisjoint(i.clauses)}
    for name in sorted(beside.keys() - argued):
        impact, seen = beside[name]
        yield Problem(
            f"the client of `{profile.id}` {did(seen, jobs)} with the defect `{name}`, and the profile depends on none "
            "of the clauses that it breaks",
            profile.where,
            f"let it depend on {' or '.join(sorted(impact.clauses))}, or say under `besides` why not",
        )
    for name in sorted(argued - beside.keys()):
        said = f"`besides` of `{profile.id}` names the defect `{name}`, which {client.id} does not notice or which "
        yield Problem(f"{said}breaks what it depends on", profile.where, "take it off the list")


def _disproved(profile: Profile, dependence: Dependence, tried: Tried) -> Iterator[Problem]:
    broken = [(impact, seen) for impact, seen in tried if not dependence.clauses.isdisjoint(impact.clauses)]
    is_disproved = bool(broken) and not any(_is_noticed(seen) or seen.outcome == "unstable" for _, seen in broken)
    names = ", ".join(sorted(impact.defect for impact, _ in broken))
    if is_disproved and dependence.although is None:
        said = f"the client of `{profile.id}` notices none of the defects behind “{dependence.breaks}”: {names}"
        yield Problem(said, profile.where, "take it off, or say under `although` why it stands")
    if dependence.although is not None and not is_disproved:
        said = f"`although` is not needed behind “{dependence.breaks}” of `{profile.id}`"
        yield Problem(said, profile.where, f"noticed: {names}" if broken else "no such defect was tried")


def _is_noticed(seen: Seen) -> bool:
    """Whether it does something else than with a right server; how its user's mistakes are told does not count."""
    noticed = (trace for trace in seen.noticed if not trace.only_for_mistakes)
    return any(trace.outcome in ("raises", "hangs", "wrong") for trace in noticed)
