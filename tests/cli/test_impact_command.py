"""`impact`: what was measured, shown and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Call
from impacts import IMPACTS
from messages_conformance.catalog import impact
from messages_conformance.catalog.impact import NO_IMPACTS


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "load_bundled_impacts", lambda: IMPACTS)


@pytest.mark.usefixtures("tried")
def test_it_is_shown(call: Call) -> None:
    said = call("impact")
    assert said.code == 0
    assert "7 defects, 4 clients, 4 jobs" in said.out
    assert "anthropic 2.14.0" in said.out


@pytest.mark.usefixtures("tried")
def test_it_is_written(call: Call, tmp_path: Path) -> None:
    said = call("impact", "--html", "a/impact.html", "--markdown", "impact.md")
    assert said.code == 0
    assert "wrote a/impact.html" in said.out
    assert (tmp_path / "a" / "impact.html").read_text("utf-8").startswith("<!doctype html>")
    assert (tmp_path / "impact.md").read_text("utf-8").startswith("# What each deviation does to real clients")


def test_without_a_table_it_says_how_to_get_one(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "load_bundled_impacts", lambda: NO_IMPACTS)
    said = call("impact")
    assert said.code == 2
    assert "nothing was measured: specs/impact.json is missing" in said.err
