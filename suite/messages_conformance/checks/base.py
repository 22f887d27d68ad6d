"""What a check is, what it sees, and what it may say.

A check is a pure function from evidence to a verdict. It never does I/O, never raises on what a peer sent, and never
decides whether a deviation matters: that is the clause's level and the owner's expectation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias

from messages_conformance.catalog.model import Expect, Step
from messages_conformance.checks.answer.answer import Answer, content_of, text_of
from messages_conformance.errors import Where
from messages_conformance.wire.exchange import FailureKind

P = ParamSpec("P")


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
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement. `expected` and `actual` are short phrases for people; `pointer` is a JSON pointer into the judged
    body or event; `event` the 1-based number of the event in the stream. `miss` is set where the model did not do what
    it was asked for: that alone decides nothing, and a control may (`run/judging/settling.py`)."""

    outcome: Outcome
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    event: int | None = None
    cause: Cause | None = None
    note: str | None = None
    miss: Miss | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """What was asked of the model and what it did. `parts` are the words that it left out. `beside` says that an
    earlier step of the same walk is the control, and shows that this model can."""

    expected: str
    actual: str
    pointer: str | None = None
    parts: tuple[str, ...] = ()
    beside: bool = False

    def undecided(self, why: str | None = None) -> Verdict:
        """The verdict as long as nothing settles it."""
        note = f"expected {self.expected}, got {self.actual}" + (f"; {why}" if why else "")
        return Verdict(Outcome.INCONCLUSIVE, cause=Cause.MODEL_CHOICE, note=note, miss=self)


def passed(note: str | None = None) -> Verdict:
    return Verdict(Outcome.PASS, note=note)


def failed(expected: str, actual: str, *, pointer: str | None = None, event: int | None = None) -> Verdict:
    return Verdict(Outcome.FAIL, expected, actual, pointer, event)


def inconclusive(cause: Cause, note: str) -> Verdict:
    return Verdict(Outcome.INCONCLUSIVE, cause=cause, note=note)


def not_applicable(note: str) -> Verdict:
    return Verdict(Outcome.NOT_APPLICABLE, note=note)


@dataclass(frozen=True, slots=True)
class Culprit:
    """The smallest part of a refused request that was seen to be refused; the step for which that was found, and the
    one that asked for this part alone."""

    parts: tuple[str, ...]
    step: str
    alone: str

    def __str__(self) -> str:
        return " with ".join(self.parts) or "the plainest form of it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check sees: the judged step's answer, the answers of earlier steps by step id, and its parameters.
    `persists` says of a 5xx that this request got it every time, while others were answered before and after.
    `culprit` is what of a refused request is refused, where it was taken apart."""

    step: Step
    answer: Answer
    earlier: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    persists: bool = False
    culprit: Culprit | None = None

    @property
    def message(self) -> dict[str, Any] | None:
        """The answer as one JSON object: folded from the events for a step that expects a stream, else the body. A step
        that expects anything is read by what came."""
        expected = self.step.expect
        return self.answer.message(streaming=expected == "stream" or (expected == "any" and self.answer.is_stream))

    @property
    def content(self) -> list[dict[str, Any]]:
        """The message's content blocks, leaving out whatever is not an object."""
        return content_of(self.message or {})

    @property
    def text(self) -> str:
        """All text of the message: its text blocks joined without a separator."""
        return text_of(self.message or {})

    def blocks(self, type: str) -> list[dict[str, Any]]:  # noqa: A002 - the word of the API
        """The message's content blocks of one type."""
        return [block for block in self.content if block.get("type") == type]


MESSAGES: Final[tuple[Expect, ...]] = ("message", "stream")
"""The answers that are messages, whole or streamed."""

Judge: TypeAlias = Callable[[Evidence], Verdict]

Json: TypeAlias = dict[str, Any]
"""A JSON object, such as a request body."""


@dataclass(frozen=True, slots=True)
class Control:
    """How to find out whether a model that missed something could have done it.

    `plain` makes the plainest form of a request, with the same content; `without` leaves out what the check looks for,
    so that the provider's own counts tell whether it arrived: the parts that were missed. Either gives None where the
    request has no such form.
    """

    plain: Callable[[Json], Json | None] = lambda _: None
    without: Callable[[Json, tuple[str, ...]], Json | None] = lambda _, __: None


@dataclass(frozen=True, slots=True)
class Check:
    """One named judgement; `check` makes a function one.

    `clauses` are full clause ids that it judges (empty for checks whose clause the scenario names). `on` lists the
    expectations for which the check is planned by itself on every answer (a wire check); a behaviour check has none
    and is named by scenarios. `params` is a JSON Schema for its parameters. `answered_only` is False for the few
    checks that judge refusals or transport themselves instead of presupposing an accepted request. `judges_failures`
    are the failed exchanges that it judges, where for any other check nothing is left to judge; `of_outages` says that
    it judges how an error is told, be it of an outage or a limit; `of_routes` that it judges whether the route is
    there, where for any other check a missing one leaves nothing to judge. `control` is for checks of what a model was
    asked to do: without one, nothing that the model leaves undone is ever held against the provider. `where` is the
    place at which the check is declared.
    """

    judge: Judge
    id: str
    title: str
    why: str
    clauses: tuple[str, ...] = ()
    on: tuple[Expect, ...] = ()
    params: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "maxProperties": 0})
    answered_only: bool = True
    of_outages: bool = False
    of_routes: bool = False
    judges_failures: frozenset[FailureKind] = frozenset()
    control: Control | None = None
    where: Where | None = None


def _declaring(make: Callable[Concatenate[Judge, P], Check]) -> Callable[P, Callable[[Judge], Check]]:
    def declare(*args: P.args, **fields: P.kwargs) -> Callable[[Judge], Check]:
        where = Where.of_caller()
        return lambda judge: replace(make(judge, *args, **fields), where=where)

    return declare


check = _declaring(Check)
"""The decorator that makes a function a check: `@check("its.id", title=…, why=…, clauses=…)` above it, and the registry
finds it by itself."""
