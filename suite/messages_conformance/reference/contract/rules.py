"""What makes a request invalid beyond its JSON Schema. Each rule takes a body that its schema accepts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from messages_conformance.reference.contract.betas import INTERLEAVED_THINKING, MCP_CLIENTS
from messages_conformance.reference.contract.models import CONTEXT_WINDOW, OUTPUT_CEILING
from messages_conformance.reference.contract.schemas import CURRENT_VERSION
from messages_conformance.reference.http.errors import Refusal, invalid
from messages_conformance.reference.model import images, structured, thinking
from messages_conformance.reference.model.conversation import merged
from messages_conformance.reference.model.tokens import as_blocks, count_input, segments
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Json
from messages_conformance.reference.tools import mcp, server_tools

CACHE_BREAKPOINTS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A request body, and what else a rule may depend on."""

    body: Mapping[str, Any]
    version: str
    betas: frozenset[str] = frozenset()

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        return self.body["messages"]

    @property
    def tool_names(self) -> list[str]:
        return [tool["name"] for tool in as_list(self.body.get("tools")) if isinstance(tool.get("name"), str)]

    @property
    def forces_tool(self) -> bool:
        return as_object(self.body.get("tool_choice")).get("type") in ("any", "tool")

    def blocks(self) -> Iterator[tuple[int, int, str, Json]]:
        """Message number, block number, role and block of every block."""
        for m, message in enumerate(self.messages):
            for b, block in enumerate(as_blocks(message["content"])):
                yield m, b, message["role"], block


def breaches(question: Question) -> tuple[Refusal, ...]:
    """Every broken rule, in the order of `RULES`."""
    return tuple(refusal for rule in RULES for refusal in rule(question))


def _broken(message: str, *path: str | int) -> Refusal:
    return invalid("rule", message, *path)


# --- tools ------------------------------------------------------------------------------------------------------------


def _unique_tool_names(question: Question) -> Iterable[Refusal]:
    if any(count > 1 for count in Counter(question.tool_names).values()):
        yield _broken("Tool names must be unique", "tools")


def _schemas_are_schemas(question: Question) -> Iterable[Refusal]:
    for number, tool in enumerate(as_list(question.body.get("tools"))):
        if not _is_schema(tool.get("input_schema", {})):
            yield _broken("Must be a valid JSON Schema (draft 2020-12)", "tools", number, "input_schema")
    wanted = structured.wanted(question.body)
    if wanted and not _is_schema(wanted[1]):
        yield _broken("Must be a valid JSON Schema (draft 2020-12)", *wanted[0])


def _is_schema(value: Any) -> bool:
    return _says_a_schema(json.dumps(value))


@lru_cache(maxsize=128)
def _says_a_schema(text: str) -> bool:
    """Takes a millisecond or two, and a run brings the same few schemas again and again."""
    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError:
        return False
    return True


def _tool_choice(question: Question) -> Iterable[Refusal]:
    choice = question.body.get("tool_choice")
    if choice and not question.body.get("tools"):
        yield _broken("It may only be given together with tools", "tool_choice")
    elif choice and choice["type"] == "tool" and choice["name"] not in question.tool_names:
        yield _broken(f"There is no tool named {choice['name']!r}", "tool_choice", "name")


def _mcp_toolsets(question: Question) -> Iterable[Refusal]:
    if question.betas.isdisjoint(MCP_CLIENTS):
        return
    servers, toolsets = mcp.misreferred(question.body)
    for number in servers:
        yield _broken("An MCP server must be named by exactly one toolset", "mcp_servers", number, "name")
    for number in toolsets:
        yield _broken("There is no MCP server of this name", "tools", number, "mcp_server_name")


# --- tool results -----------------------------------------------------------------------------------------------------


def _tool_pairing(question: Question) -> Iterable[Refusal]:
    turns = merged(question.messages)
    for number, (role, blocks) in enumerate(turns):
        called = [block["id"] for block in blocks if block["type"] == "tool_use"]
        following = turns[number + 1][1] if number + 1 < len(turns) else []
        answered = {block["tool_use_id"] for block in following if block["type"] == "tool_result"}
        if missing := [call for call in called if call not in answered]:
            yield _broken(f"No tool_result in the next message for the tool_use ids {missing}", "messages", number)
        if role == "user":
            yield from _results(number, blocks, turns[number - 1][1] if number else [])


