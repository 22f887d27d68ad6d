"""Hand-made evidence for checks of whole answers: a body, or a stream's events, as the engine hands it on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from messages import Json, message
from messages_conformance.catalog.model import Expect, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Cause, Evidence, Miss, Outcome, Verdict
from messages_conformance.checks.registry import WRITTEN, judge
from messages_conformance.errors import Where
from messages_conformance.wire.exchange import Chunk, Exchange, Headers, Request, Response

HERE = Where(Path("scenarios.yaml"), 1)
JSON_HEADERS: Headers = (("content-type", "application/json"), ("request-id", "req_1"))
SSE_HEADERS: Headers = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_1"))
ASK: Json = {"model": "some-model", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}


def streamed(answer: Json) -> bytes:
    """A message as a stream that tells of one block at a time, each in one delta."""
    deltas = {"text": ("text_delta", "text", ""), "thinking": ("thinking_delta", "thinking", "")}
    start: Json = answer | {"content": [], "stop_reason": None, "stop_sequence": None}
    events: list[Json] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(answer["content"]):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        if block["type"] in deltas:
            kind, key, empty = deltas[block["type"]]
            events[-1]["content_block"] = block | {key: empty}
            events.append({"type": "content_block_delta", "index": index, "delta": {"type": kind, key: block[key]}})
        events.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": answer["stop_reason"], "stop_sequence": answer["stop_sequence"]}
    events.append({"type": "message_delta", "delta": end, "usage": answer["usage"]})
    events.append({"type": "message_stop"})
    return sse(*events)


def sse(*events: Json) -> bytes:
    return "".join(f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def exchange(
    body: Any = None,
    *,
    status: int = 200,
    headers: Headers | None = None,
    request: Json | None = None,
    url: str = "http://provider.test/v1/messages",
) -> Exchange:
    """Bytes go out as they are, as a stream; anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(message() if body is None else body).encode()
    if headers is None:
        headers = SSE_HEADERS if isinstance(body, bytes) else JSON_HEADERS
    sent = Request("POST", url, (), json.dumps(ASK | (request or {})).encode())
    response = Response(status, headers, (Chunk(1.0, raw),))
    return Exchange(sent, response, None, "2026-11-20T10:00:00+00:00", 1.0, 2.0)


def evidence(
    of: Exchange,
    expect: Expect = "message",
    *,
    params: Json | None = None,
    earlier: Mapping[str, Exchange] | None = None,
    auth: Literal["own", "none", "wrong"] = "own",
    auth_style: Literal["x-api-key", "bearer"] | None = None,
    persists: bool = False,
) -> Evidence:
    """Evidence of the step `ask`, which `earlier` holds too, as in a run."""
    step = Step("ask", "POST", "messages", {}, {}, expect, {}, (), HERE, auth=auth, auth_style=auth_style)
    answers = {name: Answer(came) for name, came in {**(earlier or {}), "ask": of}.items()}
    return Evidence(step, answers["ask"], answers, params or {}, persists)


def verdict(check: str, of: Evidence) -> Verdict:
    return judge(next(c for c in WRITTEN if c.id == check), of)


def outcome(check: str, of: Evidence) -> Outcome:
    return verdict(check, of).outcome


def missed(check: str, of: Evidence) -> Miss:
    """What the model missed, by a check that leaves it open and says so."""
    found = verdict(check, of)
    assert (found.outcome, found.cause) == (Outcome.INCONCLUSIVE, Cause.MODEL_CHOICE), found
    assert found.miss is not None
    return found.miss


def left_open(check: str, of: Evidence) -> bool:
    """Whether a check says that the model chose, and that there is nothing to settle."""
    found = verdict(check, of)
    return found.cause is Cause.MODEL_CHOICE and found.miss is None
