"""Badges: what shields.io is given to read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import handmade
import pytest
import samples
from messages_conformance.report.outputs.badges import files
from messages_conformance.results.reading import Run


def _badges(run: Run) -> dict[str, Any]:
    return {path: json.loads(text) for path, text in files(run).items()}


def test_every_provider_has_a_badge_and_one_for_each_kind_of_client() -> None:
    told = _badges(samples.run())
    ran = [f"badges/{name}{client}" for name in ("naga", "reference", "aisa") for client in ("", "--chat", "--agent")]
    assert set(told) == {"badges/bifrost.json", *(f"{path}.json" for path in ran)}
    assert told["badges/naga.json"] == {
        "schemaVersion": 1,
        "label": "Messages API",
        "message": "does not conform",
        "color": "red",
    }
    assert told["badges/naga--chat.json"]["label"] == "chat application"
    assert told["badges/naga--agent.json"]["message"] == "unknown"
    assert told["badges/bifrost.json"]["message"] == "not run"


def test_only_what_was_decided_has_a_colour() -> None:
    told = _badges(samples.run())
    colours = {badge["message"].partition(" (")[0]: badge["color"] for badge in told.values()}
    assert colours == {
        "works": "brightgreen",
        "conforms": "brightgreen",
        "breaks": "red",
        "does not conform": "red",
        "unknown": "lightgrey",
        "not run": "lightgrey",
        "fault of this program": "lightgrey",
    }


def test_a_played_document_is_never_taken_for_a_service() -> None:
    told = _badges(samples.run())
    assert all(badge["message"].endswith(" (played document)") for path, badge in told.items() if "aisa" in path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "A", "..", "a--chat", "é", "x" * 300, "\ud800", "con:"])
def test_a_name_of_any_kind_becomes_a_safe_file(name: str) -> None:
    run = handmade.run(replace(handmade.header(handmade.provider(name)), profiles=samples.PROFILES))
    assert len(files(run)) == 3
    assert all(re.fullmatch(r"badges/[a-z0-9._-]{1,120}\.json", path) for path in files(run))


def test_no_two_providers_share_a_file() -> None:
    names = ["a-b", "a--b", "A-b", "a/b", "a b"]
    run = handmade.run(handmade.header(*map(handmade.provider, names)))
    assert len(files(run)) == len(names)
