"""Defects of an answer as a whole: what it holds, why it ended, whether it fits its request."""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Context, Hook, Json, Play, Turn

# --- what it holds ----------------------------------------------------------------------------------------------------


def _first_text(change: Callable[[str], str]) -> Hook[Json]:
    """Rewrites the first text of a message."""

    def changed(message: Json, _: Context) -> Json:
        blocks = list(message["content"])
        for at, block in enumerate(blocks):
            if block["type"] == "text":
                blocks[at] = {**block, "text": change(block["text"])}
                break
        return {**message, "content": blocks}

    return changed


def _text_lost(message: Json, _: Context) -> Json:
    """Loses an answer of only text, like an adapter that looks for it in another field."""
    only_text = all(block["type"] == "text" for block in message["content"])
    return {**message, "content": []} if only_text and message["stop_reason"] == "end_turn" else message


def _empty_text_between(turn: Turn, _: Context) -> Turn:
    """Puts an empty text block before calls that come without words, and after thinking."""
    told: list[Json] = []
    for block in turn.blocks:
        if block["type"] == "tool_use" and (not told or told[-1]["type"] == "thinking"):
            told.append({"type": "text", "text": ""})
        told.append(block)
    return replace(turn, blocks=tuple(told))


def _thought_and_nothing_said(turn: Turn, _: Context) -> Turn:
    thoughts = tuple(block for block in turn.blocks if block["type"] == "thinking")
    return replace(turn, blocks=thoughts, stop_reason="end_turn") if thoughts else turn


def _call_unasked(message: Json, context: Context) -> Json:
    """Calls a search that the client does not know when it offers no tools."""
    if context.body.get("tools") or message["stop_reason"] != "end_turn":
        return message
    call = {"type": "tool_use", "id": f"toolu_{secrets.token_hex(8)}", "name": "search", "input": {"query": "news"}}
    return {**message, "content": [*message["content"], call], "stop_reason": "tool_use"}


def _calls_as_text(turn: Turn, _: Context) -> Turn:
    """Renders calls as text, and leaves the reason as it was."""
    blocks = (
        {"type": "text", "text": f"<tool_call>{block['name']}</tool_call>"} if block["type"] == "tool_use" else block
        for block in turn.blocks
    )
    return replace(turn, blocks=tuple(blocks))


def _streamed_unasked(body: Json, context: Context) -> Json:
    return body if body.get("stream") or context.route != "messages" else {**body, "stream": True}


# --- why it ended -----------------------------------------------------------------------------------------------------

_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def _finish_reason(message: Json, _: Context) -> Json:
    reason = message["stop_reason"]
    return {**message, "stop_reason": _FINISH.get(reason, reason)}


def _forced_call_ends_turn(turn: Turn, context: Context) -> Turn:
    """The stop reason of an upstream that finishes with `stop` if a function was named."""
    named = as_object(context.body.get("tool_choice")).get("type") == "tool"
    return m.tool_call_ends_turn(turn, context) if named else turn


def _streams_end_turn(message: Json, context: Context) -> Json:
    return {**message, "stop_reason": "end_turn", "stop_sequence": None} if context.stream else message


def _refusal_ends_turn(turn: Turn, _: Context) -> Turn:
    return replace(turn, stop_reason="end_turn") if turn.stop_reason == "refusal" else turn


def _decomposed(message: Json, _: Context) -> Json:
    named = message["stop_sequence"]
    return {**message, "stop_sequence": named and unicodedata.normalize("NFD", named)}


_REFUSED_ON_PURPOSE = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL"


def _makes_the_model_refuse(body: Mapping[str, Any]) -> bool:
    return _REFUSED_ON_PURPOSE in json.dumps(body.get("messages"))


DEFECTS = (
    defect(
        "stop-sequence-decomposed",
        "The stop sequence comes back with its umlauts decomposed",
        Play(message=_decomposed),
        "message.stop-sequence-pairing",
    ),
    defect(
        "refusal-as-client-error",
        "A refusal of the model is answered with 400",
        m.refuse(_makes_the_model_refuse, "The request was declined by the model", "messages"),
        "message.stop-reason.refusal",
    ),
    defect(
        "template-residue",
        "A text begins with marks of a chat template",
        Play(message=_first_text(lambda text: f"<|im_start|>assistant {text}")),
        "message.no-template-residue",
    ),
    defect(
        "stream-id-constant",
        "Every stream has one id",
        m.in_message_start(m.put("id", "msg_stream")),
        "message.ids-unique",
    ),
    defect(
        "leading-newlines",
        "A text begins with empty lines",
        Play(message=_first_text(lambda text: f"\n\n{text}")),
        "message.no-leading-newline",
    ),
    defect(
        "empty-text-emitted",
        "Calls without words come after an empty text block",
        Play(turn=_empty_text_between),
        "message.no-empty-text",
    ),
    defect(
        "thinking-only",
        "A turn ends after the thinking",
        Play(turn=_thought_and_nothing_said),
        "message.not-only-thinking",
    ),
    defect(
        "text-lost",
        "An answer of text comes without it",
        Play(message=_text_lost),
        "message.output-present",
    ),
    defect(
        "call-unasked",
        "A call names a tool that the request does not have",
        Play(message=_call_unasked),
        "message.calls-asked-for",
    ),
    defect(
        "call-rendered-as-text",
        "A call comes as text, with stop_reason tool_use",
        Play(turn=_calls_as_text),
        "message.tool-use-pairing",
    ),
    defect(
        "stream-by-default",
        "Every answer is a stream, whatever the request says",
        Play(request=_streamed_unasked),
        "request.stream.default",
    ),
    defect(
        "finish-reason-passed-on",
        "stop_reason is the finish reason of another API",
        Play(message=_finish_reason),
        "message.stop-reason.vocabulary",
    ),
    defect(
        "forced-call-ends-turn",
        "A turn that calls the tool named by tool_choice ends with end_turn",
        Play(turn=_forced_call_ends_turn),
        "message.tool-use-pairing",
        "message.stop-reason.tool-use",
    ),
    defect(
        "stream-always-ends-turn",
        "Every stream ends with end_turn",
        Play(message=_streams_end_turn),
        "message.same-in-stream",
        "message.tool-use-pairing",
    ),
    defect(
        "stop-reason-null", "stop_reason stays null", Play(message=m.put("stop_reason", None)), "message.stop_reason"
    ),
    defect(
        "refusal-ends-turn",
        "A filtered answer ends with end_turn and is empty",
        Play(turn=_refusal_ends_turn),
        "message.stop-reason.refusal",
    ),
    defect(
        "refusal-without-details",
        "A refusal has no details",
        Play(message=m.put("stop_details", None)),
        "message.stop-details.refusal",
    ),
)
