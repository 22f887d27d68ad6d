"""The first requests of a run at one provider, and what they leave to ask.

An answered preflight lets everything go on. What cannot be mended by asking ends the run with a diagnosis. Between the
two stands a provider that refuses this client's key and serves another client: what looks for that reason is judged.

Whoever calls brings the asking: the engine sends, a recording looks up, and both come to the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import DIAGNOSIS, Provider, Scenario, Step
from messages_conformance.checks.base import Cause, Outcome, Verdict, inconclusive
from messages_conformance.run.judging import preflight
from messages_conformance.run.judging.diagnosis import Diagnosis, Seen, diagnose
from messages_conformance.run.judging.elsewhere import NOT_THERE, Place, is_there, places
from messages_conformance.run.judging.shapes import models_offered
from messages_conformance.run.judging.verdicts import Verdicts, judge_walk
from messages_conformance.run.planning.plan import ACCEPTED, Plan, Unit
from messages_conformance.run.walking.unit import Sent, Walk

_TELLING: Final = (ACCEPTED, "answer.is-json-message", f"shape.{CANONICAL}.message.type")
"""The checks of which one tells that what answers is not this API; all others that fail with it follow from that."""


class Opening(Protocol):
    """How the first requests are answered."""

    async def walk(self, scenario: Scenario, trial: int) -> Walk: ...

    async def elsewhere(self, first: Scenario, step: Step, provider: Provider) -> Sent:
        """One request to another address, recorded beside those of the preflight."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """What the first requests came to. At most one of `diagnosis` and `hindrance` is set; the second stands for
    all that does not look for the reason."""

    first: Scenario
    walked: Walk
    diagnosis: Diagnosis | None = None
    hindrance: Verdict | None = None

    @property
    def hinders(self) -> Verdict | None:
        """Why nothing beside the first requests is asked, if it is not."""
        return self.diagnosis.verdict if self.diagnosis is not None else self.hindrance

    def verdicts(self, unit: Unit) -> Verdicts | None:
        """The verdicts on a unit that is not asked; None for one that is."""
        if self.diagnosis is not None:
            return self._diagnosed(unit, self.diagnosis)
        looks = unit.scenario.id == self.first.id or DIAGNOSIS in unit.scenario.tags
        if self.hindrance is None or looks:
            return None
        return {planned.key: (self.hindrance, ()) for planned in unit.checks}

    def _diagnosed(self, unit: Unit, found: Diagnosis) -> Verdicts:
        """All open, but for one failure of the preflight where the provider does not conform."""
        verdicts: Verdicts = {planned.key: (found.verdict, ()) for planned in unit.checks}
        if found.exit == 1 and unit.scenario.id == self.first.id:
            judged = judge_walk(self.walked, unit.checks)
            failed = [key for key, (verdict, _) in judged.items() if verdict.outcome is Outcome.FAIL]
            told = next((check for check in _TELLING if any(key[1] == check for key in failed)), None)
            verdicts |= {key: judged[key] for key in failed if key[1] == told}
        return verdicts


async def open_run(provider: Provider, plan: Plan, asking: Opening) -> Opened | None:
    """Ask the first requests of a run, as few as tell what is there; None where there is no preflight."""
    first = plan.preflight()
    if first is None:
        return None
    walked = await asking.walk(first, 1)
    sent = next(iter(walked.sent.values()))
    if sent.answer is None:
        return Opened(first, walked, hindrance=sent.withheld)
    aside = [await asking.walk(other, 1) for other in preflight.asides(provider, walked, plan)]
    if preflight.served_otherwise(aside) and not preflight.model_refused(sent.answer):
        told = f"{first.id} was refused, so nothing else was asked: {sent.answer.beginning()}"
        return Opened(first, walked, hindrance=inconclusive(Cause.AUTH, told))
    seen = Seen(
        provider,
        sent.answer,
        preflight.headers_tried((walked, *aside)),
        _offered(aside),
        await _answering_place(provider, first, walked, asking),
        _envelopes(provider, plan),
    )
    return Opened(first, walked, diagnose(seen))


async def _answering_place(provider: Provider, first: Scenario, walked: Walk, asking: Opening) -> Place | None:
    """The first other address that answers, where there is nothing at the one that was given."""
    answer = next(iter(walked.sent.values())).answer
    if answer is None or (answer.status in NOT_THERE and preflight.model_refused(answer)):
        return None
    for step, there, place in places(provider, first.steps[0], answer):
        came = (await asking.elsewhere(first, step, there)).answer
        if came is not None and is_there(place, came):
            return place
    return None


def _offered(aside: Iterable[Walk]) -> tuple[str, ...]:
    answers = (sent.answer for walk in aside for sent in walk.sent.values())
    return tuple(name for answer in answers if answer is not None for name in models_offered(answer))


def _envelopes(provider: Provider, plan: Plan) -> frozenset[str]:
    """The names at the top of a message by the provider's own contract, as far as the plan judges by it."""
    start = f"shape.{provider.contract}.message."
    mine = (planned.check.id for unit in plan.asked if unit.provider.id == provider.id for planned in unit.checks)
    own = () if provider.contract == CANONICAL else mine
    return frozenset(check.removeprefix(start).partition(".")[0] for check in own if check.startswith(start))
