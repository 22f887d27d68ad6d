"""Walk through a scenario: its steps in order, each filled with values from the answers before it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Culprit, Verdict, inconclusive
from messages_conformance.run.walking.asking_again import ask_again
from messages_conformance.run.walking.capturing import captured_from, unanswered_call
from messages_conformance.run.walking.requests import build, fill, placeholders
from messages_conformance.run.walking.taking_apart import take_apart
from messages_conformance.run.walking.words import code_words
from messages_conformance.wire.exchange import Request

Attempt: TypeAlias = tuple[str, Answer]
"""One answer, with the id under which it was recorded."""

Send: TypeAlias = Callable[[Step, int, Request], Awaitable["Sent"]]
"""Sends one step's request in the given trial, with retries after outages."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcome of sending one step: its attempts, of which the last counts, or the cause for not sending it."""

    attempts: tuple[Attempt, ...] = ()
    withheld: Verdict | None = None

    @property
    def answer(self) -> Answer | None:
        return self.attempts[-1][1] if self.attempts else None


@dataclass(frozen=True, slots=True)
class Walk:
    """One trial of a scenario: the outcome of each step, the values that filled its steps, and the refused part of a
    refused request. `persists` says that a 5xx came every time, while other requests were answered before and after."""

    sent: Mapping[str, Sent]
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    persists: bool = False
    culprits: Mapping[str, Culprit] = field(default_factory=dict[str, Culprit])

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The answer that counts of each step that has one."""
        return {step: sent.answer for step, sent in self.sent.items() if sent.answer is not None}

    @property
    def accepted(self) -> bool:
        """Whether every step was sent and answered with 200, as a twin must be."""
        return all(sent.answer is not None and sent.answer.status == 200 for sent in self.sent.values())

    @property
    def failed_inside(self) -> bool:
        """Whether a step got a 5xx that may be an outage, or may be the answer to every such request."""
        answers = (sent.answer for sent in self.sent.values())
        return any(answer is not None and guard.may_be_an_outage(answer.exchange) for answer in answers)


@dataclass(slots=True)
class _State:
    captured: dict[str, Any] = field(default_factory=dict[str, Any])
    sent: dict[str, Sent] = field(default_factory=dict[str, Sent])
    blocked: Verdict | None = None


async def walk(provider: Provider, scenario: Scenario, trial: int, key: str | None, send: Send) -> Walk:
    """Send a scenario's steps in order, or all at once if the scenario says `together`. A step that lacks captured
    values is not sent, with the reason. In the first trial, a refused request that was put together is then taken
    apart, and requests whose text may have been damaged are sent again."""
    state = _State({**code_words(trial)})

    async def put(step: Step) -> Sent:
        if reason := unanswered_call(step, fill(step.body, placeholders(provider, step, state.captured))):
            return Sent(withheld=inconclusive(Cause.MODEL_CHOICE, reason))
        return await send(step, trial, build(provider, step, state.captured, key))

    async def ask(step: Step) -> Answer | None:
        state.sent[step.id] = await put(step)
        return state.sent[step.id].answer

    if scenario.together:
        answers = await asyncio.gather(*(put(step) for step in scenario.steps))
        state.sent = {step.id: sent for step, sent in zip(scenario.steps, answers, strict=True)}
    else:
        await _in_order(scenario, state, put)
    if scenario.assembly is None or trial > 1:
        return Walk(state.sent, state.captured)
    came = {step: sent.answer for step, sent in state.sent.items()}
    culprits = await take_apart(scenario, came, ask)
    await ask_again(scenario, came, ask)
    return Walk(state.sent, state.captured, culprits=culprits)


async def _in_order(scenario: Scenario, state: _State, put: Callable[[Step], Awaitable[Sent]]) -> None:
    for step in scenario.steps:
        if state.blocked:
            state.sent[step.id] = Sent(withheld=state.blocked)
            continue
        sent = await put(step)
        state.sent[step.id] = sent
        state.blocked = sent.withheld or _captured(step, sent, state.captured)


def _captured(step: Step, sent: Sent, captured: dict[str, Any]) -> Verdict | None:
    """Add what the step captures; return why no step can follow if it captured nothing."""
    if not step.capture or sent.answer is None:
        return None
    values = captured_from(step, sent.answer)
    if isinstance(values, str):
        return inconclusive(Cause.PREREQUISITE_FAILED, f"step {step.id} gave nothing {values}")
    captured.update(values)
    return None
