"""What the events of a stream hold: deltas that join to a whole, counts that are totals, blocks that begin empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from messages_conformance.checks.answer.events import (
    StreamEvent,
    as_integer,
    as_list,
    as_object,
    dig,
    json_type,
    parse_json,
    shown,
)
from messages_conformance.checks.answer.fold import TOOL_BLOCKS, Block
from messages_conformance.checks.base import (
    Cause,
    Evidence,
    Verdict,
    check,
    failed,
    inconclusive,
    not_applicable,
    passed,
)
from messages_conformance.checks.stream.base import interruption, number_of, on_stream, whole_blocks
from messages_conformance.wire.exchange import header

_PROMPT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_LONG_ENOUGH_TOKENS = 20
_LONG_ENOUGH_CHARACTERS = 200
"""More characters than Anthropic's API sends in one delta: in recorded streams, up to about 120."""


@check(
    "stream.is-sse",
    title="A streamed answer is a text/event-stream of server-sent events",
    why="Clients choose their reader before the body comes: a JSON body gives the SDKs a stream without a message.",
    clauses=("anthropic:http.content-type-event-stream",),
    on=("stream",),
)
def is_sse(evidence: Evidence) -> Verdict:
    answer = evidence.answer
    if answer.response is None:
        return inconclusive(Cause.TRANSPORT, "no answer came")
    if not answer.is_stream:
        beginning = answer.body[:40].decode("utf-8", "replace")
        return failed("a stream of server-sent events", f"a body that begins {shown(beginning)}")
    if (found := answer.media_type) != "text/event-stream":
        return failed("content-type text/event-stream", f"content-type {shown(found)}" if found else "no content-type")
    return passed()


@check(
    "stream.valid-utf8",
    title="The stream is UTF-8 throughout",
    why="A character cut in two at a buffer's edge appears as a replacement mark, or makes the client raise.",
    clauses=("anthropic:stream.one-json-object",),
    on=("stream",),
)
@on_stream
def valid_utf8(evidence: Evidence) -> Verdict:
    broken = next((event for event in evidence.answer.events if event.invalid_utf8), None)
    if broken is None:
        return passed()
    return failed("UTF-8", "bytes that are not UTF-8 (a character cut in two, perhaps)", event=broken.number)


# --- blocks ---------------------------------------------------------------------------------------------------------


def _of_type(found: tuple[Block, ...], *types: str) -> list[Block]:
    return [block for block in found if block.start is not None and block.opened.get("type") in types]


@check(
    "stream.tool-json",
    title="The pieces of a tool's arguments join to one JSON object",
    why="The client runs the tool with half its arguments or none, or the SDK raises when the block stops.",
    clauses=("anthropic:stream.tool-json",),
    on=("stream",),
)
@on_stream
def tool_json(evidence: Evidence) -> Verdict:
    tools = [block for block in _of_type(whole_blocks(evidence), *TOOL_BLOCKS) if not _is_eager(block, evidence)]
    for block in tools:
        pieces = block.joined("input_json_delta", "partial_json")
        if pieces and (problem := _object_problem(pieces)) is not None:
            last = block.deltas[-1]
            return failed("pieces of partial_json that join to one JSON object", problem, event=last.number)
    return passed() if tools else not_applicable("the stream has no tool call whose arguments must be whole")


def _is_eager(block: Block, evidence: Evidence) -> bool:
    """Whether the request wants this tool's arguments as they are generated; then nobody validates them."""
    request = evidence.answer.request
    tools = as_list(dig(evidence.answer.request_json, "tools"))
    asked = any(dig(t, "name") == block.opened.get("name") and dig(t, "eager_input_streaming") is True for t in tools)
    return asked or "fine-grained-tool-streaming" in (header(request.headers, "anthropic-beta") or "")


def _object_problem(pieces: str) -> str | None:
    try:
        value = parse_json(pieces)
    except ValueError as error:
        return f"{shown(pieces)} ({error})"
    return None if isinstance(value, dict) else f"{json_type(value)}: {shown(pieces)}"


