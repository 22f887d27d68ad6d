"""Defects in which something does not reach the model, or has no effect there."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.play import Play, compose

DEFECTS = (
    defect(
        "stop-sequences-dropped",
        "stop_sequences has no effect",
        Play(prompt=m.drop("stop_sequences")),
        "request.stop_sequences.cut",
        "message.stop-reason.stop-sequence",
    ),
    defect(
        "max-tokens-ignored",
        "max_tokens has no effect",
        Play(prompt=m.without_limit),
        "request.max_tokens.caps",
        "message.stop-reason.max-tokens",
    ),
    defect(
        "system-dropped",
        "The system prompt does not reach the model",
        Play(prompt=m.drop("system")),
        "request.system.honoured",
        "request.system.blocks",
    ),
    defect(
        "second-system-block-dropped",
        "Only the first block of a system array reaches the model",
        Play(prompt=m.first_system_block),
        "request.system.blocks",
    ),
    defect(
        "history-dropped",
        "Only the last message reaches the model",
        Play(prompt=m.last_message_only),
        "request.messages.history",
    ),
    defect(
        "tool-choice-ignored",
        "tool_choice has no effect",
        Play(prompt=m.drop("tool_choice")),
        "tools.choice.any",
        "tools.choice.tool",
        "tools.choice.none",
        "tools.choice.disable-parallel",
    ),
    defect(
        "tools-dropped",
        "Tools do not reach the model",
        Play(prompt=m.drop("tools", "tool_choice")),
        "tools.choice.auto",
        "tools.choice.any",
        "tools.choice.tool",
    ),
    defect(
        "tool-arguments-wrong",
        "Arguments do not follow the tool's schema",
        Play(message=m.each_block("tool_use", m.arguments_out_of_schema)),
        "tools.input-schema",
    ),
    defect("thinking-dropped", "Thinking has no effect", Play(turn=m.no_thinking), "thinking.enabled"),
    defect("thinking-last", "Thinking comes after the text", Play(turn=m.thinking_last), "thinking.first"),
    defect(
        "signature-missing",
        "Thinking carries no signature",
        compose(m.unless_streaming(m.each_block("thinking", m.unsigned_block)), Play(events=m.unsigned_stream)),
        "thinking.signature",
        "stream.signature-last",
        "block.thinking.signature",
    ),
)
