"""What the checks make of mutants: the broken ones that none sees, and the lawful ones that some check fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from golden import Judge, manifest, of_outcome
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import Run
from messages_conformance.run.judging.replay import Recording, judge_again
from messages_conformance.run.judging.verdicts import Verdicts
from messages_conformance.run.planning.plan import Plan, Unit, make_plan
from messages_conformance.run.session import known_checks

from proof.mutants import Breeder, Class, Mutant


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant and the checks that it turned red, or that fell over it. `scenario` is where it was made."""

    scenario: str
    name: str
    kind: Class
    red: frozenset[str]
    faults: frozenset[str]

    @property
    def is_survivor(self) -> bool:
        return self.kind == "broken" and not self.red

    @property
    def is_false_red(self) -> bool:
        return self.kind == "tolerated" and bool(self.red)


def judge_mutants(catalog: Catalog, run: Run) -> tuple[Judged, ...]:
    """Break every kind of answer that the reference gave in a recorded run, once for each way to break it; then what it
    never gives, such as the results of tools that run in a container, as the golden recordings have it."""
    reference = catalog.providers["reference"]
    plan = make_plan([(reference, scenario) for scenario in catalog.scenarios], catalog, known_checks(catalog))
    recording = Recording.of(run.exchanges)
    breeder = Breeder(catalog.contracts["anthropic"].schemas, catalog.schemas.registry)
    judge = Judge(catalog, known_checks(catalog))
    return (*_of_run(plan, recording, breeder), *_of_golden(judge, breeder))


def _of_run(plan: Plan, recording: Recording, breeder: Breeder) -> Iterator[Judged]:
    for unit in (unit for unit in plan.asked if not unit.scenario.looks_back):
        for step in unit.scenario.steps:
            place = (unit.provider.id, unit.scenario.id, step.id, 1)
            (name, answer), *_ = reversed(recording.attempts[place])
            for mutant in breeder.breed(answer.exchange, _shape(step.expect, answer.status)):
                with_mutant = Recording({**recording.attempts, place: ((name, Answer(mutant.exchange)),)})
                verdicts = judge_again(unit, plan, with_mutant)
                yield _judged(unit, mutant, verdicts)


def _of_golden(judge: Judge, breeder: Breeder) -> Iterator[Judged]:
    for recording in manifest()[0]:
        for mutant in breeder.breed(recording.exchange, _shape(recording.expect, recording.status)):
            found = judge.verdicts(recording, mutant.exchange)
            red = frozenset(of_outcome(found, Outcome.FAIL))
            lawful = frozenset(check for check in red if judge.level(check) is Level.MAY)
            faults = frozenset(of_outcome(found, Outcome.HARNESS_ERROR))
            red -= lawful if mutant.kind == "tolerated" else frozenset()
            yield Judged(recording.file, mutant.name, mutant.kind, red, faults)


def _shape(expect: str, status: int | None) -> str:
    return "error" if status is not None and status >= 400 else expect


def _judged(unit: Unit, mutant: Mutant, verdicts: Verdicts) -> Judged:
    # What a MAY advises against is lawful all the same: a failure there is told, and turns nothing red.
    advised = {planned.check.id for planned in unit.checks if planned.level is Level.MAY}

    def of(outcome: Outcome) -> frozenset[str]:
        return frozenset(check for (_, check, _), (verdict, _) in verdicts.items() if verdict.outcome is outcome)

    red = of(Outcome.FAIL) - (advised if mutant.kind == "tolerated" else frozenset())
    return Judged(unit.scenario.id, mutant.name, mutant.kind, red, of(Outcome.HARNESS_ERROR))
