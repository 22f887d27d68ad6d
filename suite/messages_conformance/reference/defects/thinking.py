"""Defects of thinking: how it is requested, signed, shown, and sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Context, Json, Play, Turn

_KINDS = ("thinking", "redacted_thinking")
_ENABLED: Json = {"type": "enabled", "budget_tokens": 1024}
_SMALL = 128
"""Tokens that a vendor's default thinking uses up before any text."""


# --- what is refused, or accepted -------------------------------------------------------------------------------------


def _thought_before(body: Mapping[str, Any]) -> bool:
    return any(block.get("type") in _KINDS for block in m.history(body))


def _is_adaptive(body: Mapping[str, Any]) -> bool:
    return as_object(body.get("thinking")).get("type") == "adaptive"


def _loops_without_thinking(body: Mapping[str, Any]) -> bool:
    results = any(block.get("type") == "tool_result" for block in m.history(body, "user"))
    return results and "thinking" not in body and not _thought_before(body)


def _called_without_thinking(body: Mapping[str, Any]) -> bool:
    called = any(block.get("type") == "tool_use" for block in m.history(body))
    return called and "thinking" in body and not _thought_before(body)


def _budget(refusal: Refusal) -> bool:
    return refusal.path[-1:] == ("budget_tokens",) and (refusal.source == "rule" or refusal.keyword == "minimum")


# --- what is asked of the model ---------------------------------------------------------------------------------------


def _disabled_ignored(body: Json, _: Context) -> Json:
    return {**body, "thinking": _ENABLED} if as_object(body.get("thinking")).get("type") == "disabled" else body


def _by_default(body: Json, _: Context) -> Json:
    return body if "thinking" in body else {**body, "thinking": _ENABLED}


def _nothing_left(turn: Turn, context: Context) -> Turn:
    """Leaves only thinking of a short answer whose request did not ask for thinking."""
    thoughts = tuple(block for block in turn.blocks if block["type"] == "thinking")
    if "thinking" in context.body or context.body["max_tokens"] > _SMALL or not thoughts:
        return turn
    return Turn(thoughts, "max_tokens", None, context.body["max_tokens"])


def _dropped_for_forced_tool(body: Json, _: Context) -> Json:
    forced = as_object(body.get("tool_choice")).get("type") in ("any", "tool")
    return {key: value for key, value in body.items() if key != "thinking"} if forced else body


def _display_dropped(body: Json, _: Context) -> Json:
    config = as_object(body.get("thinking"))
    return {**body, "thinking": {**config, "display": "summarized"}} if config.get("display") == "omitted" else body


# --- what comes back --------------------------------------------------------------------------------------------------


def _as_text(turn: Turn, _: Context) -> Turn:
    """Puts thinking in front of the text, between marks."""
    thoughts = "".join(block["thinking"] for block in turn.blocks if block["type"] == "thinking")
    blocks = [block for block in turn.blocks if block["type"] not in _KINDS]
    at = next((number for number, block in enumerate(blocks) if block["type"] == "text"), None)
    if thoughts and at is not None:
        blocks[at] = {**blocks[at], "text": f"<think>{thoughts}</think>\n\n{blocks[at]['text']}"}
    return replace(turn, blocks=tuple(blocks))


def _merged(turn: Turn, _: Context) -> Turn:
    """Joins several blocks into one, with the last signature."""
    thoughts = [block for block in turn.blocks if block["type"] == "thinking"]
    if len(thoughts) < 2:
        return turn
    whole = {**thoughts[-1], "thinking": "".join(block["thinking"] for block in thoughts)}
    return replace(turn, blocks=(whole, *(block for block in turn.blocks if block["type"] != "thinking")))


def _sorted(blocks: list[Json]) -> list[Json]:
    """Thinking first, then text, then calls; other blocks stay behind them."""
    order = {"thinking": 0, "redacted_thinking": 0, "text": 1, "tool_use": 2}
    return sorted(blocks, key=lambda block: order.get(str(as_object(block).get("type")), 3))


def _placeholder(block: Json) -> Json:
    return {**block, "signature": "cGxhY2Vob2xkZXI="}


def _display_of(context: Context) -> object:
    return as_object(context.body.get("thinking")).get("display")


def _text_stripped(message: Json, context: Context) -> Json:
    """Keeps only the signature of thinking that should be shown."""
    shown = _display_of(context) != "omitted"
    return m.each_block("thinking", lambda block: {**block, "thinking": ""} if shown else block)(message, context)


