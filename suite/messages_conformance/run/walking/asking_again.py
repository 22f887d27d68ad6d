"""If a stream's text looks like a damaged copy of the whole answer's text, both are sent again before a check fails.

Each repetition allows one token more, so that no cache, and no seed made from the request, can answer for the model.
The repetitions stop at the first text that differs from the one before: then the model caused the difference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.answer.answer import Answer, text_of
from messages_conformance.checks.message.alike import REPEATS, is_altered, repeat
from messages_conformance.run.walking.taking_apart import Answers, Ask

COMPARING = "text.same-as"


async def ask_again(scenario: Scenario, sent: Answers, ask: Ask) -> None:
    """Send the repetitions that a comparison of texts needs."""
    steps = {step.id: step for step in scenario.steps}
    for step in scenario.steps:
        for use in (use for use in step.checks if use.check == COMPARING):
            await _compare_again(steps[use.params["step"]], step, sent, ask)


async def _compare_again(plain: Step, streamed: Step, sent: Answers, ask: Ask) -> None:
    said = {step.id: _text(sent.get(step.id), step) for step in (plain, streamed)}
    whole, pieces = said[plain.id], said[streamed.id]
    if whole is None or pieces is None or not is_altered(whole, pieces):
        return
    for number in range(2, REPEATS + 1):
        for step in (plain, streamed):
            if _text(await ask(_repetition(step, number)), step) != said[step.id]:
                return


def _repetition(step: Step, number: int) -> Step:
    body = cast("dict[str, Any]", step.body)
    return replace(
        step, id=repeat(step.id, number), body={**body, "max_tokens": body["max_tokens"] + number}, checks=()
    )


def _text(answer: Answer | None, step: Step) -> str | None:
    message = None if answer is None else answer.message(streaming=step.expect == "stream")
    return None if message is None else text_of(message)
