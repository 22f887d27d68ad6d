"""A user's own requests: imported, listed, planned."""

from __future__ import annotations

import json
from pathlib import Path

from calling import Call

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
