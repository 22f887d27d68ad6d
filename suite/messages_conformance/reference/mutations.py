"""Building blocks of defects: small hooks, and functions that make them. Their names say what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from messages_conformance.reference.http.errors import Refusal, dump, invalid
from messages_conformance.reference.http.frames import data_only
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Frame, Hook, Json, Play, Reply, Turn

# --- makers -----------------------------------------------------------------------------------------------------------


def drop(*names: str) -> Hook[Json]:
    """Takes keys off an object."""
    return lambda value, _: {key: item for key, item in value.items() if key not in names}


def put(key: str, value: Any) -> Hook[Json]:
    return lambda body, _: {**body, key: value}


def put_usage(**counts: int) -> Hook[Json]:
    return lambda message, _: {**message, "usage": {**message["usage"], **counts}}


def unless_streaming(hook: Hook[Json]) -> Play:
    """Changes plain messages only: the stage that makes events of a message could not read the result."""
    return Play(message=lambda message, context: message if context.stream else hook(message, context))


def each_block(kind: str, change: Callable[[Json], Json]) -> Hook[Json]:
    """Changes the blocks of one type in a message."""

    def changed(message: Json, _: Context) -> Json:
        content = [change(block) if block["type"] == kind else block for block in message["content"]]
        return {**message, "content": content}

    return changed


def each_event(kind: str, change: Hook[Json]) -> Play:
    """Changes the events of one type; `*` means every type."""
    return Play(
        events=lambda events, context: tuple(
            change(event, context) if kind in ("*", event["type"]) else event for event in events
        )
    )


def no_event(kind: str) -> Play:
    return Play(events=lambda events, _: tuple(event for event in events if event["type"] != kind))


def in_message_start(change: Hook[Json]) -> Play:
    return each_event("message_start", lambda event, ctx: {**event, "message": change(event["message"], ctx)})


def accept(excused: Callable[[Refusal], bool]) -> Play:
    """Forgets the refusals that are excused."""
    return Play(validate=lambda refusals, _: tuple(refusal for refusal in refusals if not excused(refusal)))


def refuse(asked: Callable[[Mapping[str, Any]], bool], why: str, *path: str | int) -> Play:
    """Refuses valid requests. `asked` decides from the body as it came, whatever that is."""

    def refused(found: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
        return found or ((invalid("rule", why, *path),) if asked(context.body) else ())

    return Play(validate=refused)


def history(body: Mapping[str, Any], role: str = "assistant") -> list[Json]:
    """The blocks of all turns of one role, of a body that may be anything."""
    turns = [as_object(message) for message in as_list(body.get("messages"))]
    return [as_object(block) for turn in turns if turn.get("role") == role for block in as_list(turn.get("content"))]


def in_history(change: Callable[[list[Json]], list[Json]], role: str = "assistant") -> Hook[Json]:
    """Changes the blocks of every turn of one role."""

    def changed(body: Json, _: Context) -> Json:
        messages = [
            {**message, "content": change(message["content"])}
            if message.get("role") == role and isinstance(message.get("content"), list)
            else message
            for message in map(as_object, as_list(body.get("messages")))
        ]
        return {**body, "messages": messages}

    return changed


def error_bodies(change: Callable[[Json], Json]) -> Hook[Reply]:
    """Rewrites the JSON of refusals."""

    def rewrite(reply: Reply, _: Context) -> Reply:
        if reply.status < 400 or not isinstance(reply.body, bytes):
            return reply
        return replace(reply, body=dump(change(json.loads(reply.body))))

    return rewrite


def no_header(name: str) -> Hook[Reply]:
    return lambda reply, _: replace(reply, headers=tuple(header for header in reply.headers if header[0] != name))


# --- messages and turns -----------------------------------------------------------------------------------------------


def content_as_string(message: Json, _: Context) -> Json:
    return {**message, "content": "".join(block.get("text", "") for block in message["content"])}


def input_as_string(block: Json) -> Json:
    return {**block, "input": json.dumps(block["input"])}


def arguments_out_of_schema(block: Json) -> Json:
    return {**block, "input": {"unexpected": [None]}}


def tool_call_ends_turn(turn: Turn, _: Context) -> Turn:
    return replace(turn, stop_reason="end_turn") if turn.stop_reason == "tool_use" else turn


def no_thinking(turn: Turn, _: Context) -> Turn:
    blocks = tuple(block for block in turn.blocks if block["type"] not in ("thinking", "redacted_thinking"))
    return replace(turn, blocks=blocks)


def thinking_last(turn: Turn, _: Context) -> Turn:
    return replace(turn, blocks=tuple(sorted(turn.blocks, key=lambda block: block["type"] == "thinking")))


def unsigned_block(block: Json) -> Json:
    return {key: value for key, value in block.items() if key != "signature"}


# --- what reaches the model -------------------------------------------------------------------------------------------


def without_limit(body: Json, context: Context) -> Json:
    return {**body, "max_tokens": max(body["max_tokens"], 100_000)} if context.route == "messages" else body


def default_limit(body: Json, context: Context) -> Json:
    return {"max_tokens": 4096, **body} if context.route == "messages" else body


def first_system_block(body: Json, _: Context) -> Json:
    return {**body, "system": body["system"][:1]} if isinstance(body.get("system"), list) else body


def last_message_only(body: Json, _: Context) -> Json:
    return {**body, "messages": body["messages"][-1:]}


# --- streams ----------------------------------------------------------------------------------------------------------


def started_twice(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    return (events[0], *events)


def index_zero(event: Json, _: Context) -> Json:
    return {**event, "index": 0} if "index" in event else event


def delta_before_start(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Moves the first delta of each block in front of the block's start."""
    told = [event for event in events if event["type"] != "ping"]
    for at in range(len(told) - 1):
        if told[at]["type"] == "content_block_start" and told[at + 1]["type"] == "content_block_delta":
            told[at], told[at + 1] = told[at + 1], told[at]
    return tuple(told)


