"""What a request uses, in the words of `needs`.

A provider that never claimed a feature must not be blamed for it, so a scenario must list in `needs` what its requests
use. Its author must add what a request does not show (that two calls come in one turn, that a cache saves anything).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from messages_conformance.catalog.contracts.schema import BETA_HEADER, betas_of
from messages_conformance.catalog.model import Step

Json: TypeAlias = Mapping[str, Any]
Use: TypeAlias = tuple[str, str]
"""A feature or trait, and the part of the request that uses it."""

_ROUTES: Final = ("count_tokens", "models")

_BETAS: Final = {
    "context-management": "beta.context-management",
    "interleaved-thinking": "beta.interleaved-thinking",
    "mcp-client": "beta.mcp-servers",
    "structured-outputs": "beta.output-format",
}
"""Features by beta header, without its date."""

_PARAMETERS: Final = {
    "temperature": "sampling",
    "top_p": "sampling",
    "top_k": "sampling",
    "context_management": "beta.context-management",
    "mcp_servers": "beta.mcp-servers",
    "output_format": "beta.output-format",
}

_TOOLS: Final = {
    "web_search": ("web-search", "tools"),
    "tool_search_tool": ("tool-search", "tools"),
    "mcp_toolset": ("beta.mcp-servers",),
    "bash": ("client-tools", "tools"),
    "text_editor": ("client-tools", "tools"),
    "memory": ("client-tools", "tools"),
    "computer": ("client-tools", "tools"),
}
"""Features by type of tool, without its date; any other entry of `tools` is a tool of the client."""

_BLOCKS: Final = {
    "image": "vision",
    "search_result": "documents",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "tools",
    "tool_result": "tools",
    "server_tool_use": "web-search",
    "web_search_tool_result": "web-search",
    "mcp_tool_use": "beta.mcp-servers",
    "mcp_tool_result": "beta.mcp-servers",
}

_THINKING: Final = {
    "enabled": ("thinking", "thinking.enabled"),
    "adaptive": ("thinking", "thinking.adaptive"),
    "disabled": ("thinking.disabled",),
}

_OUTPUT: Final = {"format": "structured-output", "effort": "effort"}

_TRIGGER: Final = "ANTHROPIC_MAGIC_STRING"
_DATE: Final = re.compile(r"(?:_bm25|_regex)?[-_]\d{4}-?\d{2}-?\d{2}$")
"""The end of a dated name; for a tool search also its method."""


def implied_by(step: Step) -> Mapping[str, str]:
    """`implied` for a step, including how its key is sent."""
    key = {"keyed": f"auth: {step.auth}"} if step.auth != "own" else {}
    style = {step.auth_style: f"auth_style: {step.auth_style}"} if step.auth_style and not key else {}
    return {**implied(step.body, step.route, step.headers), **key, **style}


def implied(body: Any, route: str, headers: Mapping[str, str | None]) -> Mapping[str, str]:
    """The features and traits that a request uses, each with the first part that uses it."""
    sent = cast("Json", body if isinstance(body, dict) else {})
    found: dict[str, str] = {}
    for need, because in (*_of_the_way(route, headers), *_of_parameters(sent), *_of_tools(sent), *_of_turns(sent)):
        found.setdefault(need, because)
    return found


def _of_the_way(route: str, headers: Mapping[str, str | None]) -> Iterator[Use]:
    first = re.split(r"[/?]", route)[0]
    if first in _ROUTES:
        yield first, f"the route {route}"
    for beta in sorted(betas_of(headers)):
        if feature := _BETAS.get(_DATE.sub("", beta)):
            yield feature, f"{BETA_HEADER}: {beta}"


def _of_parameters(body: Json) -> Iterator[Use]:
    given = {name: value for name, value in body.items() if value is not None}
    yield from ((need, f"`{name}`") for name, need in _PARAMETERS.items() if name in given)
    if given.get("stream") is True:
        yield "streaming", "`stream: true`"
    choice = _word(given.get("tool_choice"), "type")
    if choice in ("any", "tool"):
        yield "forced-tools", f"tool_choice of type {choice}"
    mode = _word(given.get("thinking"), "type")
    yield from ((need, f"thinking of type {mode}") for need in _THINKING.get(mode or "", ()))
    output = given.get("output_config")
    if isinstance(output, dict):
        yield from ((need, f"`output_config.{name}`") for name, need in _OUTPUT.items() if name in output)
    if _TRIGGER in json.dumps(given):
        yield "refusal-trigger", "a trigger that Anthropic documents for tests"


def _of_tools(body: Json) -> Iterator[Use]:
    tools: Any = body.get("tools")
    if not isinstance(tools, list):
        return
    if not tools:
        yield "tools", "`tools`"
    for tool in _objects(cast("list[Any]", tools)):
        kind = _DATE.sub("", _word(tool, "type") or "custom")
        yield from ((need, f"a tool of type {kind}") for need in _TOOLS.get(kind, ("tools",)))
        if tool.get("eager_input_streaming") is True:
            yield "fine-grained-tools", "`eager_input_streaming`"


def _of_turns(body: Json) -> Iterator[Use]:
    turns: Any = body.get("messages")
    turns = cast("list[Any]", turns) if isinstance(turns, list) else []
    if turns and _word(turns[-1], "role") == "assistant":
        yield "prefill", "a last turn by the assistant"
    for block in _blocks([*turns, {"content": body.get("system")}]):
        yield from _of_block(block)


def _of_block(block: Json) -> Iterator[Use]:
    kind = _word(block, "type") or ""
    if kind == "document":
        source = block.get("source")
        is_file = _word(source, "media_type") == "application/pdf" or _word(source, "type") == "url"
        yield ("pdf", "a PDF") if is_file else ("documents", "a document block")
    elif kind in _BLOCKS:
        yield _BLOCKS[kind], f"a {kind} block"
    citations = block.get("citations")
    if isinstance(citations, dict) and cast("Json", citations).get("enabled") is True:
        yield "citations", "`citations.enabled`"
    if _word(block.get("cache_control"), "ttl") == "1h":
        yield "cache-1h", "a cache mark of one hour"


def _blocks(holders: list[Any]) -> Iterator[Json]:
    """Every content block of turns, and of blocks inside them."""
    for holder in _objects(holders):
        if holder.get("type"):
            yield holder
        for inner in (holder.get("content"), _inner(holder)):
            if isinstance(inner, list):
                yield from _blocks(cast("list[Any]", inner))


def _inner(block: Json) -> Any:
    source = block.get("source")
    return cast("Json", source).get("content") if isinstance(source, dict) else None


def _objects(items: list[Any]) -> Iterator[Json]:
    yield from (cast("Json", item) for item in items if isinstance(item, dict))


def _word(value: Any, key: str) -> str | None:
    word = cast("Json", value).get(key) if isinstance(value, dict) else None
    return word if isinstance(word, str) else None
