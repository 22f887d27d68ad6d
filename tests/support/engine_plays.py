"""What tests of the engine share: how it is called, a preflight, and a check that judges by the text of an answer."""

from __future__ import annotations

from typing import Any, Protocol

from making import scenario
from messages_conformance.catalog.model import Scenario
from messages_conformance.checks.base import Cause, Evidence, Verdict, failed, inconclusive, passed
from playing import Answer, Played

CLAUSE = "anthropic:message.content"


def says(evidence: Evidence) -> Verdict:
    """Judges by the answer's text: `yes` passes, `no` is the model's choice, anything else fails."""
    match evidence.text:
        case "yes":
            return passed()
        case "no":
            return inconclusive(Cause.MODEL_CHOICE, "the model said no")
        case other:
            return failed("yes", other)


class Play(Protocol):
    def __call__(self, answer: Answer, *asked: Scenario, **more: Any) -> Played: ...


FIRST = scenario("first", tags=frozenset({"preflight"}))
