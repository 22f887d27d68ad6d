"""Tools of MCP servers. The reference reaches no server: it calls the tools that a request names, and makes their
results up (contract: beta.mcp-servers)."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Json


def calls(body: Mapping[str, Any], text: str) -> tuple[Json, ...]:
    """The calls of MCP tools that `text` names, each followed by its result."""
    return tuple(
        block
        for server, tool in _named_tools(body)
        if re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", text)
        for block in _call(server, tool, text)
    )


def misreferred(body: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """The servers that are not named by exactly one toolset, and the tools that name a server which is not given."""
    servers = [server["name"] for server in as_list(body.get("mcp_servers"))]
    named = {number: tool["mcp_server_name"] for number, tool in _toolsets(body)}
    times = Counter(named.values())
    return (
        [number for number, server in enumerate(servers) if times[server] != 1],
        [number for number, server in named.items() if server not in servers],
    )


def _toolsets(body: Mapping[str, Any]) -> list[tuple[int, Json]]:
    tools = enumerate(as_list(body.get("tools")))
    return [(number, tool) for number, tool in tools if tool.get("type") == "mcp_toolset"]


def _named_tools(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Server and name of every tool that a request names, as a toolset does, or as a server did in the first beta."""
    for _, toolset in _toolsets(body):
        default = as_object(toolset.get("default_config")).get("enabled", True)
        for tool, config in as_object(toolset.get("configs")).items():
            if config.get("enabled", default):
                yield toolset["mcp_server_name"], tool
    for server in as_list(body.get("mcp_servers")):
        for tool in as_list(as_object(server.get("tool_configuration")).get("allowed_tools")):
            yield server["name"], tool


def _call(server: str, tool: str, text: str) -> tuple[Json, Json]:
    call_id = f"mcptoolu_{secrets.token_hex(12)}"
    said = {"type": "text", "text": f"{tool} of {server} found what was asked for."}
    return (
        {"type": "mcp_tool_use", "id": call_id, "name": tool, "server_name": server, "input": {"query": text}},
        {"type": "mcp_tool_result", "tool_use_id": call_id, "is_error": False, "content": [said]},
    )
