"""Shape checks: one for each clause that a contract's response schemas name.

The schema is applied to an answer once; every check of the contract then looks up its own clause only. A clause may
belong to several schemas (the usage of a message and of a stream's first event): its check judges each.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from messages_conformance.catalog.model import Clause, Contract, Expect
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import shown
from messages_conformance.checks.base import Check, Evidence, Outcome, Verdict, not_applicable, passed
from messages_conformance.checks.shape.promises import violation

if TYPE_CHECKING:
    from messages_conformance.catalog.contracts.reader import Breach, Findings, SchemaReader

SCHEMA_OF: Mapping[Expect, str] = {
    "message": "message",
    "stream": "event",
    "error": "error",
    "tokens": "tokens",
    "models": "models",
    "model": "model",
}
"""The schema of each kind of answer; for a stream, of each of its events."""


@dataclass(slots=True)
class _Broken:
    """The first breach of a clause, the number of its event (None if the answer is one body), and how many breaches
    there are."""

    event: int | None
    first: Breach
    times: int = 0


@dataclass(slots=True)
class _Measured:
    """The schema's findings on a whole answer, by clause, so that a hundred checks need not go through its events."""

    reached: set[str] = field(default_factory=set[str])
    broken: dict[str, _Broken] = field(default_factory=dict[str, "_Broken"])
    unknown: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])

    def add(self, event: int | None, findings: Findings) -> None:
        self.reached |= findings.reached
        for breach in findings.breaches:
            self.broken.setdefault(breach.clause, _Broken(event, breach)).times += 1
        for clause, names in findings.unknown.items():
            self.unknown.setdefault(clause, []).extend(names)


@dataclass(frozen=True, eq=False)
class _Measure:
    """Apply one schema to an answer: to each event of a stream that is JSON, else to the body if it is JSON. Other
    checks judge whether it had to be JSON."""

    reader: Callable[[], SchemaReader]
    of_events: bool

    def __call__(self, answer: Answer) -> _Measured:
        measured, read = _Measured(), self.reader().read
        if self.of_events:
            broken: dict[Hashable, Findings] = {}
            last = None
            for event in answer.events:
                if event.problem is None or event.data is not None:
                    found = read(event.data, broken)
                    if found is not last or found.breaches:  # most are like the one before, and add nothing
                        measured.add(event.number, found)
                    last = found
        elif answer.body_json is not None:
            measured.add(None, read(answer.body_json))
        return measured


Readers: TypeAlias = Callable[[str, str], "SchemaReader"]
"""What reads values by a schema: of the contract with this id, the schema of this name."""


def shape_checks(contract: Contract, readers: Readers) -> tuple[Check, ...]:
    """One check for each clause that the contract's response schemas promise, with id `shape.<contract>.<local id>`.
    `readers` is asked when the first answer is measured: a run measures with few of the schemas that it plans for.

    If a shared schema part names another contract's clause, that contract judges it.
    """
    measures: dict[Expect, _Measure] = {
        expect: _Measure(partial(readers, contract.id, name), of_events=expect == "stream")
        for expect, name in SCHEMA_OF.items()
        if name in contract.promised
    }
    places: dict[str, list[Expect]] = {}
    for expect in measures:
        for clause in contract.promised[SCHEMA_OF[expect]]:
            if clause.startswith(f"{contract.id}:"):
                places.setdefault(clause, []).append(expect)
    return tuple(_check(contract.clauses[clause], on, contract.id, measures) for clause, on in sorted(places.items()))


def _check(clause: Clause, on: list[Expect], contract: str, measures: Mapping[Expect, _Measure]) -> Check:
    return Check(
        id=f"shape.{contract}.{clause.local}",
        title=clause.text,
        why="Clients read this part of the answer by its name and type; if it is missing or different, they break "
        "or go on with a wrong value.",
        judge=partial(_judge, clause.id, contract, measures),
        clauses=(clause.id,),
        on=tuple(on),
        answered_only="error" not in on,
        where=clause.where,
    )


def _judge(clause: str, contract: str, measures: Mapping[Expect, _Measure], evidence: Evidence) -> Verdict:
    expect, answer = evidence.step.expect, evidence.answer
    measure = measures.get(expect)
    if measure is None:
        return not_applicable(f"the contract {contract} does not describe such an answer")
    # The check of a clause about both messages and errors sees refusals too, whatever the step expects.
    if (answer.status >= 400) != (expect == "error"):
        return not_applicable("another answer came: see answer.accepted and error.refused")
    found = answer.derived(measure)
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
