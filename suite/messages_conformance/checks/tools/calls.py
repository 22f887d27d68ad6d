"""Tool calls compared with the request and with each other: names, ids, calls that were lost, cut, or written as
text."""

from __future__ import annotations

import re
from typing import Any

from messages_conformance.catalog.contracts.validating import validator
from messages_conformance.checks.answer.events import as_integer, as_list, dig, shown
from messages_conformance.checks.base import MESSAGES, Cause, Evidence, Verdict, check, failed, not_applicable, passed
from messages_conformance.checks.control.preconditions import Message, earlier_answer, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, proven, undecided
from messages_conformance.checks.params import NAME, closed
from messages_conformance.checks.tools.use import requested_tools

_MARKUP = re.compile(
    r"</?(?:tool_call|tool_use|function_calls|function_call)>|<function=|<invoke name=|<\|tool_calls?|<\|python_tag\|>"
    r"|<[|｜]tool▁call|\[TOOL_CALLS?\]|\[Tool call:",
    re.IGNORECASE,
)
"""The raw forms in which models write a call, before a server turns it into a block."""

_TOKENS_OF_A_SMALL_CALL = 120
"""More tokens than a call with one short argument needs in any tokenizer: the rest was spent on something else."""


# --- on every answer ------------------------------------------------------------------------------------------------


@check(
    "tools.name-declared",
    title="A call names a tool of the request, to the letter",
    why="A client looks the tool up by its name: spelt differently or cut short, it finds no tool.",
    clauses=("anthropic:tools.name-echoed",),
    on=MESSAGES,
)
@on_message
def name_declared(_message: Message, evidence: Evidence) -> Verdict:
    names = [tool.get("name") for tool in requested_tools(evidence)]
    if not names or not all(isinstance(name, str) for name in names):
        return not_applicable("the request does not give the names of all tools")
    called = evidence.content.of("tool_use")
    for index, block in called:
        if (name := block.get("name")) not in names:
            return failed(
                f"one of the tools {', '.join(map(str, names[:8]))}", shown(name), pointer=f"/content/{index}/name"
            )
    return passed() if called else not_applicable("no tool was called")


def _is_call(block: Any) -> bool:
    return dig(block, "type") == "tool_use"


@check(
    "tools.ids-new",
    title="A call has an id that no earlier call of the conversation has",
    why="Clients match results to calls by id: with the same id in two turns they loop, or are refused.",
    clauses=("anthropic:tools.ids-unique",),
    on=MESSAGES,
)
@on_message
def ids_new(_message: Message, evidence: Evidence) -> Verdict:
    turns = as_list(dig(evidence.answer.request_json, "messages"))
    calls = [block for turn in turns for block in as_list(dig(turn, "content")) if _is_call(block)]
    earlier = {one for call in calls if isinstance(one := dig(call, "id"), str)}
    ids = [call.get("id") for call in evidence.blocks("tool_use")]
    if not earlier or not ids:
        return not_applicable("there are no calls of two turns to compare")
    again = next((one for one in ids if isinstance(one, str) and one in earlier), None)
    return passed() if again is None else failed("an id of its own", f"{again}, as in an earlier turn")


@check(
    "tools.not-as-text",
    title="No call is written out in the text",
    why="An agent shows the call to its user and stops; the tool is never run.",
    clauses=("anthropic:tools.call-is-block",),
    on=MESSAGES,
)
@on_message
def not_as_text(_message: Message, evidence: Evidence) -> Verdict:
    request = evidence.answer.request
    if not requested_tools(evidence) or dig(evidence.answer.request_json, "tool_choice", "type") == "none":
        return not_applicable("the request allows no tool call")
    found = _MARKUP.search(evidence.text)
    if found is None or found[0].encode() in (request.body or b""):  # a model may repeat its prompt
        return passed()
    return failed("calls as tool_use blocks", f"{found[0]} in the text", pointer="/content")


# --- where a scenario asks ------------------------------------------------------------------------------------------


@check(
    "tools.cut-told",
    title="A call that max_tokens cut does not look like a whole one",
    why="An agent runs the tool with half of its arguments, or with none.",
    clauses=("anthropic:message.stop-reason.max-tokens",),
)
@on_willing_message
def cut(message: Message, evidence: Evidence) -> Said:
    """A brief answer proves nothing. An answer was cut if it used up its tokens and its arguments are unfinished by the
    tool's schema."""
    reason = message.get("stop_reason")
    if reason == "max_tokens":
        return honoured()
    limit = as_integer(dig(evidence.answer.request_json, "max_tokens"))
    spent = as_integer(dig(message, "usage", "output_tokens"))
    if limit is None or spent is None or spent < limit or all(map(_is_finished, *_called(evidence))):
        return undecided("the model was done before max_tokens")
    actual = f"{shown(reason)} after {spent} of {limit} tokens"
    return proven(Proof.COUNTS, "max_tokens", actual, pointer="/stop_reason")


def _called(evidence: Evidence) -> tuple[list[Any], list[Any]]:
    """The inputs of the calls, and the schemas that they must satisfy."""
    schemas = {tool.get("name"): tool.get("input_schema", {}) for tool in requested_tools(evidence)}
    calls = evidence.blocks("tool_use")
    return [call.get("input") for call in calls], [schemas.get(str(call.get("name")), {}) for call in calls]


def _is_finished(value: Any, schema: Any) -> bool:
    return bool(validator(schema).is_valid(value))


@check(
    "tools.every-call-told",
    title="Every call that the model made is in the answer",
    why="The model believes that it made several calls; all but the first are never run.",
    clauses=("anthropic:tools.every-call-told",),
    params=closed(("as_in",), as_in=NAME),
)
@on_willing_message
def every_call_told(message: Message, evidence: Evidence) -> Said:
    """A model may make one call where it made two before, but then it writes less. If the tokens of all calls were
    counted and a call is missing, it was lost on the way."""
    other = earlier_answer(evidence, evidence.params["as_in"])
    if other is None:
        return undecided(f"there is no answer of step {evidence.params['as_in']}", Cause.PREREQUISITE_FAILED)
    number, wanted = _calls_alone(message), _calls_alone(other)
    if wanted is None or wanted < 2:
        return undecided("the model did not call several tools, and nothing else, before")
    if number is not None and number >= wanted:
        return honoured()
    spent, before = (as_integer(dig(answer, "usage", "output_tokens")) for answer in (message, other))
    if number is None or not spent or not before or before > wanted * _TOKENS_OF_A_SMALL_CALL or spent < 0.9 * before:
        return undecided(f"{number} call(s) where there were {wanted} before")
    expected = f"{wanted} calls, as for {before} tokens before"
    return proven(Proof.COUNTS, expected, f"{number} for {spent} tokens", pointer="/content")


def _calls_alone(answer: Message) -> int | None:
    """The number of calls in an answer that holds nothing else; None if it holds text or thinking."""
    blocks = as_list(answer.get("content"))
    thought = as_integer(dig(answer, "usage", "output_tokens_details", "thinking_tokens"))
    return len(blocks) if all(map(_is_call, blocks)) and not thought else None
