"""Walks of scenarios without any engine: what is sent is handed to a function."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from making import provider
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.wire.exchange import Chunk, Exchange, Request, Response, read_json

Given = Any
"""The body of an answer as JSON or bytes, an `Answered`, or a `Sent` as it is."""


@dataclass
class Answered:
    status: int
    body: Any


def answered(request: Request, given: Given) -> Answer:
    said = given if isinstance(given, Answered) else Answered(200, given)
    data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
    response = Response(said.status, (), (Chunk(1.0, data),))
    return Answer(Exchange(request, response, None, "2026-11-20T10:00:00.000Z", 1.0, 2.0))


def walked(asked: Scenario, answers: dict[str, Given]) -> tuple[Walk, dict[str, Any]]:
    """The walk, and the JSON body that each step really sent."""
    bodies: dict[str, Any] = {}

    async def send(step: Step, trial: int, request: Request) -> Sent:
        bodies[step.id] = read_json(request.body)
        given = answers[step.id]
        return given if isinstance(given, Sent) else Sent(((f"{step.id}/{trial}.1", answered(request, given)),))

    return asyncio.run(walk(provider(), asked, 1, "key", send)), bodies
