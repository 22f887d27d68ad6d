"""Which checks judge which clause, and which defects of the reference have shown that those checks can fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from messages_conformance.catalog import Catalog, data
from messages_conformance.catalog.model import Clause
from messages_conformance.catalog.yaml import nodes
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import cited
from messages_conformance.errors import Where


@dataclass(frozen=True, slots=True)
class Kills:
    """One entry of `suite/kills/`: the checks that a defect turns red."""

    defect: str
    checks: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Coverage:
    """One clause: the checks that judge it in some scenario, and the defects that turn one of those checks red."""

    clause: Clause
    checks: tuple[str, ...]
    defects: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether the clause could be checked but is not."""
        return not self.checks and self.clause.untestable is None


def coverage(catalog: Catalog, checks: Mapping[str, Check]) -> tuple[Coverage, ...]:
    """Every clause of every contract, in the contracts' order.

    A check counts for a clause only if some scenario plans it: a wire check on the answers that it judges, a behaviour
    check in a scenario that demands it. A clause that mirrors others is judged by their checks.
    """
    judged = _judged(catalog, checks)
    killers = kills()
    return tuple(
        Coverage(clause, found, _killers(found, killers))
        for contract in catalog.contracts.values()
        for clause in contract.clauses.values()
        for found in [_checks_of(clause, judged)]
    )


def kills() -> Mapping[str, tuple[str, ...]]:
    """The checks that each defect turns red: `suite/kills/`, which the proof keeps exact."""
    return {entry.defect: entry.checks for entry in read_kills(data("kills"))}


def read_kills(root: Path) -> tuple[Kills, ...]:
    """Every entry below `root`, with its line. Raises UserError for a file that is not strict YAML."""
    documents = [nodes.read(path) for path in sorted(root.glob("*.yaml"))]
    entries: list[Any] = [(document, name) for document in documents for name in document.value or ()]
    return tuple(Kills(name, tuple(document.value[name]), document.where(name)) for document, name in entries)


def _judged(catalog: Catalog, checks: Mapping[str, Check]) -> Mapping[str, set[str]]:
    judged: dict[str, set[str]] = defaultdict(set)
    steps = [step for scenario in catalog.scenarios for step in scenario.steps]
    expected = {step.expect for step in steps}
    for check in checks.values():
        if expected & set(check.on):
            for clause in check.clauses:
                judged[clause].add(check.id)
    for use in (use for step in steps for use in step.checks):
        for clause in cited(checks[use.check], use):
            judged[clause].add(use.check)
    return judged


def _checks_of(clause: Clause, judged: Mapping[str, set[str]]) -> tuple[str, ...]:
    names = [clause.id, *(other for other in judged if any(fnmatchcase(other, pattern) for pattern in clause.mirrors))]
    return tuple(sorted({check for name in names for check in judged.get(name, ())}))


def _killers(found: Iterable[str], killers: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    wanted = set(found)
    return tuple(defect for defect, killed in killers.items() if wanted & set(killed))
