"""What a check is, what it sees, and what it may say.

A check is a pure function from evidence to a verdict. It never does I/O, never raises on what a peer sent, and never
decides whether a deviation matters: that is the clause's level and the owner's expectation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from messages_conformance.catalog.model import Expect, Step
from messages_conformance.wire.exchange import Exchange, FailureKind


class Outcome(StrEnum):
    """What became of one planned check."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    HARNESS_ERROR = "harness-error"


class Cause(StrEnum):
    """Why a check could not be decided. The list is closed: a new cause is a decision, not a string."""

    RATE_LIMIT = "rate-limit"
    OVERLOAD = "overload"
    PROVIDER_5XX = "provider-5xx"
    TRANSPORT = "transport"
    AUTH = "auth"
    CREDIT = "credit"
    BUDGET = "budget"
    DEADLINE = "deadline"
    MODEL_CHOICE = "model-choice"
    PREREQUISITE_FAILED = "prerequisite-failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement. `expected` and `actual` are short phrases for people; `pointer` is a JSON pointer into the judged
    body or event; `event` the 1-based number of the event in the stream."""

    outcome: Outcome
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    event: int | None = None
    cause: Cause | None = None
    note: str | None = None


def passed(note: str | None = None) -> Verdict:
    return Verdict(Outcome.PASS, note=note)


def failed(expected: str, actual: str, *, pointer: str | None = None, event: int | None = None) -> Verdict:
    return Verdict(Outcome.FAIL, expected, actual, pointer, event)


def inconclusive(cause: Cause, note: str) -> Verdict:
    return Verdict(Outcome.INCONCLUSIVE, cause=cause, note=note)


def not_applicable(note: str) -> Verdict:
    return Verdict(Outcome.NOT_APPLICABLE, note=note)


@dataclass(frozen=True)
class Evidence:
    """What a check sees: the judged step's exchange, the exchanges of earlier steps by step id, and its parameters.

    `view` caches what several checks derive from the same exchange (parsed events, the folded message, schema
    violations), so that sixty checks parse a stream once.
    """

    step: Step
    exchange: Exchange
    earlier: Mapping[str, Exchange] = field(default_factory=dict[str, Exchange])
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    view: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)


Judge: TypeAlias = Callable[[Evidence], Verdict]


@dataclass(frozen=True, slots=True)
class Check:
    """One named judgement.

    `clauses` are full clause ids that it judges (empty for checks whose clause the scenario names). `on` lists the
    expectations for which the check is planned by itself on every answer (a wire check); a behaviour check has none
    and is named by scenarios. `params` is a JSON Schema for its parameters. `answered_only` is False for the few
    checks that judge refusals or transport themselves instead of presupposing an accepted request. `judges_failures`
    are the failed exchanges that it judges, where for any other check nothing is left to judge; `of_outages` says that
    it judges how an error is told, be it of an outage or a limit.
    """

    id: str
    title: str
    why: str
    judge: Judge
    clauses: tuple[str, ...] = ()
    on: tuple[Expect, ...] = ()
    params: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "maxProperties": 0})
    kind: Literal["wire", "behaviour"] = "wire"
    answered_only: bool = True
    of_outages: bool = False
    judges_failures: frozenset[FailureKind] = frozenset()
