"""What a step captures from an answer for later steps."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from messages_conformance.catalog.model import Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_list, dig, shown


def captured_from(step: Step, answer: Answer) -> dict[str, Any] | str:
    """The values that a step captures from its answer; or, as the end of a sentence, why there are none."""
    from messages_conformance.run.walking.finding import found  # with JMESPath, which the first request does not need

    streaming = step.expect == "stream"
    if reason := _unfinished(answer, streaming=streaming):
        return f"to go on with: {reason}"
    message = answer.message(streaming=streaming)
    values = {name: found(expression, message) for name, expression in step.capture.items()}
    for name, expression in step.capture.items():
        if values[name] is None or values[name] == []:
            return f"for `{name}` ({expression}) to go on with"
    return values


def _unfinished(answer: Answer, *, streaming: bool) -> str | None:
    """Why an answer is not whole, or None. The rest of a broken stream is not what the provider said: a client that
    sends it back is refused."""
    if answer.failure is not None:
        return f"its answer was cut ({answer.failure.detail})"
    if streaming and not answer.came_to_an_end:
        return "its stream did not come to its end"
    return None


def unanswered_call(step: Step, body: Any) -> str | None:
    """Why the filled body would not be a valid request, or None: the model made a call in a turn that is sent back, and
    the scenario has no result for it (`anthropic:tools.result-required`)."""
    if step.expect in ("error", "any"):
        return None
    turns = as_list(dig(body, "messages"))
    for turn, following in pairwise([*turns, None]):
        blocks = as_list(dig(turn, "content"))
        calls = {shown(dig(block, "id")) for block in blocks if dig(block, "type") == "tool_use"}
        told = {shown(dig(block, "tool_use_id")) for block in as_list(dig(following, "content"))}
        if dig(turn, "role") == "assistant" and calls - told:
            return "the model made a call for which this scenario has no result"
    return None
