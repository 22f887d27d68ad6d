"""Whether an answer is whole, uses the API's own words, fits its request, and agrees with its twin in the other
mode."""

from __future__ import annotations

import re

from messages_conformance.checks.answer.answer import content_of
from messages_conformance.checks.answer.content import Content
from messages_conformance.checks.answer.events import as_integer, as_list, as_object, dig, shown
from messages_conformance.checks.base import MESSAGES, Cause, Evidence, Verdict, check, failed, not_applicable, passed
from messages_conformance.checks.control.preconditions import (
    INPUT_COUNTS,
    Message,
    earlier_answer,
    on_message,
    on_willing_message,
)
from messages_conformance.checks.control.said import Proof, Said, honoured, nothing_to_hear, proven, undecided
from messages_conformance.checks.params import NAME, closed
from messages_conformance.checks.stream.base import CUT_REASONS

_THINKING = frozenset({"thinking", "redacted_thinking"})
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})

# --- text -----------------------------------------------------------------------------------------------------------

_RESIDUE = re.compile(r"<\|\w{2,40}\|>|<｜[^｜<>]{2,40}｜>|</?(?:start|end)_of_turn>|\[/?INST\]|^\s*<s>|</s>\s*$")
"""Marks of common chat templates. The checks of thinking look for the marks around thinking."""


@check(
    "message.no-template-residue",
    title="The text holds no marks of a chat template",
    why="Users see control tokens, and programs that parse the answer fail on them.",
    clauses=("anthropic:message.no-template-residue",),
    on=MESSAGES,
)
@on_message
def no_template_residue(_message: Message, evidence: Evidence) -> Verdict:
    """A mark that the request holds too may be meant."""
    asked = (evidence.answer.request.body or b"").decode("utf-8", "replace")
    for index, block in evidence.content.of("text"):
        said = block.get("text")
        found = _RESIDUE.search(said) if isinstance(said, str) else None
        if found is not None and found[0].strip() not in asked:
            return failed("text without marks of a chat template", shown(found[0]), pointer=f"/content/{index}")
    return passed()


@check(
    "message.no-leading-newline",
    title="The text does not begin with empty lines",
    why="Programs that compare or parse the answer do not find what they expect, and titles begin blank.",
    clauses=("anthropic:message.no-leading-newline",),
)
@on_willing_message
def no_leading_newline(_message: Message, evidence: Evidence) -> Said:
    """A model may begin with empty lines on its own. It cannot if the request makes a line break and the words after it
    stop sequences: then the lines were added later."""
    said = evidence.text
    if not said.strip():
        return nothing_to_hear("the answer has no text")
    if said[0] not in "\r\n":
        return honoured()
    stops = as_list(dig(evidence.answer.request_json, "stop_sequences"))
    if any(isinstance(stop, str) and stop.startswith("\n") and stop in said for stop in stops):
        return proven(Proof.STOP_SEQUENCE, "text from the start", shown(said))
    return undecided("the model itself may have begun with empty lines")


# --- nothing --------------------------------------------------------------------------------------------------------

_COST_OF_NOTHING = 8
"""How many output tokens an empty answer may cost: an end of turn, with room for a template."""


@check(
    "message.not-only-thinking",
    title="A finished answer holds more than thinking",
    why="An agent takes the turn as finished although nothing was said and no tool was called.",
    clauses=("anthropic:message.not-only-thinking",),
    on=MESSAGES,
)
@on_message
def not_only_thinking(message: Message, evidence: Evidence) -> Verdict:
    kinds = evidence.content.types
    if not kinds & _THINKING or message.get("stop_reason") != "end_turn":
        return not_applicable("the answer has no thinking, or did not end by itself")
    if _answers_results(evidence):
        return not_applicable("a model may have nothing to say about the results of its tools")
    return passed() if kinds - _THINKING else failed("text or a call after the thinking", "none", pointer="/content")


def _answers_results(evidence: Evidence) -> bool:
    turns = as_list(dig(evidence.answer.request_json, "messages"))
    return bool(turns) and any(dig(block, "type") == "tool_result" for block in as_list(dig(turns[-1], "content")))


@check(
    "message.output-present",
    title="What was generated is in the answer",
    why="The user pays for an answer that was lost on the way, and sees nothing.",
    clauses=("anthropic:message.output-present",),
    on=MESSAGES,
)
@on_message
def output_present(message: Message, evidence: Evidence) -> Verdict:
    if not isinstance(message.get("content"), list):
        return not_applicable("content is no array of blocks")
    if message.get("stop_reason") != "end_turn" or _holds_anything(evidence.content):
        return passed()
    cost = as_integer(dig(message, "usage", "output_tokens")) or 0
    hidden = as_integer(dig(message, "usage", "output_tokens_details", "thinking_tokens")) or 0
    if cost - hidden <= _COST_OF_NOTHING:
        return passed()
    return failed("what was generated, as blocks", f"nothing, for {cost} output tokens", pointer="/content")