def _left_out(turn: Turn, context: Context) -> Turn:
    return m.no_thinking(turn, context) if _display_of(context) == "omitted" else turn


def _signature_apart(message: Json, context: Context) -> Json:
    """Streams a thinking block and its signature as two blocks."""
    if not context.stream:
        return message
    content: list[Json] = []
    for block in message["content"]:
        apart = block["type"] == "thinking"
        content += [{**block, "signature": ""}, {**block, "thinking": ""}] if apart else [block]
    return {**message, "content": content}


def _signature_late(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Moves each signature behind the end of its block."""
    told = list(events)
    for at in reversed(range(len(told) - 1)):
        if as_object(told[at].get("delta")).get("type") == "signature_delta":
            told[at], told[at + 1] = told[at + 1], told[at]
    return tuple(told)


DEFECTS = (
    defect(
        "thinking-history-refused",
        "Thinking that is sent back is refused",
        m.refuse(_thought_before, "Input should be text, image, tool_use or tool_result", "messages"),
        "thinking.round-trip",
        "thinking.other-model",
    ),
    defect(
        "adaptive-refused",
        "Adaptive thinking is refused",
        m.refuse(_is_adaptive, "Input should be enabled or disabled", "thinking", "type"),
        "thinking.adaptive",
    ),
    defect(
        "thinking-demanded-back",
        "A tool loop without thinking is refused because thinking is missing",
        m.refuse(_loops_without_thinking, "The thinking must be passed back", "messages"),
        "http.accepts-valid-request",
    ),
    defect(
        "thinking-budget-unchecked",
        "Any budget for thinking is accepted",
        m.accept(_budget),
        "thinking.budget-minimum",
        "thinking.budget-below-max",
    ),
    defect(
        "thinking-not-disabled",
        "Disabled thinking comes all the same",
        Play(prompt=_disabled_ignored),
        "thinking.disabled",
    ),
    defect(
        "thinking-by-default",
        "Unrequested thinking comes, and uses up the tokens of a short answer",
        Play(prompt=_by_default, turn=_nothing_left),
        "thinking.unasked",
    ),
    defect(
        "thinking-dropped-for-tool",
        "Thinking is dropped if a tool is forced",
        Play(request=_dropped_for_forced_tool),
        "thinking.forced-tool",
    ),
    defect(
        "thinking-display-ignored",
        "Thinking is shown although it should be left out",
        Play(prompt=_display_dropped),
        "thinking.display",
    ),
    defect(
        "thinking-text-stripped",
        "Thinking that should be shown comes without its text, but signed",
        Play(message=_text_stripped),
        "thinking.display",
        "thinking.round-trip",
    ),
    defect(
        "omitted-thinking-absent",
        "Thinking that is not to be shown has no block",
        Play(turn=_left_out),
        "thinking.kept-when-omitted",
    ),
    defect(
        "thinking-demanded-of-earlier-turns",
        "With thinking on, every earlier turn that called a tool must have thought",
        m.refuse(_called_without_thinking, "Expected thinking, but found tool_use", "messages"),
        "thinking.switched-on",
    ),
    defect(
        "thinking-in-text",
        "Thinking is part of the text, between marks",
        Play(turn=_as_text),
        "thinking.not-in-text",
        "thinking.enabled",
    ),
    defect("thinking-merged", "The thinking of a turn is one block", Play(turn=_merged), "thinking.round-trip"),
    defect(
        "history-sorted",
        "The blocks of an earlier turn are sorted by their type",
        Play(request=m.in_history(_sorted)),
        "thinking.round-trip",
    ),
    defect(
        "signature-fabricated",
        "Thinking carries a signature that nobody can verify",
        Play(message=m.each_block("thinking", _placeholder)),
        "thinking.round-trip",
    ),
    defect(
        "signature-not-streamed",
        "Thinking that streams carries no signature",
        Play(events=m.unsigned_stream),
        "thinking.signature",
        "stream.signature-last",
    ),
    defect(
        "signature-late",
        "The signature of thinking comes after the end of its block",
        Play(events=_signature_late),
        "stream.block-start-first",
    ),
    defect(
        "signature-in-block-of-its-own",
        "Thinking and its signature stream as two blocks",
        Play(message=_signature_apart),
        "thinking.signature",
    ),
)
