"""Prompt caching, as usage shows it."""

from __future__ import annotations

from typing import Any

import pytest
from asking import Asker

LONG = "A sentence that is repeated many times. " * 120
HOUR = {"type": "ephemeral", "ttl": "1h"}
SHORT_LIVED = {"type": "ephemeral"}


def usage(ask: Asker, **more: Any) -> dict[str, Any]:
    return ask.message(**more)["usage"]


def block(text: str, control: dict[str, str] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"cache_control": control} if control else {})}


@pytest.mark.parametrize(
    ("control", "part"), [(SHORT_LIVED, "ephemeral_5m_input_tokens"), (HOUR, "ephemeral_1h_input_tokens")]
)
def test_a_prefix_is_created_and_then_read(ask: Asker, control: dict[str, str], part: str) -> None:
    first = usage(ask, system=[block(LONG, control)])
    second = usage(ask, system=[block(LONG, control)], prompt="Say bye")
    assert first["cache_creation_input_tokens"] == first["cache_creation"][part] > 500
    assert first["cache_read_input_tokens"] == 0
    assert second["cache_creation_input_tokens"] == 0
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert second["input_tokens"] == first["input_tokens"] > 0


def test_the_three_counts_add_up_to_the_estimate(ask: Asker) -> None:
    body = {"model": "reference", "system": [block(LONG, SHORT_LIVED)]}
    body["messages"] = [{"role": "user", "content": "Say hi"}]
    counted = ask.send("POST", "/v1/messages/count_tokens", json=body).json()["input_tokens"]
    for _ in range(2):
        said = usage(ask, system=body["system"])
        parts = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        assert sum(said[part] for part in parts) == counted


def test_a_longer_prefix_is_read_up_to_what_is_known(ask: Asker) -> None:
    known = usage(ask, system=[block(LONG, HOUR)])
    longer = usage(ask, system=[block(LONG, HOUR), block(LONG + "More.", SHORT_LIVED)])
    assert longer["cache_read_input_tokens"] == known["cache_creation_input_tokens"]
    assert longer["cache_creation"]["ephemeral_5m_input_tokens"] == longer["cache_creation_input_tokens"] > 500


def test_a_short_prefix_is_silently_not_cached(ask: Asker) -> None:
    for _ in range(2):
        said = usage(ask, system=[block("Be brief.", SHORT_LIVED)])
        assert (said["cache_creation_input_tokens"], said["cache_read_input_tokens"]) == (0, 0)


def test_the_automatic_breakpoint(ask: Asker) -> None:
    first = usage(ask, prompt=LONG, cache_control=SHORT_LIVED)
    assert first["input_tokens"] == 0
    assert usage(ask, prompt=LONG, cache_control=SHORT_LIVED)["cache_read_input_tokens"] > 500


def test_models_do_not_share_a_cache(ask: Asker) -> None:
    usage(ask, system=[block(LONG, SHORT_LIVED)])
    assert usage(ask, system=[block(LONG, SHORT_LIVED)], model="reference-small")["cache_read_input_tokens"] == 0


def test_plays_share_no_cache(ask: Asker) -> None:
    body = {"model": "reference", "max_tokens": 16, "system": [block(LONG + "Once for each.", SHORT_LIVED)]}
    body["messages"] = [{"role": "user", "content": "Say hi"}]
    paths = ("/v1/messages", "/with/leading-newlines/v1/messages")
    read = [ask.send("POST", path, json=body).json()["usage"]["cache_read_input_tokens"] for path in paths * 2]
    assert read[:2] == [0, 0]
    assert min(read[2:]) > 500
