"""The reference's model: from a valid request body to a turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from messages_conformance.reference import instructions, mcp, server_tools, structured, thinking
from messages_conformance.reference.arguments import value_for
from messages_conformance.reference.calls import tool_calls
from messages_conformance.reference.citations import cited
from messages_conformance.reference.conversation import Conversation, Result, read
from messages_conformance.reference.hints import Hints
from messages_conformance.reference.limits import fit
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Json, Turn
from messages_conformance.reference.tokens import count_block

REFUSAL_TRIGGER = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL"
REDACTION_TRIGGER = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING"
"""Prefixes of the strings that Anthropic documents for tests of refusals and of redacted thinking."""


def respond(body: Mapping[str, Any]) -> Turn:
    """What the model says to `body`, within its max_tokens and up to its stop sequences."""
    conversation = read(body)
    if body["max_tokens"] == 0:
        return Turn((), "max_tokens")
    if any(REFUSAL_TRIGGER in text for text in conversation.everything):
        return Turn((), "refusal")
    thought, spent = _thought(body, conversation)
    said = fit(_said(body, conversation), body["max_tokens"] - spent, body.get("stop_sequences") or ())
    blocks, more = _interleaved(body, conversation, said.blocks, spent)
    return Turn((*thought, *blocks), said.stop_reason, said.stop_sequence, spent + more, said.cut_tokens)


def _thought(body: Mapping[str, Any], conversation: Conversation) -> tuple[tuple[Json, ...], int]:
    if not thinking.is_on(body):
        return (), 0
    config = body["thinking"]
    if config["type"] == "between_tools" and not conversation.last.results:
        return (), 0
    question = conversation.last.text
    block, tokens = thinking.think(config, body["max_tokens"], question, redacted=REDACTION_TRIGGER in question)
    return (block,), tokens


def _interleaved(
    body: Mapping[str, Any], conversation: Conversation, blocks: tuple[Json, ...], spent: int
) -> tuple[tuple[Json, ...], int]:
    """Adaptive thinking goes on between the calls of a turn."""
    config = as_object(body.get("thinking"))
    if config.get("type") != "adaptive":
        return blocks, 0
    left = body["max_tokens"] - spent - sum(map(count_block, blocks))
    return thinking.between_calls(config, blocks, left, conversation.last.text)


def _said(body: Mapping[str, Any], conversation: Conversation) -> tuple[Json, ...]:
    calls = tool_calls(body, conversation)
    forced = as_object(body.get("tool_choice")).get("type") in ("any", "tool")
    if calls and forced:
        return calls
    if calls:
        names = " and ".join(dict.fromkeys(call["name"] for call in calls))
        return (_text(f"I will look that up with {names}."), *server_tools.tool_search(body, calls), *calls)
    if wanted := structured.wanted(body):
        return (_text(json.dumps(value_for(wanted[1], Hints.of(conversation.last.text)))),)
    if found := server_tools.web_search(body, conversation.last.text) or cited(conversation):
        return found
    return (*mcp.calls(body, conversation.last.text), _text(_words(conversation)))


def _words(conversation: Conversation) -> str:
    said = instructions.answer(conversation)
    if results := conversation.last.results:
        reports = " ".join(_report(result, named=len(results) > 1) for result in results)
        said = reports if said == instructions.FALLBACK else f"{reports} {said}"
    return said if conversation.prefill is None else _continued(conversation.prefill, said)


def _report(result: Result, *, named: bool) -> str:
    """What a tool said; `named` says of which call, where there are several to confuse."""
    said, subject = result.text.rstrip("."), f" for {result.subject}" if named and result.subject else ""
    if result.is_error:
        return f"The tool reported an error{subject}: {said or 'it did not say which'}."
    return f"The tool returned{subject}: {said}." if said else f"The tool returned nothing{subject}."


def _continued(prefill: str, answer: str) -> str:
    """The rest of `answer` after what the prefill already says of it."""
    for length in range(min(len(prefill), len(answer)), 0, -1):
        if answer.lower().startswith(prefill[-length:].lower()):
            return answer[length:]
    if prefill.endswith("{"):
        return f'"answer": {json.dumps(answer)}}}'
    return answer if prefill[-1:] in "([<\"'" else f" {answer}"


def _text(text: str) -> Json:
    return {"type": "text", "text": text}
