"""Deterministic token counts.

A text's pieces join back to the text, so that one cut serves counting, limits and streaming.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from messages_conformance.reference.narrow import as_list, as_object

_PIECE = re.compile(r"\s*\w{1,6}|\s*[^\w\s]|\s+")

PROMPT_OVERHEAD = 7
TOOLS_OVERHEAD = 40
MESSAGE_OVERHEAD = 4
IMAGE_TOKENS = 260
BYTES_PER_FILE_TOKEN = 40
_PASSED_OVER = frozenset({"cache_control", "type", "signature"})


def pieces(text: str) -> list[str]:
    """The tokens of `text`; joined, they are `text` again."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    return len(pieces(text))


def count_block(block: Mapping[str, Any]) -> int:
    """Tokens of one produced block: its text, or its tool call as JSON."""
    if block["type"] in ("tool_use", "mcp_tool_use", "server_tool_use"):
        return count(block["name"]) + count(json.dumps(block["input"]))
    return count(block.get("text", ""))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the prompt, in prompt order. `ttl` is set where a cache breakpoint ends."""

    key: str
    tokens: int
    ttl: str | None


def segments(body: Mapping[str, Any]) -> list[Segment]:
    """The prompt as the model reads it: tools, system, then turns. Earlier thinking is not counted."""
    found = list(_segments(body))
    automatic = body.get("cache_control")
    if automatic and found:
        last = found[-1]
        found[-1] = Segment(last.key, last.tokens, last.ttl or automatic.get("ttl", "5m"))
    return found


def count_input(body: Mapping[str, Any]) -> int:
    """The prompt's tokens: what count_tokens answers, and what the three input counts of usage add up to."""
    return PROMPT_OVERHEAD + sum(segment.tokens for segment in segments(body))


def _segments(body: Mapping[str, Any]) -> Iterator[Segment]:
    for number, tool in enumerate(as_list(body.get("tools"))):
        yield _segment("tool", tool, TOOLS_OVERHEAD if number == 0 else 0)
    for block in as_blocks(body.get("system")):
        yield _segment("system", block, 0)
    for message in as_list(body.get("messages")):
        blocks = as_blocks(message["content"])
        for number, block in enumerate(blocks):
            yield _segment(message["role"], block, MESSAGE_OVERHEAD if number == 0 else 0)


def as_blocks(content: Any) -> list[dict[str, Any]]:
    """Content as blocks: a string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content or [])


def _segment(role: str, block: Mapping[str, Any], overhead: int) -> Segment:
    control: Mapping[str, Any] | None = block.get("cache_control")
    bare = {key: value for key, value in block.items() if key != "cache_control"}
    ttl = (control.get("ttl") or "5m") if control else None
    return Segment(role + json.dumps(bare, sort_keys=True), overhead + _measure(bare), ttl)


def _measure(value: Any) -> int:
    if isinstance(value, str):
        return count(value)
    if isinstance(value, list):
        return sum(_measure(item) for item in as_list(value))
    if isinstance(value, dict):
        return _measure_object(as_object(value))
    return 0 if value is None or value is False else 1  # what is off is not told to the model


def _measure_object(value: dict[str, Any]) -> int:
    match value:
        case {"type": "thinking" | "redacted_thinking"}:
            return 0
        case {"type": "image"}:
            return IMAGE_TOKENS
        case {"type": "base64", "data": str(data)}:
            return len(data) // BYTES_PER_FILE_TOKEN
        case _:
            inner = {key: item for key, item in value.items() if key not in _PASSED_OVER}
            return sum(1 + _measure(item) for item in inner.values())