def _holds_anything(content: Content) -> bool:
    texts = content.of("text")
    return len(texts) < len(content.all) or any(block.get("text") for _, block in texts)


# --- what was asked for ---------------------------------------------------------------------------------------------


@check(
    "message.calls-asked-for",
    title="No tool is called that the request does not have",
    why="A client that offered no tools cannot answer a call, so its conversation is stuck.",
    clauses=("anthropic:message.calls-asked-for",),
    on=MESSAGES,
)
@on_message
def calls_asked_for(_message: Message, evidence: Evidence) -> Verdict:
    calls = evidence.content.types & _CALLS
    asked = evidence.answer.request_json
    if not calls or dig(asked, "tools") or dig(asked, "mcp_servers"):
        return passed()
    return failed("no call, since the request has no tools", ", ".join(sorted(calls)), pointer="/content")


# --- reasons --------------------------------------------------------------------------------------------------------

_FOREIGN_REASONS = frozenset(
    {"stop", "length", "tool_calls", "function_call", "content_filter", "eos", "eos_token", "STOP", "MAX_TOKENS"}
)
"""Finish reasons of other APIs. This API has its own words for them, and no version will adopt these."""


@check(
    "message.stop-reason-vocabulary",
    title="The reason to stop is a word of this API",
    why="Agents compare the reason with the words they know; a word of another API ends or hangs their loop.",
    clauses=("anthropic:message.stop-reason.vocabulary",),
    on=MESSAGES,
)
@on_message
def stop_reason_vocabulary(message: Message, _evidence: Evidence) -> Verdict:
    reason = message.get("stop_reason")
    if isinstance(reason, str) and reason in _FOREIGN_REASONS:
        return failed("a reason of this API", shown(reason), pointer="/stop_reason")
    return passed()


@check(
    "message.refusal-details",
    title="A refusal comes with its details",
    why="A client cannot tell its user why there is no answer.",
    clauses=("anthropic:message.stop-details.refusal",),
    on=MESSAGES,
)
@on_message
def refusal_details(message: Message, _evidence: Evidence) -> Verdict:
    if message.get("stop_reason") != "refusal":
        return not_applicable("the answer was not refused")
    details = message.get("stop_details")
    if dig(details, "type") == "refusal" and {"category", "explanation"} <= set(as_object(details) or {}):
        return passed()
    expected = "stop_details of type refusal, with category and explanation"
    return failed(expected, shown(details), pointer="/stop_details")


# --- the other mode -------------------------------------------------------------------------------------------------


@check(
    "message.same-as",
    title="The same request gets the same kind of answer, streamed or not",
    why="An application that turns streaming on gets another stop reason, or loses its calls or counts.",
    clauses=("anthropic:message.same-in-stream",),
    params=closed(("step",), step=NAME),
)
@on_willing_message
def same_as(message: Message, evidence: Evidence) -> Said:
    """How an answer ends, and whether it calls a tool, is the model's choice, unless the request forces a call. Which
    counts the usage has is not."""
    step = evidence.params["step"]
    other = earlier_answer(evidence, step)
    if other is None or not (_is_comparable(message) and _is_comparable(other)):
        return undecided(f"this step and {step} are not two whole answers to compare", Cause.PREREQUISITE_FAILED)
    for name in (*INPUT_COUNTS, "output_tokens"):
        told = as_integer(dig(other, "usage", name))
        if told and as_integer(dig(message, "usage", name)) is None:
            return proven(Proof.SIBLING, f"{name}, which step {step} has", "none", pointer=f"/usage/{name}")
    for name in ("stop_reason", "stop_sequence"):
        if message.get(name) != other.get(name):
            expected = f"{name} {shown(other.get(name))}, as in step {step}"
            return _another(evidence, expected, shown(message.get(name)), f"/{name}")
    if (here := _manner(evidence.content)) != (there := _manner(content_of(other))):
        return _another(evidence, f"{there}, as in step {step}", here, "/content")
    return honoured()


def _another(evidence: Evidence, expected: str, actual: str, pointer: str) -> Said:
    if dig(evidence.answer.request_json, "tool_choice", "type") in ("any", "tool"):
        return proven(Proof.TOOL_CHOICE, expected, actual, pointer=pointer)
    return undecided(f"expected {expected}, got {actual}")


def _is_comparable(message: Message) -> bool:
    """Whether it is whole and was not ended by a limit or a refusal, which may happen to one of two answers."""
    return _is_whole(message) and message.get("stop_reason") not in CUT_REASONS


def _is_whole(message: Message) -> bool:
    return isinstance(message.get("stop_reason"), str) and isinstance(message.get("content"), list)


def _manner(content: Content) -> str:
    """How it answers: with a call or with text. What comes beside a call, and whether it thinks, is the model's
    choice."""
    kinds = content.types
    return "a call" if "tool_use" in kinds else "text" if "text" in kinds else "nothing"
