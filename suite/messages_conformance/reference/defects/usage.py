"""Defects of counts: tokens, cache, count_tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from messages_conformance.reference import mutations as m
from messages_conformance.reference.defects.base import defect
from messages_conformance.reference.http.errors import (
    Refusal,
    dump,
    envelope,
    invalid,
    new_request_id,
    not_found,
    unauthenticated,
)
from messages_conformance.reference.model.tokens import as_blocks
from messages_conformance.reference.play import Context, Hook, Json, Play, Reply, Route

_CACHE_COUNTS = ("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation")

# --- usage ------------------------------------------------------------------------------------------------------------


def _recounted(change: Callable[[Json], Json]) -> Hook[Json]:
    """Rewrites the usage of a message or of an event."""
    return lambda holder, _: {**holder, "usage": change(holder["usage"])}


def _in_delta(change: Callable[[Json], Json]) -> Play:
    return m.each_event("message_delta", _recounted(change))


def _floats(usage: Json) -> Json:
    return {name: float(count) if type(count) is int else count for name, count in usage.items()}


def _uncached(usage: Json) -> Json:
    """Counts the whole prompt as input, as if the upstream had no cache counts."""
    prompt = usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    none = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    counts = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "cache_creation": none}
    return {**usage, **counts, "input_tokens": prompt}


def _cached_as_input(usage: Json) -> Json:
    cached = usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    return {**usage, "input_tokens": usage["input_tokens"] + cached}


def _count_as_float(reply: Reply, context: Context) -> Reply:
    if context.route != "count_tokens" or reply.status != 200 or not isinstance(reply.body, bytes):
        return reply
    return replace(reply, body=dump({"input_tokens": float(json.loads(reply.body)["input_tokens"])}))


def _writes_as_input(usage: Json) -> Json:
    """Counts cache writes as plain input, but reports later reads."""
    none = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    counts = {"cache_creation_input_tokens": 0, "cache_creation": none}
    return {**usage, **counts, "input_tokens": usage["input_tokens"] + usage["cache_creation_input_tokens"]}


def _half_read(usage: Json) -> Json:
    return {**usage, "cache_read_input_tokens": usage["cache_read_input_tokens"] // 2}


def _without_parts(usage: Json) -> Json:
    return {name: count for name, count in usage.items() if name != "cache_creation"}


def _parts_of_zero(usage: Json) -> Json:
    return {**usage, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}


def _no_cache_in_stream(events: tuple[Json, ...], context: Context) -> tuple[Json, ...]:
    told: list[Json] = []
    for event in events:
        match event:
            case {"type": "message_start", "message": message}:
                told.append(
                    {**event, "message": {**message, "usage": m.drop(*_CACHE_COUNTS)(message["usage"], context)}}
                )
            case {"type": "message_delta", "usage": usage}:
                told.append({**event, "usage": m.drop(*_CACHE_COUNTS)(usage, context)})
            case _:
                told.append(event)
    return tuple(told)


def _start_repeated(events: tuple[Json, ...], _: Context) -> tuple[Json, ...]:
    """Repeats at the end the prompt's count of the beginning."""
    first = events[0]["message"]["usage"]["input_tokens"]
    return tuple(
        {**event, "usage": {**event["usage"], "input_tokens": first}} if event["type"] == "message_delta" else event
        for event in events
    )


# --- cache breakpoints ------------------------------------------------------------------------------------------------


def _no_marks_on_tools(found: tuple[Refusal, ...], context: Context) -> tuple[Refusal, ...]:
    for number, tool in enumerate(context.body.get("tools") or ()):
        if "cache_control" in tool:
            refusal = invalid("schema", "Extra inputs are not permitted", "tools", number, "cache_control")
            return (*found, refusal)
    return found


def _system_marked(body: Json, _: Context) -> Json:
    """Marks the system prompt, however many marks there are."""
    match body.get("system"):
        case str(text):
            system: list[Json] = [{"type": "text", "text": text}]
        case [*system, {"type": "text"} as last] if "cache_control" not in last:
            system = [*system, last]
        case _:
            return body
    return {**body, "system": [*system[:-1], {**system[-1], "cache_control": {"type": "ephemeral"}}]}


