"""Who may hold what a model chose against the provider: checks that listen, and few others, each with its reason.

Found by what is read, not by what is written: a check of behaviour that looks at the content of an answer either goes
through `heard`, where a failure needs a proof, or stands in the table below. How a stream is cut into events
is no content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from exchanges import evidence, exchange, streamed
from messages import Json, call, message, said
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Check, Evidence, not_applicable
from messages_conformance.checks.control import preconditions
from messages_conformance.checks.control.said import Listener, heard
from messages_conformance.checks.registry import WRITTEN, judge
from parameters import PARAMS

FACTS_OF_THE_WIRE = {
    "thinking.forced-tool": (
        "both are forced by the request, thinking by its budget and the call by tool_choice, so the API builds both or "
        "refuses; a model has no say in it"
    ),
    "message.same-envelope": (
        "it compares which members the API fills and with what type, and of content only that it is a list of blocks; "
        "how many there are and what they say is left out"
    ),
}
"""Checks of behaviour that read content and do not listen, and why what they read is no choice of the model."""

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
SEARCH: Json = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
MCP: Json = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "a", "server_name": "b", "input": {}}
TOOLS = [{"name": "weather", "input_schema": {"type": "object"}}]
FORMAT = {"type": "json_schema", "schema": {"type": "object"}}
ANSWERS = [
    message(said("Hello there.")),
    message(said("<tool_call>"), stop_reason="max_tokens"),
    message(said("{}"), call(), call(id="toolu_2"), stop_reason="tool_use"),
    message(THOUGHT, SEARCH, MCP, call(), stop_reason="tool_use"),
    message(call(), stop_reason="max_tokens"),
    message(stop_reason="end_turn", content=[]),
]
REQUESTS: list[dict[str, Any]] = [
    {},
    {"tools": TOOLS, "tool_choice": {"type": "any"}},
    {"thinking": {"type": "enabled"}, "output_config": {"format": FORMAT}, "output_format": FORMAT},
]


@dataclass
class Reading:
    """What one check did while it judged."""

    content: bool = False
    listened: bool = False
    answers: list[Any] = field(default_factory=list[Any])


class Watched(dict[str, Any]):
    """A message that remembers whether its content was looked at."""

    def __init__(self, answer: dict[str, Any], seen: Reading) -> None:
        super().__init__(answer)
        self._seen = seen

    def get(self, key: str, default: Any = None, /) -> Any:
        self._seen.content |= key == "content"
        return super().get(key, default)

    def __getitem__(self, key: str, /) -> Any:
        self._seen.content |= key == "content"
        return super().__getitem__(key)


def _told() -> Iterator[Evidence]:
    for answer in ANSWERS:
        for request in REQUESTS:
            other = {"other": exchange(ANSWERS[2], request=request)}
            yield evidence(exchange(answer, request=request), "message", earlier=other)
            yield evidence(exchange(answer, request=request), "any", earlier=other)
            stream = exchange(streamed(answer), request={**request, "stream": True})
            yield evidence(stream, "stream", earlier=other)


def _reading(check: Check, told: Evidence, monkeypatch: pytest.MonkeyPatch) -> Reading:
    seen = Reading()
    read = Answer.message

    def watched(answer: Answer, *, streaming: bool) -> dict[str, Any] | None:
        found = read(answer, streaming=streaming)
        return None if found is None else Watched(found, seen)

    def listening(listener: Listener) -> Any:
        seen.listened = True
        return heard(listener)

    answer = Answer(told.answer.exchange)
    message = read(answer, streaming=told.step.expect == "stream")
    assert message is not None
    answer.__dict__["body_json"] = Watched(message, seen)
    with monkeypatch.context() as patched:
        patched.setattr(Answer, "message", watched)
        patched.setattr(preconditions, "heard", listening)
        judge(check, replace(told, answer=answer, params=PARAMS.get(check.id, {})))
    return seen


def test_whoever_reads_what_a_model_said_listens_or_says_why_it_is_a_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list(_told())
    unheard: set[str] = set()
    for check in WRITTEN:
        if not check.on:
            seen = [_reading(check, one, monkeypatch) for one in told]
            if any(one.content and not one.listened for one in seen):
                unheard.add(check.id)
    assert unheard == set(FACTS_OF_THE_WIRE)


def test_every_check_with_a_control_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control settles what was missed, and nothing else may say that."""
    told = list(_told())
    deaf = [
        check.id
        for check in WRITTEN
        if check.control is not None and not any(_reading(check, one, monkeypatch).listened for one in told)
    ]
    assert deaf == []


def test_the_watch_sees_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that reads and does not listen is found; one that listens is not."""

    def reads(of: Evidence) -> Any:
        return judge(BY_ID["text.not-empty"], of) if of.text else not_applicable("no text")

    one = next(_told())
    found = _reading(Check(reads, "made", "Made", "Because."), one, monkeypatch)
    assert found.content
    assert _reading(BY_ID["text.not-empty"], one, monkeypatch).listened
    assert not _reading(BY_ID["stop-reason.refusal"], one, monkeypatch).listened


BY_ID = {check.id: check for check in WRITTEN}
