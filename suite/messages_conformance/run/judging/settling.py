"""From the walks of one unit to its verdicts: what one answer leaves open is asked again, and nothing else is.

One answer leaves three things undecided. What the model chose, which a further trial may show. What the model *missed*,
which counts against the provider only where a control shows that this model can. And a 5xx, which is an outage unless
this request gets it every time while others are answered (docs/decisions/0013).

Whoever calls brings the asking: the engine sends, a recording looks up, and both come to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Protocol, cast

from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_list
from messages_conformance.checks.base import Control, Json, Miss, Verdict, failed
from messages_conformance.checks.control.preconditions import input_total
from messages_conformance.run.judging.outages import ASKED_AGAIN, is_known, is_stormy
from messages_conformance.run.judging.verdicts import (
    Judged,
    Verdicts,
    judge_control,
    model_chose,
    with_trial,
    with_twin,
)
from messages_conformance.run.planning.plan import Plan, Planned, Unit
from messages_conformance.run.walking.requests import fill
from messages_conformance.run.walking.unit import Sent, Walk

TIMES: Final = 6
"""How often the form under test must be missed, and its control honoured, before the provider is to blame. A model that
does what it is told every other time comes to that once in four thousand scenarios."""

_MISSED: Final = 3
"""How often a model must miss what has no plainer form before the provider's counts are looked at."""


