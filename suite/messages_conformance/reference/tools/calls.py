"""Whether the model calls tools, which, and with what arguments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from messages_conformance.reference.model.conversation import Conversation
from messages_conformance.reference.model.mind import Call, Intent, Mind, Tool
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Json
from messages_conformance.reference.tools import server_tools
from messages_conformance.reference.tools.arguments import value_for
from messages_conformance.reference.tools.hints import Hints

_TOOL_ASKED = re.compile(r"\b(?:use|call|using|invoke|run|with)\b[^.\n]*\btools?\b", re.IGNORECASE)
_TOOL_FORBIDDEN = re.compile(
    r"\b(?:do not|don[’']t|without|never|no need to)\b[^.\n]*\b(?:tools?|functions?)\b|\bno tools?\b", re.IGNORECASE
)
_URGED = re.compile(r"\bmust call this tool\b", re.IGNORECASE)
_VERB_TEXT = "get set fetch look lookup up find search query call use make create read list run the a of for"
_VERBS = frozenset(_VERB_TEXT.split())
"""Words in a tool's name that say nothing of its subject."""

_BUILT_IN: Mapping[str, Any] = {
    "bash": {"type": "object", "properties": {"command": {"const": "ls"}}, "required": ["command"]},
    "text_editor": {
        "type": "object",
        "properties": {"command": {"const": "view"}, "path": {"type": "string", "default": "/"}},
        "required": ["command", "path"],
    },
    "memory": {
        "type": "object",
        "properties": {"command": {"const": "view"}, "path": {"const": "/memories"}},
        "required": ["command", "path"],
    },
}
"""Input schemas of the client tools that Anthropic defines, by the start of their type."""


def intended(body: Mapping[str, Any], conversation: Conversation) -> Intent:
    """What the good model means to do about tools."""
    given = as_list(body.get("tools"))
    deferred = {tool.get("name") for tool in given if tool.get("defer_loading") is True}
    # A tool that is there is thought of before one that would have to be searched for.
    tools = sorted(_callable(given), key=lambda tool: tool.name in deferred)
    chosen = _chosen(tools, _choice(body), conversation) or _urged(tools, given, conversation)
    hints = Hints.of(conversation.last.text, [tool.name for tool in tools])
    calls = tuple(Call(tool, hint) for tool in chosen for hint in _call_hints(tool, hints))
    seen = tuple(tool for tool in tools if tool.name not in deferred)
    return Intent(seen, calls, searches=server_tools.is_asked(conversation.last.text))


def held_to_choice(body: Mapping[str, Any], meant: Sequence[Call], good: Sequence[Call]) -> tuple[Call, ...]:
    """The calls that are made, given those that the model meant to make: `tool_choice` forbids some and forces others.
    A mind that is forced to call, but meant no such call, makes the good model's calls."""
    choice = _choice(body)
    match choice["type"]:
        case "none":
            calls: Sequence[Call] = ()
        case "tool":
            calls = [call for call in meant if call.tool.name == choice["name"]] or good
        case "any":
            calls = meant or good
        case _:
            calls = meant
    return tuple(calls[:1] if choice.get("disable_parallel_tool_use") else calls)


def tool_use(call: Call, mind: Mind, conversation: Conversation) -> Json:
    """A call as a block."""
    arguments = value_for({"type": "object", **call.tool.schema}, mind.hints(call.hints, conversation))
    call_id = f"toolu_{secrets.token_hex(12)}"
    return {"type": "tool_use", "id": call_id, "name": call.tool.name, "input": as_object(arguments)}


def _choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return body.get("tool_choice") or {"type": "auto"}


def _callable(tools: Sequence[Mapping[str, Any]]) -> list[Tool]:
    """The tools that a client runs; those that run on Anthropic's side are never called here."""
    found: list[Tool] = []
    for tool in tools:
        kind = str(tool.get("type") or "custom")
        built_in = next((schema for start, schema in _BUILT_IN.items() if kind.startswith(start)), None)
        schema = tool.get("input_schema", built_in)
        if schema is not None and isinstance(tool.get("name"), str):
            found.append(Tool(tool["name"], schema))
    return found


def _chosen(tools: list[Tool], choice: Mapping[str, Any], conversation: Conversation) -> list[Tool]:
    text = conversation.last.text
    match choice["type"]:
        case "none":
            return []
        case "tool":
            return [tool for tool in tools if tool.name == choice["name"]]
        case "any":
            return _named(tools, text) or _relevant(tools, text)[:1] or tools[:1]
        case _ if not tools or _TOOL_FORBIDDEN.search(text):
            return []
        case _:
            wanted = _named(tools, text)
            if not wanted and (_TOOL_ASKED.search(text) or ("?" in text and not conversation.last.results)):
                wanted = _relevant(tools, text)
            return wanted or (tools[:1] if _TOOL_ASKED.search(text) else [])


def _urged(tools: list[Tool], given: Sequence[Mapping[str, Any]], conversation: Conversation) -> list[Tool]:
    """The tools whose own description says that they must be called: so clients ask for an answer in a schema."""
    if conversation.last.results:
        return []
    urged = {tool.get("name") for tool in given if _URGED.search(str(tool.get("description")))}
    return [tool for tool in tools if tool.name in urged]


def _named(tools: list[Tool], text: str) -> list[Tool]:
    """The tools whose name the text says, in the order in which it says them."""
    places = {
        tool.name: match.start()
        for tool in tools
        if (match := re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", text))
    }
    return sorted((tool for tool in tools if tool.name in places), key=lambda tool: places[tool.name])


def _relevant(tools: list[Tool], text: str) -> list[Tool]:
    """The tools whose name is made of words that the text uses: get_weather for a question about the weather."""
    said = set(re.findall(r"[a-z]+", text.lower()))

    def words(tool: Tool) -> set[str]:
        return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tool.name).lower())) - _VERBS

    return [tool for tool in tools if words(tool) and words(tool) <= said]


def _call_hints(tool: Tool, hints: Hints) -> list[Hints]:
    """One set of hints per call: two names for a tool that takes one are two calls."""
    properties = as_object(tool.schema.get("properties"))
    texts = [name for name, part in properties.items() if _takes_a_name(part)]
    lists = [name for name, part in properties.items() if "items" in as_object(part)]
    required = [name for name in texts if name in tool.schema.get("required", [])]
    if not hints.listed or lists or len(required or texts) != 1:
        return [hints]
    return [hints.only(name) for name in hints.listed]


def _takes_a_name(schema: Any) -> bool:
    shape = as_object(schema)
    return shape.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(shape)
