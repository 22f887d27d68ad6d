"""What a provider must claim before a clause of Anthropic's contract can be judged at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.base import Check
from messages_conformance.run.planning.grounds import Citations
from messages_conformance.run.planning.plan import Planner

Needs: TypeAlias = frozenset[str]
Ways: TypeAlias = Mapping[str, frozenset[Needs]]
"""By clause, what each request that is judged by it needs."""


def ways(catalog: Catalog, checks: Mapping[str, Check]) -> Ways:
    """How a run by default can judge the clauses of Anthropic's contract."""
    planner = Planner(catalog, checks)
    citations, judged = Citations(catalog.contracts), defaultdict[Needs, set[tuple[str, ...]]](set)
    for scenario in catalog.scenarios:
        for step in () if scenario.is_variant else scenario.steps:
            judged[_needs(scenario, step)] |= planner.cited_by(step)
    found: defaultdict[str, set[Needs]] = defaultdict(set)
    for needs, cites in judged.items():
        for grounds in filter(None, (citations.grounds(each, CANONICAL) for each in cites)):
            for clause in grounds.clauses:
                found[clause].add(needs)
    return {clause: frozenset(sets) for clause, sets in found.items()}


def alternatives(clauses: Iterable[str], known: Ways) -> tuple[tuple[str, ...], ...]:
    """The smallest sets of features and traits with each of which one of these clauses can be judged, fewest words
    first. One of no words is all that is needed where a plain request is enough."""
    sets = {needs for clause in clauses for needs in known.get(clause, ())}
    smallest = (needs for needs in sets if not any(other < needs for other in sets))
    return tuple(sorted((tuple(sorted(needs)) for needs in smallest), key=lambda words: (len(words), words)))


def _needs(scenario: Scenario, step: Step) -> Needs:
    parts = [scenario.assembly.parts[name] for name in step.parts] if scenario.assembly else []
    return frozenset((*scenario.needs, *(need for part in parts for need in part.needs)))
