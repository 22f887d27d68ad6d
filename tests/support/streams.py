"""Hand-built streams: events as objects, bytes as a server would write them, evidence as the engine hands it on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from messages import Json, message
from messages_conformance.catalog.model import Expect, Step
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Evidence, Outcome, Verdict
from messages_conformance.checks.registry import WRITTEN
from messages_conformance.errors import Where
from messages_conformance.wire.exchange import Chunk, Exchange, Failure, Request, Response

STREAM_CHECKS = tuple(
    check
    for check in WRITTEN
    if check.where is not None
    and check.where.path.match("stream/*.py")
    and check.where.path.stem in ("order", "content")
)
"""Those of the order of events and of what they carry."""

PING: Json = {"type": "ping"}
STOP: Json = {"type": "message_stop"}
SSE_HEADERS = (("content-type", "text/event-stream; charset=utf-8"),)


def start(**changes: Any) -> Json:
    unsaid: Json = {"content": [], "stop_reason": None, "usage": {"input_tokens": 12, "output_tokens": 1}}
    return {"type": "message_start", "message": message(**(unsaid | changes))}


def block(index: int, content_block: Json, *deltas: Json) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": content_block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(index: int, *pieces: str) -> list[Json]:
    return block(index, {"type": "text", "text": ""}, *({"type": "text_delta", "text": piece} for piece in pieces))


def thinking(index: int, *pieces: str, signature: str = "c2ln") -> list[Json]:
    thoughts = ({"type": "thinking_delta", "thinking": piece} for piece in pieces)
    opened = {"type": "thinking", "thinking": "", "signature": ""}
    return block(index, opened, *thoughts, {"type": "signature_delta", "signature": signature})


def tool(index: int, *pieces: str, type: str = "tool_use") -> list[Json]:  # noqa: A002 - the word of the API
    opened: Json = {"type": type, "id": f"toolu_{index}", "name": "weather", "input": {}}
    return block(index, opened, *({"type": "input_json_delta", "partial_json": piece} for piece in pieces))


def delta(stop_reason: str | None = "end_turn", **usage: Any) -> Json:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason, "stop_sequence": None},
        "usage": {"output_tokens": 15} | usage,
    }


def end(stop_reason: str = "end_turn", **usage: Any) -> list[Json]:
    return [delta(stop_reason, **usage), STOP]


def error(kind: str = "overloaded_error") -> Json:
    return {"type": "error", "error": {"type": kind, "message": "no"}}


def frame(event: Json | str, *, name: str | None = None) -> str:
    data = event if isinstance(event, str) else json.dumps(event)
    name = name or (None if isinstance(event, str) else str(event.get("type")))
    return (f"event: {name}\n" if name else "") + f"data: {data}\n\n"


def body(*events: Json | str) -> bytes:
    """A stream: objects become named events, strings stand for themselves as data of nameless ones."""
    return "".join(frame(event) for event in events).encode()


def evidence(
    content: bytes | list[bytes],
    *,
    expect: Expect = "stream",
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = SSE_HEADERS,
    failure: Failure | None = None,
) -> Evidence:
    pieces = [content] if isinstance(content, bytes) else content
    response = Response(status, headers, tuple(Chunk(float(at), piece) for at, piece in enumerate(pieces)))
    return Evidence(step(expect), Answer(exchange(response, failure)))


def exchange(response: Response | None, failure: Failure | None = None) -> Exchange:
    request = Request("POST", "http://provider.test/v1/messages", (), b'{"stream": true}')
    return Exchange(request, response, failure, "2026-11-20T10:00:00+00:00", None if response is None else 1.0, 9.0)


def step(expect: Expect) -> Step:
    return Step("ask", "POST", "messages", {}, {}, expect, {}, (), Where(Path("scenarios.yaml"), 1))


def verdicts(judged: Evidence) -> dict[str, Verdict]:
    """The verdict of every stream check."""
    return {check.id: check.judge(judged) for check in STREAM_CHECKS}


def of_outcome(judged: Evidence, outcome: Outcome) -> set[str]:
    return {check_id for check_id, verdict in verdicts(judged).items() if verdict.outcome is outcome}