def _starts_empty(evidence: Evidence, fields: dict[str, tuple[str, Any]]) -> Verdict:
    """`fields` maps a block type to the field that deltas will fill, and its empty value. Shape checks report a missing
    field."""
    found = _of_type(evidence.answer.blocks, *fields)
    for block in found:
        key, empty = fields[str(block.opened["type"])]
        value = block.opened.get(key, empty)
        if type(value) is not type(empty) or value:
            what = f"{key} {shown(value)}"
            pointer = f"/content_block/{key}"
            return failed(f"{key} {shown(empty)}", what, pointer=pointer, event=number_of(block.start))
    return passed() if found else not_applicable(f"the stream has no {' or '.join(fields)} block")


@check(
    "stream.tool-start-empty-input",
    title="A tool_use block starts with input {}",
    why="Clients that keep the input of the start, or put it before the deltas, call the tool with broken arguments.",
    clauses=("anthropic:stream.tool-start-empty-input",),
    on=("stream",),
)
@on_stream
def tool_start_empty_input(evidence: Evidence) -> Verdict:
    return _starts_empty(evidence, {"tool_use": ("input", {})})


@check(
    "stream.text-start-empty",
    title="Text and thinking blocks start empty",
    why="Clients append the deltas to the start's text, so the first words appear twice.",
    clauses=("anthropic:stream.text-start-empty",),
    on=("stream",),
)
@on_stream
def text_start_empty(evidence: Evidence) -> Verdict:
    return _starts_empty(evidence, {"text": ("text", ""), "thinking": ("thinking", "")})


@check(
    "stream.signature-last",
    title="A thinking block ends with its one signature_delta",
    why="The SDKs keep only the last signature: if it is missing or partial, the next turn of a tool loop fails.",
    clauses=("anthropic:stream.signature-last",),
    on=("stream",),
)
@on_stream
def signature_last(evidence: Evidence) -> Verdict:
    found = _of_type(whole_blocks(evidence), "thinking")
    for block in found:
        kinds = [event.delta.get("type") for event in block.deltas]
        signatures = [event for event, kind in zip(block.deltas, kinds, strict=True) if kind == "signature_delta"]
        if len(signatures) != 1:
            number = signatures[1].number if signatures else number_of(block.start)
            return failed("one signature_delta in the thinking block", str(len(signatures)), event=number)
        if "thinking_delta" in kinds[kinds.index("signature_delta") :]:
            expected = "signature_delta as the last delta of the thinking block"
            return failed(expected, "thinking_delta after it", event=signatures[0].number)
    return passed() if found else not_applicable("the stream has no complete thinking block")


# --- the end and the counts -----------------------------------------------------------------------------------------


@check(
    "stream.stop-reason-in-delta",
    title="message_delta carries the stop reason",
    why="Agents read it there: without it they do not run tool calls, and take a cut answer for a whole one.",
    clauses=("anthropic:stream.stop-reason-in-delta",),
    on=("stream",),
)
@on_stream
def stop_reason_in_delta(evidence: Evidence) -> Verdict:
    given = False
    deltas = evidence.answer.events_of("message_delta")
    for event in deltas:
        delta = as_object(event.get("delta")) or {}
        if given and "stop_reason" in delta and delta["stop_reason"] is None:
            return failed("stop_reason kept once it is set", "null in a later message_delta", event=event.number)
        given = given or delta.get("stop_reason") is not None
    if given:
        return passed()
    if (stopped := interruption(evidence)) is not None:
        return stopped
    if not deltas:
        return not_applicable("the stream has no message_delta")
    return failed("stop_reason in message_delta", "none, or null", event=deltas[-1].number)


