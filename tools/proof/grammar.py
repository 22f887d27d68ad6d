"""Which streams are lawful: an opinion formed from the documentation alone, apart from the checks.

It knows no levels and no names of checks. Where it and the checks disagree about a mutant, one of them is wrong.
https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Event: TypeAlias = Mapping[str, Any]

DELTAS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"text_delta", "citations_delta"}),
    "thinking": frozenset({"thinking_delta", "signature_delta"}),
    "tool_use": frozenset({"input_json_delta"}),
    "server_tool_use": frozenset({"input_json_delta"}),
    "mcp_tool_use": frozenset({"input_json_delta"}),
}
_KNOWN = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}
    | {"message_stop", "ping", "error"}
)


class UnlawfulError(Exception):
    """Why a stream is not lawful."""


@dataclass(slots=True)
class _Reading:
    started: bool = False
    blocks: int = 0
    kind: str | None = None
    deltas: list[Event] = field(default_factory=list[Event])
    ended: bool = False
    reason: str | None = None
    stopped: bool = False


def is_lawful(events: Sequence[Event]) -> bool:
    """Whether a whole stream keeps the documented order. Pings and events of unknown types may come anywhere."""
    reading = _Reading()
    try:
        for event in events:
            if event["type"] in _KNOWN - {"ping"}:
                _read(reading, event)
        _demand(reading.stopped, "the stream ends without message_stop")
    except (UnlawfulError, KeyError, TypeError):
        return False
    return True


def _read(reading: _Reading, event: Event) -> None:
    _demand(not reading.stopped, "something follows message_stop")
    kind = event["type"]
    _demand(reading.started is (kind != "message_start"), "message_start comes first, and once")
    match kind:
        case "message_start":
            reading.started = True
        case "content_block_start":
            _demand(reading.kind is None and not reading.ended, "a block begins in another, or after the end")
            _demand(event["index"] == reading.blocks, "blocks are numbered in order")
            reading.kind, reading.deltas = event["content_block"]["type"], []
        case "content_block_delta":
            _demand(reading.kind is not None and event["index"] == reading.blocks, "a delta of no open block")
            reading.deltas.append(event["delta"])
        case "content_block_stop":
            _demand(reading.kind is not None and event["index"] == reading.blocks, "a stop of no open block")
            _close(reading.kind or "", reading.deltas)
            reading.kind, reading.blocks = None, reading.blocks + 1
        case "message_delta":
            _demand(reading.kind is None, "message_delta inside a block")
            reading.ended, reading.reason = True, event["delta"]["stop_reason"]
        case "message_stop":
            _demand(reading.ended and reading.reason is not None, "the end comes without its reason")
            reading.stopped = True
        case _:
            raise UnlawfulError("an error in a stream that went well")


def _close(kind: str, deltas: Sequence[Event]) -> None:
    kinds = [delta["type"] for delta in deltas]
    _demand(set(kinds) <= DELTAS.get(kind, frozenset()), "a delta that does not fit its block")
    if kind == "thinking":
        _demand(kinds.count("signature_delta") == 1 and kinds[-1] == "signature_delta", "one signature, at the end")
    if "input_json_delta" in kinds:
        text = "".join(delta["partial_json"] for delta in deltas)
        _demand(not text or _is_object(text), "the input is not one JSON object")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise UnlawfulError(otherwise)
