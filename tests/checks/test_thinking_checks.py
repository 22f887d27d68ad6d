from __future__ import annotations

from typing import Any

import pytest
from exchanges import call, evidence, exchange, message, outcome, said, streamed, verdict
from messages_conformance.checks.base import Cause, Evidence, Outcome

THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
REDACTED = {"type": "redacted_thinking", "data": "ZGF0YQ"}


def _thinks(*blocks: Any, **params: Any) -> Evidence:
    return evidence(exchange(message(*blocks)), params=params)


@pytest.mark.parametrize("block", [THOUGHT, REDACTED])
def test_thinking_that_was_enabled_must_come(block: Any) -> None:
    assert outcome("thinking.present", _thinks(block, said("a"))) is Outcome.PASS
    assert outcome("thinking.present", _thinks(said("a"))) is Outcome.FAIL
    assert verdict("thinking.present", _thinks(said("a"), forced=False)).cause is Cause.MODEL_CHOICE


def test_thinking_that_was_not_asked_for_fails() -> None:
    assert outcome("thinking.absent", _thinks(said("a"))) is Outcome.PASS
    found = verdict("thinking.absent", _thinks(said("a"), THOUGHT))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1")


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ((THOUGHT, said("a"), call()), Outcome.PASS),
        ((THOUGHT, said("a"), THOUGHT, call()), Outcome.PASS),
        (({"type": "some_new_block"}, THOUGHT), Outcome.PASS),
        ((said("a"), THOUGHT), Outcome.FAIL),
        ((call(), REDACTED), Outcome.FAIL),
        ((said("a"),), Outcome.INCONCLUSIVE),
    ],
)
def test_thinking_comes_first(blocks: Any, expected: Outcome) -> None:
    assert outcome("thinking.first", _thinks(*blocks)) is expected


@pytest.mark.parametrize("proof", [{"signature": ""}, {"signature": None}, {"signature": 7}])
def test_an_unsigned_block_fails(proof: Any) -> None:
    assert outcome("thinking.signed", _thinks(THOUGHT, REDACTED)) is Outcome.PASS
    found = verdict("thinking.signed", _thinks(REDACTED, THOUGHT | proof))
    assert (found.outcome, found.pointer) == (Outcome.FAIL, "/content/1/signature")


def test_signatures_of_streams_are_those_of_the_folded_message() -> None:
    stream = streamed(message(THOUGHT, said("a")))
    assert outcome("thinking.signed", evidence(exchange(stream), "stream")) is Outcome.PASS
