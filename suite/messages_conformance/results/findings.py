"""What is wrong at a provider, each fault told once.

A finding is one check that fails, in however many scenarios and for whichever of the two questions. A failure that the
header's relations explain by another one is its consequence: it stands under that one's finding and is not counted as a
fault of its own. Where a check fails without what would explain it, it is a finding all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from messages_conformance.catalog.causes import Place, bound, named
from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Measured, harm, measured, standing
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Provider, Relation
from messages_conformance.results.vocabulary import QUESTIONS, Question


@dataclass(frozen=True, slots=True)
class Sighting:
    """One failure at one place: a result for each question that it answers, drop-in first."""

    scenario: str
    results: tuple[Result, ...]

    @property
    def result(self) -> Result:
        return self.results[0]

    @property
    def place(self) -> Place:
        return self.scenario, self.result.step, self.result.check


@dataclass(frozen=True, slots=True)
class Group:
    """One failing check and where it was seen."""

    check: str
    seen: tuple[Sighting, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        return tuple(result for sighting in self.seen for result in sighting.results)

    @property
    def scenarios(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sighting.scenario for sighting in self.seen))


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `cause` is the failure that tells it, `consequences` are what follows from it. `harm` says who is hurt
    by any of it, and how, as far as that is known of kinds of clients, and `measured` what real ones made of it; `many`
    what to say after the number of scenarios, where the check's title says too little."""

    cause: Group
    consequences: tuple[Group, ...]
    harm: tuple[tuple[str, str], ...]
    many: str | None
    measured: Measured | None = None

    @property
    def level(self) -> Level:
        """The strongest that is broken, be it by a consequence."""
        return min((result.level for result in self._results), key=lambda level: level.rank)

    @property
    def severity(self) -> Severity:
        """What it does to real clients; unknown where none was tried."""
        return self.measured.worst.severity if self.measured else Severity.UNKNOWN

    @property
    def questions(self) -> tuple[Question, ...]:
        asked = {result.question for result in self._results}
        return tuple(question for question in QUESTIONS if question in asked)

    def level_for(self, question: Question) -> Level | None:
        """The strongest that is broken for one question; None where nothing is."""
        broken = (result.level for result in self._results if result.question == question)
        return min(broken, key=lambda level: level.rank, default=None)

    @property
    def is_flaky(self) -> bool:
        """Whether it shows nowhere in every repetition."""
        return all(result.is_flaky for result in self.cause.results)

    @property
    def times(self) -> Times | None:
        """How often its cause failed and passed where it was seen; None where nothing was repeated."""
        counted = [sighting.result.times for sighting in self.cause.seen if sighting.result.times]
        return reduce(Times.__add__, counted) if counted else None

    @property
    def _results(self) -> Iterator[Result]:
        return (result for group in (self.cause, *self.consequences) for result in group.results)


def findings(run: Run, provider: Provider) -> tuple[Finding, ...]:
    """What is broken at one provider, and not accepted: what hurts most kinds of clients first, then what real clients
    suffer most from, then by level, then the most widespread."""
    return run.derived(("findings", provider.id), lambda: _findings(run, provider))


def _findings(run: Run, provider: Provider) -> tuple[Finding, ...]:
    cells = [cell for (name, _), cell in run.cells.items() if name == provider.id]
    seen = [sighting for cell in cells for sighting in _sightings(cell)]
    parents = _parents(seen, _steps(cells), run.header.causes)
    many = {entry.check: entry.many for entry in run.header.gathered}
    hurting = standing(run, provider.id)
    faults: dict[str, dict[str, list[Sighting]]] = defaultdict(lambda: defaultdict(list))
    for number, sighting in enumerate(seen):
        root = _root(number, parents)
        kind = "" if root == number else sighting.result.check
        faults[seen[root].result.check][kind].append(sighting)
    found: list[Finding] = []
    for check, groups in faults.items():
        cause = Group(check, tuple(groups.pop("")))
        consequences = tuple(Group(name, tuple(them)) for name, them in groups.items())
        results = [result for group in (cause, *consequences) for result in group.results]
        hurt, impact = harm(hurting, results), measured(run, provider.id, cause.results)
        found.append(Finding(cause, consequences, hurt, many.get(check), impact))
    return tuple(sorted(found, key=_rank))


