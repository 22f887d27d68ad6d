"""The order of events in a stream, as one state machine.

    stream  :=  message_start  block*  message_delta+  message_stop        pings and unknown events anywhere
    block   :=  content_block_start  content_block_delta*  content_block_stop

(`anthropic:stream.*`; https://platform.claude.com/docs/en/build-with-claude/streaming.) After a violation the machine
goes on as if the rule had been kept, so one defect fails one rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from messages_conformance.checks.answer.events import StreamEvent, as_list, shown
from messages_conformance.checks.answer.fold import TOOL_BLOCKS, delta_fits

BLOCK_EVENTS = frozenset({"content_block_start", "content_block_delta", "content_block_stop"})
MESSAGE_EVENTS = BLOCK_EVENTS | {"message_start", "message_delta", "message_stop"}
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a rule is broken first: the event (1-based number), what was due there and what came. `absent` marks
    something missing when the stream was over; the event is then the one after which it was due, if any."""

    event: int | None
    expected: str
    actual: str
    absent: bool = False


@dataclass(slots=True, eq=False)
class _OpenBlock:
    index: int
    type: Any
    started: int
    overtaken: int | None = None


@dataclass(slots=True)
class _Machine:
    found: dict[str, Violation] = field(default_factory=dict[str, Violation])
    open: dict[int, _OpenBlock] = field(default_factory=dict[int, _OpenBlock])
    used: set[int] = field(default_factory=set[int])
    next_index: int = 0
    begun: bool = False
    start: int | None = None
    restarted: bool = False
    delta: int | None = None
    stop_reason: Any = None
    stopped: bool = False
    over: str | None = None
    latest: StreamEvent | None = None

    def read(self, event: StreamEvent) -> None:
        if event.unterminated and event.problem is not None:
            return  # the connection ended inside this event: its end is missing, not its JSON
        self._frame(event)
        kind = event.kind
        if event.is_done or kind is None or kind == "ping":
            return
        if self.over is not None:
            self._add("message-stop-last", event, f"nothing after {self.over}", shown(kind))
        if kind in MESSAGE_EVENTS:
            if not self.begun and kind != "message_start":
                self._fault("message-start-first", event, "message_start as the first event", kind)
            self.begun = True
        self.latest = event
        self._step(kind, event)

    def _step(self, kind: str, event: StreamEvent) -> None:
        match kind:
            case "message_start":
                self._message_start(event)
            case "content_block_start":
                self._block_start(event)
            case "content_block_delta":
                self._block_delta(event)
            case "content_block_stop":
                self._block_stop(event)
            case "message_delta":
                self.delta = self.delta or event.number
                self.stop_reason = event.delta.get("stop_reason") or self.stop_reason
            case "message_stop":
                self.stopped = True
                self.over = self.over or f"message_stop (event {event.number})"
            case "error":
                self.over = self.over or f"the error (event {event.number})"
            case _:
                pass  # unknown events may be added any day and do not affect the order

    def finish(self) -> Mapping[str, Violation]:
        if self.start is None:
            self._absent("message-start-once", "one message_start", "none")
        for block in self.open.values():
            if not self._cut_by_limit(block):
                what = f"content_block_stop for block {block.index}"
                self._absent("block-stop", what, "none until the end of the stream", block.started)
        if self.begun and self.delta is None:
            self._absent("message-delta-present", "a message_delta", "none")
        if not self.stopped:
            last = (
                f"the stream ends with {shown(self.latest.kind)}" if self.latest else "the stream has no message events"
            )
            self._absent("message-stop-last", "message_stop as the last event", last)
        return self.found

    def _add(self, rule: str, event: StreamEvent, expected: str, actual: str) -> None:
        if rule not in self.found:
            self.found[rule] = Violation(event.number, expected, actual)

    def _fault(self, rule: str, event: StreamEvent, expected: str, actual: str) -> None:
        """Events after the end break one rule: nothing may come. Their own order is not judged."""
        if self.over is None:
            self._add(rule, event, expected, actual)

    def _absent(self, rule: str, expected: str, actual: str, event: int | None = None) -> None:
        if rule not in self.found:
            self.found[rule] = Violation(event, expected, actual, absent=True)

    def _cut_by_limit(self, block: _OpenBlock) -> bool:
        """Anthropic itself does not stop a tool call that the token limit cut (a stream recorded in its Python SDK)."""
        return self.stop_reason == "max_tokens" and block is self._last_open() and block.type in TOOL_BLOCKS

    def _last_open(self) -> _OpenBlock | None:
        return next(reversed(self.open.values()), None)

    def _frame(self, event: StreamEvent) -> None:
        if event.is_done:
            self._add("no-done-sentinel", event, "message_stop as the only end marker", "data: [DONE]")
            return
        if event.problem is not None:
            self._add("one-json-object", event, "one JSON object as data", event.problem)
        if event.name is None:
            like = f" like type {shown(event.type)}" if event.type else ""
            self._add("named-events", event, f"an event: line{like}", "none")
        elif event.problem is None and event.type != event.name:
            actual = f"type {shown(event.type)}" if event.type else "no type"
            self._add("named-events", event, f'data with "type": {shown(event.name)}, like its event: line', actual)

    def _message_start(self, event: StreamEvent) -> None:
        if self.start is None:
            self.start = event.number
            self._message_start_empty(event)
            return
        self._fault("message-start-once", event, f"one message_start (event {self.start})", "another message_start")
        self.restarted = True
        self.delta = None

    def _message_start_empty(self, event: StreamEvent) -> None:
        if content := as_list(event.get("message", "content")):
            self._fault("message-start-empty", event, "message.content []", f"message.content {shown(content)}")
        for key in ("stop_reason", "stop_sequence"):
            if (value := event.get("message", key)) is not None:
                self._fault("message-start-empty", event, f"message.{key} null", f"message.{key} {shown(value)}")

    def _block_start(self, event: StreamEvent) -> None:
        self._not_after_delta(event)
        index = _index(event)
        if index is None:  # shape checks report a missing member
            index = self.next_index
        if self.restarted and index == 0:
            self.used.clear()
            self.next_index = 0
        self.restarted = False
        if index != self.next_index:
            again = " again" if index in self.used else ""
            self._fault("block-indexes", event, f"index {self.next_index}", f"index {index}{again}")
        if (latest := self._last_open()) is not None:
            latest.overtaken = latest.overtaken or event.number
        self._open(_OpenBlock(index, event.get("content_block", "type"), event.number))

    def _open(self, block: _OpenBlock) -> None:
        self.open.pop(block.index, None)  # so that the latest stays last
        self.open[block.index] = block
        self.used.add(block.index)
        self.next_index = max(self.next_index, block.index + 1)

    def _block_delta(self, event: StreamEvent) -> None:
        self._not_after_delta(event)
        if (block := self._block_of(event)) is None:
            return
        kind = event.delta.get("type")
        if not delta_fits(block.type, kind):
            self._fault("delta-matches-block", event, f"a delta for a {block.type} block", shown(kind))

    def _block_stop(self, event: StreamEvent) -> None:
        self._not_after_delta(event)
        if (block := self._block_of(event)) is not None:
            del self.open[block.index]

    def _block_of(self, event: StreamEvent) -> _OpenBlock | None:
        """The open block that a delta or stop belongs to; None if that block has already stopped."""
        index = _index(event)
        block = self._last_open() if index is None else self.open.get(index)
        if block is not None:
            if block.overtaken is not None:
                expected = f"block {block.index} stopped before the next starts (event {block.overtaken})"
                self._fault("blocks-one-at-a-time", event, expected, f"{event.kind} for block {block.index}")
            return block
        state = "which is stopped already" if index in self.used else "which was never started"
        what = "no block that is open" if index is None else f"block {index}, {state}"
        self._fault("block-start-first", event, "a block that is open", f"{event.kind} for {what}")
        if index in self.used:
            return None
        if not self.open:
            self._open(_OpenBlock(self.next_index if index is None else index, None, event.number))
        return self._last_open()

    def _not_after_delta(self, event: StreamEvent) -> None:
        if self.delta is not None:
            expected = f"no block events after message_delta (event {self.delta})"
            self._fault("message-delta-after-blocks", event, expected, str(event.kind))


def _index(event: StreamEvent) -> int | None:
    """The index that an event tells; None if there is none, which shape checks report. One beyond what clients can hold
    is no block's: it stands for the nearest of its kind, since the whole of it may be too long to write."""
    told = event.members.get("index")
    return None if isinstance(told, bool) or not isinstance(told, int) else max(-_LARGEST, min(told, _LARGEST))


def violations(stream: Sequence[StreamEvent]) -> Mapping[str, Violation]:
    """The first breach of each rule of the order of events."""
    machine = _Machine()
    for event in stream:
        machine.read(event)
    return machine.finish()
