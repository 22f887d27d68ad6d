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
from messages_conformance.checks.answer import view
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


def shape_checks(contract: Contract, registry: Registry[Any]) -> tuple[Check, ...]:
    """One check per own clause of the contract's response schemas, with id `shape.<contract>.<local id>`.

    Clauses of another contract that a shared schema part names are left to that contract. Raises HarnessError where a
    schema constrains without naming a clause.
    """
    readers: dict[Expect, SchemaReader] = {
        expect: SchemaReader(contract.schemas[name], registry)
        for expect, name in SCHEMA_OF.items()
        if name in contract.schemas
    }
    places: dict[str, list[Expect]] = {}
    for expect, reader in readers.items():
        for clause in reader.clauses:
            if clause.startswith(f"{contract.id}:"):
                places.setdefault(clause, []).append(expect)
    return tuple(_check(contract.clauses[clause], on, contract.id, readers) for clause, on in sorted(places.items()))


def _check(clause: Clause, on: list[Expect], contract: str, readers: Mapping[Expect, SchemaReader]) -> Check:
    return Check(
        id=f"shape.{contract}.{clause.local}",
        title=clause.text,
        why="Clients read this part of the answer by its name and type; where it is missing or different, they break "
        "or go on with a wrong value.",
        judge=partial(_judge, clause.id, contract, readers),
        clauses=(clause.id,),
        on=tuple(on),
        answered_only="error" not in on,
    )


def _judge(clause: str, contract: str, readers: Mapping[Expect, SchemaReader], evidence: Evidence) -> Verdict:
    reader = readers.get(evidence.step.expect)
    if reader is None:
        return not_applicable(f"{contract} does not describe such an answer")
    if _was_refused(evidence) != (evidence.step.expect == "error"):
        return not_applicable("another answer came: see answer.accepted and error.refused")
    found = view.cached(evidence, f"shape.{contract}", lambda: _measure(reader, evidence))
    if broken := found.broken.get(clause):
        return _failed(broken)
    if clause not in found.reached:
        return not_applicable("the answer has no such part")
    unknown = [*dict.fromkeys(found.unknown.get(clause, ()))]
    return passed(f"unknown member {', '.join(map(view.shown, unknown[:8]))} noted" if unknown else None)


def _failed(broken: _Broken) -> Verdict:
    first, more = violation(broken.first), broken.times - 1
    note = f"and {more} more of the same clause" if more else None
    return Verdict(Outcome.FAIL, first.expected, first.actual, first.pointer, broken.event, note=note)


def _was_refused(evidence: Evidence) -> bool:
    """A clause of messages and errors alike has a check that is shown refusals, whatever the step expects."""
    response = evidence.exchange.response
    return response is not None and response.status >= 400


def _measure(reader: SchemaReader, evidence: Evidence) -> _Measured:
    """A stream's events that are JSON, each on its own; else the body, if it is JSON at all. Whether it had to be is
    asked by other checks."""
    measured = _Measured()
    if evidence.step.expect == "stream":
        for event in view.events(evidence):
            if event.problem is None or event.data is not None:
                measured.add(event.number, reader.read(event.data))
    elif (body := view.answer_json(evidence)) is not None:
        measured.add(None, reader.read(body))
    return measured
