"""Recordings of real clients, made on loopback as `docs/own-traffic.md` says: mitmproxy 12.3 between the official SDK
for Python (2.14) or Claude Code (2.1.197) and the reference, what Claude Code writes itself, and LiteLLM (1.108)
between the SDK and the reference. They are shortened, and the agent's texts, keys and ids are masked. The spend logs
are rows as LiteLLM makes them for its database; the last one, of a refusal, is written by hand after its types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.traffic.importing import Imported, gather
from messages_conformance.traffic.recordings import OTHER, REFUSED, Found, Recorded, read

RECORDINGS = Path(__file__).parent / "recordings"


def found(name: str) -> list[Found]:
    return list(read(RECORDINGS / name))


def sent(name: str) -> Iterator[Recorded]:
    return (each for each in found(name) if isinstance(each, Recorded))


@pytest.mark.parametrize(
    ("name", "requests", "others", "refused"),
    [
        ("mitmproxy-sdk.har", 6, 2, 1),  # the list of models, and a chat completion
        ("mitmproxy-claude-code.har", 2, 0, 0),
        ("claude-code.request.json", 1, 0, 0),
        ("claude-code.response.json", 0, 1, 0),
        ("litellm-requests.jsonl", 3, 0, 0),
        ("litellm-standard.jsonl", 3, 0, 1),
        ("litellm-spend-logs.jsonl", 3, 0, 1),
    ],
)
def test_every_entry_is_taken_for_what_it_is(name: str, requests: int, others: int, refused: int) -> None:
    kinds = Counter("request" if isinstance(each, Recorded) else str(each) for each in found(name))
    assert kinds == +Counter({"request": requests, str(OTHER): others, str(REFUSED): refused})


def test_versions_and_betas_come_from_the_headers_that_clients_send() -> None:
    counting = [each.counting for each in sent("mitmproxy-sdk.har")]
    assert counting == [False, False, False, False, True, False]
    assert {each.headers["anthropic-version"] for each in sent("mitmproxy-sdk.har")} == {"2026-10-21"}
    agent, _ = sent("mitmproxy-claude-code.har")
    assert agent.headers["anthropic-version"] == "2023-06-01"
    (written,) = sent("claude-code.request.json")
    assert agent.headers["anthropic-beta"] == ",".join(written.body["betas"])


@pytest.mark.parametrize("name", ["litellm-requests.jsonl", "litellm-spend-logs.jsonl"])
def test_what_a_gateway_adds_to_a_body_is_not_the_clients_but_tells_its_headers(name: str) -> None:
    assert "litellm_metadata" in (RECORDINGS / name).read_text("utf-8")
    assert not [field for each in sent(name) for field in each.body if field.startswith("litellm_")]
    assert {each.headers["anthropic-version"] for each in sent(name)} == {"2026-10-21"}
    assert [each.headers.get("anthropic-beta") for each in sent(name)][2] == "context-management-2025-06-27"


def imported(catalog: Catalog, *names: str, **keep: Any) -> Imported:
    every = [each for name in names for each in found(name)]
    return gather(catalog, every, **({"keep_texts": False, "keep_names": False} | keep))


def test_every_request_of_a_real_client_becomes_a_scenario(catalog: Catalog) -> None:
    done = imported(catalog, *sorted(path.name for path in RECORDINGS.iterdir()))
    assert (done.problems, done.requests) == ([], 18)


@pytest.mark.parametrize("name", ["litellm-requests.jsonl", "litellm-spend-logs.jsonl"])
def test_a_request_has_the_same_shape_on_both_sides_of_a_gateway(catalog: Catalog, name: str) -> None:
    direct, through = imported(catalog, "mitmproxy-sdk.har"), imported(catalog, name)
    assert len(through.shapes) == 3
    assert through.shapes.keys() < direct.shapes.keys()


def test_the_agent_keeps_the_words_of_its_request(catalog: Catalog) -> None:
    done = imported(catalog, "mitmproxy-claude-code.har")
    first, second = (shape.entry["steps"][0]["body"] for shape in done.shapes.values())
    assert first["context_management"] == {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    assert (first["thinking"], first["output_config"]) == ({"type": "adaptive"}, {"effort": "high"})
    assert [turn["role"] for turn in second["messages"]] == ["user", "system", "assistant", "user"]
