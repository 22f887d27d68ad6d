"""Defects of tools and their calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.model.tokens import count_block
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Json, Play, Turn

# --- what is refused --------------------------------------------------------------------------------------------------


def _tools(body: Mapping[str, Any]) -> list[Json]:
    return [as_object(tool) for tool in as_list(body.get("tools"))]


def _any_tool(test: Callable[[Json], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: any(map(test, _tools(body)))


def _has(key: str) -> Callable[[Mapping[str, Any]], bool]:
    return _any_tool(lambda tool: key in tool)


def _is_defined_by_anthropic(tool: Json) -> bool:
    return str(tool.get("type")).startswith(("bash_", "text_editor_", "memory_", "computer_"))


def _refers(tool: Json) -> bool:
    return '"$ref"' in json.dumps(tool.get("input_schema"))


def _of_one_family(body: Mapping[str, Any]) -> bool:
    return bool(_tools(body)) and body.get("model") == "reference-thinking"


def _is_undescribed(tool: Json) -> bool:
    return "type" not in tool and "description" not in tool


def _choice(body: Mapping[str, Any]) -> Any:
    return as_object(body.get("tool_choice")).get("type")


# --- what does not reach the model ------------------------------------------------------------------------------------

_SAID_OF_ALTERNATIVES = frozenset({"const", "enum", "required", "additionalProperties"})


def _simplified(body: Json, _: Context) -> Json:
    """Removes what distinguishes the alternatives of a schema, like a converter to a simpler dialect."""
    if "tools" not in body:
        return body
    tools = [
        {key: _simple(value) if key == "input_schema" else value for key, value in t.items()} for t in body["tools"]
    ]
    return {**body, "tools": tools}


def _simple(schema: Any, *, inside: bool = False) -> Any:
    if isinstance(schema, list):
        return [_simple(item, inside=inside) for item in as_list(schema)]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _simple(value, inside=inside or key in ("anyOf", "oneOf", "allOf"))
        for key, value in as_object(schema).items()
        if not (inside and key in _SAID_OF_ALTERNATIVES)
    }


_OWN_TOOL = {
    "name": "web_lookup",
    "description": "Looks something up",
    "input_schema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
}


def _injected(body: Json, _: Context) -> Json:
    """Gives the model a server tool if the client gives none."""
    return body if body.get("tools") else {**body, "tools": [_OWN_TOOL]}


def _any_is_auto(body: Json, _: Context) -> Json:
    return {**body, "tool_choice": {**body["tool_choice"], "type": "auto"}} if _choice(body) == "any" else body


# --- calls ------------------------------------------------------------------------------------------------------------


def _calls_as_text(turn: Turn, _: Context) -> Turn:
    blocks = tuple(_spelled_out(block) if block["type"] == "tool_use" else block for block in turn.blocks)
    return replace(turn, blocks=blocks, stop_reason="end_turn" if turn.stop_reason == "tool_use" else turn.stop_reason)


def _spelled_out(call: Json) -> Json:
    told = json.dumps({"name": call["name"], "arguments": call["input"]}, ensure_ascii=False)
    return {"type": "text", "text": f"<tool_call>{told}</tool_call>"}


def _ids_from_zero(message: Json, _: Context) -> Json:
    numbers = iter(range(len(message["content"])))
    content = [{**b, "id": f"call_{next(numbers)}"} if b["type"] == "tool_use" else b for b in message["content"]]
    return {**message, "content": content}


def _whole_in_spite_of(turn: Turn, context: Context) -> Turn:
    """Sends a cut call as one without arguments that waits to be run."""
    if not turn.cut_tokens:
        return turn
    name = as_object(context.body.get("tool_choice")).get("name") or _tools(context.body)[0]["name"]
    call: Json = {"type": "tool_use", "id": "toolu_01cut", "name": name, "input": {}}
    left = max(0, turn.cut_tokens - count_block(call))
    return replace(turn, blocks=(*turn.blocks, call), stop_reason="tool_use", cut_tokens=left)


# --- streams ----------------------------------------------------------------------------------------------------------


def _calls(events: tuple[Json, ...]) -> list[int]:
    """The indexes of the tool_use blocks."""
    return [e["index"] for e in events if as_object(e.get("content_block")).get("type") == "tool_use"]


def _first_call_only(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    lost = _calls(events)[1:]
    return tuple(event for event in events if event.get("index") not in lost)


def _crossed_arguments(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Puts the arguments of two parallel calls into each other's blocks."""
    calls = _calls(events)[:2]
    if len(calls) < 2:
        return events
    return tuple(
        told for event in events for told in _crossed(event, events, dict(zip(calls, reversed(calls), strict=True)))
    )


def _crossed(event: Json, events: tuple[Json, ...], other: Mapping[int, int]) -> Iterator[Json]:
    if event.get("index") not in other:
        yield event
    elif event["type"] == "content_block_start":
        yield event
        yield from ({**e, "index": event["index"]} for e in events if _is_piece_of(other[event["index"]], e))
    elif event["type"] == "content_block_stop":
        yield event


def _is_piece_of(index: int, event: Json) -> bool:
    return event["type"] == "content_block_delta" and event["index"] == index


_KEPT = 60


def _first_of_its_start(message: Json, context: Context) -> Json:
    """Cuts names on the way to the model, and on the way back picks the first tool whose name begins the same."""
    names = [str(tool.get("name")) for tool in _tools(context.body)]

    def renamed(call: Json) -> Json:
        return {**call, "name": next((name for name in names if name[:_KEPT] == call["name"][:_KEPT]), call["name"])}

    return m.each_block("tool_use", renamed)(message, context)


