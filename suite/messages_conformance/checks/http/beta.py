"""What betas promise, and features that began as one. Sent only to providers that claim them."""

from __future__ import annotations

from typing import Any

from messages_conformance.catalog.contracts.validating import validator
from messages_conformance.checks.answer.events import as_integer, as_list, as_object, dig, parse_json, shown
from messages_conformance.checks.answer.fold import TOOL_BLOCKS
from messages_conformance.checks.base import Cause, Evidence, Verdict, check, failed, inconclusive, passed
from messages_conformance.checks.control.preconditions import Message, input_total, on_message, on_willing_message
from messages_conformance.checks.control.said import Proof, Said, honoured, proven, undecided
from messages_conformance.checks.params import NAME, closed
from messages_conformance.checks.shape.promises import pointer_to, promise
from messages_conformance.checks.stream.base import number_of, on_stream, whole_blocks

_LONG_ARGUMENTS = 60
"""How many characters of JSON no model writes in one piece."""

_CACHED_BY_EVERY_MODEL = 4096
"""The largest minimum length of a cached prompt over all models (`anthropic:usage.cache-1h`)."""


@check(
    "context.edit-applied",
    title="An edit of the context is applied and reported",
    why="An agent that relies on edits fills the context window with results that it thinks are gone.",
    clauses=("anthropic:beta.context-management.applied",),
    params=closed(("edit",), edit=NAME),
)
@on_message
def edit_applied(message: Message, evidence: Evidence) -> Verdict:
    wanted = evidence.params["edit"]
    told = [as_object(edit) or {} for edit in as_list(dig(message, "context_management", "applied_edits"))]
    if any(edit.get("type") == wanted for edit in told):
        return passed()
    came = ", ".join(shown(edit.get("type")) for edit in told) or "none"
    return failed(f"{wanted} among the applied edits", came, pointer="/context_management/applied_edits")


@check(
    "mcp.called",
    title="A call of an MCP tool names its server and comes with its result",
    why="A client cannot show what was done, and a call that is sent back without its result is refused.",
    clauses=("anthropic:beta.mcp-servers.called",),
)
@on_willing_message
def mcp_called(_message: Message, evidence: Evidence) -> Said:
    servers = [dig(server, "name") for server in as_list(dig(evidence.answer.request_json, "mcp_servers"))]
    called = evidence.content.of("mcp_tool_use")
    results = {shown(block.get("tool_use_id")): at for at, block in evidence.content.of("mcp_tool_result")}
    for index, call in called:
        if (server := call.get("server_name")) not in servers:
            where = f"/content/{index}/server_name"
            return proven(Proof.BLOCKS, "a server of the request", shown(server), pointer=where)
        if results.get(name := shown(call.get("id")), -1) < index:
            return proven(Proof.BLOCKS, f"a result of the call {name}", "none", pointer="/content")
    return honoured() if called else undecided("the model called no MCP tool")


@check(
    "text.fits-format",
    title="The text is JSON that satisfies the schema that was asked for",
    why="Code that parses the answer crashes on prose, or on a member that is missing.",
    clauses=("anthropic:beta.output-format.honoured",),
)
@on_willing_message
def fits_format(message: Message, evidence: Evidence) -> Said:
    if message.get("stop_reason") == "max_tokens":
        return undecided("max_tokens may have cut the JSON")
    if not (said := evidence.text):
        return undecided("the answer holds no text to judge", Cause.PREREQUISITE_FAILED)
    try:
        value = parse_json(said)
    except ValueError:
        return proven(Proof.STRICT, "text that is JSON", shown(said), pointer="/content")
    asked = evidence.answer.request_json
    schema: Any = dig(asked, "output_config", "format", "schema") or dig(asked, "output_format", "schema") or {}
    error = next(validator(schema).iter_errors(value), None)
    if error is None:
        return honoured()
    broken = as_object(error.schema) or {}
    expected = error.message if error.validator == "required" else promise(broken, str(error.validator))
    return proven(Proof.STRICT, f"JSON with {expected}", shown(said), pointer=pointer_to(error.absolute_path))


@check(
    "tools.input-in-pieces",
    title="A long argument is streamed in several pieces",
    why="A file that a tool writes shows up at once after a minute of silence, or the client times out before.",
    clauses=("anthropic:tools.fine-grained.pieces",),
)
@on_stream
def input_in_pieces(evidence: Evidence) -> Verdict:
    for block in whole_blocks(evidence):
        pieces = [piece for piece in block.values("input_json_delta", "partial_json") if piece]
        if block.opened.get("type") in TOOL_BLOCKS and len("".join(map(str, pieces))) >= _LONG_ARGUMENTS:
            if len(pieces) > 1:
                return passed()
            return failed("arguments in more than one piece", "one", event=number_of(block.deltas[0]))
    return inconclusive(Cause.MODEL_CHOICE, "no tool was called with arguments that are long enough")


@check(
    "usage.cached-for-1h",
    title="A long prompt marked with ttl 1h is cached for an hour",
    why="A cache that is gone after five minutes makes every later turn of a session cost its full price.",
    clauses=("anthropic:usage.cache-1h",),
)
@on_message
def cached_for_1h(message: Message, _evidence: Evidence) -> Verdict:
    """A prompt that is read from the cache was written by an earlier run: the answer then does not say for how long.
    Nor does an answer that leaves out the parts of cache creation."""
    if (input_total(message) or 0) < _CACHED_BY_EVERY_MODEL:
        return inconclusive(Cause.PREREQUISITE_FAILED, "the prompt may be too short for the model's cache")
    parts = as_object(dig(message, "usage", "cache_creation")) or {}
    if as_integer(parts.get("ephemeral_1h_input_tokens")):
        return passed()
    if as_integer(parts.get("ephemeral_5m_input_tokens")):
        return failed("tokens cached for 1h", "for 5m", pointer="/usage/cache_creation/ephemeral_1h_input_tokens")
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    if any(as_integer(dig(message, "usage", name)) for name in cached):
        return passed("cached; the answer does not say for how long")
    return failed("tokens cached for 1h", "none", pointer="/usage")
