"""From a turn to the Message that a client gets (contract: section 4)."""

from __future__ import annotations

import secrets

from messages_conformance.reference.cache import Split
from messages_conformance.reference.model.tokens import count_block
from messages_conformance.reference.play import Json, Turn
from messages_conformance.reference.tools import server_tools

_SAID = ("text", "tool_use", "mcp_tool_use", "server_tool_use")
"""The blocks that cost output tokens, beside thinking, which is counted as it is spent."""


def message(turn: Turn, model: str, prompt: Split, edits: list[Json] | None = None) -> Json:
    """The Message. `model` is the resolved id; `edits` are those of the context, None if none was requested."""
    refused = turn.stop_reason == "refusal"
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(turn.blocks),
        "stop_reason": turn.stop_reason,
        "stop_sequence": turn.stop_sequence,
        "stop_details": {"type": "refusal", "category": None, "explanation": None} if refused else None,
        "usage": usage(turn, prompt),
        **({} if edits is None else {"context_management": {"applied_edits": edits}}),
    }


def usage(turn: Turn, prompt: Split) -> Json:
    """Token counts. Output is never 0 if anything was generated, even only the end."""
    said = sum(count_block(block) for block in turn.blocks if block["type"] in _SAID)
    prewarmed = turn.stop_reason == "max_tokens" and not turn.blocks
    return {
        "input_tokens": prompt.fresh + server_tools.tokens_read(turn.blocks),
        "cache_creation_input_tokens": prompt.created,
        "cache_read_input_tokens": prompt.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": prompt.created_5m,
            "ephemeral_1h_input_tokens": prompt.created_1h,
        },
        "output_tokens": turn.thinking_tokens + said + turn.cut_tokens or (0 if prewarmed else 1),
        "output_tokens_details": {"thinking_tokens": turn.thinking_tokens},
        "service_tier": "standard",
        **server_tools.usage(turn.blocks),
    }
