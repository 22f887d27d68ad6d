"""Answers in the form that output_config asks for."""

from __future__ import annotations

import pytest
from exchanges import evidence, exchange, streamed, verdict
from messages import message, said
from messages_conformance.checks.base import Cause, Evidence, Outcome

FORMAT = {
    "type": "json_schema",
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "rain": {"type": "boolean"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def _answered(text: str, *, stream: bool = False, **changes: str) -> Evidence:
    answer = message(said(text), **changes)
    request = {"output_config": {"format": FORMAT}, "stream": stream}
    if stream:
        return evidence(exchange(streamed(answer), request=request), "stream")
    return evidence(exchange(answer, request=request))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"city": "Oslo", "rain": true}', Outcome.PASS),
        (' {"city": "Oslo"}\n', Outcome.PASS),
        ("It rains in Oslo.", Outcome.FAIL),
        ('```json\n{"city": "Oslo"}\n```', Outcome.FAIL),
        ('{"rain": true}', Outcome.FAIL),
        ('{"city": "Oslo", "rain": "yes"}', Outcome.FAIL),
        ('{"city": "Oslo", "wind": 3}', Outcome.FAIL),
    ],
)
def test_the_text_satisfies_the_schema(text: str, expected: Outcome, stream: bool) -> None:
    assert verdict("text.fits-format", _answered(text, stream=stream)).outcome is expected


@pytest.mark.parametrize("reason", ["max_tokens", "refusal"])
def test_json_that_was_cut_or_refused_is_left_open(reason: str) -> None:
    assert verdict("text.fits-format", _answered('{"city": "Os', stop_reason=reason)).cause is Cause.MODEL_CHOICE