def told(causes: Iterable[Finding]) -> str:
    """`3 causes (2 MUST, 1 SHOULD), 1 of them flaky, 14 consequences`"""
    counted = tuple(causes)
    levels = [finding.level for finding in counted]
    words = ", ".join(f"{levels.count(level)} {level}" for level in Level if level in levels)
    following = sum(len(finding.consequences) for finding in counted)
    after = f", {_plural(following, 'consequence')}" if following else ""
    among = flaky_among(finding.is_flaky for finding in counted)
    return f"{_plural(len(counted), 'cause')} ({words}){among}{after}"


def flaky_among(faults: Iterable[bool]) -> str:
    """`, 1 of them flaky`; of each fault it is told whether it is."""
    told = tuple(faults)
    if not any(told):
        return ""
    return ", flaky" if all(told) else f", {sum(told)} of them flaky"


def explained(found: Iterable[Finding]) -> Mapping[tuple[Place, Question], str]:
    """The check that each consequence follows from, by the consequence's place and question."""
    return {
        ((sighting.scenario, result.step, result.check), result.question): finding.cause.check
        for finding in found
        for group in finding.consequences
        for sighting in group.seen
        for result in sighting.results
    }


def _rank(finding: Finding) -> tuple[int, int, int, int, str]:
    hurt = {client for client, _ in finding.harm}
    return -len(hurt), finding.severity.rank, finding.level.rank, -len(finding.cause.scenarios), finding.cause.check


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# --- one failure, whichever question it answers -----------------------------------------------------------------------


def _sightings(cell: Cell) -> Iterator[Sighting]:
    groups: dict[tuple[object, ...], list[Result]] = defaultdict(list)
    for question in QUESTIONS:
        for result in cell.broken(question):
            groups[_same(result)].append(result)
    return (Sighting(cell.scenario, tuple(results)) for results in groups.values())


def _same(result: Result) -> tuple[object, ...]:
    """What two results of one cell share if they say the same. The check of a shape has its contract in its name, so
    what it says is told by what it saw."""
    if not result.check.startswith("shape."):
        return result.step, result.check
    return result.step, result.pointer, result.event, result.expected, result.actual


# --- what explains what -----------------------------------------------------------------------------------------------

Steps: TypeAlias = Mapping[tuple[str, str], int]
"""The position of each step in its scenario."""


def _steps(cells: Iterable[Cell]) -> Steps:
    return {
        (cell.scenario, step): position
        for cell in cells
        for position, step in enumerate(dict.fromkeys(step for step, _, _ in cell.planned))
    }


def _parents(seen: Sequence[Sighting], steps: Steps, relations: Iterable[Relation]) -> Mapping[int, int]:
    """What explains a sighting, both by their position in `seen`; the first relation that does is taken."""
    parents: dict[int, int] = {}
    places = [sighting.place for sighting in seen]
    for relation in relations:
        explained_by: dict[tuple[str, ...], list[int]] = {}  # one cause is seen in many places, and explains the same
        for cause, sighting in enumerate(seen):
            stars = named(relation.cause, places[cause])
            if stars is None:
                continue
            if stars not in explained_by:
                explained_by[stars] = _named_by([bound(pattern, stars) for pattern in relation.explains], places)
            for number in explained_by[stars]:
                if (
                    number not in parents
                    and _reaches(relation.within, sighting, seen[number], steps)
                    and _root(cause, parents) != number
                ):
                    parents[number] = cause
    return parents


def _named_by(patterns: Iterable[str], places: Iterable[Place]) -> list[int]:
    """The positions of the places that one of the patterns names."""
    return [n for n, place in enumerate(places) if any(named(pattern, place) is not None for pattern in patterns)]


def _reaches(within: str, cause: Sighting, other: Sighting, steps: Steps) -> bool:
    if within == "run":
        return True
    if cause.scenario != other.scenario:
        return False
    before, after = cause.result.step, other.result.step
    return before == after or (within == "scenario" and steps[cause.scenario, before] < steps[cause.scenario, after])


def _root(number: int, parents: Mapping[int, int]) -> int:
    while number in parents:
        number = parents[number]
    return number
