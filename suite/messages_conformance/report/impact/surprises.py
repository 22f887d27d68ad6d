"""Where what real clients do is not what the contract lets one expect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.impact import Client, Impact, Impacts, Seen
from messages_conformance.catalog.model import Clause, Level
from messages_conformance.report.impact.rows import Clauses, Row, rows


@dataclass(frozen=True, slots=True)
class Harmless:
    """A MUST that hurts nobody: no client notices any of the defects that break it and that some job reaches."""

    clause: Clause
    impacts: tuple[Impact, ...]

    @property
    def clients(self) -> int:
        """How many clients were tried."""
        return len({seen.client.id for impact in self.impacts for seen in impact.seen})

    @property
    def jobs(self) -> int:
        """In how many jobs they were tried."""
        return len({job for impact in self.impacts for seen in impact.seen for job in seen.fine})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One job with a defect in which clients do not do the same: `loud` are those that raise or hang, `silent` those
    that hand over something wrong without a word, `spared` those that are fine."""

    row: Row
    job: str
    loud: tuple[Client, ...]
    silent: tuple[Client, ...]
    spared: tuple[Client, ...]


@dataclass(frozen=True, slots=True)
class Surprises:
    """`optional` are defects that break no MUST and yet break or corrupt a client. In `disagreements` one client is
    loud and another one silent; in `official` these are the official SDKs, which may as well be fine."""

    harmless: tuple[Harmless, ...]
    optional: tuple[Row, ...]
    disagreements: tuple[Disagreement, ...]
    official: tuple[Disagreement, ...]


def surprises(impacts: Impacts, clauses: Clauses) -> Surprises:
    """Everything of the kind in the table, the most striking first."""
    grouped = rows(impacts, clauses)
    hurting = (*grouped[Severity.BREAKS], *grouped[Severity.CORRUPTS])
    split = [found for row in hurting if (found := _disagreement(row))]
    return Surprises(
        tuple(sorted(_harmless(impacts, clauses), key=lambda found: (-found.clients, -found.jobs))),
        tuple(row for row in hurting if row.level is not Level.MUST),
        tuple(sorted(split, key=lambda found: -min(len(found.loud), len(found.silent)))),
        tuple(found for row in hurting if (found := _apart(row))),
    )


def _harmless(impacts: Impacts, clauses: Clauses) -> Iterator[Harmless]:
    for name, broken in sorted(_by_clause(impacts).items()):
        if clauses[name].level is Level.MUST and all(each.severity is Severity.UNNOTICED for each in broken):
            yield Harmless(clauses[name], tuple(broken))


def _by_clause(impacts: Impacts) -> Mapping[str, list[Impact]]:
    """The defects that some job reaches, by each clause that they break."""
    found: dict[str, list[Impact]] = defaultdict(list)
    for impact in impacts.defects.values():
        if impact.touched:
            for clause in impact.clauses:
                found[clause].append(impact)
    return found


def _disagreement(row: Row) -> Disagreement | None:
    """The job in which most clients stand on the smaller of the two sides."""
    jobs = (_sides(row, job, row.impact.seen) for job in row.impact.touched)
    found = max(jobs, key=lambda sides: min(len(sides.loud), len(sides.silent)), default=None)
    return found if found and found.loud and found.silent else None


def _apart(row: Row) -> Disagreement | None:
    """The first job in which the official SDKs do not do the same."""
    official = [seen for seen in row.impact.seen if seen.client.is_official]
    jobs = (_sides(row, job, official) for job in row.impact.touched)
    return next((sides for sides in jobs if sum(map(bool, (sides.loud, sides.silent, sides.spared))) > 1), None)


def _sides(row: Row, job: str, seen: Sequence[Seen]) -> Disagreement:
    became = {s.client.id: trace.severity for s in seen for trace in s.noticed if trace.job == job}
    became |= {each.client.id: Severity.UNNOTICED for each in seen if job in each.fine}
    sides = (Severity.BREAKS, Severity.CORRUPTS, Severity.UNNOTICED)
    loud, silent, spared = (_those(side, became, (s.client for s in seen)) for side in sides)
    return Disagreement(row, job, loud, silent, spared)


def _those(side: Severity, became: Mapping[str, Severity], clients: Iterable[Client]) -> tuple[Client, ...]:
    return tuple(client for client in clients if became.get(client.id) is side)
