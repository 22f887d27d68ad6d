"""Other ways to write the same request: named, pure functions over a step.

Each keeps the meaning of the request and changes only how it is written, how it is sent, or in which form it is
answered. Relations and combinations name them in YAML under `change`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

from messages_conformance.catalog.model import Step

Json: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[Step], Step]

COUNTED: Final = frozenset(
    {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"}
)
"""The fields that count_tokens shares with a request for a message; the others are about generating."""


def _on_body(change: Callable[[Json], Json]) -> Change:
    return lambda step: replace(step, body=change(cast("Json", step.body)))


def _streamed(step: Step) -> Step:
    return replace(step, body={**step.body, "stream": True}, expect="stream")


def _counted(step: Step) -> Step:
    kept = {key: value for key, value in step.body.items() if key in COUNTED}
    return replace(step, body=kept, route="count_tokens", expect="tokens")


def _text_as_blocks(body: Json) -> Json:
    return {**body, "messages": [{**turn, "content": _as_blocks(turn["content"])} for turn in body["messages"]]}


def _text_as_string(body: Json) -> Json:
    return {**body, "messages": [{**turn, "content": _as_string(turn["content"])} for turn in body["messages"]]}


def _system_as_block(body: Json) -> Json:
    return {**body, "system": _as_blocks(body["system"])} if "system" in body else body


def _as_blocks(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _as_string(content: Any) -> Any:
    """A string as the one text block that it is short for; anything else unchanged."""
    match content:
        case [{"type": "text", "text": str(text), **others}] if not others:
            return text
        case _:
            return content


def _blocks_reversed(body: Json) -> Json:
    """Reverse the blocks of every turn. Only for content that means the same in either order."""
    return {**body, "messages": [{**turn, "content": _backwards(turn["content"])} for turn in body["messages"]]}


def _backwards(content: Any) -> Any:
    return cast("list[Any]", content)[::-1] if isinstance(content, list) else content


def _keys_reversed(value: Any) -> Any:
    """Reverse the keys of every object, so that a block's `type` comes last. A tool's schema stays as it is: the model
    reads it as written."""
    if isinstance(value, list):
        return [_keys_reversed(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    pairs = reversed(cast("Json", value).items())
    return {key: inner if key == "input_schema" else _keys_reversed(inner) for key, inner in pairs}


CHANGES: Final[Mapping[str, Change]] = {
    "streamed": _streamed,
    "counted": _counted,
    "text-as-blocks": _on_body(_text_as_blocks),
    "text-as-string": _on_body(_text_as_string),
    "system-as-block": _on_body(_system_as_block),
    "blocks-reversed": _on_body(_blocks_reversed),
    "keys-reversed": _on_body(_keys_reversed),
    "escaped": lambda step: replace(step, escaped=True),
    "key-as-bearer": lambda step: replace(step, auth_style="bearer"),
}
