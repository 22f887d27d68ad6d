"""One scenario's way: its steps in order, each sent with what the answers before it gave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import view
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.run.requests import build
from messages_conformance.wire.exchange import Exchange, Request

Attempt: TypeAlias = tuple[str, Exchange]
"""An exchange with the id under which it was recorded."""

Send: TypeAlias = Callable[[Step, int, Request], Awaitable["Sent"]]
"""Sends one step's request in the given trial, with retries after outages."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending one step came to: its attempts, the last of which counts, or the cause for not sending it."""

    attempts: tuple[Attempt, ...] = ()
    withheld: Verdict | None = None

    @property
    def exchange(self) -> Exchange | None:
        return self.attempts[-1][1] if self.attempts else None


@dataclass(frozen=True, slots=True)
class Walk:
    """One trial of a scenario: what became of each step."""

    sent: Mapping[str, Sent]

    @property
    def accepted(self) -> bool:
        """Every step was sent and answered 200: what a twin must show."""
        return all(
            sent.exchange is not None and sent.exchange.response is not None and sent.exchange.response.status == 200
            for sent in self.sent.values()
        )


@dataclass(slots=True)
class _State:
    captured: dict[str, Any] = field(default_factory=dict[str, Any])
    sent: dict[str, Sent] = field(default_factory=dict[str, Sent])
    blocked: Verdict | None = None


async def walk(provider: Provider, scenario: Scenario, trial: int, key: str | None, send: Send) -> Walk:
    """Send a scenario's steps in order. A step whose captured values are missing is withheld with the reason. Those of
    a scenario that sends them together go out at once."""
    if scenario.together:
        asked = (send(step, trial, build(provider, step, {}, key)) for step in scenario.steps)
        answers = await asyncio.gather(*asked)
        return Walk({step.id: sent for step, sent in zip(scenario.steps, answers, strict=True)})
    state = _State()
    for step in scenario.steps:
        if state.blocked:
            state.sent[step.id] = Sent(withheld=state.blocked)
            continue
        sent = await send(step, trial, build(provider, step, state.captured, key))
        state.sent[step.id] = sent
        state.blocked = sent.withheld or _capture(step, sent, state.captured)
    return Walk(state.sent)


def _capture(step: Step, sent: Sent, captured: dict[str, Any]) -> Verdict | None:
    if not step.capture or sent.exchange is None:
        return None
    answer = view.exchange_message(sent.exchange, step.expect == "stream")
    for name, expression in step.capture.items():
        value = _found(expression, answer)
        if value is None or value == []:
            return inconclusive(
                Cause.PREREQUISITE_FAILED, f"step {step.id} gave nothing for `{name}` ({expression}) to go on with"
            )
        captured[name] = value
    return None


def _found(expression: str, answer: Any) -> Any:
    try:
        return jmespath.search(expression, answer)
    except JMESPathError:  # a function met a value of a type that it does not take: the answer's fault
        return None