def increments(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Lets message_start count half of the output, and message_delta only the part that came after it."""
    told: list[Json] = []
    for event in events:
        match event:
            case {"type": "message_start", "message": {"usage": usage} as message}:
                told.append({**event, "message": {**message, "usage": {**usage, "output_tokens": 2}}})
            case {"type": "message_delta", "usage": usage}:
                told.append({**event, "usage": {**usage, "output_tokens": 1}})
            case _:
                told.append(event)
    return tuple(told)


def one_lump(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Joins all text deltas of a block into one."""
    told: list[Json] = []
    for event in events:
        before = told[-1] if told else {}
        if _text_of(event) is not None and (said := _text_of(before)) is not None:
            told[-1] = {**before, "delta": {**before["delta"], "text": said + event["delta"]["text"]}}
        elif event["type"] != "ping":
            told.append(event)
    return tuple(told)


def _text_of(event: Json) -> str | None:
    delta = event.get("delta", {})
    return delta["text"] if delta.get("type") == "text_delta" else None


def unsigned_stream(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    told = [event for event in events if event.get("delta", {}).get("type") != "signature_delta"]
    return tuple(
        {**event, "content_block": unsigned_block(event["content_block"])} if "content_block" in event else event
        for event in told
    )


def unnamed(frames: tuple[Frame, ...], _: Context) -> tuple[Frame, ...]:
    return tuple(Frame(frame.delay_ms, frame.data.partition(b"\n")[2]) for frame in frames)


def with_done(frames: tuple[Frame, ...], _: Context) -> tuple[Frame, ...]:
    return (*frames, data_only(b"[DONE]"))


# --- replies ----------------------------------------------------------------------------------------------------------


def openai_error(body: Json) -> Json:
    error = body["error"]
    return {"error": {"message": error["message"], "type": error["type"], "param": None, "code": None}}


def forbidden(reply: Reply, context: Context) -> Reply:
    """Turns a 401 into a bare 403."""
    if reply.status != 401:
        return reply
    return replace(error_bodies(lambda _: {"detail": "Forbidden"})(reply, context), status=403)


def status_200(reply: Reply, _: Context) -> Reply:
    return replace(reply, status=200)


def error_as_stream(reply: Reply, context: Context) -> Reply:
    """Sends the refusal of a stream request as an error event of a stream."""
    if reply.status < 400 or not context.stream or not isinstance(reply.body, bytes):
        return reply
    headers = (("content-type", "text/event-stream"), *(h for h in reply.headers if h[0] != "content-type"))
    return Reply(200, headers, (Frame(0, b"event: error\ndata: " + reply.body + b"\n\n"),))


def doubled_estimate(reply: Reply, context: Context) -> Reply:
    if context.route != "count_tokens" or reply.status != 200 or not isinstance(reply.body, bytes):
        return reply
    body = json.loads(reply.body)
    return replace(reply, body=dump({**body, "input_tokens": body["input_tokens"] * 2 + 100}))