def _stripped_of_joiners(call: Json) -> Json:
    return {**call, "input": json.loads(json.dumps(call["input"], ensure_ascii=False).replace("\u200d", ""))}


def _unescaped_once_more(call: Json) -> Json:
    """Takes a backslash and an n for a JSON escape."""
    return {
        **call,
        "input": {
            key: value.replace("\\n", "\n") if isinstance(value, str) else value for key, value in call["input"].items()
        },
    }


DEFECTS = (
    defect(
        "tool-names-cut",
        "Of two tools whose names differ late, the first is named in place of the second",
        Play(message=_first_of_its_start),
        "tools.name-echoed",
    ),
    defect(
        "joiners-lost-in-arguments",
        "Emoji made of several characters fall apart in the arguments of a call",
        Play(message=m.each_block("tool_use", _stripped_of_joiners)),
        "tools.strict",
    ),
    defect(
        "arguments-unescaped-twice",
        "A backslash and an n in the arguments of a call become a line break",
        Play(message=m.each_block("tool_use", _unescaped_once_more)),
        "tools.strict",
    ),
    defect(
        "tool-without-description-refused",
        "A tool must have a description",
        m.refuse(_any_tool(_is_undescribed), "description: Field required", "tools"),
        "tools.description-optional",
    ),
    defect(
        "tools-injected",
        "The model gets a server tool, and the client must answer its calls",
        Play(prompt=_injected),
        "message.calls-asked-for",
    ),
    defect(
        "tool-call-as-text",
        "A call is written out in the text",
        Play(turn=_calls_as_text),
        "tools.call-is-block",
        "tools.choice.any",
        "tools.choice.tool",
        "message.stop-reason.tool-use",
    ),
    defect(
        "tool-ids-restart", "Ids of calls start again in every answer", Play(message=_ids_from_zero), "tools.ids-unique"
    ),
    defect(
        "tool-id-empty",
        "The id of a call is empty",
        Play(message=m.each_block("tool_use", lambda call: {**call, "id": ""})),
        "block.tool_use.id",
        "tools.parallel",
    ),
    defect(
        "tool-name-altered",
        "The name of a tool comes back in another case",
        Play(message=m.each_block("tool_use", lambda call: {**call, "name": call["name"].lower().replace("-", "_")})),
        "tools.name-echoed",
        "tools.choice.tool",
    ),
    defect(
        "tool-schema-keywords-refused",
        "References in a tool's schema are refused",
        m.refuse(_any_tool(_refers), "references are not supported", "tools"),
        "tools.schema-keywords",
    ),
    defect(
        "tool-schema-simplified",
        "Alternatives in a tool's schema lose what distinguishes them",
        Play(prompt=_simplified),
        "tools.input-schema",
        "tools.strict",
    ),
    defect(
        "client-tools-refused",
        "Tools without a schema are refused, though Anthropic defines them",
        m.refuse(_any_tool(_is_defined_by_anthropic), "Field required", "tools", 0, "input_schema"),
        "tools.client-types",
    ),
    defect(
        "defer-loading-refused",
        "defer_loading is refused",
        m.refuse(_has("defer_loading"), "Extra inputs are not permitted", "tools", 0, "defer_loading"),
        "tools.deferred",
    ),
    defect(
        "eager-input-streaming-refused",
        "eager_input_streaming is refused",
        m.refuse(_has("eager_input_streaming"), "Extra inputs are not permitted", "tools", 0, "eager_input_streaming"),
        "tools.fine-grained.accepted",
    ),
    defect(
        "strict-refused",
        "strict is refused",
        m.refuse(_has("strict"), "Extra inputs are not permitted", "tools", 0, "strict"),
        "tools.strict.accepted",
    ),
    defect(
        "tools-refused-by-one-model",
        "One of the models refuses every request that has tools",
        m.refuse(_of_one_family, "API parameter error, code 1210", "tools"),
        "http.accepts-valid-request",
    ),
    defect(
        "many-tools-refused",
        "More than 64 tools are refused",
        m.refuse(lambda body: len(_tools(body)) > 64, "improperly formed request"),
        "tools.many",
    ),
    defect(
        "tool-choice-none-refused",
        "tool_choice none is refused",
        m.refuse(lambda body: _choice(body) == "none", "incompatible tool choice", "tool_choice"),
        "tools.choice.none",
    ),
    defect(
        "tool-choice-any-is-auto",
        "tool_choice any has the effect of auto",
        Play(prompt=_any_is_auto),
        "tools.choice.any",
    ),
    defect(
        "cut-call-as-whole",
        "A call that max_tokens cut is sent as one without arguments",
        Play(turn=_whole_in_spite_of),
        "message.stop-reason.max-tokens",
    ),
    defect(
        "second-call-dropped",
        "A stream has only the first of several calls",
        Play(events=_first_call_only),
        "tools.every-call-told",
    ),
    defect(
        "parallel-arguments-crossed",
        "Arguments of parallel calls are streamed into each other's blocks",
        Play(events=_crossed_arguments),
        "tools.input-schema",
    ),
    defect(
        "structured-output-dropped",
        "output_config.format has no effect",
        Play(prompt=m.drop("output_config")),
        "structured.fits",
    ),
)
