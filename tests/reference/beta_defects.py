"""Where the defects of `reference/defects/beta.py` show."""

from __future__ import annotations

import httpx
from asking import HEADERS, WEATHER, events_of, fold
from probes import Json, See, Wire

MANAGED: Json = {
    "context_management": {
        "edits": [
            {
                "type": "clear_tool_uses_20250919",
                "trigger": {"type": "tool_uses", "value": 0},
                "keep": {"type": "tool_uses", "value": 0},
            }
        ]
    },
    "prompt": [
        {"role": "user", "content": "How is the weather in Oslo?"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}]},
    ],
    "stream": True,
}
SERVED: Json = {
    "mcp_servers": [{"type": "url", "name": "docs", "url": "https://mcp.example.com"}],
    "tools": [{"type": "mcp_toolset", "mcp_server_name": "docs", "configs": {"find": {}}}],
    "prompt": "Use find.",
}
SHAPED: Json = {"prompt": "Give me 7.", "output_format": {"type": "json_schema", "schema": {"const": 7}}}
THOUGHTFUL: Json = {"thinking": {"type": "enabled", "budget_tokens": 4096}}
CACHED: Json = {
    "system": [{"type": "text", "text": "Long. " * 600, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
}
CALLED: Json = {"prompt": "What is the weather in Oslo?", "tools": [WEATHER], "stream": True}


def _with(beta: str, request: Json) -> Json:
    return {**request, "headers": {**HEADERS, "anthropic-beta": beta}}


CONTEXT = _with("context-management-2025-06-27", MANAGED)
MCP = _with("mcp-client-2025-11-20", SERVED)


def _status(response: httpx.Response) -> int:
    return response.status_code


def _edits(response: httpx.Response) -> list[list[str]]:
    end = next(event for event in events_of(response.text) if event["type"] == "message_delta")
    return [list(edit) for edit in end.get("context_management", {}).get("applied_edits", ())]


def _members(at: int) -> See:
    return lambda response: list(response.json()["content"][at])


def _kinds(response: httpx.Response) -> list[str]:
    return [block["type"] for block in response.json()["content"]]


def _pieces(response: httpx.Response) -> int:
    deltas = [event["delta"] for event in events_of(response.text) if event["type"] == "content_block_delta"]
    assert fold(events_of(response.text))["content"][-1]["input"] == {"city": "Oslo"}
    return sum("partial_json" in delta for delta in deltas)


def _for_an_hour(response: httpx.Response) -> bool:
    usage = response.json()["usage"]
    return usage["cache_creation"]["ephemeral_1h_input_tokens"] + usage["cache_read_input_tokens"] > 0


WHOLE_EDIT = ["type", "cleared_tool_uses", "cleared_input_tokens"]
WHOLE_CALL = ["type", "id", "name", "server_name", "input"]
WHOLE_RESULT = ["type", "tool_use_id", "is_error", "content"]


WIRE: Wire = {
    "context-management-dropped": (CONTEXT, _edits, [WHOLE_EDIT], [], set()),
    "context-management-without-beta": (MANAGED, _status, 400, 200, set()),
    "applied-edits-uncounted": (CONTEXT, _edits, [WHOLE_EDIT], [WHOLE_EDIT[:2]], set()),
    "mcp-result-dropped": (MCP, _kinds, ["mcp_tool_use", "mcp_tool_result", "text"], ["mcp_tool_use", "text"], set()),
    "mcp-server-name-missing": (MCP, _members(0), WHOLE_CALL, ["type", "id", "name", "input"], set()),
    "mcp-result-without-is-error": (MCP, _members(1), WHOLE_RESULT, ["type", "tool_use_id", "content"], set()),
    "mcp-toolset-unchecked": ({**MCP, "tools": []}, _status, 400, 200, set()),
    "output-format-dropped": (
        _with("structured-outputs-2025-11-13", SHAPED),
        lambda r: r.json()["content"][0]["text"] == "7",
        True,
        False,
        set(),
    ),
    "interleaved-thinking-unknown": (_with("interleaved-thinking-2025-05-14", THOUGHTFUL), _status, 200, 400, set()),
    "arguments-in-one-lump": (CALLED, lambda r: _pieces(r) == 1, False, True, {"stream of blocks"}),
    "cache-1h-shortened": (CACHED, _for_an_hour, True, False, set()),
}
