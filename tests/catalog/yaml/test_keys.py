from __future__ import annotations

import pytest
from messages_conformance.catalog.yaml.keys import looks_like_key


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-api03-" + "Zx9" * 10,
        "use sk-abcdefghijkl for now",
        "Bearer abc123def456",
        "gsk_" + "a1b2" * 5,
        "AIza" + "Sy9" * 10,
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_keys_are_recognised(text: str) -> None:
    assert looks_like_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "ANTHROPIC_API_KEY",
        "HF_TOKEN",
        "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "https://api.example.com/apps/anthropic",
        "Bearer authentication",
        "Basic authentication is not offered",
        "Internationalisierungsbeauftragter",
        "risk-assessment and task-oriented",
        "2026-10-21",
    ],
)
def test_names_addresses_and_sentences_are_not_keys(text: str) -> None:
    assert not looks_like_key(text)
