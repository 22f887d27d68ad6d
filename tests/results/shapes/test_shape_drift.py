from __future__ import annotations

from typing import Any

import pytest
from exchanges import exchange, sse, streamed
from messages import call, error, message, said
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.results.shapes.drift import drift, merged
from messages_conformance.results.shapes.shape import Shape, shape

REASONS = ("end_turn", "max_tokens", "stop_sequence", "refusal")
EVENTS = ("message_start", "message_delta", "message_stop")
BLOCKS = ("content_block_start", "content_block_delta", "content_block_stop")
KNOWN = frozenset({"text", "tool_use", "message", "text_delta", "ping", *REASONS, *EVENTS, *BLOCKS})
LAWFUL: tuple[tuple[Any, ...], ...] = (
    (message(), message("a", "b")),
    (message(), message(call())),
    (message("a", call()), message("b")),
    (message(), message(stop_reason="max_tokens")),
    (message(), message(stop_reason="stop_sequence", stop_sequence="END")),
    (message(call(city="Paris")), message(call(town=["Rome"]))),
    (message(), message(said("x") | {"citations": [{"type": "char_location", "start": 1}]})),
    (message(usage={"cost": 0.5}), message(usage={"cost": 1})),
    (message(usage={"server_tool_use": None}), message(usage={"server_tool_use": {"web_search_requests": 1}})),
    (streamed(message()), streamed(message("a", "b"))),
    (streamed(message()), streamed(message(call()))),
    (streamed(message()), streamed(message(content=[]))),
    (sse({"type": "message_start"}, {"type": "ping"}), sse({"type": "message_start"})),
    (message(said("a") | {"extra": 1}, "b"), message("b")),
)
"""Two answers to one request, of which neither server is another."""


def seen(*bodies: Any, status: int = 200) -> Shape:
    return shape([Answer(exchange(body, status=status)) for body in bodies], KNOWN)


@pytest.mark.parametrize(("one", "other"), LAWFUL)
def test_what_a_model_chose_is_no_drift(one: Any, other: Any) -> None:
    known = KNOWN | {"char_location"}
    before, now = (shape([Answer(exchange(body))], known) for body in (one, other))
    assert drift(before, now) == ()
    assert drift(before, merged(before, now)) == ()
    assert drift(merged(before, now), now) == ()


def test_the_other_way_round_only_a_choice_that_was_made_has_to_be_known() -> None:
    for one, other in LAWFUL[:7] + LAWFUL[9:12]:
        before, now = (shape([Answer(exchange(body))], KNOWN | {"char_location"}) for body in (other, one))
        assert drift(before, now) == ()


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (message(), message(usage={"input_tokens": 1}), "gone: usage.output_tokens: integer"),
        (message(), message(usage=None), "changed: usage: object → null"),
        (message(), message(cost=1), "new: cost: integer"),
        (message(), message(usage={"input_tokens": "1", "output_tokens": 1}), "usage.input_tokens: integer → string"),
        (message(), message(usage={"input_tokens": 1.5, "output_tokens": 1}), "usage.input_tokens: integer → number"),
        (message(), message(stop_reason=None), "changed: stop_reason: <end_turn> → null"),
        (message(), message(stop_reason="stop"), "new, and unknown to Anthropic's contract: stop"),
        (message(), message({"type": "reasoning"}), "new, and unknown to Anthropic's contract: reasoning"),
        (message(), message({"type": "text", "text": None}), "changed: content[text].text: string → null"),
        (message(), message(said("a") | {"id": "b"}), "new: content[text].id: string"),
        (message(call()), message(call(id=7)), "changed: content[tool_use].id: string → integer"),
        (message(), message(role="model"), "changed: role: <assistant> → <model>"),
        (message(), {**message(), "content": "text"}, "changed: content: array → string"),
        (message(), streamed(message()), "content type: application/json → text/event-stream"),
        (streamed(message()), streamed(message(usage=None)), "changed: event[message_delta].usage: object → null"),
        (
            streamed(message()),
            sse({"type": "message_start"}, {"type": "message_stop"}),
            "order of events: message_start message_delta message_stop → message_start message_stop",
        ),
    ],
)
def test_what_the_server_changed_is_told_in_a_line(before: Any, now: Any, told: str) -> None:
    lines = drift(seen(before), seen(now))
    assert any(told in line for line in lines), lines


def test_parts_of_what_is_gone_or_new_are_not_told_beside_it() -> None:
    bare = {key: value for key, value in message().items() if key != "usage"}
    assert drift(seen(message()), seen(bare)) == ("gone: usage: object",)
    assert drift(seen(bare), seen(message())) == ("new: usage: object",)


def test_a_field_that_was_written_even_when_it_said_nothing_is_missed() -> None:
    bare = {key: value for key, value in message().items() if key != "stop_sequence"}
    assert drift(seen(message()), seen(bare)) == ("gone: stop_sequence: null",)
    assert drift(seen(message(stop_sequence="END")), seen(bare)) == ()


def test_a_field_that_comes_and_goes_now() -> None:
    assert drift(seen(message("a")), seen(message("a", {"type": "text"}))) == (
        "no longer always there: content[text].text: string",
    )


def test_another_status_or_form_says_it_all() -> None:
    assert drift(seen(message()), seen(error(), status=400)) == ("status: 200 → 400",)
    assert drift(seen(message()), seen(streamed(message()))) == (
        "content type: application/json → text/event-stream",
        "order of events: none → message_start message_delta message_stop",
    )


def test_what_is_accepted_takes_the_place_of_what_was_known_but_for_what_the_model_left_out() -> None:
    before, now = seen(message("a", call())), seen(message("a", usage={"tokens": 1}))
    accepted = merged(before, now)
    assert "content[tool_use].id" in accepted.fields
    assert "usage.input_tokens" not in accepted.fields
    assert drift(accepted, now) == ()
    assert drift(accepted, seen(message(call(id=7), usage={"tokens": 1})))
