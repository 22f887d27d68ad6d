"""Defects in reading requests: valid ones are refused, invalid ones accepted, or they change on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Json, Play

# --- what is refused --------------------------------------------------------------------------------------------------

_KNOWN_FIELDS = frozenset(
    {"model", "messages", "max_tokens", "system", "stream", "stop_sequences", "tools", "tool_choice", "thinking"}
    | {"temperature", "top_p", "top_k"}
)
_BACKEND_LIMIT = 16_384


def _goes_beyond(body: Mapping[str, Any]) -> bool:
    return not _KNOWN_FIELDS.issuperset(body)


def _repeats_role(body: Mapping[str, Any]) -> bool:
    roles = [as_object(message).get("role") for message in as_list(body.get("messages"))]
    return any(role == following for role, following in pairwise(roles))


def _of_one_family(body: Mapping[str, Any]) -> bool:
    return "max_tokens" in body and body.get("model") == "reference-thinking"


def _above_limit(body: Mapping[str, Any]) -> bool:
    asked = body.get("max_tokens")
    return isinstance(asked, int) and asked > _BACKEND_LIMIT


def _clears_thinking(body: Mapping[str, Any]) -> bool:
    edits = as_list(as_object(body.get("context_management")).get("edits"))
    return any(as_object(edit).get("type") == "clear_thinking_20251015" for edit in edits)


def _names_effort(body: Mapping[str, Any]) -> bool:
    return "effort" in as_object(body.get("output_config"))


# --- what fails, or is taken ------------------------------------------------------------------------------------------


def _failing(over: Callable[[Refusal], bool]) -> Play:
    """Fails on what it should refuse."""

    def failed(found: tuple[Refusal, ...], _: Context) -> tuple[Refusal, ...]:
        fault = Refusal(500, "api_error", "Internal server error", "rule")
        return tuple(fault if over(refusal) else refusal for refusal in found)

    return Play(validate=failed)


def _empty_turn(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path[:1] == ("messages",) and refusal.path[-1] == "content"


def _blank_stop_sequence(refusal: Refusal) -> bool:
    return refusal.keyword == "pattern" and refusal.path[:1] == ("stop_sequences",)


def _tool_name(refusal: Refusal) -> bool:
    return refusal.keyword in ("pattern", "maxLength") and refusal.path[-1:] == ("name",)


def _nothing_for_nothing(body: Json, context: Context) -> Json:
    """Reads an invalid limit as one that allows no token."""
    limit = body.get("max_tokens", 1)
    is_bound = isinstance(limit, int) and limit > 0
    return body if is_bound or context.stream else {**body, "max_tokens": 0}


# --- what does not reach the model ------------------------------------------------------------------------------------


def _first_system_turn(body: Json, _: Context) -> Json:
    """Keeps one turn of role system, and loses the others."""
    later = [message for message in body["messages"] if message["role"] == "system"][1:]
    return {**body, "messages": [message for message in body["messages"] if message not in later]}


def _without_prefill(body: Json, _: Context) -> Json:
    last = len(body["messages"]) - 1
    return {**body, "messages": body["messages"][: last + (body["messages"][last]["role"] != "assistant")]}


def _at_most_256(body: Json, context: Context) -> Json:
    return {**body, "max_tokens": min(body["max_tokens"], 256)} if context.route == "messages" else body


DEFECTS = (
    defect(
        "optional-fields-refused",
        "Fields that not every client sends are refused",
        m.refuse(_goes_beyond, "Extra inputs are not permitted"),
        "http.accepts-valid-request",
    ),
    defect(
        "alternation-required",
        "Two turns of one role in a row are refused",
        m.refuse(_repeats_role, "Conversation roles must alternate", "messages"),
        "request.messages.same-role",
    ),
    defect(
        "max-tokens-renamed",
        "max_tokens is sent on under a name that some models do not take",
        m.refuse(_of_one_family, "Unsupported parameter, use max_completion_tokens instead", "max_tokens"),
        "http.accepts-valid-request",
    ),
    defect(
        "limit-untold",
        "A max_tokens beyond the limit of the server behind is refused without naming that limit",
        m.refuse(_above_limit, "Invalid request parameters"),
        "request.max_tokens.ceiling",
    ),
    defect(
        "context-management-refused",
        "context_management is an unknown field",
        m.refuse(lambda body: "context_management" in body, "Extra inputs are not permitted", "context_management"),
        "beta.context-management.accepted",
    ),
    defect(
        "edit-without-its-thinking",
        "Thinking is left out on the way, and the edit that needs it is refused",
        m.refuse(_clears_thinking, "clear_thinking_20251015 needs thinking to be on", "context_management"),
        "beta.context-management.accepted",
    ),
    defect(
        "effort-refused",
        "output_config.effort is an unknown field",
        m.refuse(_names_effort, "Extra inputs are not permitted", "output_config", "effort"),
        "request.output_config.effort.accepted",
    ),
    defect(
        "stop-sequences-counted",
        "More than four stop sequences are refused",
        m.refuse(lambda body: len(as_list(body.get("stop_sequences"))) > 4, "At most 4 are allowed", "stop_sequences"),
        "http.accepts-valid-request",
    ),
    defect(
        "empty-turn-fails",
        "The server fails on an empty turn",
        _failing(_empty_turn),
        "error.client-fault-is-4xx",
    ),
    defect(
        "blank-stop-sequence-fails",
        "The server fails on a blank stop sequence",
        _failing(_blank_stop_sequence),
        "request.stop_sequences.items.pattern",
    ),
    defect(
        "blank-stop-sequence-stops",
        "A blank stop sequence is accepted, and ends the answer at its beginning",
        m.accept(_blank_stop_sequence),
        "request.stop_sequences.items.pattern",
    ),
    defect(
        "max-tokens-unchecked",
        "A max_tokens that is no number above 0 is accepted, and the answer is empty",
        Play(request=_nothing_for_nothing),
        "request.max_tokens.type",
        "request.max_tokens.range",
        "request.coercion",
    ),
    defect("tool-names-unchecked", "A tool may have any name", m.accept(_tool_name), "tools.name-pattern"),
    defect(
        "later-system-turns-dropped",
        "Only the first of several turns of role system reaches the model",
        Play(prompt=_first_system_turn),
        "request.messages.system-turns",
    ),
    defect(
        "prefill-dropped",
        "The last assistant turn does not reach the model",
        Play(prompt=_without_prefill),
        "request.messages.prefill",
    ),
    defect(
        "max-tokens-lowered",
        "No answer is longer than 256 tokens, whatever max_tokens says",
        Play(prompt=_at_most_256),
        "request.max_tokens.honoured",
    ),
)
