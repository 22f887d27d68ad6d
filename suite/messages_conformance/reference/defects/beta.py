"""Defects of betas, and of features that began as one."""

from __future__ import annotations

from messages_conformance.reference import mutations as m
from messages_conformance.reference.contract.betas import INTERLEAVED_THINKING
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal, invalid
from messages_conformance.reference.model.tokens import segments
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Json, Play


def _managed_without_beta(refusal: Refusal) -> bool:
    return refusal.keyword == "additionalProperties" and refusal.path == ("context_management",)


def _server_without_toolset(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[:1] == ("mcp_servers",)


def _uncounted_edits(event: Json, _: Context) -> Json:
    edits = as_list(as_object(event.get("context_management")).get("applied_edits"))
    counted = [{"type": edit["type"], "cleared_tool_uses": edit["cleared_tool_uses"]} for edit in edits]
    return {**event, "context_management": {"applied_edits": counted}} if edits else event


def _results_dropped(message: Json, _: Context) -> Json:
    return {**message, "content": [block for block in message["content"] if block["type"] != "mcp_tool_result"]}


def _without(name: str, block: Json) -> Json:
    return {key: value for key, value in block.items() if key != name}


def _budget_below_max(found: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    budget = as_object(context.body.get("thinking")).get("budget_tokens", 0)
    if INTERLEAVED_THINKING not in context.headers.get("anthropic-beta", "") or budget < context.body["max_tokens"]:
        return found
    return (*found, invalid("rule", "Must be less than max_tokens", "thinking", "budget_tokens"))


def _arguments_in_one_lump(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Joins all pieces of a tool's arguments into one."""
    told: list[Json] = []
    for event in events:
        before = as_object(told[-1].get("delta") if told else None)
        piece = as_object(event.get("delta")).get("partial_json")
        if piece is not None and "partial_json" in before:
            told[-1] = {**event, "delta": {**event["delta"], "partial_json": before["partial_json"] + piece}}
        else:
            told.append(event)
    return tuple(told)


def _kept_for_5m(message: Json, context: Context) -> Json:
    """Counts tokens cached for an hour as cached for five minutes."""
    if not any(segment.ttl == "1h" for segment in segments(context.body)):
        return message
    usage = message["usage"]
    cached = usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    parts = {"ephemeral_5m_input_tokens": cached, "ephemeral_1h_input_tokens": 0}
    counts = {"cache_creation_input_tokens": cached, "cache_read_input_tokens": 0, "cache_creation": parts}
    return {**message, "usage": {**usage, **counts}}


DEFECTS = (
    defect(
        "context-management-dropped",
        "context_management has no effect",
        Play(prompt=m.drop("context_management")),
        "beta.context-management.applied",
    ),
    defect(
        "context-management-without-beta",
        "context_management needs no beta header",
        m.accept(_managed_without_beta),
        "beta.context-management.header",
    ),
    defect(
        "applied-edits-uncounted",
        "Applied edits do not say how many tokens they cleared",
        m.each_event("message_delta", _uncounted_edits),
        "beta.context-management.answer",
    ),
    defect(
        "mcp-result-dropped",
        "The result of an MCP tool does not come back",
        Play(message=_results_dropped),
        "beta.mcp-servers.called",
    ),
    defect(
        "mcp-server-name-missing",
        "A call of an MCP tool does not name its server",
        Play(message=m.each_block("mcp_tool_use", lambda block: _without("server_name", block))),
        "beta.block.mcp_tool_use",
        "beta.mcp-servers.called",
    ),
    defect(
        "mcp-result-without-is-error",
        "The result of an MCP tool does not say whether it is an error",
        Play(message=m.each_block("mcp_tool_result", lambda block: _without("is_error", block))),
        "beta.block.mcp_tool_result",
    ),
    defect(
        "mcp-toolset-unchecked",
        "An MCP server needs no toolset",
        m.accept(_server_without_toolset),
        "beta.mcp-servers.toolset",
    ),
    defect(
        "output-format-dropped",
        "output_format has no effect",
        Play(prompt=m.drop("output_format")),
        "beta.output-format.honoured",
    ),
    defect(
        "interleaved-thinking-unknown",
        "A budget beyond max_tokens is refused although thinking is interleaved",
        Play(validate=_budget_below_max),
        "beta.interleaved-thinking.budget",
    ),
    defect(
        "arguments-in-one-lump",
        "The arguments of a tool arrive in a single piece",
        Play(events=_arguments_in_one_lump),
        "tools.fine-grained.pieces",
    ),
    defect(
        "cache-1h-shortened",
        "A prefix marked for an hour is cached for five minutes",
        Play(message=_kept_for_5m),
        "usage.cache-1h",
    ),
)
