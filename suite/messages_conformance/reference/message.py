"""From a turn to the Message that a client gets (contract: section 4)."""

from __future__ import annotations

import secrets

from messages_conformance.reference.cache import Split
from messages_conformance.reference.play import Json, Turn
from messages_conformance.reference.tokens import count_block


def message(turn: Turn, model: str, prompt: Split) -> Json:
    """The Message. `model` is the resolved id."""
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
    }


def usage(turn: Turn, prompt: Split) -> Json:
    """Token counts. Output is never 0 where something was generated, be it nothing but the end."""
    said = sum(count_block(block) for block in turn.blocks if block["type"] in ("text", "tool_use"))
    prewarmed = turn.stop_reason == "max_tokens" and not turn.blocks
    return {
        "input_tokens": prompt.fresh,
        "cache_creation_input_tokens": prompt.created,
        "cache_read_input_tokens": prompt.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": prompt.created_5m,
            "ephemeral_1h_input_tokens": prompt.created_1h,
        },
        "output_tokens": turn.thinking_tokens + said or (0 if prewarmed else 1),
        "output_tokens_details": {"thinking_tokens": turn.thinking_tokens},
        "service_tier": "standard",
    }
