"""Thinking blocks on their way out and back."""

from __future__ import annotations

from typing import Any

import pytest
from asking import WEATHER, Asker

ASKED = {"role": "user", "content": "What is the weather in Oslo?"}


def first_turn(ask: Asker, display: str) -> list[dict[str, Any]]:
    thinking = {"type": "enabled", "budget_tokens": 1024, "display": display}
    return ask.message([ASKED], tools=[WEATHER], thinking=thinking, max_tokens=2048)["content"]


def replay(ask: Asker, content: list[dict[str, Any]]) -> int:
    call = next(block for block in content if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "sunny"}
    messages = [ASKED, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    thinking = {"type": "enabled", "budget_tokens": 1024}
    return ask.post(messages, tools=[WEATHER], thinking=thinking, max_tokens=2048).status_code


@pytest.mark.parametrize("display", ["summarized", "omitted"])
def test_a_block_round_trips(ask: Asker, display: str) -> None:
    assert replay(ask, first_turn(ask, display)) == 200


@pytest.mark.parametrize("display", ["summarized", "omitted"])
@pytest.mark.parametrize("change", ["{0:.40}", "A{0}", "{0}AAAA", "AAAA", "no base64!"])
def test_a_changed_signature_is_refused(ask: Asker, display: str, change: str) -> None:
    content = first_turn(ask, display)
    content[0]["signature"] = change.format(content[0]["signature"])
    assert replay(ask, content) == 400


def test_changed_thinking_is_refused(ask: Asker) -> None:
    content = first_turn(ask, "summarized")
    content[0]["thinking"] += " Indeed."
    assert replay(ask, content) == 400


def test_text_put_into_an_omitted_block_is_ignored(ask: Asker) -> None:
    content = first_turn(ask, "omitted")
    content[0]["thinking"] = "I wonder."
    assert replay(ask, content) == 200


def test_redacted_thinking_round_trips(ask: Asker) -> None:
    trigger = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_0"
    said = ask.message(trigger, thinking={"type": "adaptive"})["content"]
    messages = [{"role": "user", "content": trigger}, {"role": "assistant", "content": said}, ASKED]
    assert ask.post(messages, thinking={"type": "adaptive"}).status_code == 200


def test_between_tools_thinks_only_after_a_result(ask: Asker) -> None:
    thinking = {"type": "between_tools"}
    content = ask.message([ASKED], tools=[WEATHER], thinking=thinking)["content"]
    assert content[0]["type"] == "text"
    result = {"type": "tool_result", "tool_use_id": content[1]["id"], "content": "sunny"}
    messages = [ASKED, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    assert ask.message(messages, tools=[WEATHER], thinking=thinking)["content"][0]["type"] == "thinking"


def test_disabled_is_off(ask: Asker) -> None:
    assert [block["type"] for block in ask.message(thinking={"type": "disabled"})["content"]] == ["text"]


TWO = {"role": "user", "content": "Use the get_weather tool for Oslo and for Bergen."}


def between_two_calls(ask: Asker, kind: str) -> list[dict[str, Any]]:
    budget = {"budget_tokens": 1024} if kind == "enabled" else {}
    return ask.message([TWO], tools=[WEATHER], thinking={"type": kind, **budget}, max_tokens=2048)["content"]


def test_adaptive_thinking_goes_on_between_the_calls_of_a_turn(ask: Asker) -> None:
    adaptive, enabled = (between_two_calls(ask, kind) for kind in ("adaptive", "enabled"))
    assert [block["type"] for block in adaptive] == ["thinking", "text", "tool_use", "thinking", "tool_use"]
    assert [block["type"] for block in enabled] == ["thinking", "text", "tool_use", "tool_use"]


@pytest.mark.parametrize(
    ("order", "status"),
    [([0, 1, 2, 3, 4], 200), ([0, 2, 3, 4], 200), ([0, 3, 1, 2, 4], 400), ([0, 1, 2, 4, 3], 400)],
)
def test_thinking_is_taken_back_in_its_place_only(ask: Asker, order: list[int], status: int) -> None:
    content = between_two_calls(ask, "adaptive")
    calls = [block["id"] for block in content if block["type"] == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call, "content": "sunny"} for call in calls]
    turns = [TWO, {"role": "assistant", "content": [content[at] for at in order]}, {"role": "user", "content": results}]
    assert ask.post(turns, tools=[WEATHER], thinking={"type": "adaptive"}, max_tokens=2048).status_code == status
