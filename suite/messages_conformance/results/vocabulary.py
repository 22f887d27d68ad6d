"""The words that a results stream is written in, and which questions a provider is asked."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal, TypeAlias

from messages_conformance.catalog.contracts.loading import CANONICAL

Question: TypeAlias = Literal["drop-in", "as-documented"]
"""`drop-in` is judged by Anthropic's contract, `as-documented` by the provider's own."""

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


class Answer(StrEnum):
    """Whether a kind of client works with a provider."""

    WORKS = "works"
    BREAKS = "breaks"
    UNKNOWN = "unknown"


class Conformance(StrEnum):
    """The answer to one question. What is known and accepted does not count against a provider."""

    CONFORMS = "conforms"
    DOES_NOT = "does not"
    UNDECIDED = "undecided"


class Exit(IntEnum):
    """The program's exit codes."""

    CONFORMS = 0
    DOES_NOT = 1
    USAGE = 2
    INCOMPLETE = 3
    FAULT = 4


def asked(contract: str) -> dict[Question, str]:
    """The questions that a provider with this contract is asked, each with the contract that answers it: one where its
    own contract is Anthropic's."""
    return {"drop-in": CANONICAL} if contract == CANONICAL else {"drop-in": CANONICAL, "as-documented": contract}
