"""Results streams made by hand, with as little said as a test needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results import records
from messages_conformance.results.reading import Run, assemble
from messages_conformance.results.records import Criterion, Header, Judged, Planned, PlannedStep, Record
from messages_conformance.results.vocabulary import Question
from messages_conformance.wire.exchange import Request, Response

WHERE = "scenarios/made.yaml:7"


@dataclass(frozen=True)
class Line:
    """One planned criterion and what was found; without an outcome it was never judged."""

    provider: str
    scenario: str
    check: str
    outcome: Outcome | None
    question: Question
    level: Level
    clauses: tuple[str, ...]
    step: str
    where: str
    said: dict[str, Any]
    """The other fields of its verdict."""


def line(
    scenario: str,
    check: str,
    outcome: str | None = "pass",
    question: Question = "drop-in",
    *,
    provider: str = "maker",
    level: str = "MUST",
    clauses: Iterable[str] = ("anthropic:x",),
    step: str = "ask",
    where: str = WHERE,
    **said: Any,
) -> Line:
    found = outcome and Outcome(outcome)
    return Line(provider, scenario, check, found or None, question, Level(level), tuple(clauses), step, where, said)


def provider(name: str = "maker", **changes: Any) -> records.Provider:
    given: dict[str, Any] = {
        "title": name.title(),
        "kind": "live",
        "contract": "anthropic",
        "base_url": f"https://api.{name}.example",
        "path": "/v1/messages",
        "version": "2023-06-01",
        "auth": "x-api-key",
        "features": (),
        "models": {},
    }
    return records.Provider(name, **{**given, **changes})


def header(*providers: records.Provider, **changes: Any) -> Header:
    given: dict[str, Any] = {
        "format": records.FORMAT,
        "suite": records.Suite("messages-conformance", "0.1.0"),
        "started": "2026-11-20T10:00:00Z",
        "providers": providers or (provider(),),
    }
    return Header(**{**given, **changes})


def expectation(**changes: Any) -> records.Expectation:
    given: dict[str, Any] = {
        "provider": "maker",
        "check": "*",
        "scenarios": ("*",),
        "reason": "So it is.",
        "expires": "2027-01-01",
        "where": "e.yaml:1",
    }
    return records.Expectation(**{**given, **changes})


def impact(
    defect: str,
    check: str,
    *clauses: str,
    severity: str = "breaks",
    hurt: int = 1,
    clients: str = "no client that we tried notices it",
) -> records.Impact:
    statement = defect.replace("-", " ").capitalize()
    return records.Impact(defect, statement, check, clauses, Severity(severity), hurt, clients)


def exchange(scenario: str, name: str = "", *, provider: str = "maker", **changes: Any) -> records.Exchange:
    given: dict[str, Any] = {
        "request": Request("POST", f"https://api.{provider}.example/v1/messages", (), b"{}"),
        "response": Response(200, (), ()),
        "failure": None,
        "started": "2026-11-20T10:00:01.000Z",
        "first_byte_ms": 1.0,
        "total_ms": 2.0,
        "id": name or f"{provider}/{scenario}/ask/1.1",
        "provider": provider,
        "scenario": scenario,
        "step": "ask",
        "trial": 1,
        "attempt": 1,
    }
    return records.Exchange(**{**given, **changes})


def footer(**changes: Any) -> records.Footer:
    given: dict[str, Any] = {
        "finished": "2026-11-20T10:00:09.000Z",
        "results": {},
        "exchanges": 0,
        "tokens": records.Tokens(0, 0),
        "cost": {},
    }
    return records.Footer(**{**given, **changes})


def stream(header: Header, told: Iterable[Line | Record], *, complete: bool = True) -> list[Record]:
    """The records of a run in the order in which a run writes them. `told` are its lines, cell by cell in the order of
    the plan, and whatever else it holds."""
    numbers: dict[Criterion, int] = {}
    plans: dict[tuple[str, str], list[PlannedStep]] = defaultdict(list)
    verdicts: dict[tuple[str, str], list[records.Verdict]] = defaultdict(list)
    unasked: list[Planned] = []
    others: list[Record] = []
    for entry in told:
        if isinstance(entry, Line):
            criterion = Criterion(entry.check, entry.question, entry.level, entry.clauses)
            number = numbers.setdefault(criterion, len(numbers))
            plans[entry.provider, entry.scenario].append(PlannedStep(entry.step, entry.where, (number,)))
            if entry.outcome:
                verdict = records.Verdict(entry.step, (number,), entry.outcome, **entry.said)
                verdicts[entry.provider, entry.scenario].append(verdict)
        elif isinstance(entry, Planned):
            plans[entry.provider, entry.scenario] = []
            unasked.append(entry)
        else:
            others.append(entry)
    ends = [other for other in others if isinstance(other, records.Footer)] or [footer()]
    reasons = {(plan.provider, plan.scenario): plan.not_applicable for plan in unasked}
    return [
        replace(header, criteria=tuple(numbers)),
        *(Planned(*key, reasons.get(key), tuple(steps)) for key, steps in plans.items()),
        *(other for other in others if other not in ends),
        *(Judged(*key, tuple(found)) for key, found in verdicts.items()),
        *(ends if complete else ()),
    ]


def run(header: Header, *told: Line | Record, complete: bool = True) -> Run:
    """The run of `stream`."""
    return assemble(stream(header, told, complete=complete))
