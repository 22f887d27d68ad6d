"""From a Message to the events of its stream (contract: section 5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from messages_conformance.reference.model.tokens import pieces
from messages_conformance.reference.play import Json
from messages_conformance.reference.tools.server_tools import tokens_read

_TEXT_RHYTHM = (1, 3, 2, 4)
"""Tokens per text delta, in turn."""

_JSON_FRAGMENT = 11
"""Characters per fragment of tool arguments."""

_START_ONLY = ("cache_creation", "service_tier")
"""Parts of usage that message_delta does not repeat."""

_DELTA_ONLY = ("output_tokens_details",)

_TOLD_AT_THE_END = ("context_management",)
"""Members of a message that message_delta carries, beside its usage."""


def events(message: Json) -> tuple[Json, ...]:
    """The stream that folds back into `message`."""
    return tuple(_events(message))


def _events(message: Json) -> Iterator[Json]:
    yield {"type": "message_start", "message": _beginning(message)}
    for index, block in enumerate(message["content"]):
        start, deltas = _split(block)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        if index == 0:
            yield {"type": "ping"}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    usage = {key: value for key, value in message["usage"].items() if key not in _START_ONLY}
    managed = {key: message[key] for key in _TOLD_AT_THE_END if key in message}
    yield {"type": "message_delta", "delta": end, "usage": usage, **managed}
    yield {"type": "message_stop"}


def _beginning(message: Json) -> Json:
    """The message before anything was generated or searched: no content, no stop reason, a first output count."""
    usage: Json = {key: value for key, value in message["usage"].items() if key not in _DELTA_ONLY}
    usage["output_tokens"] = min(1, usage["output_tokens"])
    usage["input_tokens"] -= tokens_read(message["content"])
    return {
        **{key: value for key, value in message.items() if key not in _TOLD_AT_THE_END},
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }


def _split(block: Json) -> tuple[Json, list[Json]]:
    """The start form of a block, and the deltas that complete it."""
    match block["type"]:
        case "text":
            said: list[Any] = [{"type": "text_delta", "text": part} for part in text_fragments(block["text"])]
            sources = [{"type": "citations_delta", "citation": source} for source in block.get("citations", ())]
            return {**block, "text": "", **({"citations": []} if sources else {})}, [*said, *sources]
        case "thinking":
            shown: list[Any] = [{"type": "thinking_delta", "thinking": p} for p in text_fragments(block["thinking"])]
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [*shown, signed]
        case "tool_use" | "mcp_tool_use" | "server_tool_use":
            parts = json_fragments(json.dumps(block["input"], ensure_ascii=False) if block["input"] else "")
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
        case _:
            return block, []


def text_fragments(text: str) -> list[str]:
    """`text` in the uneven bites in which a model's tokens arrive."""
    left = pieces(text)
    fragments: list[str] = []
    for size in cycle(_TEXT_RHYTHM):
        if not left:
            return fragments
        fragments.append("".join(left[:size]))
        left = left[size:]
    return fragments


def json_fragments(text: str) -> list[str]:
    """Pieces of a JSON text, the first one empty as in real streams; the empty piece alone means no arguments."""
    return ["", *(text[at : at + _JSON_FRAGMENT] for at in range(0, len(text), _JSON_FRAGMENT))]
