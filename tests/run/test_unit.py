"""One unit from requests to verdicts, without any engine: what is sent is handed to a function."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from making import asking, provider, scenario
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.base import (
    Cause,
    inconclusive,
)
from messages_conformance.run.unit import Sent, walk
from messages_conformance.wire.exchange import Request
from playing import said
from walking import Answered, Given, answered, walked


def loop(capture: dict[str, str], **changes: Any) -> Scenario:
    """Two steps, the second of which sends back what the first captured."""
    return scenario(
        "loop",
        asking("loop", "call", capture=capture, **changes),
        asking("loop", "result", body={"max_tokens": 1, "messages": "${answer}"}),
    )


# --- captured values ------------------------------------------------------------------------------------------------


def test_captured_values_travel_to_later_steps() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
    expression = "content[?type=='tool_use'] | [0]"
    made, bodies = walked(loop({"answer": expression}), {"call": said(content=[call]), "result": said()})
    assert bodies["result"]["messages"] == call
    assert made.accepted


def test_from_a_stream_the_folded_message_is_captured() -> None:
    events = [
        {"type": "message_start", "message": said("", content=[], stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "po"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ng"}},
        {"type": "content_block_stop", "index": 0},
    ]
    stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
    made, bodies = walked(loop({"answer": "content[0].text"}, expect="stream"), {"call": stream, "result": said()})
    assert bodies["result"]["messages"] == "pong"
    assert made.accepted


@pytest.mark.parametrize(
    ("expression", "given"),
    [
        ("content[9].text", said()),
        ("content", said(content=[])),
        ("content", Answered(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "No."}})),
        ("content", b"no JSON at all"),
        ("content", []),
        ("length(content)", said(content=7)),  # a function that cannot take what the peer put there
    ],
)
def test_a_missing_capture_withholds_every_later_step(expression: str, given: Given) -> None:
    three = scenario(
        "loop",
        asking("loop", "call", capture={"answer": expression}),
        asking("loop", "result", body={"messages": "${answer}"}),
        asking("loop", "last"),
    )
    made, bodies = walked(three, {"call": given})
    assert list(bodies) == ["call"]
    assert not made.accepted
    for later in ("result", "last"):
        withheld = made.sent[later].withheld
        assert withheld is not None
        assert withheld.cause is Cause.PREREQUISITE_FAILED
        assert withheld.note == f"step call gave nothing for `answer` ({expression}) to go on with"


def test_a_step_that_was_withheld_withholds_the_rest_for_its_own_reason() -> None:
    held = inconclusive(Cause.BUDGET, "no money")
    made, bodies = walked(loop({"answer": "content"}), {"call": Sent(withheld=held)})
    assert list(bodies) == ["call"]
    assert made.sent["result"].withheld is held


def test_steps_that_go_together_are_all_sent_before_one_is_answered() -> None:
    both = scenario("pair", asking("pair", "one"), asking("pair", "two"), together=True)
    waiting: list[str] = []
    met = asyncio.Event()

    async def send(step: Step, trial: int, request: Request) -> Sent:
        waiting.append(step.id)
        if len(waiting) == 2:
            met.set()
        await asyncio.wait_for(met.wait(), 5)
        return Sent(((f"{step.id}/{trial}.1", answered(request, said(step.id))),))

    made = asyncio.run(walk(provider(), both, 1, "key", send))
    assert waiting == ["one", "two"]
    assert made.accepted
    assert list(made.sent) == ["one", "two"]


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (201, False), (400, False), (500, False)])
def test_a_twin_is_accepted_only_with_200(status: int, accepted: bool) -> None:
    made, _ = walked(scenario("s"), {"ask": Answered(status, said())})
    assert made.accepted is accepted
