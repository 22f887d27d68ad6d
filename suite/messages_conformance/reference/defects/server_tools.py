"""Defects of tools that run on the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Json, Play


def _is(tool: Mapping[str, Any], start: str) -> bool:
    return str(tool.get("type")).startswith(start)


def _search_dropped(body: Json, _: Context) -> Json:
    """Takes the web search out of a request, and out of its tool_choice."""
    tools = [tool for tool in as_list(body.get("tools")) if not _is(tool, "web_search_")]
    if len(tools) == len(as_list(body.get("tools"))):
        return body
    rest = {**body, "tools": tools}
    if as_object(body.get("tool_choice")).get("name") == "web_search":
        del rest["tool_choice"]
    return rest


def _deferral_dropped(body: Json, _: Context) -> Json:
    tools = [tool for tool in as_list(body.get("tools")) if not _is(tool, "tool_search_tool_")]
    bare = [{key: value for key, value in tool.items() if key != "defer_loading"} for tool in tools]
    return {**body, "tools": bare} if tools else body


def _limit_dropped(body: Json, _: Context) -> Json:
    tools = [{key: value for key, value in tool.items() if key != "max_uses"} for tool in as_list(body.get("tools"))]
    return {**body, "tools": tools} if tools else body


def _ran_before(body: Mapping[str, Any]) -> bool:
    return any(block.get("type") == "server_tool_use" for block in m.history(body))


def _under_another_id(block: Json) -> Json:
    return {**block, "tool_use_id": "srvtoolu_other"}


def _uncounted(message: Json, _: Context) -> Json:
    return {**message, "usage": {key: value for key, value in message["usage"].items() if key != "server_tool_use"}}


DEFECTS = (
    defect(
        "web-search-swallowed",
        "A web search is accepted and never made",
        Play(prompt=_search_dropped),
        "tools.choice.tool",
    ),
    defect(
        "max-uses-ignored",
        "max_uses does not limit the searches",
        Play(prompt=_limit_dropped),
        "web-search.max-uses",
    ),
    defect(
        "searches-uncounted",
        "usage counts no searches",
        Play(message=_uncounted),
        "web-search.counted",
    ),
    defect(
        "search-results-orphaned",
        "The result of a search carries another id than its call",
        Play(message=m.each_block("web_search_tool_result", _under_another_id)),
        "server-tools.paired",
    ),
    defect(
        "server-history-refused",
        "The blocks of a server tool are refused when they are sent back",
        m.refuse(_ran_before, "Input should be text, image, tool_use or tool_result", "messages"),
        "server-tools.round-trip",
    ),
    defect(
        "deferral-dropped",
        "Deferred tools are loaded at once, without a search",
        Play(prompt=_deferral_dropped),
        "tool-search.deferred",
    ),
)