def _too_many_marks(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path == ("cache_control",)


def _marks_out_of_order(refusal: Refusal) -> bool:
    return refusal.source == "rule" and refusal.path == ("cache_control", "ttl")


# --- count_tokens -----------------------------------------------------------------------------------------------------


def _counted_without(change: Callable[[Json], Json]) -> Play:
    """Counts another prompt than the one that would be charged."""
    return Play(prompt=lambda body, context: change(body) if context.route == "count_tokens" else body)


def _without_images(body: Json) -> Json:
    turns = [
        {**turn, "content": [block for block in as_blocks(turn["content"]) if block["type"] != "image"]}
        for turn in body["messages"]
    ]
    return {**body, "messages": turns}


def _refused_on(route: Route, refusal: Refusal) -> Hook[Reply]:
    """Refuses on count_tokens what it answers as a message."""

    def refuse(reply: Reply, context: Context) -> Reply:
        if context.route != route or reply.status != 200:
            return reply
        return replace(reply, status=refusal.status, body=dump(envelope(refusal, new_request_id())))

    return refuse


DEFECTS = (
    defect("counts-as-floats", "Counts have a decimal point", Play(message=_recounted(_floats)), "usage.integers"),
    defect(
        "start-input-estimated",
        "message_start guesses the prompt's tokens",
        m.in_message_start(_recounted(lambda usage: {**usage, "input_tokens": usage["input_tokens"] // 3 + 1})),
        "usage.start-agrees",
    ),
    defect(
        "delta-input-zero",
        "message_delta overwrites the prompt's tokens with 0",
        _in_delta(lambda usage: {**usage, "input_tokens": 0}),
        "stream.usage-cumulative",
        "usage.start-agrees",
    ),
    defect(
        "search-results-uncounted",
        "message_delta repeats the prompt that message_start counted, whatever was searched",
        Play(events=_start_repeated),
        "usage.search-results-counted",
    ),
    defect(
        "cached-prefix-in-start",
        "message_start also counts the cached prefix as input",
        m.in_message_start(_recounted(_cached_as_input)),
        "usage.start-agrees",
    ),
    defect(
        "cache-counts-not-streamed",
        "A stream has no cache counts",
        Play(events=_no_cache_in_stream),
        "usage.cache-read",
        "usage.stream-agrees",
    ),
    defect(
        "cached-tokens-unmapped",
        "Tokens read from the cache are counted as input",
        Play(message=_recounted(_uncached)),
        "usage.cache-read",
    ),
    defect(
        "cached-part-counted-twice",
        "input_tokens includes the cached tokens",
        Play(message=_recounted(_cached_as_input)),
        "usage.input-excludes-cache",
    ),
    defect(
        "token-count-as-float",
        "count_tokens answers with a decimal point",
        Play(response=_count_as_float),
        "usage.integers",
    ),
    defect(
        "cache-writes-as-input",
        "Tokens written to the cache are counted as plain input",
        Play(message=_recounted(_writes_as_input)),
        "usage.cache-written",
    ),
    defect(
        "cache-read-halved",
        "Only half of the tokens read from the cache are counted",
        Play(message=_recounted(_half_read)),
        "usage.cache-read-amount",
    ),
    defect(
        "cache-creation-parts-missing",
        "The parts of cache creation are left out",
        Play(message=_recounted(_without_parts)),
        "cache.creation-parts",
    ),
    defect(
        "cache-creation-parts-zero",
        "The parts of cache creation are always 0",
        Play(message=_recounted(_parts_of_zero)),
        "usage.cache-creation-sum",
    ),
    defect(
        "cache-mark-on-tools-refused",
        "A cache breakpoint on a tool is refused",
        Play(validate=_no_marks_on_tools),
        "request.cache_control.places",
    ),
    defect(
        "cache-mark-added",
        "The gateway adds a cache breakpoint to the system prompt",
        Play(request=_system_marked),
        "request.cache_control.places",
    ),
    defect(
        "any-number-of-cache-marks",
        "Any number of cache breakpoints is accepted",
        m.accept(_too_many_marks),
        "request.cache_control.limit",
    ),
    defect(
        "cache-marks-in-any-order",
        "Cache breakpoints may come in any order",
        m.accept(_marks_out_of_order),
        "request.cache_control.order",
    ),
    defect(
        "count-tokens-missing",
        "There is no count_tokens",
        Play(response=_refused_on("count_tokens", not_found("There is nothing at this path"))),
        "tokens.served",
    ),
    defect(
        "models-missing",
        "There is no list of models",
        Play(response=_refused_on("models", not_found("There is nothing at this path"))),
        "models.served",
    ),
    defect(
        "count-tokens-at-another-backend",
        "count_tokens asks a backend that does not know the key",
        Play(response=_refused_on("count_tokens", unauthenticated("The key is not valid"))),
        "tokens.served-alike",
    ),
    defect(
        "count-without-tools",
        "count_tokens leaves out tools",
        _counted_without(lambda body: {name: value for name, value in body.items() if name != "tools"}),
        "tokens.grows",
    ),
    defect(
        "count-without-system",
        "count_tokens leaves out the system prompt",
        _counted_without(lambda body: {name: value for name, value in body.items() if name != "system"}),
        "tokens.grows",
    ),
    defect("count-without-images", "count_tokens leaves out images", _counted_without(_without_images), "tokens.grows"),
)
