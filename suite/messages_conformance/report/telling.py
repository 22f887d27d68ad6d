"""A finding in words: what every output prints of it, decided once; and how what it cites is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from messages_conformance.catalog.model import Level
from messages_conformance.results.findings import Finding, Group
from messages_conformance.results.reading import Result, Run
from messages_conformance.results.records import Clause, Deviation, Scenario
from messages_conformance.results.vocabulary import Question


@dataclass(frozen=True, slots=True)
class Consequence:
    """A check that fails because of a finding, and where."""

    check: str
    title: str
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One finding. `example` is one of the results that show it, of `scenarios[0]`. `contradicting` is what the
    documents behind `clauses` say against them, `harm` who is hurt and how, `deviations` what was seen in the field
    that this may be."""

    headline: str
    check: str
    level: Level
    questions: tuple[Question, ...]
    clauses: tuple[Clause, ...]
    contradicting: tuple[Clause, ...]
    harm: tuple[tuple[str, str], ...]
    deviations: tuple[Deviation, ...]
    scenarios: tuple[Scenario, ...]
    example: Result
    consequences: tuple[Consequence, ...]


def tell(run: Run, finding: Finding) -> Told:
    """A finding with the texts that the run's header has for it."""
    cause = finding.cause
    clauses = tuple(dict.fromkeys(name for result in cause.results for name in result.clauses))
    seen = [d for sighting in cause.seen for d in run.sightings(sighting.scenario, cause.check)]
    number = len(cause.seen)
    return Told(
        headline=f"{number} {finding.many}" if finding.many and number > 1 else check_title(run, cause.check),
        check=cause.check,
        level=finding.level,
        questions=finding.questions,
        clauses=tuple(clause(run, name) for name in clauses),
        contradicting=contradicting(run, clauses),
        harm=finding.harm,
        deviations=tuple({deviation.id: deviation for deviation in seen}.values()),
        scenarios=_scenarios(run, cause),
        example=cause.seen[0].result,
        consequences=tuple(
            Consequence(group.check, check_title(run, group.check), _scenarios(run, group))
            for group in finding.consequences
        ),
    )


def clause(run: Run, clause_id: str) -> Clause:
    """A clause by its id. A stream that cites one its header does not list still gets a readable line."""
    return run.clauses.get(clause_id) or Clause(clause_id, Level.MUST, "(the run's header does not list it)", "", "")


def contradicting(run: Run, clause_ids: Iterable[str]) -> tuple[Clause, ...]:
    """What the provider's own documents say against some of their clauses, each once."""
    others = dict.fromkeys(other for name in clause_ids for other in clause(run, name).conflicts)
    return tuple(clause(run, other) for other in others)


def check_title(run: Run, check_id: str) -> str:
    """A check's title, or its id where the header does not list it."""
    return run.checks[check_id].title if check_id in run.checks else check_id


def _scenarios(run: Run, group: Group) -> tuple[Scenario, ...]:
    """In the order in which they were seen, so that the first is that of the example."""
    known = {scenario.id: scenario for scenario in run.scenarios}
    return tuple(known[name] for name in group.scenarios)
