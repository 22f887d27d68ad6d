"""One check per rule of the order of events, so that a failure names the rule and the event."""

from __future__ import annotations

from collections.abc import Mapping

from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Check, Evidence, Verdict, failed, not_applicable, passed
from messages_conformance.checks.stream.base import interruption, on_stream
from messages_conformance.checks.stream.grammar import BLOCK_EVENTS, MESSAGE_EVENTS, Violation, violations
from messages_conformance.errors import Where

_START = frozenset({"message_start"})
_DELTA = frozenset({"content_block_delta"})
_MESSAGE_DELTA = frozenset({"message_delta"})


def found_violations(answer: Answer) -> Mapping[str, Violation]:
    """The first violation of each rule by a stream, found in one pass for all rules."""
    return violations(answer.events)


def _rule(id: str, title: str, why: str, about: frozenset[str] | None = None) -> Check:  # noqa: A002
    """The check of one rule. `about` are the events that the rule is about: if none came and the rule is not broken, it
    is not applicable. None for rules that apply to every stream."""
    where, local = Where.of_caller(), id.removeprefix("stream.")

    def judge(evidence: Evidence) -> Verdict:
        broken = evidence.answer.derived(found_violations).get(local)
        if broken is not None:
            stopped = interruption(evidence) if broken.absent else None
            return stopped or failed(broken.expected, broken.actual, event=broken.event)
        if about is not None and not evidence.answer.events_of(*about):
            return not_applicable("the stream has none of the events that the rule is about")
        return passed()

    return Check(on_stream(judge), id, title, why, clauses=(f"anthropic:{id}",), on=("stream",), where=where)


NAMED_EVENTS = _rule(
    "stream.named-events",
    "Every event has an event: line with its type",
    "The official SDKs drop events without a name: the answer comes back empty or the client raises.",
)
ONE_JSON_OBJECT = _rule(
    "stream.one-json-object",
    "The data of every event is one JSON object",
    "Clients parse each event on its own and raise on the first that is not JSON; the rest of the answer is lost.",
)
MESSAGE_START_FIRST = _rule(
    "stream.message-start-first",
    "message_start is the first event, pings aside",
    "The official SDKs stop with an unexpected-order error when content comes before message_start.",
    MESSAGE_EVENTS,
)
MESSAGE_START_ONCE = _rule(
    "stream.message-start-once",
    "There is exactly one message_start",
    "Without it no client can build a message; a second one makes the TypeScript SDK throw in the middle of an answer.",
)
MESSAGE_START_EMPTY = _rule(
    "stream.message-start-empty",
    "message_start opens an empty message without a stop reason",
    "Clients append blocks to the message of message_start: if it has content, every delta lands in the wrong block.",
    _START,
)
BLOCK_INDEXES = _rule(
    "stream.block-indexes",
    "Content blocks are numbered 0, 1, 2 and so on",
    "Clients address blocks by index: a gap raises, a repeated index silently merges two blocks.",
    BLOCK_EVENTS,
)
BLOCK_START_FIRST = _rule(
    "stream.block-start-first",
    "Deltas and stops come only for a block that is open",
    "Agents abort with 'content block not found' and send the whole request again without streaming.",
    BLOCK_EVENTS,
)
BLOCK_STOP = _rule(
    "stream.block-stop",
    "Every content block that starts is stopped",
    "Clients run a tool when its block stops: without the stop the call never happens and the turn hangs.",
    BLOCK_EVENTS,
)
BLOCKS_ONE_AT_A_TIME = _rule(
    "stream.blocks-one-at-a-time",
    "A content block is stopped before the next one starts",
    "Clients that follow the current block mix the arguments of two tools, or put text into a tool call.",
    BLOCK_EVENTS,
)
DELTA_MATCHES_BLOCK = _rule(
    "stream.delta-matches-block",
    "The type of a delta fits the type of its block",
    "The official SDKs drop a delta that does not fit, so text or tool arguments vanish; agents abort.",
    _DELTA,
)
MESSAGE_DELTA_AFTER_BLOCKS = _rule(
    "stream.message-delta-after-blocks",
    "message_delta comes after all content blocks are stopped",
    "message_delta says how the answer ended: clients lose what follows it, or take it for another answer.",
    _MESSAGE_DELTA,
)
MESSAGE_DELTA_PRESENT = _rule(
    "stream.message-delta-present",
    "There is a message_delta",
    "Without it there is no stop reason and no final count: agents run no tools and do not know that they are done.",
    MESSAGE_EVENTS,
)
MESSAGE_STOP_LAST = _rule(
    "stream.message-stop-last",
    "message_stop comes once and ends the stream",
    "Without it the TypeScript SDK throws and others wait; events after it change a finished answer.",
)
NO_DONE_SENTINEL = _rule(
    "stream.no-done-sentinel",
    "The stream has no [DONE]",
    "[DONE] is the end marker of another API: clients that parse every event as JSON raise on it.",
)
