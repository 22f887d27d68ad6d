"""Tool calls: whether they come when they must, and whether a client can run them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messages_conformance.catalog.contracts.validating import validator
from messages_conformance.checks.answer.events import as_list, as_object, dig, shown
from messages_conformance.checks.base import Evidence, check
from messages_conformance.checks.control.plain import MODE
from messages_conformance.checks.control.preconditions import Message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, missed, proven, undecided
from messages_conformance.checks.params import NAME, closed
from messages_conformance.checks.shape.promises import pointer_to, promise

_COMMAND: Mapping[str, Any] = {"properties": {"command": {"type": "string"}}, "required": ["command"]}
_DOCUMENTED_INPUT: Mapping[str, Mapping[str, Any]] = {
    "bash_": {"type": "object", "if": {"required": ["restart"]}, "else": _COMMAND},
    "text_editor_": {"type": "object", **_COMMAND},
    "memory_": {"type": "object", **_COMMAND},
}
"""The promised input of tools that Anthropic defines, by the start of their dated type
(`anthropic:tools.client-types.input`)."""


@check(
    "tools.called",
    title="The tool is called",
    why="An agent that forces a call waits for it in vain.",
    clauses=("anthropic:tools.choice.any", "anthropic:tools.choice.tool"),
    params=closed(name=NAME, times={"type": "integer", "minimum": 1}),
)
@on_willing_message
def called(message: Message, evidence: Evidence) -> Said:
    """A call is due if the request forces one: of any tool, or of the one that it names. How many come is the model's
    choice. A call may be missing because it did not fit into max_tokens; but nothing may come before a forced call."""
    name, times = evidence.params.get("name"), evidence.params.get("times")
    names = [shown(call.get("name")) for call in evidence.blocks("tool_use")]
    wanted = names if name is None else [came for came in names if came == shown(name)]
    if wanted and (times is None or len(names) == times):
        return honoured()
    expected = f"{'a call' if times is None else f'{times} call(s)'} of {name or 'a tool'}"
    actual = f"calls of {', '.join(names)}" if names else "no call"
    cut = message.get("stop_reason") == "max_tokens" and not evidence.text
    if not cut and not wanted and _is_forced(evidence, name, chosen=bool(names)):
        return proven(Proof.TOOL_CHOICE, expected, actual, pointer="/content")
    return undecided(f"expected {expected}, got {actual}")


def _is_forced(evidence: Evidence, name: str | None, *, chosen: bool) -> bool:
    """Whether the request forces the model to call `name`, or any tool if that is None. `chosen` says that it called
    another tool, which is allowed if any of several will do."""
    asked = evidence.answer.request_json
    match dig(asked, "tool_choice", "type"):
        case "tool":
            return name is None or dig(asked, "tool_choice", "name") == name
        case "any":
            return not chosen or len(requested_tools(evidence)) == 1
        case _:
            return False


@check(
    "tools.not-called",
    title="No tool is called",
    why="An agent that trusts the setting runs a forbidden call.",
    clauses=("anthropic:tools.choice.none",),
)
@on_willing_message
def not_called(_message: Message, evidence: Evidence) -> Said:
    calls = evidence.blocks("tool_use")
    if not calls:
        return honoured()
    if dig(evidence.answer.request_json, "tool_choice", "type") != "none":
        return undecided("the model may call a tool here")
    came = f"a call of {shown(calls[0].get('name'))}"
    return proven(Proof.TOOL_CHOICE, "no tool call", came, pointer="/content")


@check(
    "tools.input-valid",
    title="The arguments of a call satisfy its tool's schema",
    why="The tool's code gets arguments of the wrong type, or none, and crashes.",
    clauses=("anthropic:tools.input-schema",),
    control=MODE,
)
@on_willing_message
def input_valid(message: Message, evidence: Evidence) -> Said:
    """A model may get arguments wrong, unless the tool is strict: then the API enforces the schema."""
    if message.get("stop_reason") == "max_tokens":
        return undecided("max_tokens may have cut the arguments")
    tools = {tool.get("name"): tool for tool in requested_tools(evidence)}
    found = False
    for index, block in evidence.content.of("tool_use"):
        name = block.get("name")
        if isinstance(name, str) and name in tools:
            found = True
            if wrong := _wrong(block, f"/content/{index}", tools[name]):
                return wrong
    return honoured() if found else undecided("the model called no tool of the request")


def requested_tools(evidence: Evidence) -> list[dict[str, Any]]:
    """The tools in the request."""
    tools = (as_object(tool) for tool in as_list(dig(evidence.answer.request_json, "tools")))
    return [tool for tool in tools if tool is not None]


def _schema(tool: dict[str, Any]) -> Any:
    """The schema that a call's input must satisfy. A tool that Anthropic defines brings none; if its input is not known
    here, any object passes."""
    kind = str(tool.get("type"))
    known = next((schema for start, schema in _DOCUMENTED_INPUT.items() if kind.startswith(start)), {"type": "object"})
    return tool.get("input_schema", known)


def _wrong(call: dict[str, Any], pointer: str, tool: dict[str, Any]) -> Said | None:
    """What is wrong with the arguments of one call."""
    error = next(validator(_schema(tool)).iter_errors(call.get("input")), None)
    if error is None:
        return None
    schema = as_object(error.schema) or {}
    expected = error.message if error.validator == "required" else promise(schema, str(error.validator))
    place = f"{pointer}/input{pointer_to(error.absolute_path)}"
    actual = shown(error.instance)
    if tool.get("strict") is True:
        return proven(Proof.STRICT, expected, actual, pointer=place)
    return missed(expected, actual, pointer=place)


@check(
    "tools.ids-distinct",
    title="Parallel calls have distinct ids",
    why="Results are matched to calls by id; if two calls share an id, results go to the wrong one.",
    clauses=("anthropic:tools.parallel",),
)
@on_willing_message
def ids_distinct(_message: Message, evidence: Evidence) -> Said:
    ids = [call.get("id") for call in evidence.blocks("tool_use")]
    if len(ids) < 2:
        return undecided(f"{len(ids)} call(s), and it takes two to compare")
    told = [shown(one) for one in ids]
    if len(set(told)) == len(told):
        return honoured()
    return proven(Proof.BLOCKS, "ids that differ", ", ".join(told), pointer="/content")


@check(
    "tools.at-most-one",
    title="With disable_parallel_tool_use there is at most one call",
    why="An agent that can run one tool at a time loses the other calls.",
    clauses=("anthropic:tools.choice.disable-parallel",),
)
@on_willing_message
def at_most_one(_message: Message, evidence: Evidence) -> Said:
    number = len(evidence.blocks("tool_use"))
    if number == 0:
        return undecided("the model called no tool")
    if number == 1:
        return honoured()
    return proven(Proof.PARALLEL, "at most one call", f"{number} calls", pointer="/content")
