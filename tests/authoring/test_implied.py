"""What a request uses, in the words that scenarios have for it."""

from __future__ import annotations

from typing import Any

import pytest
from messages_conformance.authoring.implied import implied, implied_by
from messages_conformance.catalog import FEATURES, load_catalog
from messages_conformance.catalog.model import Step
from messages_conformance.errors import Where
from messages_conformance.locate import data

TURN = {"role": "user", "content": "Hello."}
OWN_TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}


def uses(body: Any, route: str = "messages", headers: dict[str, str | None] | None = None) -> set[str]:
    return set(implied(body, route, headers or {}))


def seen(*blocks: dict[str, Any]) -> set[str]:
    return uses({"messages": [{"role": "user", "content": list(blocks)}]})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"max_tokens": 16, "messages": [TURN]}, set[str]()),
        ({"stream": True}, {"streaming"}),
        ({"stream": False}, set[str]()),
        ({"system": "Be terse.", "stop_sequences": ["x"], "top_k": 3}, {"sampling"}),
        ({"system": None}, set[str]()),
        ({"tools": []}, {"tools"}),
        ({"tools": [OWN_TOOL], "tool_choice": {"type": "auto"}}, {"tools"}),
        ({"tools": [OWN_TOOL], "tool_choice": {"type": "any"}}, {"tools", "forced-tools"}),
        ({"tools": [{**OWN_TOOL, "eager_input_streaming": True}]}, {"tools", "fine-grained-tools"}),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, {"web-search", "tools"}),
        ({"tools": [{"type": "tool_search_tool_bm25_20251119", "name": "t"}]}, {"tool-search", "tools"}),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, {"client-tools", "tools"}),
        ({"tools": [{"type": "mcp_toolset", "mcp_server_name": "a"}]}, {"beta.mcp-servers"}),
        ({"thinking": {"type": "enabled"}}, {"thinking", "thinking.enabled"}),
        ({"thinking": {"type": "disabled"}}, {"thinking.disabled"}),
        ({"thinking": {"type": "mauve"}}, set[str]()),
        ({"output_config": {"format": {}, "effort": "low"}}, {"structured-output", "effort"}),
        ({"messages": [TURN, {"role": "assistant", "content": "1, 2,"}]}, {"prefill"}),
        ({"messages": [{"role": "user", "content": "ANTHROPIC_MAGIC_STRING_TRIGGER_X"}]}, {"refusal-trigger"}),
        ('{"cut', set[str]()),
        ({"messages": "none", "tools": "none", "tool_choice": "auto", "thinking": 7}, set[str]()),
    ],
)
def test_parameters_tell_what_is_used(body: Any, expected: set[str]) -> None:
    assert uses(body) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "Hello."}, set[str]()),
        ({"type": "image", "source": {}}, {"vision"}),
        ({"type": "document", "source": {"type": "text", "media_type": "text/plain"}}, {"documents"}),
        ({"type": "document", "source": {"type": "base64", "media_type": "application/pdf"}}, {"pdf"}),
        ({"type": "document", "source": {"content": [{"type": "image"}]}}, {"documents", "vision"}),
        ({"type": "search_result", "citations": {"enabled": True}}, {"documents", "citations"}),
        ({"type": "tool_result", "content": [{"type": "image"}]}, {"tools", "vision"}),
        ({"type": "tool_use", "input": {"type": "image"}}, {"tools"}),
        ({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}, {"cache-1h"}),
        ({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}, set[str]()),
    ],
)
def test_blocks_tell_what_is_used(block: dict[str, Any], expected: set[str]) -> None:
    assert seen(block) == expected


@pytest.mark.parametrize(
    ("route", "headers", "expected"),
    [
        ("count_tokens?beta=true", {}, {"count_tokens"}),
        ("models/some-model", {}, {"models"}),
        ("messages/batches", {}, set[str]()),
        # Every client of today sends it, so that everybody is asked whether it is taken.
        ("messages", {"Anthropic-Version": "2026-10-21"}, set[str]()),
        ("messages", {"anthropic-version": "banana", "anthropic-beta": "no-such-beta-2026-01-01"}, set[str]()),
        (
            "messages",
            {"anthropic-beta": "mcp-client-2025-11-20, structured-outputs-2025-11-13"},
            {"beta.mcp-servers", "beta.output-format"},
        ),
    ],
)
def test_route_and_headers_tell_what_is_used(route: str, headers: dict[str, str | None], expected: set[str]) -> None:
    assert uses(None, route, headers) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"auth_style": "bearer"}, {"bearer"}),
        ({"auth": "none"}, {"keyed"}),
        ({"auth": "wrong", "auth_style": "bearer"}, {"keyed"}),
    ],
)
def test_the_way_of_the_key_is_a_use(changes: dict[str, Any], expected: set[str]) -> None:
    step = Step(
        "ask", "POST", "messages", {"messages": [TURN]}, {}, "message", {}, (), Where(data("specs"), 1), **changes
    )
    assert set(implied_by(step)) == expected


def test_it_says_what_uses_it() -> None:
    assert implied({"temperature": 1, "top_p": 0.5}, "messages", {}) == {"sampling": "`temperature`"}


def test_every_word_is_one_that_providers_can_claim() -> None:
    canonical = load_catalog().contracts["anthropic"]
    traits = {trait for known in canonical.model_classes.values() for trait in known.traits}
    everything: dict[str, Any] = {
        "stream": True, "system": "x", "stop_sequences": [], "temperature": 1, "context_management": {},
        "mcp_servers": [], "output_format": {}, "output_config": {"format": {}, "effort": "low"},
        "thinking": {"type": "adaptive"}, "tool_choice": {"type": "tool"},
        "tools": [OWN_TOOL, {"type": "memory_20250818"}, {"type": "web_search_20250305"}],
        "messages": [{"role": "assistant", "content": [{"type": kind} for kind in ("image", "document", "thinking")]}],
    }  # fmt: skip
    assert uses(everything, "count_tokens", {"anthropic-version": "2026-10-21"}) <= FEATURES | traits
