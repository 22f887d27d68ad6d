"""What a check is, what it sees, and what it may say.

A check is a pure function from evidence to a verdict. It never does I/O, never raises on what a peer sent, and never
decides whether a deviation matters: the clause's level and the owner's expectation do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias

from messages_conformance.catalog.model import Expect, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.content import Content
from messages_conformance.errors import Where
from messages_conformance.wire.exchange import FailureKind

P = ParamSpec("P")


class Outcome(StrEnum):
    """The outcome of one planned check."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"
    HARNESS_ERROR = "harness-error"

    __hash__ = str.__hash__  # that of an Enum is written in Python, and verdicts are grouped by the thousand


class Cause(StrEnum):
    """Why a check is inconclusive. The list is closed: a new cause needs a decision."""

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


_LONGEST: Final = 1000
"""The most characters of a phrase: an answer may hold a hundred thousand calls, and naming all of them helps nobody."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement, its phrases cut to a length that helps. `expected` and `actual` are short phrases for people;
    `pointer` is a JSON pointer into the judged body or event; `event` the 1-based number of the event in the stream.
    `miss` is set if the model did not do what it was asked to do: that alone decides nothing, but a control may
    (`run/judging/settling.py`)."""

    outcome: Outcome
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    event: int | None = None
    cause: Cause | None = None
    note: str | None = None
    miss: Miss | None = None

    def __post_init__(self) -> None:
        for name in ("expected", "actual", "pointer", "note"):
            text: str | None = getattr(self, name)
            if text is not None and len(text) > _LONGEST:
                object.__setattr__(self, name, f"{text[:_LONGEST]}…")


@dataclass(frozen=True, slots=True)
class Miss:
    """What the model was asked to do and what it did. `parts` are the words that it left out. `beside` says that an
    earlier step of the same walk is the control, and shows that this model can do it."""

    expected: str
    actual: str
    pointer: str | None = None
    parts: tuple[str, ...] = ()
    beside: bool = False

    def undecided(self, why: str | None = None) -> Verdict:
        """The verdict while nothing settles the miss."""
        note = f"expected {self.expected}, got {self.actual}" + (f"; {why}" if why else "")
        return Verdict(Outcome.INCONCLUSIVE, cause=Cause.MODEL_CHOICE, note=note, miss=self)


_PASSED: Final = Verdict(Outcome.PASS)


def passed(note: str | None = None) -> Verdict:
    return _PASSED if note is None else Verdict(Outcome.PASS, note=note)


def failed(expected: str, actual: str, *, pointer: str | None = None, event: int | None = None) -> Verdict:
    return Verdict(Outcome.FAIL, expected, actual, pointer, event)


def inconclusive(cause: Cause, note: str) -> Verdict:
    return Verdict(Outcome.INCONCLUSIVE, cause=cause, note=note)


@lru_cache(1000)  # of each answer, most checks say one of few sentences
def not_applicable(note: str) -> Verdict:
    return Verdict(Outcome.NOT_APPLICABLE, note=note)


@dataclass(frozen=True, slots=True)
class Culprit:
    """The smallest part of a refused request that was itself refused; the step for which it was found, and the step
    that sent this part alone."""

    parts: tuple[str, ...]
    step: str
    alone: str

    def __str__(self) -> str:
        return " with ".join(self.parts) or "the plainest form of it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check sees: the judged step's answer, the answers of earlier steps by step id, and its parameters.
    `persists` says that this request got a 5xx every time, while others were answered before and after. `culprit` is
    the part that is refused, if a refused request was taken apart."""

    step: Step
    answer: Answer
    earlier: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    persists: bool = False
    culprit: Culprit | None = None

    @property
    def message(self) -> dict[str, Any] | None:
        """The answer as one JSON object: folded from the events for a step that expects a stream, else the body. A step
        that expects `any` is read by what came."""
        return self.answer.message(streaming=self._is_streaming)

    @property
    def content(self) -> Content:
        """The message's content; nothing if there is no message."""
        return self.answer.content(streaming=self._is_streaming)

    @property
    def _is_streaming(self) -> bool:
        expected = self.step.expect
        return expected == "stream" or (expected == "any" and self.answer.is_stream)

    @property
    def text(self) -> str:
        """All text of the message: its text blocks joined without a separator."""
        return self.content.text

    def blocks(self, type: str) -> list[dict[str, Any]]:  # noqa: A002 - the word of the API
        """The message's content blocks of one type."""
        return [block for _, block in self.content.of(type)]


MESSAGES: Final[tuple[Expect, ...]] = ("message", "stream")
"""The answers that are messages, whole or streamed."""

Judge: TypeAlias = Callable[[Evidence], Verdict]

Json: TypeAlias = dict[str, Any]
"""A JSON object, such as a request body."""


@dataclass(frozen=True, slots=True)
class Control:
    """How to find out whether a model that missed something could have done it.

    `plain` makes the plainest form of a request, with the same content. `without` leaves out the parts that were
    missed, so that the provider's own counts show whether they arrived. Both return None if the request has no such
    form.
    """

    plain: Callable[[Json], Json | None] = lambda _: None
    without: Callable[[Json, tuple[str, ...]], Json | None] = lambda _, __: None


@dataclass(frozen=True, slots=True)
class Check:
    """One named judgement; `check` makes a function one.

    `clauses` are the full ids of the clauses that it judges (empty if the scenario names the clause). `on` lists the
    kinds of answer on which the check is planned every time (a wire check); a behaviour check has none and is named by
    scenarios. `params` is a JSON Schema for its parameters. `answered_only` is False for the few checks that judge
    refusals or transport instead of presupposing an accepted request. `judges_failures` are the failures of transport
    that this check judges; no other check does. `of_outages` says that it judges how an error is reported, even one of
    an outage or a limit. `of_routes` says that it judges whether the route exists; any other check has nothing to judge
    if the route is missing. `control` is for checks of what a model was asked to do: without a control, what the model
    leaves undone never counts against the provider. `where` is the place at which the check is declared.
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
"""The decorator that makes a function a check: write `@check("its.id", title=…, why=…, clauses=…)` above the function,
and the registry finds it."""
