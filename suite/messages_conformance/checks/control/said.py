"""Whether a model did what it was asked to do: the only result that a check of a model's words or choices may return.

A model may say what it likes. So such a check cannot fail by itself. It says that the model *missed* something, which a
control then settles (`run/judging/settling.py`), or that something is *proven*, and then it must name what left the
model no choice. The list of proofs is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Judge,
    Miss,
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
)


class Proof(StrEnum):
    """What leaves a model no choice, so that a failure needs no control."""

    TOOL_CHOICE = "tool_choice forces or forbids the call"
    PARALLEL = "disable_parallel_tool_use allows one call"
    STRICT = "the schema is enforced, not asked for"
    STOP_SEQUENCE = "generation ends before a stop sequence"
    UNKNOWN_HERE = "the request holds no such word"
    THINKING = "the request switches thinking on or off"
    BLOCKS = "the API builds the blocks and their order, not the model"
    COUNTS = "the provider's own counts show it"
    SIBLING = "the same request in the other mode shows it"


@dataclass(frozen=True, slots=True)
class Said:
    """The result of a check of a model's words; the functions below make it. A failure always has its proof."""

    verdict: Verdict
    proof: Proof | None = None


Listener: TypeAlias = Callable[[Evidence], Said]


def honoured(note: str | None = None) -> Said:
    return Said(passed(note))


def proven(proof: Proof, expected: str, actual: str, *, pointer: str | None = None, event: int | None = None) -> Said:
    """A failure that no model can cause; `proof` names the reason."""
    return Said(failed(expected, actual, pointer=pointer, event=event), proof)


def missed(
    expected: str, actual: str, *, pointer: str | None = None, parts: tuple[str, ...] = (), beside: bool = False
) -> Said:
    """The model did not do it; a control must show whether it could have."""
    return Said(Miss(expected, actual, pointer, parts, beside).undecided())


def undecided(note: str, cause: Cause = Cause.MODEL_CHOICE) -> Said:
    return Said(inconclusive(cause, note))


def nothing_to_hear(note: str) -> Said:
    return Said(not_applicable(note))


def heard(listener: Listener) -> Judge:
    """Wrap a `Listener` as a judge. A failure without its proof is our fault."""

    def judge(evidence: Evidence) -> Verdict:
        said = listener(evidence)
        if said.verdict.outcome is Outcome.FAIL and said.proof is None:
            raise TypeError("a check failed the provider for a model's words without a proof")
        return said.verdict

    return judge
