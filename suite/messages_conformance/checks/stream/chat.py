"""Streams of chat completion chunks, for the contracts that promise them in place of Anthropic's events."""

from __future__ import annotations

from messages_conformance.checks.answer.events import as_object
from messages_conformance.checks.answer.view import events, shown
from messages_conformance.checks.base import Check, Evidence, Judge, Verdict, failed, not_applicable, passed


def _data_only(evidence: Evidence) -> Verdict:
    for event in events(evidence):
        if event.name is not None:
            return failed("a data line without an event name", shown(event.name), event=event.number)
        if event.problem is not None and not event.is_done:
            return failed("one JSON object", event.problem, event=event.number)
    return passed()


def _done_sentinel(evidence: Evidence) -> Verdict:
    last = next(reversed(events(evidence)), None)
    if last is not None and last.is_done:
        return passed()
    return failed(
        "data: [DONE] at the end", shown(last.raw) if last else "nothing", event=last.number if last else None
    )


def _no_data_member(evidence: Evidence) -> Verdict:
    for event in events(evidence):
        if "data" in (as_object(event.data) or {}):
            return failed("an event without the member data", "data", pointer="/data", event=event.number)
    return passed()


def _check(local: str, title: str, why: str, judge: Judge) -> Check:
    def judge_stream(evidence: Evidence) -> Verdict:
        return judge(evidence) if events(evidence) else not_applicable("no event came")

    cited = f"envelope-gateway:stream.{local}"
    return Check(f"chat-stream.{local}", title, why, judge_stream, clauses=(cited,), on=("stream",))


CHECKS = (
    _check(
        "data-only",
        "Every line of the stream is a data line with one JSON object",
        "A client of this contract reads nothing but data lines.",
        _data_only,
    ),
    _check(
        "done-sentinel",
        "The stream ends with data: [DONE]",
        "A client of this contract waits for the sentinel.",
        _done_sentinel,
    ),
    _check(
        "no-data-member",
        "No event is wrapped in the envelope",
        "A client of this contract would look for the chunk inside it.",
        _no_data_member,
    ),
)
