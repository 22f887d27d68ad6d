"""The results stream, read back: what every output is made from.

A `Run` is what one `results.jsonl` says and nothing more. A stream that was cut off is readable up to the cut; it has
no footer and is therefore incomplete.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeAlias

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.errors import UserError
from messages_conformance.results import known

Record: TypeAlias = Mapping[str, Any]
Question: TypeAlias = Literal["drop-in", "as-documented"]
FORMAT = 1
"""Grows when a record's shape changes in a way that readers must know of."""

QUESTIONS: tuple[Question, ...] = ("drop-in", "as-documented")


class State(StrEnum):
    """What one cell of the matrix says, worst first."""

    FAULT = "fault"
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    INCONCLUSIVE = "inconclusive"
    DEVIATES = "deviates"
    KNOWN = "known"
    PASS = "pass"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Result:
    """One check result; see the `result` record. `accepted` is the reason for which its owner accepts a failure."""

    step: str
    check: str
    question: Question
    outcome: Outcome
    level: Level
    clauses: tuple[str, ...]
    exchanges: tuple[str, ...]
    cause: str | None = None
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    event: int | None = None
    note: str | None = None
    where: str | None = None
    accepted: str | None = None

    @property
    def state(self) -> State:
        """What this result alone makes of its cell."""
        return State.KNOWN if self.accepted else _state(self.outcome, self.level)

    @property
    def is_broken(self) -> bool:
        """A failure that nobody has accepted."""
        return self.outcome is Outcome.FAIL and self.accepted is None


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario at one provider: what was planned, what was judged, and the exchanges that show it."""

    provider: str
    scenario: str
    not_applicable: str | None
    planned: tuple[tuple[str, str, Question], ...]
    results: tuple[Result, ...]
    exchanges: tuple[Record, ...]

    def asked(self, question: Question) -> tuple[Result, ...]:
        """The results that answer `question`."""
        return tuple(result for result in self.results if result.question == question)

    def missing(self, question: Question) -> tuple[tuple[str, str], ...]:
        """Planned (step, check) pairs that were never judged."""
        done = {(result.step, result.check) for result in self.asked(question)}
        return tuple((step, check) for step, check, q in self.planned if q == question and (step, check) not in done)

    def state(self, question: Question) -> State:
        """The cell's word for `question`: the worst that any of its checks says.

        A cell is green only if everything planned for it was judged and no MUST check was left open.
        """
        if self.not_applicable:
            return State.NOT_APPLICABLE
        judged = self.asked(question)
        state = _settled(_worst(result.state for result in judged), (result.outcome for result in judged))
        return _worst([State.INCOMPLETE, state]) if self.missing(question) else state


@dataclass(frozen=True, slots=True)
class Run:
    """One results stream. `cells` is keyed by (provider id, scenario id) and keeps the plan's order; `exchanges` has
    also those of twins that were only drawn in."""

    header: Record
    cells: Mapping[tuple[str, str], Cell]
    skipped: Mapping[str, str]
    footer: Record | None
    exchanges: tuple[Record, ...] = ()
    clauses: Mapping[str, Record] = field(default_factory=dict[str, Record])
    checks: Mapping[str, Record] = field(default_factory=dict[str, Record])

    @property
    def providers(self) -> tuple[Record, ...]:
        return tuple(self.header["providers"])

    @property
    def scenarios(self) -> tuple[Record, ...]:
        return tuple(self.header["scenarios"])

    @property
    def profiles(self) -> tuple[Record, ...]:
        """The kinds of clients that depend on something; a stream of an earlier version knows none."""
        return tuple(profile for profile in self.header.get("profiles", ()) if profile["depends"])

    @property
    def deviations(self) -> Mapping[str, Record]:
        """What was seen in the field, by id; a stream of an earlier version knows of nothing."""
        return {deviation["id"]: deviation for deviation in self.header.get("deviations", ())}

    def sightings(self, scenario: str, check: str) -> tuple[Record, ...]:
        """The deviations seen in the field that a failure of `check` in `scenario` may be."""
        names = {check, f"{scenario}/{check}"}
        return tuple(found for found in self.deviations.values() if not names.isdisjoint(found["checks"]))

    @property
    def complete(self) -> bool:
        return self.footer is not None

    def stale(self, provider: Record) -> tuple[Record, ...]:
        """The expectations of a provider that no longer hold: what they accept was judged, and passes."""
        judged = [
            (cell.provider, cell.scenario, result.check, result.question, str(result.outcome))
            for cell in self.cells.values()
            for result in cell.results
            if cell.provider == provider["id"]
        ]
        return tuple(entry for entry in known.in_force(self.header) if known.is_stale(entry, judged))

    def questions(self, provider: Record) -> tuple[Question, ...]:
        """The questions that were asked of a provider: one where its own contract is Anthropic's."""
        return QUESTIONS[:1] if provider["contract"] == "anthropic" else QUESTIONS


