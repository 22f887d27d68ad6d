"""Streams of chat completion chunks, for contracts that promise them instead of Anthropic's events."""

from __future__ import annotations

from functools import wraps

from messages_conformance.checks.answer.events import as_object, shown
from messages_conformance.checks.base import Evidence, Judge, Verdict, check, failed, not_applicable, passed


def _of_chunks(judge: Judge) -> Judge:
    @wraps(judge)
    def judge_chunks(evidence: Evidence) -> Verdict:
        return judge(evidence) if evidence.answer.events else not_applicable("no event came")

    return judge_chunks


@check(
    "chat-stream.data-only",
    title="Every line of the stream is a data line with one JSON object",
    why="A client of this contract reads only data lines.",
    clauses=("envelope-gateway:stream.data-only",),
    on=("stream",),
)
@_of_chunks
def data_only(evidence: Evidence) -> Verdict:
    for event in evidence.answer.events:
        if event.name is not None:
            return failed("a data line without an event name", shown(event.name), event=event.number)
        if event.problem is not None and not event.is_done:
            return failed("one JSON object", event.problem, event=event.number)
    return passed()


@check(
    "chat-stream.done-sentinel",
    title="The stream ends with data: [DONE]",
    why="A client of this contract waits for this end marker.",
    clauses=("envelope-gateway:stream.done-sentinel",),
    on=("stream",),
)
@_of_chunks
def done_sentinel(evidence: Evidence) -> Verdict:
    last = next(reversed(evidence.answer.events), None)
    if last is not None and last.is_done:
        return passed()
    return failed(
        "data: [DONE] at the end", shown(last.raw) if last else "nothing", event=last.number if last else None
    )


@check(
    "chat-stream.no-data-member",
    title="No event is wrapped in the envelope",
    why="A client of this contract reads the chunk itself and would not look inside an envelope.",
    clauses=("envelope-gateway:stream.no-data-member",),
    on=("stream",),
)
@_of_chunks
def no_data_member(evidence: Evidence) -> Verdict:
    for event in evidence.answer.events:
        if "data" in (as_object(event.data) or {}):
            return failed("an event without the member data", "data", pointer="/data", event=event.number)
    return passed()
