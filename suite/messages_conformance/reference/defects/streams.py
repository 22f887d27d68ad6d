"""Defects of a stream of events."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Context, Json, Play

Events = tuple[Json, ...]

# --- the order of events ----------------------------------------------------------------------------------------------


def _swapped(first: str, second: str) -> Play:
    """Swaps every two neighbours of these types, pings aside."""

    def swap(events: Events, _: Context) -> Events:
        told = list(events)
        for a, b in pairwise(at for at, event in enumerate(events) if event["type"] != "ping"):
            if (told[a]["type"], told[b]["type"]) == (first, second):
                told[a], told[b] = told[b], told[a]
        return tuple(told)

    return Play(events=swap)


def _unfolded(change: Callable[[Json], Iterable[Json]]) -> Play:
    """Replaces each event by any number of events."""
    return Play(events=lambda events, _: tuple(told for event in events for told in change(event)))


def _stopped_twice(event: Json) -> Events:
    return (event, event) if event["type"] == "content_block_stop" else (event,)


def _tools_not_stopped(events: Events, _: Context) -> Events:
    tools = {event["index"] for event in events if _opens(event, "tool_use")}
    return tuple(event for event in events if event["type"] != "content_block_stop" or event["index"] not in tools)


def _told_after_the_end(events: Events, _: Context) -> Events:
    return (*events, *(event for event in events if event["type"] == "message_delta"))


def _tail_after_delta(events: Events, _: Context) -> Events:
    """Sends the last delta of the last block, and the end of that block, when message_delta has gone out."""
    told = [event for event in events if event["type"] != "ping"]
    at = next((n for n, event in enumerate(told) if event["type"] == "message_delta"), len(told))
    tail = ["content_block_delta", "content_block_stop"]
    if [event["type"] for event in told[at - 2 : at]] != tail:
        return events
    return (*told[: at - 2], told[at], *told[at - 2 : at], *told[at + 1 :])


def _ends_at_done(events: Events, _: Context) -> Events:
    """Takes a [DONE] in the answer's text for the end of the stream."""
    said = ""
    for at, event in enumerate(events):
        said += event.get("delta", {}).get("text", "")
        if "[DONE]" in said:
            return events[:at]
    return events


# --- blocks and deltas ------------------------------------------------------------------------------------------------


def _opens(event: Json, kind: str) -> bool:
    return event.get("content_block", {}).get("type") == kind


def _text_before_calls(message: Json, context: Context) -> Json:
    """Begins a stream of only tool calls with a text block that stays empty."""
    content = message["content"]
    bare = context.stream and bool(content) and all(block["type"] == "tool_use" for block in content)
    return {**message, "content": [{"type": "text", "text": ""}, *content]} if bare else message


def _arguments_as_text(event: Json) -> Events:
    if event.get("delta", {}).get("type") != "input_json_delta":
        return (event,)
    return ({**event, "delta": {"type": "text_delta", "text": event["delta"]["partial_json"]}},)


def _arguments_lost(event: Json) -> Events:
    return () if event.get("delta", {}).get("type") == "input_json_delta" else (event,)


def _arguments_at_start(events: Events, _: Context) -> Events:
    pieces: defaultdict[int, str] = defaultdict(str)
    for event in events:
        if "partial_json" in (delta := event.get("delta", {})):
            pieces[event["index"]] += delta["partial_json"]
    whole = (
        {**event, "content_block": {**event["content_block"], "input": json.loads(pieces[event["index"]] or "{}")}}
        if _opens(event, "tool_use")
        else event
        for event in events
    )
    return tuple(told for event in whole for told in _arguments_lost(event))


def _without_input(event: Json, _: Context) -> Json:
    if not _opens(event, "tool_use"):
        return event
    return {**event, "content_block": m.drop("input")(event["content_block"], _)}


def _empty_object_first(event: Json) -> Events:
    """Puts the `{}` of the block's start before the arguments."""
    if not _opens(event, "tool_use"):
        return (event,)
    piece = {"type": "input_json_delta", "partial_json": "{}"}
    return (event, {"type": "content_block_delta", "index": event["index"], "delta": piece})


def _filled(event: Json) -> Events:
    """Follows the start of a block with a delta that says nothing, of one type for all blocks."""
    if event["type"] != "content_block_start":
        return (event,)
    nothing = {"type": "text_delta", "text": ""}
    return (event, {"type": "content_block_delta", "index": event["index"], "delta": nothing})


def _first_words_at_start(events: Events, _: Context) -> Events:
    """Gives a text block's first words with its start, and again as a delta."""
    first = {event["index"]: event["delta"]["text"] for event in reversed(events) if "text" in event.get("delta", {})}
    return tuple(
        {**event, "content_block": {**event["content_block"], "text": first[event["index"]]}}
        if _opens(event, "text") and event["index"] in first
        else event
        for event in events
    )


def _index_as_float(event: Json, _: Context) -> Json:
    return {**event, "index": float(event["index"])} if "index" in event else event


