"""The judge is total: whatever comes back, it ends in a verdict, and never in a fault of this program.

Every scenario of a whole run is walked again with its recorded answers distorted, so that each check sees the steps and
the parameters for which it was made, and requests made of what earlier answers held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from distortions import DISTORTIONS, Distortion, distorted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Step
from messages_conformance.checks.base import Check, Outcome, Verdict
from messages_conformance.run.judging import judge_walk
from messages_conformance.run.plan import Pair, Plan, Planned, Unit, make_plan
from messages_conformance.run.replay import Recording
from messages_conformance.run.unit import Sent, Walk, walk
from messages_conformance.wire.exchange import Exchange, Request
from recorded import Recorded


@dataclass(frozen=True)
class World:
    """What was recorded, and one unit of each kind: those that plan the same checks differ in what they send."""

    recording: Recording
    units: tuple[Unit, ...]

    def walked(self, unit: Unit, distort: Callable[[int, Exchange], Exchange]) -> Walk:
        """The first trial of a unit, each step answered as it was recorded and then distorted. Requests are made anew:
        they hold what the distorted answers before them gave."""
        places = {step.id: number for number, step in enumerate(unit.scenario.steps)}

        async def send(step: Step, trial: int, request: Request) -> Sent:
            recorded = self.recording.attempts[unit.provider.id, unit.scenario.id, step.id, trial]
            return Sent(
                tuple((name, distort(places[step.id], replace(seen, request=request))) for name, seen in recorded)
            )

        return asyncio.run(walk(unit.provider, unit.scenario, 1, "reference-key", send))


@pytest.fixture(scope="module")
def world(catalog: Catalog, checks: Mapping[str, Check], whole_run: Recorded) -> World:
    providers, scenarios = catalog.providers, {scenario.id: scenario for scenario in catalog.scenarios}
    pairs: list[Pair] = [(providers[provider], scenarios[name]) for provider, name in whole_run.run.cells]
    plan: Plan = make_plan(pairs, catalog, checks)
    kinds = {tuple((p.step.expect, *p.key[:2]) for p in unit.checks): unit for unit in plan.asked}
    every = tuple(replace(unit, checks=(*unit.checks, *_unplanned(unit, checks))) for unit in kinds.values())
    return World(Recording.of(whole_run.run), every)


def _unplanned(unit: Unit, checks: Mapping[str, Check]) -> list[Planned]:
    """Wire checks of contracts that the provider does not owe anything; they are asked of others with such answers."""
    planned = {(p.step.id, p.check.id) for p in unit.checks}
    model = unit.checks[0]
    return [
        replace(model, step=step, check=check, use=None)
        for step in unit.scenario.steps
        for check in checks.values()
        if step.expect in check.on and (step.id, check.id) not in planned
    ]


def faults(verdicts: Mapping[object, tuple[Verdict, object]]) -> list[str]:
    """The checks that raised, and those that say what cannot be written down."""
    found = [f"{key}: {v.note}" for key, (v, _) in verdicts.items() if v.outcome is Outcome.HARNESS_ERROR]
    return found + [f"{key}: {v!r} cannot be written" for key, (v, _) in verdicts.items() if not _writable(v)]


def _writable(verdict: Verdict) -> bool:
    try:
        f"{verdict.expected}{verdict.actual}{verdict.pointer}{verdict.note}".encode()
    except ValueError:
        return False
    return True


def test_every_check_is_asked(world: World, checks: Mapping[str, Check]) -> None:
    assert {planned.check.id for unit in world.units for planned in unit.checks} == set(checks)


def test_undistorted_everything_is_judged(world: World) -> None:
    for unit in world.units:
        walked = world.walked(unit, lambda _, seen: seen)
        assert all(sent.exchange is not None for sent in walked.sent.values()), unit.key
        assert faults(judge_walk(walked, unit.checks)) == [], unit.key


@settings(
    max_examples=4 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), how=st.lists(DISTORTIONS, min_size=1, max_size=3))
def test_no_answer_makes_a_check_raise(world: World, data: st.DataObject, how: list[Distortion]) -> None:
    unit = data.draw(st.sampled_from(world.units))
    walked = world.walked(unit, lambda step, seen: distorted(seen, how[step % len(how)]))
    assert faults(judge_walk(walked, unit.checks)) == [], unit.key
