"""The table of impacts as people read it: a row for each defect, a column for each client, the worst first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Client, Impact, Impacts, Seen
from messages_conformance.catalog.model import Clause, Level

Clauses: TypeAlias = Mapping[str, Clause]
"""The clauses of Anthropic's contract, by id."""


@dataclass(frozen=True, slots=True)
class Row:
    """One defect. `cells` has one entry for each client of the table, in its order; None where the client can do no job
    that the defect touches."""

    impact: Impact
    clauses: tuple[Clause, ...]
    cells: tuple[Seen | None, ...]

    @property
    def level(self) -> Level:
        """The strongest of what it breaks."""
        return min((clause.level for clause in self.clauses), key=lambda level: level.rank)


@dataclass(frozen=True, slots=True)
class Toll:
    """What all defects did to one client: how many of those that touch it broke it, and so on."""

    client: Client
    touched: int
    severities: Mapping[Severity, int]


def rows(impacts: Impacts, clauses: Clauses) -> Mapping[Severity, tuple[Row, ...]]:
    """All defects by severity, each group by level, then by how many clients are hurt."""
    told = sorted((_row(impact, impacts, clauses) for impact in impacts.defects.values()), key=_rank)
    return {severity: tuple(row for row in told if row.impact.severity is severity) for severity in Severity}


def tolls(impacts: Impacts) -> tuple[Toll, ...]:
    """One for each client, in the order of the table."""
    seen = [each for impact in impacts.defects.values() for each in impact.seen]
    return tuple(_toll(client, [each for each in seen if each.client is client]) for client in impacts.clients)


def undone(impacts: Impacts) -> Iterator[tuple[Client, str, list[str]]]:
    """Why a client does not do some jobs, with their titles."""
    for client in impacts.clients:
        reasons: dict[str, list[str]] = defaultdict(list)
        for job, why in client.left_out.items():
            reasons[why.rstrip(".")].append(impacts.jobs[job])
        yield from ((client, why, jobs) for why, jobs in reasons.items())


def levels(rows: Mapping[Severity, tuple[Row, ...]]) -> Mapping[Level, Mapping[Severity, int]]:
    """How many defects of each level are of each severity."""
    return {
        level: {severity: sum(row.level is level for row in group) for severity, group in rows.items()}
        for level in Level
    }


def _row(impact: Impact, impacts: Impacts, clauses: Clauses) -> Row:
    seen = {each.client.id: each for each in impact.seen}
    broken = sorted((clauses[name] for name in impact.clauses), key=lambda clause: (clause.level.rank, clause.id))
    return Row(impact, tuple(broken), tuple(seen.get(client.id) for client in impacts.clients))


def _rank(row: Row) -> tuple[int, int, str]:
    return row.level.rank, -len(row.impact.hurt), row.impact.defect


def _toll(client: Client, seen: Iterable[Seen]) -> Toll:
    counted = Counter(each.severity for each in seen)
    return Toll(client, counted.total(), {severity: counted[severity] for severity in Severity})
