"""One unit from requests to verdicts, without any engine: what is sent is handed to a function."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from making import asking, provider, scenario
from messages import message
from messages_conformance.catalog.model import Scenario, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, inconclusive
from messages_conformance.run.walking.unit import Sent, Walk, walk
from messages_conformance.run.walking.words import code_words
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, Request, Response, read_json
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
    made, bodies = walked(loop({"answer": expression}), {"call": message(content=[call]), "result": message()})
    assert bodies["result"]["messages"] == call
    assert made.accepted


STREAM: list[dict[str, Any]] = [
    {"type": "message_start", "message": message("", content=[], stop_reason=None)},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "po"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ng"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_stop"},
]


def streamed(events: list[dict[str, Any]]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def sse(events: list[dict[str, Any]], failure: Failure | None = None) -> Sent:
    """An answer that says of itself that it is a stream."""
    request = Request("POST", "http://provider.test/v1/messages", (), b"{}")
    response = Response(200, (("content-type", "text/event-stream"),), (Chunk(1.0, streamed(events)),))
    return Sent((("call/1.1", Answer(Exchange(request, response, failure, "2026-11-20T10:00:00.000Z", 1.0, 2.0))),))


def test_from_a_stream_the_folded_message_is_captured() -> None:
    captured = loop({"answer": "content[0].text"}, expect="stream")
    made, bodies = walked(captured, {"call": sse(STREAM), "result": message()})
    assert bodies["result"]["messages"] == "pong"
    assert made.accepted


ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "No."}}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (sse(STREAM[:-1]), "its stream did not come to its end"),
        (sse([*STREAM[:-1], ERROR]), "its stream did not come to its end"),
        (sse([*STREAM[:-1], ERROR, STREAM[-1]]), "its stream did not come to its end"),
        (sse(STREAM, Failure("protocol", "closed early")), "its answer was cut (closed early)"),
    ],
    ids=["open", "error", "error-and-end", "failure"],
)
def test_what_a_broken_stream_left_is_not_sent_back(given: Sent, why: str) -> None:
    made, bodies = walked(loop({"answer": "content[0].text"}, expect="stream"), {"call": given})
    assert list(bodies) == ["call"]
    withheld = made.sent["result"].withheld
    assert withheld is not None
    assert (withheld.cause, withheld.note) == (
        Cause.PREREQUISITE_FAILED,
        f"step call gave nothing to go on with: {why}",
    )


# --- values -----------------------------------------------------------------------------------------------------------


def test_each_trial_is_filled_with_its_own_words_and_keeps_what_it_captured() -> None:
    asked = loop({"answer": "content[0].text"}, body={"messages": "${word_1}"})

    def walk_of(trial: int) -> tuple[Walk, list[Any]]:
        bodies: list[Any] = []

        async def send(step: Step, trial: int, request: Request) -> Sent:
            bodies.append(read_json(request.body)["messages"])
            return Sent(((f"{step.id}/{trial}.1", answered(request, message(f"answer {trial}"))),))

        return asyncio.run(walk(provider(), asked, trial, "key", send)), bodies

    first, second = walk_of(1), walk_of(2)
    assert first[1] == [code_words(1)["word_1"], "answer 1"]
    assert second[1] == [code_words(2)["word_1"], "answer 2"]
    assert dict(second[0].values) == {**code_words(2), "answer": "answer 2"}


def test_steps_that_go_together_are_filled_with_the_words_too() -> None:
    both = scenario("pair", asking("pair", "one", body={"messages": "${word_2}"}), together=True)
    made, bodies = walked(both, {"one": message()})
    assert bodies["one"]["messages"] == code_words(1)["word_2"]
    assert made.values == code_words(1)


# --- 5xx --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "failed"), [(200, False), (400, False), (500, True), (501, False), (529, False)])
def test_a_walk_failed_inside_where_a_5xx_may_be_either(status: int, failed: bool) -> None:
    two = scenario("two", asking("two", "one"), asking("two", "other"))
    made, _ = walked(two, {"one": message(), "other": Answered(status, message())})
    assert made.failed_inside is failed
    assert not made.persists


@pytest.mark.parametrize(
    ("expression", "given"),
    [
        ("content[9].text", message()),
        ("content", message(content=[])),
        ("content", Answered(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "No."}})),
        ("content", b"no JSON at all"),
        ("content", []),
        ("length(content)", message(content=7)),  # a function that cannot take what the peer put there
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
        return Sent(((f"{step.id}/{trial}.1", answered(request, message(step.id))),))

    made = asyncio.run(walk(provider(), both, 1, "key", send))
    assert waiting == ["one", "two"]
    assert made.accepted
    assert list(made.sent) == ["one", "two"]


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (201, False), (400, False), (500, False)])
def test_a_twin_is_accepted_only_with_200(status: int, accepted: bool) -> None:
    made, _ = walked(scenario("s"), {"ask": Answered(status, message())})
    assert made.accepted is accepted
