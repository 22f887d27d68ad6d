"""What is wrong with a stream of events."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Play

DEFECTS = (
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
    defect("text-in-one-lump", "A text arrives in a single delta", Play(events=m.one_lump), "stream.incremental"),
)