def _results(number: int, blocks: list[Json], before: list[Json]) -> Iterable[Refusal]:
    called = {block["id"] for block in before if block["type"] == "tool_use"}
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    if unknown := [call for call in results if call not in called]:
        yield _broken(f"The message before has no tool_use with the ids {unknown}", "messages", number)
    if len(set(results)) < len(results):
        yield _broken("There is more than one tool_result for one tool_use", "messages", number)
    if any(block["type"] != "tool_result" for block in blocks[: len(results)]):
        yield _broken("tool_result blocks must come before all others", "messages", number)


_ASSISTANT_ONLY = frozenset(
    {"tool_use", "thinking", "redacted_thinking", "server_tool_use", "mcp_tool_use", "mcp_tool_result"}
)


def _block_roles(question: Question) -> Iterable[Refusal]:
    for m, b, role, block in question.blocks():
        kind = block["type"]
        if (kind == "tool_result" and role != "user") or (kind in _ASSISTANT_ONLY and role != "assistant"):
            yield _broken(f"A {kind} block may not be in a message of role {role}", "messages", m, "content", b)


# --- message list -----------------------------------------------------------------------------------------------------


def _no_empty_string(question: Question) -> Iterable[Refusal]:
    last = len(question.messages) - 1
    for number, message in enumerate(question.messages):
        if message["content"] == "" and not (number == last and message["role"] == "assistant"):
            yield _broken("Text must not be empty", "messages", number, "content")


def _system_turns(question: Question) -> Iterable[Refusal]:
    roles = [message["role"] for message in question.messages]
    for number, role in enumerate(roles):
        if role != "system":
            continue
        if number == 0 or roles[number - 1] != "user":
            yield _broken("A system message must follow a user message", "messages", number, "role")
        if number + 1 < len(roles) and roles[number + 1] != "assistant":
            yield _broken("A system message must be last or be followed by assistant", "messages", number, "role")


def _prefill(question: Question) -> Iterable[Refusal]:
    turns = merged(question.messages)
    if not turns or turns[-1][0] != "assistant":
        return
    last = turns[-1][1][-1] if turns[-1][1] else {}
    path = ("messages", len(question.messages) - 1)
    if last.get("type") == "text" and last["text"] != last["text"].rstrip():
        yield _broken("A final assistant message must not end in whitespace", *path, "content")
    if thinking.is_on(question.body):
        yield _broken("A final assistant message cannot be continued while thinking is on", *path)
    if structured.wanted(question.body):
        yield _broken("A final assistant message cannot be continued as structured output", *path)


def _content_rules_of_current_version(question: Question) -> Iterable[Refusal]:
    if question.version != CURRENT_VERSION:
        return
    for m, b, role, block in question.blocks():
        path = ("messages", m, "content", b)
        if role == "assistant" and block["type"] == "document":
            yield _broken("A document may not be in an assistant message", *path)
        found = block["content"] if block["type"] == "search_result" else ()
        texts = [(path, block), *(((*path, "content", number), text) for number, text in enumerate(found))]
        for place, text in texts:
            if role == "user" and text["type"] == "text" and text.get("citations"):
                yield _broken("Citations may not be given in a user message", *place, "citations")


# --- pictures, and what server tools found ----------------------------------------------------------------------------


def _pictures(question: Question) -> Iterable[Refusal]:
    for m, b, _, block in question.blocks():
        inside = block.get("content") if block["type"] == "tool_result" else None
        for picture in (block, *map(as_object, as_list(inside))):
            source = as_object(picture.get("source"))
            if picture.get("type") != "image" or source.get("type") != "base64":
                continue
            came = images.media_type(images.decoded(source["data"]))
            if came != source["media_type"]:
                told = f"The data is {came or 'no picture'}, not {source['media_type']}"
                yield _broken(told, "messages", m, "content", b, "source")


def _search_hits(question: Question) -> Iterable[Refusal]:
    for m, b, _, block in question.blocks():
        hits = as_list(block["content"]) if block["type"] == "web_search_tool_result" else []
        if not all(server_tools.is_genuine(hit) for hit in hits):
            yield _broken("The encrypted content is none that a search has returned", "messages", m, "content", b)


# --- thinking ---------------------------------------------------------------------------------------------------------


