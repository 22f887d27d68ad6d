from __future__ import annotations

import pytest
from messages_conformance.checks.base import Outcome
from messages_conformance.checks.registry import WRITTEN, judge
from streams import evidence

CHECKS = [check for check in WRITTEN if check.id.startswith("chat-stream.")]
CHUNK = b'data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"delta": {"content": "Hi"}}]}\n\n'
DONE = b"data: [DONE]\n\n"


def broken(body: bytes) -> set[str]:
    """The checks that a stream turns red."""
    verdicts = {check.id: judge(check, evidence(body)) for check in CHECKS}
    assert {verdict.outcome for verdict in verdicts.values()} <= {Outcome.PASS, Outcome.FAIL}
    return {name for name, verdict in verdicts.items() if verdict.outcome is Outcome.FAIL}


@pytest.mark.parametrize(
    ("body", "red"),
    [
        (CHUNK + CHUNK + DONE, set[str]()),
        (CHUNK, {"chat-stream.done-sentinel"}),
        (DONE + CHUNK, {"chat-stream.done-sentinel"}),
        (b"event: chunk\n" + CHUNK + DONE, {"chat-stream.data-only"}),
        (CHUNK + b"data: {\n\n" + DONE, {"chat-stream.data-only"}),
        (b'data: {"success": true, "data": {"choices": []}}\n\n' + DONE, {"chat-stream.no-data-member"}),
    ],
)
def test_a_stream_of_chunks_breaks_what_it_breaks_and_nothing_else(body: bytes, red: set[str]) -> None:
    assert broken(body) == red
