"""What behaviour checks need from an answer: a message to judge, and a model that did not decline."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from messages_conformance.checks.answer.events import as_integer, as_object
from messages_conformance.checks.base import Cause, Evidence, Judge, Verdict, inconclusive, not_applicable
from messages_conformance.checks.control.said import Said, heard
from messages_conformance.checks.stream.base import interruption

Message: TypeAlias = dict[str, Any]

INPUT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
"""The three disjoint counts that make up a prompt (`anthropic:usage.input-excludes-cache`)."""


def on_message(judge: Callable[[Message, Evidence], Verdict]) -> Judge:
    """A check that judges the message: the body or the folded stream. It is inconclusive if an error cut the stream or
    if the answer holds no message: `answer.is-json-message` and the stream checks report that. If a step expects `any`,
    a refusal is an allowed answer that holds no message to judge."""

    @wraps(judge)
    def judge_message(evidence: Evidence) -> Verdict:
        if evidence.step.expect == "any" and evidence.answer.is_refused:
            return not_applicable("the request was refused, which is allowed here")
        if (verdict := interruption(evidence)) is not None:
            return verdict
        message = evidence.message
        if message is None:
            return inconclusive(Cause.PREREQUISITE_FAILED, "the answer holds no message to judge")
        return judge(message, evidence)

    return judge_message


def on_willing_message(listen: Callable[[Message, Evidence], Said]) -> Judge:
    """A check of whether the model did what it was asked to do. It cannot fail without a proof or a control
    (`checks/control/said.py`), and a refusal by the model is the model's choice, never the provider's fault."""

    @wraps(listen)
    def judge_willing(message: Message, evidence: Evidence) -> Verdict:
        if message.get("stop_reason") == "refusal":
            return inconclusive(Cause.MODEL_CHOICE, "the model declined to answer")
        return heard(lambda _: listen(message, evidence))(evidence)

    return on_message(judge_willing)


def earlier_answer(evidence: Evidence, step: str) -> dict[str, Any] | None:
    """Another step's answer as one JSON object, folded if streamed; None if it was refused or cannot be read."""
    answer = evidence.earlier.get(step)
    if answer is None or answer.status != 200:
        return None
    return answer.message(streaming=answer.asked_for_stream)


def input_total(answer: dict[str, Any]) -> int | None:
    """All tokens of the prompt, cached ones included: from a message's usage, or from a token count. None if the answer
    has no count."""
    counts = as_object(answer.get("usage")) or answer
    if as_integer(counts.get("input_tokens")) is None:
        return None
    return sum(as_integer(counts.get(name)) or 0 for name in INPUT_COUNTS)
