"""What a server says, as it should be; a test changes what it is about."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


def message(*content: Json | str, **changes: Any) -> Json:
    """A whole message. A string among the content is a block of text; `changes` replace whole keys."""
    blocks = [said(block) if isinstance(block, str) else block for block in content]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "some-model",
        "content": blocks or [said("Hello there.")],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    } | changes


def said(text: str) -> Json:
    """A block of text."""
    return {"type": "text", "text": text}


def call(name: str = "weather", *, id: Any = "toolu_1", **arguments: Any) -> Json:  # noqa: A002 - the word of the API
    """A block that calls a tool."""
    return {"type": "tool_use", "id": id, "name": name, "input": arguments}


def error(kind: str = "invalid_request_error", text: str = "max_tokens: must be above 0", **more: Any) -> Json:
    """The body of a refusal."""
    return {"type": "error", "error": {"type": kind, "message": text}} | more
