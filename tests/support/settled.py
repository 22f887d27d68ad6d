"""Units that are settled without a provider: a function answers, and what was asked is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from making import asking, provider, scenario
from messages import message
from messages_conformance.catalog.model import Level, Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Verdict
from messages_conformance.checks.registry import WRITTEN
from messages_conformance.run.judging.settling import settle
from messages_conformance.run.judging.verdicts import Verdicts, judge_walk
from messages_conformance.run.planning.plan import Plan, Planned, Unit
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.run.walking.words import code_words
from messages_conformance.wire.exchange import read_json
from walking import Answered, Given, answered

BY_ID = {check.id: check for check in WRITTEN}
FIRST = scenario("first", tags=frozenset({"preflight"}))

Answers = Callable[[str, str, int], Given]
"""What comes for a scenario's step (`ask`, or `ask.plain`) in a trial."""


@dataclass
class Fake:
    """Answers as a function has them; remembers what it was asked, each request once, as the engine sends it."""

    answers: Answers
    stormy: bool = False
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    told: dict[str, Answer] = field(default_factory=dict[str, Answer])

    def _sent(self, scenario: str, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        request = build(provider(), step, values, "key")
        name = f"maker/{scenario}/{step.id}/{trial}.1"
        self.asked[name] = read_json(request.body)
        self.told[name] = answered(request, self.answers(scenario, step.id, trial))
        return Sent(((name, self.told[name]),))

    async def walk(self, scenario: Scenario, trial: int) -> Walk:
        async def send(step: Step, trial: int, _: Any) -> Sent:
            return self._sent(scenario.id, step, trial, code_words(trial))

        return await walk(provider(), scenario, trial, "key", send)

    async def step(self, unit: Unit, step: Step, trial: int, values: Mapping[str, Any]) -> Sent:
        return self._sent(unit.scenario.id, step, trial, values)

    async def judged(self, walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
        return judge_walk(walked, planned)

    def seen(self) -> Mapping[str, Answer]:
        if not self.stormy:
            return self.told
        request = build(provider(), asking("other"), {}, "key")
        return self.told | {
            f"maker/other/ask/1.{attempt}": answered(request, Answered(status, message()))
            for attempt, status in enumerate((500, 200), 1)
        }

    def of(self, name: str) -> list[str]:
        """The ids of what was asked of one scenario."""
        return [one.removeprefix(f"maker/{name}/") for one in self.asked if one.startswith(f"maker/{name}/")]


def settled(fake: Fake, of: Scenario, *others: Scenario) -> tuple[dict[str, Verdict], dict[str, tuple[str, ...]]]:
    """The verdicts by the checks' ids, and the exchanges on which each rests."""
    planned = tuple(
        Planned(step, BY_ID[use.check], use, "drop-in", ("anthropic:message.content",), Level.MUST)
        for step in of.steps
        for use in step.checks
    )
    unit = Unit(provider(), of, planned)
    plan = Plan((unit,), {one.id: one for one in (FIRST, of, *others)})
    verdicts = asyncio.run(settle(unit, plan, fake))
    named = {key[1]: judged for key, judged in verdicts.items()}
    return {name: verdict for name, (verdict, _) in named.items()}, {name: ids for name, (_, ids) in named.items()}
