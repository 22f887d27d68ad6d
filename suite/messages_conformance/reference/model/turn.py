"""The reference's model: from a valid request body to a turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from messages_conformance.reference.model import instructions, structured, thinking
from messages_conformance.reference.model.citations import cited
from messages_conformance.reference.model.conversation import Conversation, Result, read
from messages_conformance.reference.model.limits import fit
from messages_conformance.reference.model.mind import GOOD, Mind
from messages_conformance.reference.model.tokens import count_block
from messages_conformance.reference.narrow import as_object
from messages_conformance.reference.play import Json, Turn
from messages_conformance.reference.tools import mcp, server_tools
from messages_conformance.reference.tools.arguments import value_for
from messages_conformance.reference.tools.calls import held_to_choice, intended, tool_use
from messages_conformance.reference.tools.hints import Hints

REFUSAL_TRIGGER = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL"
REDACTION_TRIGGER = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING"
"""Prefixes of the strings that Anthropic documents for tests of refusals and of redacted thinking."""


def respond(body: Mapping[str, Any], mind: Mind = GOOD) -> Turn:
    """What a model of such a mind says to `body`, within its max_tokens and up to its stop sequences."""
    conversation = read(body)
    if body["max_tokens"] == 0:
        return Turn((), "max_tokens")
    if any(REFUSAL_TRIGGER in text for text in conversation.everything):
        return Turn((), "refusal")
    thought = _thought(body, conversation, mind)
    block, spent = _thinking(body, conversation, thought)
    said = fit(_said(body, conversation, mind), body["max_tokens"] - spent, body.get("stop_sequences") or ())
    blocks, more = _interleaved(body, said.blocks, spent, thought)
    return Turn((*block, *blocks), said.stop_reason, said.stop_sequence, spent + more, said.cut_tokens)


def _thought(body: Mapping[str, Any], conversation: Conversation, mind: Mind) -> str | None:
    """What the model thinks in this turn. It may do without where thinking is adaptive, and nothing hides the thought
    that a request for redacted thinking is sure to get."""
    if not thinking.is_on(body):
        return None
    config = body["thinking"]
    good = thinking.thought(config, body["max_tokens"], conversation.last.text)
    bent = mind.thought(good, conversation)
    is_due = config["type"] != "adaptive" or REDACTION_TRIGGER in conversation.last.text
    return good if bent is None and is_due else bent


def _thinking(body: Mapping[str, Any], conversation: Conversation, thought: str | None) -> tuple[tuple[Json, ...], int]:
    """The block with which a turn begins, where it begins with one, and its tokens."""
    if thought is None or (body["thinking"]["type"] == "between_tools" and not conversation.last.results):
        return (), 0
    redacted = REDACTION_TRIGGER in conversation.last.text
    block, tokens = thinking.think(body["thinking"], body["max_tokens"], thought, redacted=redacted)
    return (block,), tokens


def _interleaved(
    body: Mapping[str, Any], blocks: tuple[Json, ...], spent: int, thought: str | None
) -> tuple[tuple[Json, ...], int]:
    """Adaptive thinking goes on between the calls of a turn."""
    config = as_object(body.get("thinking"))
    if thought is None or config.get("type") != "adaptive":
        return blocks, 0
    left = body["max_tokens"] - spent - sum(map(count_block, blocks))
    return thinking.between_calls(config, blocks, left, thought)


def _said(body: Mapping[str, Any], conversation: Conversation, mind: Mind) -> tuple[Json, ...]:
    good = intended(body, conversation)
    intent = mind.intent(good, conversation)
    calls = tuple(tool_use(call, mind, conversation) for call in held_to_choice(body, intent.calls, good.calls))
    question = conversation.last.text
    if calls and as_object(body.get("tool_choice")).get("type") in ("any", "tool"):
        return calls
    if calls:
        names = " and ".join(dict.fromkeys(call["name"] for call in calls))
        lead = mind.words(f"I will look that up with {names}.", conversation) if intent.announces else ""
        return (_text(lead), *server_tools.tool_search(body, calls), *calls)
    if wanted := structured.wanted(body):
        return (_text(json.dumps(value_for(wanted[1], mind.hints(Hints.of(question), conversation)))),)
    if found := server_tools.web_search(body, question, wanted=intent.searches):
        return tuple(_reworded(block, mind, conversation) for block in found)
    if intent.cites and (found := cited(conversation)):
        return tuple(_reworded(block, mind, conversation) for block in found)
    return (*(mcp.calls(body, question) if intent.remote else ()), _text(_words(conversation, mind)))


def _reworded(block: Json, mind: Mind, conversation: Conversation) -> Json:
    return {**block, "text": mind.words(block["text"], conversation)} if block["type"] == "text" else block


def _words(conversation: Conversation, mind: Mind) -> str:
    said = instructions.answer(conversation)
    if results := conversation.last.results:
        reports = " ".join(_report(result, named=len(results) > 1) for result in results)
        said = reports if said == instructions.FALLBACK else f"{reports} {said}"
    said = mind.words(said, conversation)
    return _continued(conversation.prefill, said) if said and conversation.prefill is not None else said


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