@check(
    "stream.usage-cumulative",
    title="Counts in message_delta are totals",
    why="Clients overwrite earlier counts with them: increments or zeros make the cost and the context meter wrong.",
    clauses=("anthropic:stream.usage-cumulative",),
    on=("stream",),
)
@on_stream
def usage_cumulative(evidence: Evidence) -> Verdict:
    counts: dict[str, int] = {}
    judged = False
    for event, usage in _usages(evidence):
        before = dict(counts)
        counts.update(usage)
        if event.kind == "message_start":
            continue
        judged = judged or "output_tokens" in usage
        refused = event.get("delta", "stop_reason") == "refusal" and counts.get("output_tokens") == 0
        least = before.get("output_tokens", 0)
        if counts.get("output_tokens", 0) < least and not refused:
            expected = f"output_tokens as a total, {least} or more"
            return failed(expected, str(counts["output_tokens"]), pointer="/usage/output_tokens", event=event.number)
        if _prompt(before) > 0 and _prompt(counts) <= 0:
            expected = f"the prompt's tokens as a total ({_prompt(before)} so far)"
            return failed(
                expected, "counts that overwrite the total with 0", pointer="/usage/input_tokens", event=event.number
            )
    return passed() if judged else not_applicable("no message_delta counts output_tokens")


def _usages(evidence: Evidence) -> Iterator[tuple[StreamEvent, dict[str, int]]]:
    """The integer counts of every event with usage; a count that is null or missing keeps its value."""
    places = {"message_start": ("message", "usage"), "message_delta": ("usage",)}
    for event in evidence.answer.events_of(*places):
        usage = as_object(event.get(*places[event.kind or ""]))
        if usage is not None:
            found = {key: as_integer(usage.get(key)) for key in ("output_tokens", *_PROMPT_COUNTS)}
            yield event, {key: count for key, count in found.items() if count is not None}


def _prompt(counts: dict[str, int]) -> int:
    return sum(counts.get(key, 0) for key in _PROMPT_COUNTS)


@check(
    "stream.usage-start-input",
    title="message_start counts the prompt's tokens",
    why="Agents compact a conversation by this count: at 0 they never do, until the context overflows.",
    clauses=("anthropic:stream.usage-start-input",),
    on=("stream",),
)
@on_stream
def usage_start_input(evidence: Evidence) -> Verdict:
    start = next(((event, usage) for event, usage in _usages(evidence) if event.kind == "message_start"), None)
    if start is None or "input_tokens" not in start[1]:
        return not_applicable("message_start counts no input_tokens")
    event, counts = start
    if _prompt(counts) > 0:
        return passed()
    expected = "input_tokens (with the cache's counts) above 0"
    return failed(expected, str(_prompt(counts)), pointer="/message/usage/input_tokens", event=event.number)


@check(
    "stream.incremental",
    title="Text arrives in more than one delta",
    why="The user sees nothing until the whole answer is there, which streaming should prevent.",
    clauses=("anthropic:stream.incremental",),
    on=("stream",),
)
@on_stream
def incremental(evidence: Evidence) -> Verdict:
    tokens = as_integer(((as_object((evidence.message or {}).get("usage"))) or {}).get("output_tokens"))
    if tokens is None or tokens < _LONG_ENOUGH_TOKENS or len(evidence.text) < _LONG_ENOUGH_CHARACTERS:
        return not_applicable("the text is too short to come in pieces")
    pieces = [e for e in evidence.answer.events_of("content_block_delta") if e.delta.get("text")]
    if len(pieces) == 1:
        return failed("text in more than one delta", f"{len(evidence.text)} characters at once", event=pieces[0].number)
    return passed() if pieces else not_applicable("no text came in deltas")


@check(
    "stream.index-integer",
    title="The index of a block is written as an integer",
    why="Typed clients fail to decode 0.0 as an integer, and lose the stream.",
    clauses=("anthropic:stream.index-integer",),
    on=("stream",),
)
@on_stream
def index_integer(evidence: Evidence) -> Verdict:
    """Reads the number as it was written: JSON Schema accepts 1.0 and 1e2 as integers."""
    told = [(event, index) for event in evidence.answer.events if (index := event.members.get("index")) is not None]
    for event, index in told:
        if isinstance(index, float):
            return failed(
                "an index without a decimal point or exponent", str(index), pointer="/index", event=event.number
            )
    return passed() if told else not_applicable("no event has an index")
