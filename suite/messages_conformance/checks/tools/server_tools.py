"""Tools that run on the server: every call has its result in the answer, limits are kept, and calls are counted."""

from __future__ import annotations

from typing import Any, TypeAlias

from messages_conformance.checks.answer.events import as_integer, as_list, as_object, dig, shown
from messages_conformance.checks.base import MESSAGES, Evidence, Verdict, check, failed, not_applicable, passed
from messages_conformance.checks.control.preconditions import Message, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, proven, undecided
from messages_conformance.checks.params import NAME, closed

_Json: TypeAlias = dict[str, Any]

_CALL = "server_tool_use"
_ANSWERED = frozenset({"end_turn", "stop_sequence"})
"""Stop reasons after which every call must have its result."""


def _is_over(message: Message) -> bool:
    reason = message.get("stop_reason")
    return isinstance(reason, str) and reason in _ANSWERED


def _is_of_result(kind: str) -> bool:
    return kind.endswith("_tool_result") and kind not in ("tool_result", "mcp_tool_result")


@check(
    "server-tools.called",
    title="The server's tool is called",
    why="Without the requested search the model invents its sources.",
    clauses=("anthropic:tools.choice.tool",),
    params=closed(("name",), name=NAME),
)
@on_willing_message
def called(message: Message, evidence: Evidence) -> Said:
    name = evidence.params["name"]
    if name in [call.get("name") for call in evidence.blocks(_CALL)]:
        return honoured()
    kinds = shown([block.get("type") for block in evidence.content.objects])
    if _is_over(message) and dig(evidence.answer.request_json, "tool_choice", "name") == name:
        return proven(Proof.TOOL_CHOICE, f"a call of {name} by the server", f"blocks {kinds}", pointer="/content")
    return undecided(f"the server did not call {name}")


@check(
    "server-tools.paired",
    title="Every call of a server tool has its result in the answer",
    why="A turn with a call without its result, or with a result under another id, is refused when it is sent back.",
    clauses=("anthropic:server-tools.paired",),
    on=MESSAGES,
)
@on_message
def paired(message: Message, evidence: Evidence) -> Verdict:
    waiting: dict[object, int] = {}
    earlier = _earlier_calls(evidence)
    found = evidence.content.of(_CALL, *filter(_is_of_result, evidence.content.types))
    for index, block in found:
        if block["type"] == _CALL:
            waiting[shown(block.get("id"))] = index
        else:
            call = shown(block.get("tool_use_id"))
            if waiting.pop(call, None) is None and call not in earlier:
                expected = f"the id of a call before it ({', '.join(map(str, waiting)) or 'none waits'})"
                return failed(expected, call, pointer=f"/content/{index}/tool_use_id")
    if waiting and _is_over(message):
        call, index = next(iter(waiting.items()))
        return failed(f"a result of the call {call}", "none", pointer=f"/content/{index}")
    return passed() if found else not_applicable("the answer calls no server tool")


def _earlier_calls(evidence: Evidence) -> set[str]:
    """The ids of calls in the request: an answer may bring the results that an earlier one did not."""
    messages = as_list(dig(evidence.answer.request_json, "messages"))
    blocks = [as_object(block) or {} for message in messages for block in as_list(dig(message, "content"))]
    return {shown(block.get("id")) for block in blocks if block.get("type") == _CALL}


def _searches(evidence: Evidence) -> int:
    """How many searches of the answer did not fail, with or without hits."""
    results = evidence.blocks("web_search_tool_result")
    return sum(isinstance(result.get("content"), list) for result in results)


@check(
    "server-tools.within-max-uses",
    title="No more searches succeed than max_uses allows",
    why="Searches are billed one by one, and only the limit keeps the bill down.",
    clauses=("anthropic:web-search.max-uses",),
    on=MESSAGES,
)
@on_message
def within_max_uses(_message: Message, evidence: Evidence) -> Verdict:
    limits = [as_integer(tool.get("max_uses")) for tool in _tools(evidence) if tool.get("name") == "web_search"]
    if not limits or limits[0] is None or not evidence.blocks("web_search_tool_result"):
        return not_applicable("the answer holds no search limited by the request")
    came = _searches(evidence)
    return passed() if came <= limits[0] else failed(f"at most {limits[0]} searches", str(came), pointer="/content")


@check(
    "server-tools.counted",
    title="The searches of an answer are counted in its usage",
    why="Searches are billed one by one; a bill made from usage leaves them out.",
    clauses=("anthropic:web-search.counted",),
    on=MESSAGES,
)
@on_message
def counted(message: Message, evidence: Evidence) -> Verdict:
    searches = _searches(evidence)
    if not searches:
        return not_applicable("the answer holds no search that succeeded")
    came = as_integer(dig(message, "usage", "server_tool_use", "web_search_requests"))
    if came is not None and came >= 1:
        return passed()
    where = "/usage/server_tool_use/web_search_requests"
    return failed(f"the searches counted ({searches})", shown(came), pointer=where)


@check(
    "server-tools.deferred-found",
    title="A deferred tool is called only after a search found it",
    why="If deferral is ignored, every turn pays for every definition.",
    clauses=("anthropic:tool-search.deferred",),
    on=MESSAGES,
)
@on_message
def deferred_found(_message: Message, evidence: Evidence) -> Verdict:
    """A tool that the request forces may be called at once."""
    tools = _tools(evidence)
    deferred = {str(tool.get("name")) for tool in tools if tool.get("defer_loading") is True}
    forced = dig(evidence.answer.request_json, "tool_choice", "name")
    if not deferred or not any(str(tool.get("type")).startswith("tool_search_tool_") for tool in tools):
        return not_applicable("the request has no tool search")
    names = (call.get("name") for call in evidence.blocks("tool_use"))
    called = [name for name in names if isinstance(name, str) and name in deferred - {forced}]
    if not called:
        return not_applicable("the answer calls no tool whose loading is deferred")
    found = _references(evidence.content.objects) | _references(dig(evidence.answer.request_json, "messages"))
    missing = next((name for name in called if name not in found), None)
    if missing is None:
        return passed()
    return failed("a search that finds the tool first", f"a call of {missing}", pointer="/content")


def _references(value: Any) -> set[str]:
    """The tools that any tool_reference inside `value` names."""
    if isinstance(value, list):
        return {name for item in as_list(value) for name in _references(item)}
    known = as_object(value)
    if known is None:
        return set()
    own = {str(known.get("tool_name"))} if known.get("type") == "tool_reference" else set[str]()
    return own | {name for item in known.values() for name in _references(item)}


def _tools(evidence: Evidence) -> list[_Json]:
    return [as_object(tool) or {} for tool in as_list(dig(evidence.answer.request_json, "tools"))]
