"""Tool calls: whether they come when they must, and whether they can be carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from messages_conformance.checks import view
from messages_conformance.checks.base import Cause, Check, Evidence, Verdict, failed, inconclusive, passed
from messages_conformance.checks.events import as_list, as_object, dig
from messages_conformance.checks.params import FORCED, NAME, closed
from messages_conformance.checks.reading import Message, on_willing_message, unless_chosen
from messages_conformance.checks.schemas import pointer_to, promise


@on_willing_message
def _called(message: Message, evidence: Evidence) -> Verdict:
    name, times = evidence.params.get("name"), evidence.params.get("times")
    names = [view.shown(call.get("name")) for call in view.blocks(evidence, "tool_use")]
    wanted = names if name is None else [came for came in names if came == view.shown(name)]
    if wanted and (times is None or len(names) == times):
        return passed()
    # A call that did not fit into max_tokens was not withheld.
    forced = evidence.params.get("forced", True) and message.get("stop_reason") != "max_tokens"
    expected = f"{'a call' if times is None else f'{times} call(s)'} of {name or 'a tool'}"
    return unless_chosen(forced, expected, f"calls of {', '.join(names)}" if names else "no call", pointer="/content")


@on_willing_message
def _not_called(_message: Message, evidence: Evidence) -> Verdict:
    calls = view.blocks(evidence, "tool_use")
    if not calls:
        return passed()
    forced = evidence.params.get("forced", True)
    return unless_chosen(forced, "no tool call", f"a call of {view.shown(calls[0].get('name'))}", pointer="/content")


@on_willing_message
def _input_valid(message: Message, evidence: Evidence) -> Verdict:
    if message.get("stop_reason") == "max_tokens":
        return inconclusive(Cause.MODEL_CHOICE, "max_tokens may have cut the arguments")
    tools = _tools(evidence)
    found = False
    for index, block in enumerate(as_list(message.get("content"))):
        if dig(block, "type") == "tool_use":
            found = True
            if wrong := _wrong(cast("dict[str, Any]", block), f"/content/{index}", tools):
                return wrong
    return passed() if found else inconclusive(Cause.MODEL_CHOICE, "the model called no tool")


def _tools(evidence: Evidence) -> Mapping[str, dict[str, Any]]:
    """The tools of the request by name."""
    tools = (as_object(tool) or {} for tool in as_list(dig(evidence.exchange.request.json, "tools")))
    return {str(tool["name"]): tool for tool in tools if "name" in tool}


def _wrong(call: dict[str, Any], pointer: str, tools: Mapping[str, dict[str, Any]]) -> Verdict | None:
    """What is wrong with one call. A tool without a schema (one that Anthropic defines) takes any object."""
    name = call.get("name")
    tool = tools.get(name) if isinstance(name, str) else None
    if tool is None:
        known = ", ".join(tools) or "none, since the request has no tools"
        return failed(f"one of the tools {known}", view.shown(name), pointer=f"{pointer}/name")
    validator: Any = Draft202012Validator(tool.get("input_schema", {"type": "object"}))
    error: ValidationError | None = next(validator.iter_errors(call.get("input")), None)
    if error is None:
        return None
    schema = as_object(error.schema) or {}
    expected = error.message if error.validator == "required" else promise(schema, str(error.validator))
    place = f"{pointer}/input{pointer_to(error.absolute_path)}"
    return failed(expected, view.shown(cast("Any", error.instance)), pointer=place)


@on_willing_message
def _ids_distinct(_message: Message, evidence: Evidence) -> Verdict:
    ids = [call.get("id") for call in view.blocks(evidence, "tool_use")]
    if len(ids) < 2:
        return inconclusive(Cause.MODEL_CHOICE, f"{len(ids)} call(s), and it takes two to compare")
    shown = [view.shown(one) for one in ids]
    return (
        passed() if len(set(shown)) == len(shown) else failed("ids that differ", ", ".join(shown), pointer="/content")
    )


@on_willing_message
def _at_most_one(_message: Message, evidence: Evidence) -> Verdict:
    number = len(view.blocks(evidence, "tool_use"))
    if number == 0:
        return inconclusive(Cause.MODEL_CHOICE, "the model called no tool")
    return passed() if number == 1 else failed("at most one call", f"{number} calls", pointer="/content")


CHECKS = (
    Check(
        id="tools.called",
        title="The tool is called",
        why="An agent that forces a call waits for it in vain.",
        judge=_called,
        clauses=("anthropic:tools.choice.any", "anthropic:tools.choice.tool"),
        params=closed(name=NAME, times={"type": "integer", "minimum": 1}, forced=FORCED),
        kind="behaviour",
    ),
    Check(
        id="tools.not-called",
        title="No tool is called",
        why="A call that was forbidden is carried out by an agent that trusts the setting.",
        judge=_not_called,
        clauses=("anthropic:tools.choice.none",),
        params=closed(forced=FORCED),
        kind="behaviour",
    ),
    Check(
        id="tools.input-valid",
        title="A call names a tool of the request, and its arguments satisfy the tool's schema",
        why="Code that runs the tool gets arguments of the wrong type, or none, and crashes.",
        judge=_input_valid,
        clauses=("anthropic:tools.input-schema",),
        kind="behaviour",
    ),
    Check(
        id="tools.ids-distinct",
        title="Parallel calls have distinct ids",
        why="Results are matched to calls by id; with one id for two calls they end up at the wrong one.",
        judge=_ids_distinct,
        clauses=("anthropic:tools.parallel",),
        kind="behaviour",
    ),
    Check(
        id="tools.at-most-one",
        title="With disable_parallel_tool_use there is at most one call",
        why="An agent that can run one tool at a time loses the other calls.",
        judge=_at_most_one,
        clauses=("anthropic:tools.choice.disable-parallel",),
        kind="behaviour",
    ),
)
