"""Shape checks: one for each clause that a contract's response schemas name.

An answer is measured against its schema once; every check of the contract then asks only about its own clause. A clause
may stand behind several schemas (the usage of a message and of a stream's first event): its check holds on each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from referencing import Registry

from messages_conformance.catalog.contracts.reader import Breach, Findings, SchemaReader
from messages_conformance.catalog.model import Clause, Contract, Expect
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import shown
from messages_conformance.checks.base import Check, Evidence, Outcome, Verdict, not_applicable, passed
from messages_conformance.checks.shape.promises import violation

SCHEMA_OF: Mapping[Expect, str] = {
    "message": "message",
    "stream": "event",
    "error": "error",
    "tokens": "tokens",
    "models": "models",
    "model": "model",
}
"""The schema that describes the answer which a step expects; for a stream, each of its events."""


@dataclass(slots=True)
class _Broken:
    """The first breach of a clause, with the number of its event (None where the answer is one body), and how many
    there are."""

    event: int | None
    first: Breach
    times: int = 0


@dataclass(slots=True)
class _Measured:
    """What a whole answer did to the schema, by clause, so that a hundred checks need not go through its events."""

    reached: set[str] = field(default_factory=set[str])
    broken: dict[str, _Broken] = field(default_factory=dict[str, "_Broken"])
    unknown: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])

    def add(self, event: int | None, findings: Findings) -> None:
        self.reached |= findings.reached
        for breach in findings.breaches:
            self.broken.setdefault(breach.clause, _Broken(event, breach)).times += 1
        for clause, names in findings.unknown.items():
            self.unknown.setdefault(clause, []).extend(names)


@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """Holds an answer against one schema: a stream's events that are JSON, each on its own; else the body, if it is
    JSON at all. Whether it had to be is asked by other checks."""

    reader: SchemaReader
    of_events: bool

    def __call__(self, answer: Answer) -> _Measured:
        measured = _Measured()
        if self.of_events:
            for event in answer.events:
                if event.problem is None or event.data is not None:
                    measured.add(event.number, self.reader.read(event.data))
        elif answer.body_json is not None:
            measured.add(None, self.reader.read(answer.body_json))
        return measured


def shape_checks(contract: Contract, registry: Registry[Any]) -> tuple[Check, ...]:
    """One check per own clause of the contract's response schemas, with id `shape.<contract>.<local id>`.

    Clauses of another contract that a shared schema part names are left to that contract. Raises HarnessError where a
    schema constrains without naming a clause.
    """
    measures: dict[Expect, _Measure] = {
        expect: _Measure(SchemaReader(contract.schemas[name], registry), of_events=expect == "stream")
        for expect, name in SCHEMA_OF.items()
        if name in contract.schemas
    }
    places: dict[str, list[Expect]] = {}
    for expect, measure in measures.items():
        for clause in measure.reader.clauses:
            if clause.startswith(f"{contract.id}:"):
                places.setdefault(clause, []).append(expect)
    return tuple(_check(contract.clauses[clause], on, contract.id, measures) for clause, on in sorted(places.items()))


def _check(clause: Clause, on: list[Expect], contract: str, measures: Mapping[Expect, _Measure]) -> Check:
    return Check(
        id=f"shape.{contract}.{clause.local}",
        title=clause.text,
        why="Clients read this part of the answer by its name and type; where it is missing or different, they break "
        "or go on with a wrong value.",
        judge=partial(_judge, clause.id, contract, measures),
        clauses=(clause.id,),
        on=tuple(on),
        answered_only="error" not in on,
        where=clause.where,
    )


def _judge(clause: str, contract: str, measures: Mapping[Expect, _Measure], evidence: Evidence) -> Verdict:
    measure = measures.get(evidence.step.expect)
    if measure is None:
        return not_applicable(f"{contract} does not describe such an answer")
    # A clause of messages and errors alike has a check that is shown refusals, whatever the step expects.
    if (evidence.answer.status >= 400) != (evidence.step.expect == "error"):
        return not_applicable("another answer came: see answer.accepted and error.refused")
    found = evidence.answer.derived(measure)
    if broken := found.broken.get(clause):
        return _failed(broken)
    if clause not in found.reached:
        return not_applicable("the answer has no such part")
    unknown = [*dict.fromkeys(found.unknown.get(clause, ()))]
    return passed(f"unknown member {', '.join(map(shown, unknown[:8]))} noted" if unknown else None)


def _failed(broken: _Broken) -> Verdict:
    first, more = violation(broken.first), broken.times - 1
    note = f"and {more} more of the same clause" if more else None
    return Verdict(Outcome.FAIL, first.expected, first.actual, first.pointer, broken.event, note=note)
