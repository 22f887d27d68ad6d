"""Fold events into a message, as a careful client does.

Text and thinking are appended, a signature replaces the one before, tool input is parsed when its block ends, and
counts in `message_delta` are totals that overwrite, while omitted counts keep their value
(`anthropic:stream.usage-cumulative`). Events that break a rule are folded as far as it makes sense: the stream checks
judge the order of events, and one misplaced event must not cost the answer's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from messages_conformance.checks.answer.events import StreamEvent, as_integer, as_list, as_object, parse_json

_TOLD_AT_ONCE = (
    "redacted_thinking",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_result",
)
"""Block types that are complete with their start event."""

DELTAS_OF_BLOCK: dict[str, frozenset[str]] = {
    "text": frozenset({"text_delta", "citations_delta"}),
    "thinking": frozenset({"thinking_delta", "signature_delta"}),
    "tool_use": frozenset({"input_json_delta"}),
    "server_tool_use": frozenset({"input_json_delta"}),
    "mcp_tool_use": frozenset({"input_json_delta"}),
    "compaction": frozenset({"compaction_delta"}),
    **dict.fromkeys(_TOLD_AT_ONCE, frozenset[str]()),
}
TOOL_BLOCKS = tuple(block for block, deltas in DELTAS_OF_BLOCK.items() if "input_json_delta" in deltas)
_KNOWN_DELTAS = frozenset[str]().union(*DELTAS_OF_BLOCK.values())
_IMPLIED_TYPE = {"text_delta": "text", "citations_delta": "text", "thinking_delta": "thinking"}


def delta_fits(block_type: Any, delta_type: Any) -> bool:
    """Whether a delta may occur in a block. An unknown type of block or delta fits: new ones may be added any day."""
    if not isinstance(block_type, str) or not isinstance(delta_type, str) or block_type not in DELTAS_OF_BLOCK:
        return True
    return delta_type in DELTAS_OF_BLOCK[block_type] or delta_type not in _KNOWN_DELTAS


@dataclass(slots=True)
class Block:
    """One content block of a stream: the events that belong to it. `start` is None for a block never opened, `stop`
    for one never closed. `opened` is the block as `content_block_start` gave it."""

    start: StreamEvent | None
    opened: dict[str, Any]
    deltas: list[StreamEvent] = field(default_factory=list[StreamEvent])
    stop: StreamEvent | None = None

    def values(self, delta_type: str, key: str) -> list[Any]:
        """The values of one key over all deltas of one type, in order; empty if such deltas do not fit the block."""
        if not delta_fits(self.opened.get("type"), delta_type):
            return []
        return [event.delta.get(key) for event in self.deltas if event.delta.get("type") == delta_type]

    def joined(self, delta_type: str, key: str) -> str:
        """The same values joined, leaving out what is not a string."""
        return "".join(value for value in self.values(delta_type, key) if isinstance(value, str))


def until_end(events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
    """The events that a client reads: up to the first `message_stop` or `error`, inclusive."""
    last = next((i for i, event in enumerate(events) if event.kind in {"message_stop", "error"}), len(events))
    return events[: last + 1]


def _implied(deltas: Sequence[StreamEvent]) -> dict[str, Any]:
    """A block that never started, guessed from its deltas. That works for text and thinking; a tool call without a
    start has no id and name, so nothing is left of it."""
    kinds = (event.delta.get("type") for event in deltas)
    implied = next((_IMPLIED_TYPE[kind] for kind in kinds if isinstance(kind, str) and kind in _IMPLIED_TYPE), None)
    return {"type": implied} if implied else {}


def stream_blocks(events: Sequence[StreamEvent]) -> tuple[Block, ...]:
    """The content blocks in the order they began. A missing or invalid index means the latest block; a second start
    with the same index begins another block."""
    found: list[Block] = []
    by_index: dict[int, Block] = {}

    def begin(block: Block, index: int | None) -> Block:
        found.append(block)
        if index is not None:
            by_index[index] = block
        return block

    for event in until_end(events):
        index = as_integer(event.members.get("index"))
        current = by_index.get(index) if index is not None else (found[-1] if found else None)
        if event.kind == "content_block_start":
            begin(Block(event, as_object(event.get("content_block")) or {}), index)
        elif event.kind == "content_block_delta":
            (current or begin(Block(None, {}), index)).deltas.append(event)
        elif event.kind == "content_block_stop" and current is not None:
            current.stop = current.stop or event
    for block in found:
        if block.start is None:
            block.opened = _implied(block.deltas)
    return tuple(found)


def fold(events: Sequence[StreamEvent], blocks: Sequence[Block] | None = None) -> dict[str, Any] | None:
    """The message folded from the events, or None if they hold none. `blocks` are those of the events, for whoever has
    them. Never raises and never changes an event."""
    read = until_end(events)
    blocks = stream_blocks(read) if blocks is None else blocks
    starts = [event.get("message") for event in read if event.kind == "message_start"]
    deltas = [event for event in read if event.kind == "message_delta"]
    if not (starts or blocks or deltas):
        return None
    message = dict(as_object(starts[0]) or {}) if starts else {}
    folded = (_fold_block(block) for block in blocks)
    message["content"] = as_list(message.get("content")) + [block for block in folded if block]
    for event in deltas:
        _overwrite(message, as_object(event.get("delta")) or {})
        if (usage := as_object(event.get("usage"))) is not None:
            message["usage"] = dict(as_object(message.get("usage")) or {})
            _overwrite(message["usage"], usage)
        if (managed := as_object(event.get("context_management"))) is not None:
            message["context_management"] = managed
    return message


def _overwrite(target: dict[str, Any], news: dict[str, Any]) -> None:
    for key, value in news.items():
        if value is not None or key not in target:
            target[key] = value


def _fold_block(block: Block) -> dict[str, Any]:
    result = dict(block.opened)
    if not block.deltas:
        return result
    for delta_type, key in (("text_delta", "text"), ("thinking_delta", "thinking")):
        if pieces := block.joined(delta_type, key):
            before = result.get(key)
            result[key] = before + pieces if isinstance(before, str) else pieces
    if signatures := block.values("signature_delta", "signature"):
        result["signature"] = signatures[-1]
    if citations := block.values("citations_delta", "citation"):
        result["citations"] = [*as_list(result.get("citations")), *citations]
    for key in ("content", "encrypted_content"):
        if values := block.values("compaction_delta", key):
            result[key] = values[-1]
    if pieces := block.joined("input_json_delta", "partial_json"):
        result["input"] = _parsed(pieces, result.get("input"))
    return result


def _parsed(pieces: str, fallback: Any) -> Any:
    """Set a tool's input. If it does not parse, the block stays as it began: the message may be sent back as a turn,
    and a broken string there would be a second fault."""
    try:
        return parse_json(pieces)
    except ValueError:
        return fallback
