"""Context editing: what is cleared from a prompt before the model reads it (contract: beta.context-management)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from messages_conformance.reference.model.tokens import as_blocks, count_input
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Json

_TOOL_TRIGGER: Mapping[str, Any] = {"type": "input_tokens", "value": 100_000}
_KEPT_TOOL_USES: Mapping[str, Any] = {"value": 3}
_KEPT_THINKING_TURNS: Mapping[str, Any] = {"value": 1}


def edited(body: Json) -> tuple[Json, list[Json] | None]:
    """The body as the model reads it, and the edits that were applied to it; None if no edit was requested."""
    management = body.get("context_management")
    if not management:
        return body, None
    applied: list[Json] = []
    for edit in as_list(management.get("edits")):
        clear, told_as = _EDITS[edit["type"]]
        after, cleared = clear(body, edit)
        tokens = count_input(body) - count_input(after)
        least = as_object(edit.get("clear_at_least")).get("value", 0)
        if cleared and tokens >= least:
            body = after
            applied.append({"type": edit["type"], told_as: cleared, "cleared_input_tokens": tokens})
    return body, applied


def _without_tool_results(body: Json, edit: Mapping[str, Any]) -> tuple[Json, int]:
    """`body` with the results of all but the latest tool uses emptied, and how many these are."""
    spared = as_list(edit.get("exclude_tools"))
    calls = [block for message in body["messages"] for block in _blocks(message) if block["type"] == "tool_use"]
    trigger = edit.get("trigger", _TOOL_TRIGGER)
    reached = len(calls) if trigger["type"] == "tool_uses" else count_input(body)
    if reached <= trigger["value"]:
        return body, 0
    kept = edit.get("keep", _KEPT_TOOL_USES)["value"]
    old = {call["id"] for call in calls[: max(0, len(calls) - kept)] if call["name"] not in spared}

    inputs = edit.get("clear_tool_inputs")

    def emptied(block: Json) -> Json:
        if block.get("tool_use_id") in old:
            return {**block, "content": ""}
        bare = inputs is True or block.get("name") in as_list(inputs)
        return {**block, "input": {}} if bare and block.get("id") in old else block

    return _rewritten(body, lambda _, block: [emptied(block)]), len(old)


def _without_thinking(body: Json, edit: Mapping[str, Any]) -> tuple[Json, int]:
    """`body` without the thinking of all but the latest turns, and how many turns lost theirs."""
    keep = edit.get("keep", _KEPT_THINKING_TURNS)
    if keep == "all" or keep.get("type") == "all":
        return body, 0
    thoughtful = [n for n, message in enumerate(body["messages"]) if any(map(_is_thinking, _blocks(message)))]
    old = thoughtful[: max(0, len(thoughtful) - keep["value"])]
    if not old:
        return body, 0
    return _rewritten(body, lambda number, block: [] if number in old and _is_thinking(block) else [block]), len(old)


def _rewritten(body: Json, change: Callable[[int, Json], list[Json]]) -> Json:
    """`body` with each block replaced by what `change` makes of it and the number of its message."""
    messages = [
        {**message, "content": [new for block in _blocks(message) for new in change(number, block)]}
        for number, message in enumerate(body["messages"])
    ]
    return {**body, "messages": messages}


def _blocks(message: Mapping[str, Any]) -> list[Json]:
    return as_blocks(message["content"])


def _is_thinking(block: Mapping[str, Any]) -> bool:
    return block["type"] in ("thinking", "redacted_thinking")


_EDITS = {
    "clear_tool_uses_20250919": (_without_tool_results, "cleared_tool_uses"),
    "clear_thinking_20251015": (_without_thinking, "cleared_thinking_turns"),
}
"""What each edit does, and under which name it tells how often."""