DEFECTS = (
    defect(
        "index-as-float",
        "The index of a block is written with a decimal point",
        m.each_event("*", _index_as_float),
        "stream.index-integer",
    ),
    defect(
        "stream-text-lost",
        "The pieces of a streamed text are lost",
        _unfolded(lambda event: () if event.get("delta", {}).get("type") == "text_delta" else (event,)),
        "message.output-present",
        "event.content_block_delta.text_delta.text",
    ),
    defect(
        "duplicate-message-start",
        "message_start is sent twice",
        Play(events=m.started_twice),
        "stream.message-start-once",
    ),
    defect("message-stop-missing", "message_stop is not sent", m.no_event("message_stop"), "stream.message-stop-last"),
    defect(
        "message-delta-missing",
        "message_delta is not sent",
        m.no_event("message_delta"),
        "stream.message-delta-present",
        "stream.stop-reason-in-delta",
    ),
    defect("done-sentinel", "A stream ends with [DONE]", Play(frames=m.with_done), "stream.no-done-sentinel"),
    defect("events-unnamed", "Frames have no event name", Play(frames=m.unnamed), "stream.named-events"),
    defect("block-index-constant", "Every block has index 0", m.each_event("*", m.index_zero), "stream.block-indexes"),
    defect("block-stop-missing", "Blocks are not stopped", m.no_event("content_block_stop"), "stream.block-stop"),
    defect(
        "delta-before-start",
        "A block's first delta comes before its start",
        Play(events=m.delta_before_start),
        "stream.block-start-first",
    ),
    defect(
        "message-delta-usage-missing",
        "message_delta has no usage",
        m.each_event("message_delta", m.drop("usage")),
        "event.message_delta.usage",
    ),
    defect(
        "message-delta-usage-incremental",
        "message_delta counts what came since message_start",
        Play(events=m.increments),
        "stream.usage-cumulative",
    ),
    defect(
        "start-usage-zero",
        "message_start reports no input tokens",
        m.in_message_start(m.put_usage(input_tokens=0)),
        "stream.usage-start-input",
    ),
    defect(
        "stop-reason-in-start",
        "message_start has the stop reason already",
        m.in_message_start(m.put("stop_reason", "end_turn")),
        "stream.message-start-empty",
        "stream.stop-reason-in-delta",
    ),
    defect(
        "stream-answered-with-json",
        "A stream request is answered in one piece",
        Play(request=m.drop("stream")),
        "http.content-type-event-stream",
    ),
    defect(
        "message-start-missing", "message_start is not sent", m.no_event("message_start"), "stream.message-start-once"
    ),
    defect(
        "message-start-late",
        "The first block starts before message_start",
        _swapped("message_start", "content_block_start"),
        "stream.message-start-first",
    ),
    defect("block-stopped-twice", "Blocks are stopped twice", _unfolded(_stopped_twice), "stream.block-start-first"),
    defect(
        "delta-after-stop",
        "A block's last delta comes after its stop",
        _swapped("content_block_delta", "content_block_stop"),
        "stream.block-start-first",
    ),
    defect(
        "blocks-overlap",
        "A block is stopped after the next one has started",
        _swapped("content_block_stop", "content_block_start"),
        "stream.blocks-one-at-a-time",
    ),
    defect(
        "tool-block-not-stopped", "Tool calls are not stopped", Play(events=_tools_not_stopped), "stream.block-stop"
    ),
    defect(
        "message-delta-before-stop",
        "message_delta comes before the last block is stopped",
        _swapped("content_block_stop", "message_delta"),
        "stream.message-delta-after-blocks",
    ),
    defect(
        "content-after-message-delta",
        "The end of the last block comes after message_delta",
        Play(events=_tail_after_delta),
        "stream.message-delta-after-blocks",
    ),
    defect(
        "events-after-message-stop",
        "message_delta is sent again after message_stop",
        Play(events=_told_after_the_end),
        "stream.message-stop-last",
    ),
    defect(
        "done-in-text-ends-stream",
        "A stream ends where the answer itself says [DONE]",
        Play(events=_ends_at_done),
        "stream.message-stop-last",
    ),
    defect(
        "empty-text-before-calls",
        "A stream of tool calls alone begins with an empty text block",
        Play(message=_text_before_calls),
        "message.no-empty-text",
    ),
    defect(
        "arguments-as-text",
        "The arguments of a streamed call come as text",
        _unfolded(_arguments_as_text),
        "stream.delta-matches-block",
    ),
    defect(
        "streamed-arguments-lost",
        "The arguments of a streamed call do not come",
        _unfolded(_arguments_lost),
        "tools.input-schema",
    ),
    defect(
        "arguments-at-start",
        "The arguments of a streamed call come whole with its start",
        Play(events=_arguments_at_start),
        "stream.tool-start-empty-input",
    ),
    defect(
        "empty-object-before-arguments",
        "The arguments of a streamed call begin with an empty object",
        _unfolded(_empty_object_first),
        "stream.tool-json",
    ),
    defect(
        "tool-start-without-input",
        "A streamed call starts without input",
        m.each_event("content_block_start", _without_input),
        "block.tool_use.input",
    ),
    defect(
        "filler-deltas",
        "Every block begins with an empty text_delta",
        _unfolded(_filled),
        "stream.text-delta-not-empty",
        "stream.delta-matches-block",
    ),
    defect(
        "first-words-twice",
        "A text block starts with the words of its first delta",
        Play(events=_first_words_at_start),
        "stream.text-start-empty",
    ),
    defect("text-in-one-lump", "A text arrives in a single delta", Play(events=m.one_lump), "stream.incremental"),
)
