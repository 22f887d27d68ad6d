"""Defects of a whole message."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Play

DEFECTS = (
    defect("message-id-missing", "A message has no id", Play(message=m.drop("id")), "message.id"),
    defect("message-id-constant", "Every message has one id", Play(message=m.put("id", "msg_1")), "message.ids-unique"),
    defect(
        "stop-sequence-key-missing",
        "A message has no key stop_sequence",
        m.unless_streaming(m.drop("stop_sequence")),
        "message.stop_sequence.present",
    ),
    defect("usage-missing", "A message has no usage", m.unless_streaming(m.drop("usage")), "message.usage"),
    defect("usage-zero", "Output tokens are always 0", Play(message=m.put_usage(output_tokens=0)), "usage.positive"),
    defect("content-as-string", "Content is a string", m.unless_streaming(m.content_as_string), "message.content"),
    defect(
        "tool-input-as-string",
        "The input of a tool call is JSON in a string",
        m.unless_streaming(m.each_block("tool_use", m.input_as_string)),
        "block.tool_use.input",
    ),
    defect(
        "stop-reason-end-turn-with-tool",
        "A turn that calls a tool ends with end_turn",
        Play(turn=m.tool_call_ends_turn),
        "message.tool-use-pairing",
        "message.stop-reason.tool-use",
    ),
)
