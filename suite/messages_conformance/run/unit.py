"""One unit's way from requests to verdicts: the steps in order, each judged after its bytes are in.

Nothing here knows about other units; twins and the preflight are the engine's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jmespath
from jmespath.exceptions import JMESPathError

from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.checks import view
from messages_conformance.checks.base import Cause, Check, Evidence, Outcome, Verdict, inconclusive
from messages_conformance.checks.registry import judge
from messages_conformance.run.plan import Key, Planned
from messages_conformance.run.requests import build
from messages_conformance.wire.exchange import Exchange, Request

_OF_REFUSALS = frozenset({"error.status", "error.type", "error.names-field"})

Attempt: TypeAlias = tuple[str, Exchange]
"""An exchange with the id under which it was recorded."""

Judged: TypeAlias = tuple[Verdict, tuple[str, ...]]
"""A verdict, and the ids of the exchanges that it rests on."""

Verdicts: TypeAlias = dict[Key, Judged]

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
    """Send a scenario's steps in order. A step whose captured values are missing is withheld with the reason."""
    state = _State()
    for step in scenario.steps:
        if state.blocked:
            state.sent[step.id] = Sent(withheld=state.blocked)
            continue
        sent = await send(step, trial, build(provider, step, state.captured, key))
        state.sent[step.id] = sent
        state.blocked = sent.withheld or _capture(step, sent, state.captured)
    return Walk(state.sent)


def judge_walk(walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
    """Judge every planned check of one trial."""
    evidence: dict[str, Evidence] = {}
    exchanges = {step: sent.exchange for step, sent in walked.sent.items() if sent.exchange is not None}
    verdicts: Verdicts = {}
    for plan in planned:
        sent = walked.sent[plan.step.id]
        if sent.exchange is None:
            verdict = sent.withheld or inconclusive(Cause.PREREQUISITE_FAILED, "the step was not sent")
            verdicts[plan.key] = verdict, ()
            continue
        base = evidence.setdefault(plan.step.id, Evidence(plan.step, sent.exchange, exchanges))
        seen = Evidence(base.step, base.exchange, base.earlier, plan.use.params if plan.use else {}, base.view)
        verdicts[plan.key] = judge(plan.check, seen), tuple(name for name, _ in sent.attempts)
    return verdicts


def with_trial(earlier: Verdicts, later: Verdicts) -> Verdicts:
    """What a further trial adds: every failure, and whatever it says where the model had chosen otherwise. What was
    decided before stays; in particular, no failure is asked away."""
    return {key: later[key] if _gives_way(earlier[key][0], later[key][0]) else earlier[key] for key in earlier}


def _gives_way(earlier: Verdict, later: Verdict) -> bool:
    if earlier.outcome is Outcome.FAIL:
        return False
    return earlier.cause is Cause.MODEL_CHOICE or later.outcome is Outcome.FAIL


def model_chose(verdicts: Verdicts) -> bool:
    """Whether asking again could settle something: some check failed only for what the model chose to do."""
    return any(verdict.cause is Cause.MODEL_CHOICE for verdict, _ in verdicts.values())


def without_twin(check: Check, judged: Judged, twin: str) -> Judged:
    """A refusal whose twin was not accepted shows nothing: the provider may refuse everything."""
    verdict, exchanges = judged
    if not _rests_on_twin(check, verdict):
        return judged
    note = f"refused, but its twin {twin}, without the defect, was not accepted either"
    return inconclusive(Cause.PREREQUISITE_FAILED, note), exchanges


def _rests_on_twin(check: Check, verdict: Verdict) -> bool:
    """Whether a verdict would be another if the request was refused for a reason of its twin's. A request that was
    accepted, or a refusal that is not JSON at all, is what it is."""
    if check.id == "error.refused":
        return verdict.outcome is Outcome.PASS
    return check.id in _OF_REFUSALS and verdict.outcome in (Outcome.PASS, Outcome.FAIL)


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
