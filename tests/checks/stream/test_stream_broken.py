"""One defect, one check: each broken stream fails exactly the rule that it breaks, at the event that breaks it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from members import over
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Outcome
from streams import (
    PING,
    STOP,
    STREAM_CHECKS,
    Json,
    block,
    body,
    delta,
    end,
    error,
    evidence,
    frame,
    of_outcome,
    start,
    text,
    thinking,
    tool,
    verdicts,
)

_TEXT_DELTA = {"type": "text_delta", "text": "Hi"}
_LONG = "All of the text that anybody could ask for, and then some more of it. " * 3


def _without(events: list[Json], *numbers: int) -> bytes:
    """The stream without the events of these 1-based numbers."""
    return body(*(event for number, event in enumerate(events, 1) if number not in numbers))


def _at(index: Any, *events: Json) -> list[Json]:
    return [event | {"index": index} if "index" in event else event for event in events]


_PLAIN = [start(), *text(0, "Hello", " world"), *end()]  # events 1; 2 to 5; 6 and 7
_TWO_TOOLS = [start(), *tool(0, '{"a":1}'), *tool(1, '{"b":2}'), *end("tool_use")]  # 1; 2 to 4; 5 to 7; 8 and 9


@dataclass(frozen=True)
class Broken:
    """A stream, the local names of the rules it breaks, and the event that the (first) failure points at."""

    stream: bytes
    rules: str
    event: int | None = None


BROKEN: dict[str, Broken] = {
    "no event names": Broken(re.sub(rb"event: .*\n", b"", body(*_PLAIN)), "named-events", 1),
    "a name that is not the type": Broken(
        body(start()) + frame(text(0)[0], name="message").encode() + body(*text(0, "Hi")[1:], *end()), "named-events", 2
    ),
    "data without a type": Broken(
        body(start()) + b"event: ping\ndata: {}\n\n" + body(*text(0), *end()), "named-events", 2
    ),
    "broken JSON": Broken(
        body(start()) + b"event: ping\ndata: {oops\n\n" + body(*text(0), *end()), "one-json-object", 2
    ),
    "NaN": Broken(body(start()) + b'event: x\ndata: {"a": NaN}\n\n' + body(*text(0), *end()), "one-json-object", 2),
    "an array": Broken(body(start()) + b"event: ping\ndata: []\n\n" + body(*text(0), *end()), "one-json-object", 2),
    "no data": Broken(body(start()) + b"event: ping\n\n" + body(*text(0), *end()), "one-json-object", 2),
    "content before message_start": Broken(body(*text(0, "Hi"), start(), *end()), "message-start-first", 1),
    "no message_start": Broken(_without(_PLAIN, 1), "message-start-first message-start-once", 1),
    "two message_starts": Broken(body(start(), *_PLAIN), "message-start-once", 2),
    "message_start again in the middle": Broken(body(*_PLAIN[:5], *_PLAIN), "message-start-once", 6),
    "content in message_start": Broken(
        body(start(content=[{"type": "text", "text": "x"}]), *_PLAIN[1:]), "message-start-empty", 1
    ),
    "stop_reason in message_start": Broken(body(start(stop_reason="end_turn"), *_PLAIN[1:]), "message-start-empty", 1),
    "stop_sequence in message_start": Broken(body(start(stop_sequence="x"), *_PLAIN[1:]), "message-start-empty", 1),
    "an index with a decimal point": Broken(
        body(_PLAIN[0], {**_PLAIN[1], "index": 0.0}, *_PLAIN[2:]), "index-integer", 2
    ),
    "indexes from 1": Broken(body(start(), *text(1, "Hi"), *text(2, "Ho"), *end()), "block-indexes", 2),
    "a gap in the indexes": Broken(body(start(), *text(0, "Hi"), *text(2, "Ho"), *end()), "block-indexes", 5),
    "index 0 twice": Broken(body(start(), *text(0, "Hi"), *text(0, "Ho"), *end()), "block-indexes", 5),
    "no content_block_start": Broken(_without(_PLAIN, 2), "block-start-first", 2),
    "no content_block_start for the second": Broken(_without(_TWO_TOOLS, 5), "block-start-first", 5),
    "a stop without a block": Broken(body(start(), *text(0)[1:], *end()), "block-start-first", 2),
    "a second stop": Broken(body(*_PLAIN[:5], *_PLAIN[4:]), "block-start-first", 6),
    "a delta after the stop": Broken(body(*_PLAIN[:5], *_PLAIN[2:3], *_PLAIN[5:]), "block-start-first", 6),
    "deltas for another index": Broken(body(*_PLAIN[:2], *_at(1, *_PLAIN[2:4]), *_PLAIN[4:]), "block-start-first", 3),
    "deltas for an index that no integer holds": Broken(
        body(*_PLAIN[:2], *_at(10**4299, *_PLAIN[2:4]), *_PLAIN[4:]), "block-start-first", 3
    ),
    "an index that no integer holds": Broken(body(start(), *text(10**4299, "Hi"), *end()), "block-indexes", 2),
    "a block that never stops": Broken(_without(_PLAIN, 5), "block-stop", 2),
    "a first block that never stops": Broken(_without(_TWO_TOOLS, 4), "block-stop", 2),
    "tools side by side": Broken(
        body(start(), _TWO_TOOLS[1], _TWO_TOOLS[4], *_TWO_TOOLS[2:4], *_TWO_TOOLS[5:]), "blocks-one-at-a-time", 4
    ),
    "blocks nested": Broken(
        body(start(), *text(0, "Hi")[:2], *tool(1, "{}"), text(0)[1], *end()), "blocks-one-at-a-time", 7
    ),
    "text in a thinking block": Broken(
        body(start(), *(t := thinking(0, "Hm"))[:2], {**t[1], "delta": _TEXT_DELTA}, *t[2:], *end()),
        "delta-matches-block",
        4,
    ),
    "arguments in a text block": Broken(
        body(
            start(), *block(0, {"type": "text", "text": ""}, {"type": "input_json_delta", "partial_json": "{"}), *end()
        ),
        "delta-matches-block",
        3,
    ),
    "a search result in pieces": Broken(
        body(
            start(),
            *block(0, {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}, _TEXT_DELTA),
            *end(),
        ),
        "delta-matches-block",
        3,
    ),
    "message_delta before the stop": Broken(
        body(*_PLAIN[:4], _PLAIN[5], _PLAIN[4], STOP), "message-delta-after-blocks", 6
    ),
    "a block after message_delta": Broken(body(*_PLAIN[:6], *text(1, "!"), STOP), "message-delta-after-blocks", 7),
    "no message_delta": Broken(_without(_PLAIN, 6), "message-delta-present"),
    "no message_stop": Broken(_without(_PLAIN, 7), "message-stop-last"),
    "two message_stops": Broken(body(*_PLAIN, STOP), "message-stop-last", 8),
    "message_stop before message_delta": Broken(body(*_PLAIN[:5], STOP, _PLAIN[5]), "message-stop-last", 7),
    "another message after the end": Broken(body(*_PLAIN, *_PLAIN), "message-stop-last", 8),
    "cut inside an event": Broken(body(*_PLAIN)[:-20], "message-stop-last"),
    "[DONE] at the end": Broken(body(*_PLAIN, "[DONE]"), "no-done-sentinel", 8),
    "[DONE] instead of message_stop": Broken(body(*_PLAIN[:6], "[DONE]"), "no-done-sentinel message-stop-last", 7),
    "going on after an error": Broken(body(*_PLAIN[:5], error(), *_PLAIN[5:]), "message-stop-last", 7),
    "bytes that are not UTF-8": Broken(body(*_PLAIN).replace(b"world", b"w\xc3rld"), "valid-utf8", 4),
    "arguments that are not JSON": Broken(body(start(), *tool(0, '{"a":'), *end("tool_use")), "tool-json", 3),
    "{} and then the arguments": Broken(body(start(), *tool(0, "{}", '{"a":1}'), *end("tool_use")), "tool-json", 4),
    "arguments as an array": Broken(body(start(), *tool(0, "[1]"), *end("tool_use")), "tool-json", 3),
    "arguments at the start": Broken(
        body(start(), *block(0, {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}}), *end("tool_use")),
        "tool-start-empty-input",
        2,
    ),
    "text at the start": Broken(
        body(start(), *block(0, {"type": "text", "text": "Hi"}), *end()), "text-start-empty", 2
    ),
    "null text at the start": Broken(
        body(start(), *block(0, {"type": "text", "text": None}, _TEXT_DELTA), *end()), "text-start-empty", 2
    ),
    "no signature": Broken(
        body(
            start(),
            *block(0, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "x"}),
            *end(),
        ),
        "signature-last",
        2,
    ),
    "a signature in two parts": Broken(
        body(start(), *(t := thinking(0, "Hm"))[:3], *t[2:], *end()), "signature-last", 5
    ),
    "thinking after the signature": Broken(
        body(start(), *(t := thinking(0, "a", "b"))[:2], t[3], t[2], t[4], *end()), "signature-last", 4
    ),
    "no stop_reason": Broken(body(*_PLAIN[:5], delta(None), STOP), "stop-reason-in-delta", 6),
    "stop_reason taken back": Broken(body(*_PLAIN[:6], delta(None), STOP), "stop-reason-in-delta", 7),
    "output_tokens as an increment": Broken(
        body(*_PLAIN[:5], delta(None, output_tokens=9), *end(output_tokens=3)), "usage-cumulative", 7
    ),
    "fewer output_tokens than at the start": Broken(
        body(start(usage={"input_tokens": 9, "output_tokens": 40}), *_PLAIN[1:]), "usage-cumulative", 6
    ),
    "a count below zero, none at the start": Broken(
        body(start(usage={"input_tokens": 9}), *_PLAIN[1:5], *end(output_tokens=-1)), "usage-cumulative", 6
    ),
    "input_tokens overwritten with 0": Broken(body(*_PLAIN[:5], *end(input_tokens=0)), "usage-cumulative", 6),
    "no prompt tokens at the start": Broken(
        body(start(usage={"input_tokens": 0, "output_tokens": 0}), *_PLAIN[1:5], *end(input_tokens=12)),
        "usage-start-input",
        1,
    ),
    "a long text at once": Broken(body(start(), *text(0, _LONG), *end(output_tokens=30)), "incremental", 3),
}


@over("name", BROKEN)
def test_a_defect_fails_its_rule_and_no_other(name: str) -> None:
    broken = BROKEN[name]
    judged = evidence(broken.stream)
    rules = broken.rules.split()
    assert of_outcome(judged, Outcome.FAIL) == {f"stream.{rule}" for rule in rules}
    verdict = verdicts(judged)[f"stream.{rules[0]}"]
    assert verdict.event == broken.event
    assert verdict.expected
    assert verdict.actual


def test_every_check_can_fail() -> None:
    every = {check.id for check in STREAM_CHECKS}
    assert {f"stream.{rule}" for broken in BROKEN.values() for rule in broken.rules.split()} == every - {
        "stream.is-sse"
    }


def test_a_chat_completion_stream_fails_few_and_telling_rules() -> None:
    chunk: Json = {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Hi"}, "index": 0}]}
    stream = "".join(frame(data) for data in (_bare(chunk), _bare(chunk), "[DONE]")).encode()
    judged = evidence(stream)
    failing = {"named-events", "message-start-once", "message-stop-last", "no-done-sentinel"}
    assert of_outcome(judged, Outcome.FAIL) == {f"stream.{rule}" for rule in failing}
    assert of_outcome(judged, Outcome.PASS) == {"stream.is-sse", "stream.one-json-object", "stream.valid-utf8"}
    assert of_outcome(judged, Outcome.INCONCLUSIVE) == set()


def _bare(chunk: Json) -> str:
    return frame(chunk, name="x").split("data: ")[1].strip()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"type": "message", "content": []}', "application/json"),
        (b'{"type": "message", "content": []}', "text/event-stream"),
        (b"", "text/event-stream"),
        (b"<html>", "text/html"),
    ],
)
def test_another_body_than_a_stream_fails_one_check(content: bytes, content_type: str) -> None:
    judged = evidence(content, headers=(("content-type", content_type),))
    assert of_outcome(judged, Outcome.FAIL) == {"stream.is-sse"}
    assert of_outcome(judged, Outcome.PASS) == set()
    causes = {verdict.cause for key, verdict in verdicts(judged).items() if key != "stream.is-sse"}
    assert causes == {Cause.PREREQUISITE_FAILED}


@pytest.mark.parametrize("headers", [(), (("Content-Type", "application/json"),)])
def test_a_stream_under_another_content_type_is_judged_all_the_same(headers: tuple[tuple[str, str], ...]) -> None:
    judged = evidence(body(*_PLAIN), headers=headers)
    assert of_outcome(judged, Outcome.FAIL) == {"stream.is-sse"}
    assert of_outcome(judged, Outcome.INCONCLUSIVE) == set()


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("overloaded_error", Cause.OVERLOAD),
        ("rate_limit_error", Cause.RATE_LIMIT),
        ("api_error", Cause.PROVIDER_5XX),
        ("never_heard_of_it", Cause.PROVIDER_5XX),
    ],
)
def test_what_an_error_event_took_away_is_inconclusive(kind: str, cause: Cause) -> None:
    judged = evidence(body(*_TWO_TOOLS[:6], error(kind)))
    assert of_outcome(judged, Outcome.FAIL) == set()
    found = verdicts(judged)
    lost = {"block-stop", "message-delta-present", "message-stop-last", "stop-reason-in-delta"}
    assert of_outcome(judged, Outcome.INCONCLUSIVE) == {f"stream.{rule}" for rule in lost}
    assert {found[f"stream.{rule}"].cause for rule in lost} == {cause}


def test_an_error_as_the_first_event_leaves_the_start_undecided() -> None:
    judged = evidence(body(PING, error()))
    assert of_outcome(judged, Outcome.FAIL) == set()
    assert verdicts(judged)["stream.message-start-once"].cause is Cause.OVERLOAD


def test_a_defect_before_the_error_still_fails() -> None:
    assert of_outcome(evidence(body(*text(0, "Hi"), error())), Outcome.FAIL) == {"stream.message-start-first"}


@pytest.mark.parametrize(
    ("asked", "betas", "expected"),
    [
        ({"name": "weather", "eager_input_streaming": True}, None, Outcome.NOT_APPLICABLE),
        ({"name": "weather"}, "x, fine-grained-tool-streaming-2025-05-14", Outcome.NOT_APPLICABLE),
        ({"name": "other", "eager_input_streaming": True}, None, Outcome.FAIL),
        ({"name": "weather", "eager_input_streaming": False}, "interleaved-thinking-2025-05-14", Outcome.FAIL),
    ],
)
def test_arguments_that_nobody_validates_need_not_be_json(asked: Json, betas: str | None, expected: Outcome) -> None:
    judged = evidence(body(start(), *tool(0, '{"city": celsius}'), *end("tool_use")))
    headers = (("anthropic-beta", betas),) if betas else ()
    request = replace(judged.answer.request, headers=headers, body=json.dumps({"tools": [asked]}).encode())
    judged = replace(judged, answer=Answer(replace(judged.answer.exchange, request=request)))
    assert verdicts(judged)["stream.tool-json"].outcome is expected
