"""Defects that treat two forms of the same request differently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import Refusal, invalid
from messages_conformance.reference.model.tokens import count_block
from messages_conformance.reference.narrow import as_list, as_object
from messages_conformance.reference.play import Context, Json, Play

Events = tuple[Json, ...]

# --- streamed and whole -----------------------------------------------------------------------------------------------


def _overlap_dropped(events: Events, _: Context) -> Events:
    """Takes each fragment of text for a snapshot: drops its beginning if the text before ends with the same."""
    told: list[Json] = []
    said = ""
    for event in events:
        text = as_object(event.get("delta")).get("text")
        if event["type"] == "content_block_start":
            said = ""
        if isinstance(text, str):
            overlap = max((n for n in range(1, len(text) + 1) if said.endswith(text[:n])), default=0)
            said += text[overlap:]
            if overlap == len(text):
                continue
            told.append({**event, "delta": {**event["delta"], "text": text[overlap:]}})
        else:
            told.append(event)
    return tuple(told)


def _said_twice(events: Events, _: Context) -> Events:
    return tuple(told for event in events for told in ((event, event) if _is_text(event) else (event,)))


def _is_text(event: Json) -> bool:
    return as_object(event.get("delta")).get("type") == "text_delta"


def _format_streamed(body: Mapping[str, Any]) -> bool:
    return body.get("stream") is True and "format" in as_object(body.get("output_config"))


# --- written in another way -------------------------------------------------------------------------------------------


def _in_blocks(body: Mapping[str, Any]) -> bool:
    return any(isinstance(as_object(turn).get("content"), list) for turn in as_list(body.get("messages")))


def _other_members(message: Json, context: Context) -> Json:
    """Keeps a count of another API if the content is in blocks and goes through a translation."""
    if context.stream or not _in_blocks(context.body):
        return message
    usage = message["usage"]
    return {**message, "usage": {**usage, "total_tokens": usage["input_tokens"] + usage["output_tokens"]}}


def _metadata_heard(body: Json, _: Context) -> Json:
    """Adds the user's id to the prompt."""
    user = as_object(body.get("metadata")).get("user_id")
    if not isinstance(user, str) or body.get("tools"):
        return body
    return {**body, "messages": [{"role": "user", "content": f"The user is {user}."}, *body["messages"]]}


def _no_stops(body: Mapping[str, Any]) -> bool:
    return body.get("stop_sequences") == []


def _first_texts_counted(message: Json, context: Context) -> Json:
    """Counts only the first text of each turn, like a server that takes a turn for one string."""
    later = [block for turn in as_list(context.body.get("messages")) for block in _texts(turn)[1:]]
    usage = message["usage"]
    counted = usage["input_tokens"] - sum(count_block(block) for block in later)
    return {**message, "usage": {**usage, "input_tokens": max(1, counted)}}


def _texts(turn: Any) -> list[Json]:
    blocks = map(as_object, as_list(as_object(turn).get("content")))
    return [block for block in blocks if block.get("type") == "text"]


# --- counted ----------------------------------------------------------------------------------------------------------


def _thinking_not_counted(refusals: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    if context.route != "count_tokens" or "thinking" not in context.body:
        return refusals
    return refusals or (invalid("rule", "thinking: Extra inputs are not permitted", "thinking"),)


DEFECTS = (
    defect(
        "repeated-fragments-swallowed",
        "A fragment of text loses the letters that repeat the end of the text before it",
        Play(events=_overlap_dropped),
        "stream.text-unaltered",
    ),
    defect(
        "fragments-sent-twice",
        "Every fragment of text is sent twice",
        Play(events=_said_twice),
        "stream.text-unaltered",
    ),
    defect(
        "format-not-streamed",
        "A format for the answer is refused together with streaming",
        m.refuse(_format_streamed, "output_config: not supported with streaming", "output_config"),
        "request.combinations",
    ),
    defect(
        "blocks-answered-with-other-members",
        "The answer to a request in blocks has members that the answer to plain text has not",
        Play(message=_other_members),
        "message.same-in-forms",
    ),
    defect("metadata-in-prompt", "The metadata reaches the model", Play(prompt=_metadata_heard), "usage.equal-forms"),
    defect(
        "empty-stop-sequences-refused",
        "An empty list of stop sequences is refused",
        m.refuse(_no_stops, "List should have at least 1 item", "stop_sequences"),
        "request.combinations",
    ),
    defect(
        "later-texts-uncounted",
        "Only the first of several texts in a turn is counted",
        Play(message=_first_texts_counted),
        "usage.equal-forms",
    ),
    defect(
        "thinking-not-counted",
        "count_tokens refuses thinking",
        Play(validate=_thinking_not_counted),
        "tokens.same-request",
    ),
)
