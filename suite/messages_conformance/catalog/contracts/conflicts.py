"""Where one contract contradicts itself: `conflicts_with` between its clauses."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from messages_conformance.catalog.model import Clause, Contract


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two clauses of one contract of which one, taken to the letter, leaves the other out."""

    one: Clause
    other: Clause


def conflicts(contract: Contract) -> tuple[Conflict, ...]:
    """The pairs of clauses of one contract of which either names the other in `conflicts_with`, each once."""
    pairs: dict[frozenset[str], Conflict] = {}
    for clause in contract.clauses.values():
        for other in contradicting(contract, clause):
            pairs.setdefault(frozenset({clause.id, other.id}), Conflict(clause, other))
    return tuple(pairs.values())


def contradicting(contract: Contract, clause: Clause) -> tuple[Clause, ...]:
    """The clauses that say otherwise than one clause of the same contract, whichever of them says so."""

    def names(one: Clause, other: Clause) -> bool:
        return any(fnmatchcase(other.id, pattern) for pattern in one.conflicts_with)

    # Few clauses contradict any: where this one does not, only those can contradict it.
    others = contract.clauses.values()
    told = others if clause.conflicts_with else [other for other in others if other.conflicts_with]
    return tuple(other for other in told if names(clause, other) or names(other, clause))
