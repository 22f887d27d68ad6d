"""A user's own requests: imported, listed, planned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Call
from messages_conformance.catalog import FEATURES
from messages_conformance.run.embedded import REFERENCE_KEY

RECORDINGS = Path(__file__).parents[1] / "traffic" / "recordings"
MODELS = {"cheap": "reference", "thinking": "reference-thinking", "vision": "reference"}
PLAIN = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}


def test_requests_are_imported_and_are_scenarios_from_then_on(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(PLAIN)}\n{{oops\n")
    said = call("import-traffic", "a.jsonl", "--to", "mine")
    assert said.code == 0
    assert "wrote mine/traffic.yaml: 1 scenario from 1 request" in said.out
    assert said.err.startswith("not imported: a.jsonl:2: the line is not JSON")

    assert "traffic.message-" in call("list", "scenarios", "traffic.*", "--scenarios", "mine").out
    assert call("plan", "-p", "reference", "--scenarios", "mine", "-s", "traffic").code == 0

    assert "add --overwrite" in call("import-traffic", "a.jsonl", "--to", "mine").err
    assert call("import-traffic", "a.jsonl", "--to", "mine", "--overwrite").code == 0


def test_an_import_of_nothing_ends_with_2(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1]")
    said = call("import-traffic", "a.json", "--to", "mine")
    assert said.code == 2
    assert "error: a.json: entry 1: is no JSON object" in said.err
    assert "no request to /v1/messages was imported" in said.err
    assert not (tmp_path / "mine").exists()


def test_what_real_clients_sent_is_answered_by_the_reference_and_shows_a_fault(
    call: Call, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOD", REFERENCE_KEY)
    models = {role: {"id": name, "class": "reference"} for role, name in MODELS.items()}
    common = {"auth": {"style": "x-api-key", "env": "GOOD"}, "models": models, "features": sorted(FEATURES)}
    addresses = {"good": reference_url, "faulty": f"{reference_url}/with/duplicate-message-start"}
    providers = {name: {"base_url": address, **common} for name, address in addresses.items()}
    (tmp_path / "providers.yaml").write_text(json.dumps({"providers": providers}))
    assert call("import-traffic", *map(str, sorted(RECORDINGS.iterdir())), "--to", "mine").code == 0
    asked = ("--scenarios", "mine", "-s", "traffic")
    assert call("run", "-p", "good", *asked).code == 0
    said = call("run", "-p", "faulty", *asked)
    assert said.code == 1
    assert "faulty does not conform: 1 cause (1 MUST)" in said.out
    assert "There is exactly one message_start" in said.out