class Asking(Protocol):
    """How a unit's requests are answered."""

    async def walk(self, scenario: Scenario, trial: int) -> Walk:
        """One trial of a scenario; the same again for the same trial."""
        ...

    async def step(self, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        """One request beside those of the unit's scenario; the same again for the same step and trial."""
        ...

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        """What one walk shows."""
        ...

    def seen(self) -> Mapping[str, Answer]:
        """Every answer of the provider in this run until now, by its id."""
        ...


async def settle(unit: Unit, plan: Plan, asking: Asking) -> Verdicts:
    """The verdicts on a unit, with as few further requests as decide them."""
    scenario = unit.scenario
    walked = await asking.walk(scenario, 1)
    if walked.failed_inside:
        walked = await _asked_again(unit, plan, asking)
    verdicts = await asking.judged(walked, unit.checks)
    if not walked.failed_inside:
        verdicts = await _tried(unit, asking, verdicts)
        judged = zip(unit.checks, verdicts.values(), strict=True)
        missed = [planned for planned, (verdict, _) in judged if verdict.miss is not None]
        verdicts |= {p.key: await _settled(unit, plan, asking, p, verdicts[p.key]) for p in missed}
    if scenario.twin is None:
        return verdicts
    twin = await asking.walk(plan.scenarios[scenario.twin], 1)
    return with_twin(verdicts, unit.checks, (walked, twin), scenario.twin)


# --- 5xx --------------------------------------------------------------------------------------------------------------


async def _asked_again(unit: Unit, plan: Plan, asking: Asking) -> Walk:
    """The walk that counts: the first that was answered, else the last, which persists where the preflight was
    answered before each and after all, and no request of this run was ever answered both ways. The last round is left
    out where it was seen how such requests are answered."""
    first = plan.preflight()
    walked = await asking.walk(unit.scenario, 1)
    if first is None or first.id == unit.scenario.id:
        return walked
    for trial in range(2, ASKED_AGAIN + 1):
        if trial == ASKED_AGAIN and is_known(unit.scenario, walked, plan, asking.seen()):
            break
        if not (await asking.walk(first, trial)).accepted:
            return walked
        walked = await asking.walk(unit.scenario, trial)
        if not walked.failed_inside:
            return walked
    after = await asking.walk(first, ASKED_AGAIN + 1)
    return replace(walked, persists=after.accepted and not is_stormy(asking.seen()))


# --- what the model chose ---------------------------------------------------------------------------------------------


async def _tried(unit: Unit, asking: Asking, verdicts: Verdicts) -> Verdicts:
    for trial in range(2, unit.scenario.trials + 1):
        if not model_chose(verdicts):
            break
        later = await asking.walk(unit.scenario, trial)
        verdicts = with_trial(verdicts, await asking.judged(later, unit.checks))
    return verdicts


# --- what the model missed --------------------------------------------------------------------------------------------


async def _settled(unit: Unit, plan: Plan, asking: Asking, planned: Planned, judged: Judged) -> Judged:
    """A miss, settled as far as the cheapest evidence goes: counts, then repeats."""
    miss = judged[0].miss
    if miss is None:
        return judged
    again = _Again(unit, asking, planned, judged[1])
    if miss.beside:
        return await again.against_itself(miss)
    if planned.check.control is None or not isinstance(planned.step.body, dict):
        return judged
    return await again.by_counts(plan) or await again.against_control(miss)


class _Again:
    """One check that the model missed, asked again until the first answer that clears the provider."""

    def __init__(self, unit: Unit, asking: Asking, planned: Planned, exchanges: tuple[str, ...]) -> None:
        self._unit, self._asking, self._planned = unit, asking, planned
        self._exchanges = list(exchanges)
        self._under_test = exchanges
        """Those of the latest form under test: the answer that a verdict points into."""

    async def against_itself(self, miss: Miss) -> Judged:
        """An earlier step of the same walk is the control."""
        for trial in range(2, TIMES + 1):
            verdict = await self._form_under_test(trial)
            if verdict.miss is None or not verdict.miss.beside:
                return self._cleared(miss, verdict, trial)
            miss = verdict.miss
        return self._failed(
            miss, f"{TIMES} of {TIMES} times, while an earlier step of each try shows that the model can"
        )

    async def by_counts(self, plan: Plan) -> Judged | None:
        """What the provider's own counts show of the parts that were missed: that one never arrived, where the prompt
        counts as much without it, or that they did. A count that is the same for every prompt shows nothing."""
        control = self._planned.check.control
        walked, first = await self._walk(1), plan.preflight()
        miss = (await self._form_under_test(1)).miss  # a later trial has other words
        if control is None or first is None or miss is None:
            return None
        forms = _without_each(control, self._body, self._parts(miss, walked.values))
        tested = _prompt(walked.sent[self._planned.step.id].answer)
        if not forms or not tested:
            return None
        plain = control.plain(self._body) is not None
        for trial in range(2, 1 if plain else _MISSED + 1):
            if (await self._form_under_test(trial)).miss is None:
                return None
        other = _prompt((await self._asking.walk(first, 1)).sent[first.steps[0].id].answer)
        if other in (None, tested):
            return None
        counts: list[int] = []
        for number, (part, body) in enumerate(forms.items(), 1):
            name = "without" if number == 1 else f"without-{number}"
            alone = _prompt((await self._beside(name, body, 1, walked.values)).answer)
            if alone == tested:
                missing = f"the part of {fill(part, walked.values)}" if part else "that part"
                return self._failed(miss, f"and the prompt counts {tested} tokens with {missing} and without it")
            counts += [alone] if alone else []
        without = " or ".join(str(count) for count in counts)
        arrived = f"the part arrived: the prompt counts {tested} tokens with it and {without} without"
        return self._open(miss, arrived) if counts else None

    async def against_control(self, miss: Miss) -> Judged:
        """The plain form and the form under test, in turns, each time with other words."""
        control = self._planned.check.control
        body = control.plain(self._body) if control else None
        if body is None:
            return self._open(miss, "this has no plainer form to compare with")
        for trial in range(1, TIMES + 1):
            verdict = await self._form_under_test(trial)
            if verdict.miss is None:
                return self._cleared(miss, verdict, trial)
            miss = verdict.miss
            values = (await self._walk(trial)).values
            sent = await self._beside("plain", body, trial, values)
            if not judge_control(sent, _beside(self._planned.step, "plain", body), self._planned, values):
                told = "the plain form is missed too" if trial == 1 else f"the plain form is missed 1 time in {trial}"
                return self._open(miss, f"{told}; a model that follows it would decide this")
        return self._failed(miss, f"{TIMES} of {TIMES} times, while the plain form of the same request is honoured")

    # --- asking ---

    @property
    def _body(self) -> Json:
        return cast("Json", self._planned.step.body)

    async def _walk(self, trial: int) -> Walk:
        return await self._asking.walk(self._unit.scenario, trial)

    async def _form_under_test(self, trial: int) -> Verdict:
        judged = await self._asking.judged(await self._walk(trial), (self._planned,))
        verdict, exchanges = judged[self._planned.key]
        self._exchanges += exchanges
        self._under_test = exchanges
        return verdict

    async def _beside(self, form: str, body: Json, trial: int, values: Mapping[str, Any]) -> Sent:
        sent = await self._asking.step(self._unit, _beside(self._planned.step, form, body), trial, values)
        self._exchanges += (name for name, _ in sent.attempts)
        return sent

    def _parts(self, miss: Miss, values: Mapping[str, Any]) -> tuple[str, ...]:
        """What was missed, as the scenario writes it: with its placeholders."""
        params: Mapping[str, Any] = self._planned.use.params if self._planned.use else {}
        named = [word for value in params.values() for word in as_list(value)]
        return tuple(str(word) for word in named if fill(word, values) in miss.parts)

    # --- telling ---

    def _failed(self, miss: Miss, evidence: str) -> Judged:
        return self._told(failed(miss.expected, f"{miss.actual}; {evidence}", pointer=miss.pointer))

    def _open(self, miss: Miss, why: str) -> Judged:
        return self._told(miss.undecided(why))

    def _cleared(self, miss: Miss, verdict: Verdict, trial: int) -> Judged:
        """A later answer decides; one that says nothing leaves it open."""
        decided = verdict.miss is None and verdict.cause is None
        return (
            self._told(verdict) if decided else self._open(miss, f"missed {trial - 1} times, and then not comparable")
        )

    def _told(self, verdict: Verdict) -> Judged:
        beside = (name for name in dict.fromkeys(self._exchanges) if name not in self._under_test)
        return verdict, (*beside, *self._under_test)


def _beside(step: Step, form: str, body: Json) -> Step:
    """The step that sends another form of `step`'s request."""
    return replace(step, id=f"{step.id}.{form}", body=body, expect="message", capture={}, checks=())


def _without_each(control: Control, body: Json, parts: tuple[str, ...]) -> dict[str, Json]:
    """The requests that each leave out one of the parts, by that part: left out together, one that arrived would hide
    another that did not. Two parts that stand in the same place share a request."""
    forms: dict[str, Json] = {}
    for part in parts or ("",):
        form = control.without(body, (part,) if part else ())
        if form is not None and form not in forms.values():
            forms[part] = form
    return forms


def _prompt(answer: Answer | None) -> int | None:
    """The tokens of the prompt, as the answer counts them."""
    if answer is None or answer.status != 200:
        return None
    message = answer.message(streaming=answer.is_stream)
    answer.forget()
    return input_total(message) if message else None