def read_run(path: Path) -> Run:
    """Read `results.jsonl`. Raises UserError if it is not a results stream; a cut last line is dropped."""
    try:
        # A run may have been killed in the middle of a character as well as in the middle of a line.
        with path.open(encoding="utf-8", errors="replace") as lines:
            return assemble(_records(lines, path))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is not a results stream: a record is not of the form that it should be") from error


def assemble(records: Iterable[Record]) -> Run:
    """Build a Run from records in stream order.

    Raises UserError when the first one is not a header, or is that of another format.
    """
    stream = iter(records)
    header = next(stream, None)
    if header is None or header.get("kind") != "header":
        raise UserError("not a results stream: the first record is not a header")
    if header["format"] != FORMAT:
        raise UserError(f"this results stream is of format {header['format']}; this version reads format {FORMAT}")
    plans: dict[tuple[str, str], Record] = {}
    results: dict[tuple[str, str], list[Result]] = defaultdict(list)
    exchanges: dict[tuple[str, str], list[Record]] = defaultdict(list)
    skipped: dict[str, str] = {}
    footer: Record | None = None
    for record in stream:
        match record["kind"]:
            case "planned":
                plans[record["provider"], record["scenario"]] = record
            case "result":
                results[record["provider"], record["scenario"]].append(_result(record))
            case "exchange":
                exchanges[record["provider"], record["scenario"]].append(record)
            case "skipped":
                skipped[record["provider"]] = record["reason"]
            case "footer":
                footer = record
            case unknown:
                raise ValueError(f"a record of the unknown kind {unknown!r}")
    entries = known.in_force(header)
    cells = {key: _cell(plan, results[key], exchanges[key], entries) for key, plan in plans.items()}
    return Run(
        header,
        cells,
        skipped,
        footer,
        tuple(record for records in exchanges.values() for record in records),
        {clause["id"]: clause for clause in header["clauses"]},
        {check["id"]: check for check in header["checks"]},
    )


def _records(lines: Iterable[str], path: Path) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except ValueError:
            if not line.endswith("\n"):  # a run that was killed while it wrote: what came before stands
                return
            raise UserError(f"{path}:{number}: not a JSON record") from None


def _cell(plan: Record, results: list[Result], exchanges: list[Record], entries: Sequence[known.Entry]) -> Cell:
    provider, scenario = plan["provider"], plan["scenario"]
    planned = tuple((step, check, question) for step, check, question in plan["checks"])
    judged = tuple(_with_reason(provider, scenario, result, entries) for result in results)
    return Cell(provider, scenario, plan["not_applicable"], planned, judged, tuple(exchanges))


def _with_reason(provider: str, scenario: str, result: Result, entries: Sequence[known.Entry]) -> Result:
    if result.outcome is not Outcome.FAIL:
        return result
    found = (e for e in entries if known.covers(e, provider, scenario, result.check, result.question))
    return replace(result, accepted=next((entry["reason"] for entry in found), None))


def _result(record: Record) -> Result:
    return Result(
        step=record["step"],
        check=record["check"],
        question=record["question"],
        outcome=Outcome(record["outcome"]),
        level=Level(record["level"]),
        clauses=tuple(record["clauses"]),
        exchanges=tuple(record["exchanges"]),
        **{key: record.get(key) for key in ("cause", "expected", "actual", "pointer", "event", "note", "where")},
    )


def state_of(judged: Iterable[tuple[Outcome, Level]]) -> State:
    """The worst that any of a cell's check results says."""
    results = tuple(judged)
    return _settled(_worst(_state(outcome, level) for outcome, level in results), (outcome for outcome, _ in results))


def _settled(worst: State, outcomes: Iterable[Outcome]) -> State:
    """`worst`, but no cell is green in which nothing was decided."""
    return State.INCONCLUSIVE if worst is State.PASS and Outcome.PASS not in set(outcomes) else worst


def _state(outcome: Outcome, level: Level) -> State:
    match outcome:
        case Outcome.PASS:
            return State.PASS
        case Outcome.FAIL:
            return State.FAIL if level is Level.MUST else State.DEVIATES
        case Outcome.INCONCLUSIVE:
            # An open question about a weaker clause does not stand in the way of an answer about the strong ones.
            return State.INCONCLUSIVE if level is Level.MUST else State.PASS
        case Outcome.NOT_APPLICABLE:
            return State.NOT_APPLICABLE
        case Outcome.HARNESS_ERROR:
            return State.FAULT


def _worst(states: Iterable[State]) -> State:
    order = tuple(State)
    return min(states, key=order.index, default=State.NOT_APPLICABLE)
