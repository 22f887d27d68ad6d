"""What a defect does to real clients, in short: the part of the table of impacts (`catalog/impact.py`) that a run tells
beside a failure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a defect does to clients, worst first. What nobody could try ranks before what nobody noticed."""

    BREAKS = "breaks"
    CORRUPTS = "corrupts"
    DEGRADES = "degrades"
    UNKNOWN = "unknown"
    UNNOTICED = "unnoticed"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    @property
    def hurts(self) -> bool:
        """Whether somebody notices."""
        return self in (Severity.BREAKS, Severity.CORRUPTS, Severity.DEGRADES)


@dataclass(frozen=True, slots=True)
class Harm:
    """What clients made of one defect. `check` is the one that tells it, `clauses` are those that it breaks, `hurt` is
    the number of clients that notice it, `told` says what they do."""

    defect: str
    statement: str
    check: str
    clauses: frozenset[str]
    severity: Severity
    hurt: int
    told: str


def worst_first(harms: Iterable[Harm]) -> list[Harm]:
    """By severity, and then by how many clients are hurt."""
    return sorted(harms, key=lambda each: (each.severity.rank, -each.hurt))