def _thinking_budget(question: Question) -> Iterable[Refusal]:
    budget = as_object(question.body.get("thinking")).get("budget_tokens")
    limit = question.body.get("max_tokens")
    if budget is not None and limit is not None and budget >= limit and INTERLEAVED_THINKING not in question.betas:
        yield _broken("Must be less than max_tokens", "thinking", "budget_tokens")


_FOREIGN_TO_THINKING: Mapping[str, tuple[str, ...]] = {
    "adaptive": ("budget_tokens",),
    "disabled": ("budget_tokens", "display"),
    "between_tools": ("budget_tokens", "display"),
}


def _thinking_members(question: Question) -> Iterable[Refusal]:
    config = as_object(question.body.get("thinking"))
    for name in _FOREIGN_TO_THINKING.get(config.get("type", ""), ()):
        if name in config:
            yield _broken(f"Not permitted with type {config['type']}", "thinking", name)


def _thinking_limits(question: Question) -> Iterable[Refusal]:
    body = question.body
    if not thinking.is_on(body):
        return
    if question.forces_tool and body["thinking"]["type"] == "enabled":
        yield _broken("A tool cannot be forced while thinking is enabled", "tool_choice")
    if body.get("temperature", 1) != 1:
        yield _broken("Must be 1 while thinking is on", "temperature")
    if "top_k" in body:
        yield _broken("Must not be given while thinking is on", "top_k")
    if body.get("top_p", 1) < 0.95:
        yield _broken("Must be 0.95 or more while thinking is on", "top_p")


def _signatures(question: Question) -> Iterable[Refusal]:
    called: list[str] = []
    for m, b, role, block in question.blocks():
        if role != "assistant":
            called = []
        elif block["type"] in thinking.CALLS:
            called.append(block["id"])
        elif block["type"] == "thinking" and not thinking.is_genuine(block, called):
            path = ("messages", m, "content", b, "signature")
            yield _broken("The signature does not belong to this thinking block in this place", *path)


def _tool_loop_begins_with_thinking(question: Question) -> Iterable[Refusal]:
    turns = merged(question.messages)
    if as_object(question.body.get("thinking")).get("type") != "enabled" or len(turns) < 2:
        return
    results = any(block["type"] == "tool_result" for block in turns[-1][1])
    before = turns[-2][1]
    if results and before and before[0]["type"] not in ("thinking", "redacted_thinking"):
        yield _broken("The assistant turn before must begin with its thinking block", "messages", len(turns) - 2)


# --- limits -----------------------------------------------------------------------------------------------------------


def _max_tokens(question: Question) -> Iterable[Refusal]:
    body = question.body
    limit = body.get("max_tokens", 1)
    if limit > OUTPUT_CEILING:
        yield _broken(f"Input should be {OUTPUT_CEILING} or less for this model", "max_tokens")
    if limit == 0 and (body.get("stream") or thinking.is_on(body) or question.forces_tool or structured.wanted(body)):
        yield _broken("0 cannot be combined with stream, thinking, a forced tool or structured output", "max_tokens")


def _context_window(question: Question) -> Iterable[Refusal]:
    tokens = count_input(question.body)
    if tokens > CONTEXT_WINDOW:
        yield _broken(f"The prompt is too long: {tokens} tokens, {CONTEXT_WINDOW} at most")


def _cache_breakpoints(question: Question) -> Iterable[Refusal]:
    ttls = [segment.ttl for segment in segments(question.body) if segment.ttl]
    if len(ttls) > CACHE_BREAKPOINTS:
        yield _broken(f"There may be {CACHE_BREAKPOINTS} cache breakpoints at most, not {len(ttls)}", "cache_control")
    if ttls != sorted(ttls):
        yield _broken("A breakpoint with ttl 1h may not come after one with ttl 5m", "cache_control", "ttl")


RULES: tuple[Callable[[Question], Iterable[Refusal]], ...] = (
    _unique_tool_names,
    _schemas_are_schemas,
    _tool_choice,
    _mcp_toolsets,
    _no_empty_string,
    _block_roles,
    _tool_pairing,
    _system_turns,
    _content_rules_of_current_version,
    _pictures,
    _search_hits,
    _thinking_members,
    _thinking_budget,
    _thinking_limits,
    _signatures,
    _tool_loop_begins_with_thinking,
    _prefill,
    _max_tokens,
    _cache_breakpoints,
    _context_window,
)
