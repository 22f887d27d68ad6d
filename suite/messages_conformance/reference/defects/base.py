"""What a defect is."""

from __future__ import annotations

from dataclasses import dataclass

from messages_conformance.errors import Where
from messages_conformance.reference.play import Play


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to be wrong. `clauses` are full ids of the clauses that it violates; `where` is its declaration."""

    id: str
    statement: str
    clauses: tuple[str, ...]
    play: Play
    where: Where


def defect(name: str, statement: str, play: Play, *clauses: str) -> Defect:
    """A defect of Anthropic's contract; `clauses` are local ids."""
    return Defect(name, statement, tuple(f"anthropic:{clause}" for clause in clauses), play, Where.of_caller())
