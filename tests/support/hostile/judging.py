"""What it costs to judge one answer, however large, with every check that a run plans for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from messages_conformance.catalog import Catalog
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Outcome
from messages_conformance.run.judging.verdicts import judge_walk
from messages_conformance.run.planning.plan import make_plan
from messages_conformance.run.session import known_checks
from messages_conformance.run.walking.requests import build
from messages_conformance.run.walking.unit import Sent, Walk
from messages_conformance.wire.body import Body, BodyTooLargeError
from messages_conformance.wire.exchange import Exchange, Response

LARGEST = (4 << 20) - (1 << 12)
"""Bytes of the largest flood that is judged: with what is around it, the client keeps it whole."""

_PIECE = 1 << 16
_NAME = "hostile"


@dataclass(frozen=True)
class Cost:
    """CPU seconds of judging an answer, and of decoding the JSON in it and nothing else; how many bytes of it, and how
    many events, were within the client's bounds. `broken` are the checks that raised."""

    judging: float
    decoding: float
    size: int
    events: int
    broken: tuple[str, ...]


def cost(catalog: Catalog, scenario: str, content: bytes) -> Cost:
    """What it costs to judge `content` as the answer to the first step of a scenario. What the client's bounds cut off
    is not judged; what is left is taken for whole, as the worst that a server can send."""
    chosen = next(each for each in catalog.scenarios if each.id == scenario)
    provider = catalog.providers["reference"]
    (unit,) = make_plan([(provider, chosen)], replace(catalog, scenarios=(chosen,)), known_checks(catalog)).units
    step = chosen.steps[0]
    streams = step.expect == "stream"
    body = Body(4 << 20, None)
    with suppress(BodyTooLargeError):
        for start in range(0, len(content), _PIECE):
            body.feed(content[start : start + _PIECE], 10.0 + start / _PIECE)
    headers = (("content-type", "text/event-stream" if streams else "application/json"), ("request-id", "req_1"))
    response = Response(200, headers, body.chunks())
    began = "2026-01-01T00:00:00.000+00:00"
    answer = Answer(Exchange(build(provider, step, {}, "k"), response, None, began, 10, 99))
    walk = Walk({step.id: Sent(((_NAME, answer),))})
    judging, verdicts = _cpu(lambda: judge_walk(walk, unit.checks))
    told = [event.raw or "" for event in answer.events] if streams else [response.body]
    decoding, _ = _cpu(lambda: [_decoded(each) for each in told])
    broken = tuple(key[1] for key, (verdict, _) in verdicts.items() if verdict.outcome is Outcome.HARNESS_ERROR)
    return Cost(judging, decoding, len(response.body), len(told) if streams else 0, broken)


def _decoded(text: str | bytes) -> None:
    with suppress(ValueError, RecursionError):
        json.loads(text)


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    done = work()
    return time.process_time() - start, done
