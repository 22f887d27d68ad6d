"""Where one contract contradicts itself: `conflicts_with` between its clauses."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from messages_conformance.catalog.model import Clause, Contract


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two clauses of one contract that cannot both hold to the letter."""

    one: Clause
    other: Clause


def conflicts(contract: Contract) -> tuple[Conflict, ...]:
    """The pairs of clauses where one names the other in `conflicts_with`, each pair once."""
    pairs: dict[frozenset[str], Conflict] = {}
    for clause in contract.clauses.values():
        for other in contradicting(contract, clause):
            pairs.setdefault(frozenset({clause.id, other.id}), Conflict(clause, other))
    return tuple(pairs.values())


def contradicting(contract: Contract, clause: Clause) -> tuple[Clause, ...]:
    """The clauses that contradict one clause of the same contract, whichever side declares it."""

    def names(one: Clause, other: Clause) -> bool:
        return any(fnmatchcase(other.id, pattern) for pattern in one.conflicts_with)

    # Few clauses declare a conflict: if this one does not, only those few can contradict it.
    others = contract.clauses.values()
    told = others if clause.conflicts_with else [other for other in others if other.conflicts_with]
    return tuple(other for other in told if names(clause, other) or names(other, clause))
