"""The judge is total: whatever comes back, it ends in a verdict, and never in a fault of this program.

Every kind of scenario of a whole run is walked again with its recorded answers distorted, so that each check sees the
steps and the parameters for which it was made, and requests made of what the answers before them held.
`pytest --hypothesis-profile long` searches for minutes instead of seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest
from distortions import DISTORTIONS, Distortion, distorted
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Check, Outcome, inconclusive
from messages_conformance.report.console import Console
from messages_conformance.report.outputs import html, markdown
from messages_conformance.report.terminal import summary
from messages_conformance.results.reading import read_run
from messages_conformance.results.stream import FileSink
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.header import About, header
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.judging.verdicts import judge_walk
from messages_conformance.run.planning.plan import Pair, Plan, Planned, Unit, make_plan
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.session import unique
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.wire.exchange import Exchange, Request
from messages_conformance.wire.redact import Redactor
from recorded import Recorded
from searching import EXAMPLES

pytestmark = [pytest.mark.gate, pytest.mark.xdist_group("whole-run")]  # which is recorded once

Distort = Callable[[int, Exchange], Exchange]
"""From a step's number and its exchange to what came instead."""


@dataclass(frozen=True)
class World:
    """What was recorded, and a plan with one unit of each kind: those that plan the same checks differ in no more than
    what they send."""

    catalog: Catalog
    checks: Mapping[str, Check]
    recording: Recording
    plan: Plan

    def walked(self, unit: Unit, distort: Distort) -> Walk:
        """The first trial of a unit, each step answered as it was recorded and then distorted. Requests are made anew,
        of what the distorted answers before them gave."""
        numbers = {step.id: number for number, step in enumerate(unit.scenario.steps)}

        async def send(step: Step, trial: int, request: Request) -> Sent:
            # What is asked again because of a distortion was never recorded.
            recorded = self.recording.attempts.get((unit.provider.id, unit.scenario.id, step.id, trial))
            if recorded is None:
                return Sent(withheld=inconclusive(Cause.PREREQUISITE_FAILED, "not recorded"))
            return Sent(
                tuple(
                    (name, Answer(distort(numbers.get(step.id, 0), replace(seen.exchange, request=request))))
                    for name, seen in recorded
                )
            )

        return asyncio.run(walk(unit.provider, unit.scenario, 1, "a-Made-Up-Key-1", send))

    def everything_on(self, unit: Unit) -> tuple[Planned, ...]:
        """What is planned, and the wire checks of contracts by which others with such answers are judged."""
        planned = {(p.step.id, p.check.id) for p in unit.checks}
        of_others = (
            replace(unit.checks[0], step=step, check=check, use=None)
            for step in unit.scenario.steps
            for check in self.checks.values()
            if step.expect in check.on and (step.id, check.id) not in planned
        )
        return (*unit.checks, *of_others)


@pytest.fixture(scope="module")
def world(catalog: Catalog, checks: Mapping[str, Check], whole_run: Recorded) -> World:
    providers, scenarios = catalog.providers, {scenario.id: scenario for scenario in catalog.scenarios}
    # What looks back on a whole run sends nothing that could be distorted.
    asked = [place for place in whole_run.run.cells if not scenarios[place[1]].looks_back]
    pairs: list[Pair] = [(providers[provider], scenarios[name]) for provider, name in asked]
    plan = make_plan(pairs, catalog, checks)
    kinds = {tuple((p.step.expect, p.step.id, p.check.id) for p in unit.checks): unit for unit in plan.asked}
    return World(catalog, checks, Recording.of(whole_run.run.exchanges), replace(plan, units=tuple(kinds.values())))


def faults(world: World, unit: Unit, walked: Walk) -> list[str]:
    """The checks that raised."""
    verdicts = judge_walk(walked, world.everything_on(unit))
    return [f"{key}: {v.note}" for key, (v, _) in verdicts.items() if v.outcome is Outcome.HARNESS_ERROR]


def test_every_check_is_asked(world: World, checks: Mapping[str, Check]) -> None:
    asked = {planned.check.id for unit in world.plan.units for planned in world.everything_on(unit)}
    assert asked == {name for name in checks if not name.startswith("run.")}


def test_undistorted_everything_is_judged(world: World) -> None:
    for unit in world.plan.units:
        walked = world.walked(unit, lambda _, seen: seen)
        assert all(sent.answer is not None for sent in walked.sent.values()), unit.key
        assert faults(world, unit, walked) == [], unit.key


def test_nobody_changes_what_all_share(world: World) -> None:
    """Not what was captured, and not what checks looked at: read anew, each answer holds the same."""
    for unit in world.plan.units:
        walked = world.walked(unit, lambda _, seen: seen)
        judge_walk(walked, world.everything_on(unit))
        for _, answer in (attempt for sent in walked.sent.values() for attempt in sent.attempts):
            anew = Answer(answer.exchange)
            for part in ("request_json", "body_json", "events", "blocks", "error"):
                assert getattr(answer, part) == getattr(anew, part), (unit.key, part)
            for streaming in (True, False):
                assert answer.message(streaming=streaming) == anew.message(streaming=streaming), unit.key


TOO_MUCH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
HOW = st.lists(DISTORTIONS, min_size=1, max_size=3)


def by_turns(how: list[Distortion]) -> Distort:
    return lambda step, seen: distorted(seen, how[step % len(how)])


@settings(max_examples=4 * EXAMPLES, deadline=None)
@given(data=st.data(), how=HOW)
def test_no_answer_makes_a_check_raise(world: World, data: st.DataObject, how: list[Distortion]) -> None:
    unit = data.draw(st.sampled_from(world.plan.units))
    assert faults(world, unit, world.walked(unit, by_turns(how))) == [], unit.key


@settings(max_examples=max(2, EXAMPLES // 50), deadline=None, phases=[Phase.generate], suppress_health_check=TOO_MUCH)
@given(hows=st.lists(HOW, min_size=7, max_size=7))
def test_whatever_came_is_recorded_and_reported(
    world: World, tmp_path_factory: pytest.TempPathFactory, hows: list[list[Distortion]]
) -> None:
    results = tmp_path_factory.mktemp("distorted") / "results.jsonl"
    _record(world, results, hows)
    run = read_run(results)
    assert judge_run(run).exit is not Exit.FAULT
    assert not any(cell.missing(question) for cell in run.cells.values() for question in ("drop-in", "as-documented"))
    told = StringIO()
    summary(run, Console(file=told))
    for output in (html.render(run, Level.MUST), markdown.render(run, Level.MUST), told.getvalue()):
        assert "Reference" in output.encode().decode()


def _record(world: World, results: Path, hows: list[list[Distortion]]) -> None:
    """Write a whole run, as the engine would."""
    plan, who = world.plan, [provider.id for provider in world.plan.providers]
    sink = FileSink(results)
    recorder = Recorder(sink, dict.fromkeys(who, Redactor(["a-Made-Up-Key-1"])), dict.fromkeys(who))
    about = About(plan.providers, unique(unit.scenario for unit in plan.units))
    recorder.header(header(about, plan, world.catalog, world.checks))
    for unit in plan.units:
        recorder.planned(unit)
    for number, unit in enumerate(plan.units):
        walked = world.walked(unit, by_turns(hows[number % len(hows)]))
        for step in unit.scenario.steps:
            for attempt, (name, answer) in enumerate(walked.sent[step.id].attempts, 1):
                recorder.exchange(unit.key, name, (step, 1, attempt), answer.exchange)
        recorder.judged(unit, judge_walk(walked, unit.checks))
    recorder.footer({}, {})
    sink.close()
