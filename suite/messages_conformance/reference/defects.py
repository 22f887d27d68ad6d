"""Ways to be wrong, each a play of its own: the proof that a check can fail.

A defect breaks the clauses it names and nothing else. Which checks must see it is not known here: judge and judged
share only the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from messages_conformance.reference import mutations as m
from messages_conformance.reference.errors import Refusal
from messages_conformance.reference.play import Play, compose


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to be wrong. `clauses` are full ids of the clauses that it violates."""

    id: str
    statement: str
    clauses: tuple[str, ...]
    play: Play


def _defect(name: str, statement: str, play: Play, *clauses: str) -> Defect:
    return Defect(name, statement, tuple(f"anthropic:{clause}" for clause in clauses), play)


def _bad_signature(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[-1:] == ("signature",)


def _temperature_range(refusal: Refusal) -> bool:
    return refusal.path == ("temperature",) and refusal.keyword in ("minimum", "maximum")


def _sampling_gone(refusal: Refusal) -> bool:
    return refusal.keyword == "additionalProperties" and refusal.path in (("temperature",), ("top_p",), ("top_k",))


def _tool_pairing(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[:1] == ("messages",) and "tool_" in refusal.message


def _no_key(refusal: Refusal) -> bool:
    return refusal.source == "auth"


_MESSAGES = (
    _defect("message-id-missing", "A message has no id", Play(message=m.drop("id")), "message.id"),
    _defect(
        "message-id-constant", "Every message has one id", Play(message=m.put("id", "msg_1")), "message.ids-unique"
    ),
    _defect(
        "stop-sequence-key-missing",
        "A message has no key stop_sequence",
        m.unless_streaming(m.drop("stop_sequence")),
        "message.stop_sequence.present",
    ),
    _defect("usage-missing", "A message has no usage", m.unless_streaming(m.drop("usage")), "message.usage"),
    _defect("usage-zero", "Output tokens are always 0", Play(message=m.put_usage(output_tokens=0)), "usage.positive"),
    _defect("content-as-string", "Content is a string", m.unless_streaming(m.content_as_string), "message.content"),
    _defect(
        "tool-input-as-string",
        "The input of a tool call is JSON in a string",
        m.unless_streaming(m.each_block("tool_use", m.input_as_string)),
        "block.tool_use.input",
    ),
    _defect(
        "stop-reason-end-turn-with-tool",
        "A turn that calls a tool ends with end_turn",
        Play(turn=m.tool_call_ends_turn),
        "message.tool-use-pairing",
        "message.stop-reason.tool-use",
    ),
)

_HEARD = (
    _defect(
        "stop-sequences-dropped",
        "stop_sequences has no effect",
        Play(prompt=m.drop("stop_sequences")),
        "request.stop_sequences.cut",
        "message.stop-reason.stop-sequence",
    ),
    _defect(
        "max-tokens-ignored",
        "max_tokens has no effect",
        Play(prompt=m.without_limit),
        "request.max_tokens.caps",
        "message.stop-reason.max-tokens",
    ),
    _defect(
        "system-dropped",
        "The system prompt does not reach the model",
        Play(prompt=m.drop("system")),
        "request.system.honoured",
        "request.system.blocks",
    ),
    _defect(
        "second-system-block-dropped",
        "Only the first block of a system array reaches the model",
        Play(prompt=m.first_system_block),
        "request.system.blocks",
    ),
    _defect(
        "history-dropped",
        "Only the last message reaches the model",
        Play(prompt=m.last_message_only),
        "request.messages.history",
    ),
    _defect(
        "tool-choice-ignored",
        "tool_choice has no effect",
        Play(prompt=m.drop("tool_choice")),
        "tools.choice.any",
        "tools.choice.tool",
        "tools.choice.none",
        "tools.choice.disable-parallel",
    ),
    _defect(
        "tools-dropped",
        "Tools do not reach the model",
        Play(prompt=m.drop("tools", "tool_choice")),
        "tools.choice.auto",
        "tools.choice.any",
        "tools.choice.tool",
    ),
    _defect(
        "tool-arguments-wrong",
        "Arguments do not follow the tool's schema",
        Play(message=m.each_block("tool_use", m.arguments_out_of_schema)),
        "tools.input-schema",
    ),
    _defect("thinking-dropped", "Thinking has no effect", Play(turn=m.no_thinking), "thinking.enabled"),
    _defect("thinking-last", "Thinking comes after the text", Play(turn=m.thinking_last), "thinking.first"),
    _defect(
        "signature-missing",
        "Thinking carries no signature",
        compose(m.unless_streaming(m.each_block("thinking", m.unsigned_block)), Play(events=m.unsigned_stream)),
        "thinking.signature",
        "stream.signature-last",
        "block.thinking.signature",
    ),
)

_ACCEPTED = (
    _defect(
        "max-tokens-not-required",
        "max_tokens may be left out",
        Play(request=m.default_limit),
        "request.max_tokens.required",
    ),
    _defect(
        "temperature-out-of-range-accepted",
        "Any temperature is accepted",
        m.accept(_temperature_range),
        "request.temperature.range",
    ),
    _defect(
        "sampling-always-accepted",
        "Sampling parameters are accepted under the current version",
        m.accept(_sampling_gone),
        "version.sampling-removed",
    ),
    _defect(
        "tool-pairing-unchecked",
        "Tool calls and results need not pair",
        m.accept(_tool_pairing),
        "tools.result-pairing",
        "tools.result-required",
    ),
    _defect("signature-unchecked", "Altered thinking is accepted", m.accept(_bad_signature), "thinking.tampered"),
    _defect("any-key", "No key is needed", m.accept(_no_key), "auth.missing-key", "auth.wrong-key"),
)

_STREAMS = (
    _defect(
        "duplicate-message-start",
        "message_start is sent twice",
        Play(events=m.started_twice),
        "stream.message-start-once",
    ),
    _defect("message-stop-missing", "message_stop is not sent", m.no_event("message_stop"), "stream.message-stop-last"),
    _defect(
        "message-delta-missing",
        "message_delta is not sent",
        m.no_event("message_delta"),
        "stream.message-delta-present",
        "stream.stop-reason-in-delta",
    ),
    _defect("done-sentinel", "A stream ends with [DONE]", Play(frames=m.with_done), "stream.no-done-sentinel"),
    _defect("events-unnamed", "Frames have no event name", Play(frames=m.unnamed), "stream.named-events"),
    _defect("block-index-constant", "Every block has index 0", m.each_event("*", m.index_zero), "stream.block-indexes"),
    _defect("block-stop-missing", "Blocks are not stopped", m.no_event("content_block_stop"), "stream.block-stop"),
    _defect(
        "delta-before-start",
        "A block's first delta comes before its start",
        Play(events=m.delta_before_start),
        "stream.block-start-first",
    ),
    _defect(
        "message-delta-usage-missing",
        "message_delta has no usage",
        m.each_event("message_delta", m.drop("usage")),
        "event.message_delta.usage",
    ),
    _defect(
        "message-delta-usage-incremental",
        "message_delta counts what came since message_start",
        Play(events=m.increments),
        "stream.usage-cumulative",
    ),
    _defect(
        "start-usage-zero",
        "message_start reports no input tokens",
        m.in_message_start(m.put_usage(input_tokens=0)),
        "stream.usage-start-input",
    ),
    _defect(
        "stop-reason-in-start",
        "message_start has the stop reason already",
        m.in_message_start(m.put("stop_reason", "end_turn")),
        "stream.message-start-empty",
        "stream.stop-reason-in-delta",
    ),
    _defect(
        "stream-answered-with-json",
        "A stream request is answered in one piece",
        Play(request=m.drop("stream")),
        "http.content-type-event-stream",
    ),
    _defect("text-in-one-lump", "A text arrives in a single delta", Play(events=m.one_lump), "stream.incremental"),
)

_REPLIES = (
    _defect(
        "openai-error-envelope",
        "Errors have OpenAI's shape",
        Play(response=m.error_bodies(m.openai_error)),
        "error.object",
        "error.type",
    ),
    _defect(
        "wrong-key-403-shape",
        "A bad key is answered with 403 and a shape of its own",
        Play(response=m.forbidden),
        "auth.missing-key",
        "auth.wrong-key",
        "error.authentication",
    ),
    _defect("error-200", "Errors have status 200", Play(response=m.status_200), "error.invalid-request"),
    _defect(
        "error-as-stream",
        "A refused stream request is answered with a stream",
        Play(response=m.error_as_stream),
        "error.before-stream-is-json",
    ),
    _defect(
        "request-id-missing",
        "The header request-id is not sent",
        Play(response=m.no_header("request-id")),
        "http.request-id-header",
    ),
    _defect(
        "count-tokens-doubled",
        "count_tokens is far from what is used",
        Play(response=m.doubled_estimate),
        "tokens.estimate",
    ),
)

DEFECTS: Mapping[str, Defect] = {
    defect.id: defect for defect in (*_MESSAGES, *_HEARD, *_ACCEPTED, *_STREAMS, *_REPLIES)
}
