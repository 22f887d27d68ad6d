"""Part 4: what judging costs, and where the CPU of a run goes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from answers import DATA, FRAMES, HEADERS, MESSAGE
from measure import Row, micro, ratios, side_by_side
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Provider, Scenario
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Outcome
from messages_conformance.run import engine
from messages_conformance.run.judging.verdicts import judge_walk
from messages_conformance.run.planning.plan import Unit, make_plan
from messages_conformance.run.recorder import Recorder
from messages_conformance.run.session import known_checks
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Sent, Walk
from messages_conformance.wire.exchange import Chunk, Exchange, Response
from running import KEY, patterns, run, single_steps

TIMES = 100
EXCHANGES = 192


def rows(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """The ratios of part 4."""
    provider = catalog.providers["reference"]
    plain, streamed = patterns(catalog)
    cases = (("message", plain, [MESSAGE], [MESSAGE]), ("stream of 60 events", streamed, FRAMES, DATA))
    for name, scenario, pieces, decoded in cases:
        unit, walk = _recorded(catalog, provider, scenario, pieces)
        samples = side_by_side(
            {
                "json": lambda d=decoded: _cpu(lambda: [json.loads(data) for data in d]),
                "again": lambda d=decoded: _cpu(lambda: [json.loads(data) for data in d]),
                "judge": lambda u=unit, w=walk: _cpu(lambda: judge_walk(w, u.checks)),
            },
            rounds,
        )
        label = f"{name}, {len(unit.checks)} checks: judge / json.loads"
        yield Row("judging CPU", f"{name}: json.loads / json.loads", ratios(samples, "again", "json"), control=True)
        yield Row("judging CPU", label, ratios(samples, "judge", "json"), micro(samples, "judge", "json"))
    yield from _shares(catalog, address, rounds)


def _cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of doing `work` once, the mean of many."""
    start = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - start) / TIMES


def _recorded(catalog: Catalog, provider: Provider, scenario: Scenario, pieces: Sequence[bytes]) -> tuple[Unit, Walk]:
    """The unit of a scenario and what the provider answered to it: each piece a chunk of its own."""
    (unit,) = make_plan([(provider, scenario)], replace(catalog, scenarios=(scenario,)), known_checks(catalog)).units
    (step,) = scenario.steps
    kind = "text/event-stream" if step.expect == "stream" else "application/json"
    chunks = tuple(Chunk(10.0 + 2 * n, piece) for n, piece in enumerate(pieces))
    response = Response(200, (("content-type", kind), *HEADERS), chunks)
    request = build(provider, step, {}, KEY)
    exchange = Exchange(request, response, None, "2026-01-01T00:00:00.000+00:00", 10.0, chunks[-1].at_ms)
    walk = Walk({step.id: Sent((("bench", Answer(exchange)),))})
    outcomes = {verdict.outcome for verdict, _ in judge_walk(walk, unit.checks).values()}
    assert outcomes <= {Outcome.PASS, Outcome.NOT_APPLICABLE}, outcomes
    return unit, walk


@dataclass(slots=True)
class _Clock:
    """CPU seconds spent inside the functions that it was put around."""

    spent: float = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            start = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.spent += time.process_time() - start

        return timed


def _shares(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """What judging and recording take of the CPU of a run; the rest is sending, reading, the event loop, the plan."""
    load = single_steps(catalog, address, EXCHANGES, delay=0)
    shares: dict[str, list[float]] = {"judge": [], "record": [], "send and the rest": []}
    spent: list[float] = []
    for _ in range(rounds):
        judging, recording = _Clock(), _Clock()
        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(engine, "judge_walk", judging.around(judge_walk)))
            for name in ("exchange", "judged"):
                stack.enter_context(mock.patch.object(Recorder, name, recording.around(getattr(Recorder, name))))
            whole = run(catalog, load).cpu
        spent.append(whole / EXCHANGES)
        shares["judge"].append(judging.spent / whole)
        shares["record"].append(recording.spent / whole)
        shares["send and the rest"].append(1 - (judging.spent + recording.spent) / whole)
    for name, ratio in shares.items():
        absolute = micro({"whole": spent}, "whole") + " in all" if name == "judge" else ""
        yield Row("engine CPU", f"per exchange, half of them streams: {name} / all", tuple(ratio), absolute)
