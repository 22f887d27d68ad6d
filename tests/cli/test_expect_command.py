"""`expect update`: the list of known deviations follows a run, and waits for its reasons."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import handmade
import pytest
from calling import Call
from handmade import line
from messages_conformance.catalog import Catalog
from messages_conformance.results.records import Planned, to_line

CHECK = "message.stop-sequence-pairing"


@pytest.fixture
def results(catalog: Catalog, tmp_path: Path) -> Path:
    """A run of everything at one provider, where one check fails."""
    header = handmade.header(handmade.provider("deepseek"))
    told = line(
        "messages.basic",
        "message.stop-sequence-pairing",
        "fail",
        provider="deepseek",
        expected="an id",
        actual="nothing",
    )
    others = (s.id for s in catalog.scenarios if not s.is_variant and s.id != "messages.basic")
    stream = handmade.stream(header, [told, *(Planned("deepseek", name, "so") for name in others)])
    path = tmp_path / "results.jsonl"
    path.write_text("".join(map(to_line, stream)), "utf-8")
    return path


def test_a_new_entry_waits_for_its_reason(call: Call, results: Path, tmp_path: Path) -> None:
    said = call("expect", "update", str(results), "--owner", "us")
    assert said.code == 0
    assert said.out.startswith("expectations.yaml: 1 added, 0 removed\nWrite the reason of each new entry")
    written = (tmp_path / "expectations.yaml").read_text("utf-8")
    assert f"    owner: us\n    added: {date.today()}\n    expires: {date.today() + timedelta(days=90)}\n" in written

    refused = call("list", "features")
    assert refused.code == 2
    assert "expectations.yaml:3: the reason is still `TODO`" in refused.err

    again = call("expect", "update", str(results))
    assert (again.code, again.out) == (0, "expectations.yaml: 0 added, 0 removed\n")
    (tmp_path / "expectations.yaml").write_text(written.replace("TODO", "It has none."), "utf-8")
    assert call("list", "features").code == 0


def test_what_no_longer_fails_goes_if_it_is_asked_to(call: Call, results: Path, tmp_path: Path) -> None:
    stale = f"expectations:\n  - {{provider: deepseek, check: {CHECK}, reason: So., expires: 2999-01-01}}\n"
    (tmp_path / "expectations.yaml").write_text(stale, "utf-8")
    results.write_text(results.read_text("utf-8").replace('"outcome":"fail"', '"outcome":"pass"'), "utf-8")
    assert "1 no longer fail: --remove-stale takes them out" in call("expect", "update", str(results)).out
    assert (tmp_path / "expectations.yaml").read_text("utf-8") == stale
    assert "0 added, 1 removed" in call("expect", "update", str(results), "--remove-stale").out
    assert (tmp_path / "expectations.yaml").read_text("utf-8") == "expectations: []\n"


def test_what_needs_a_person_is_told(call: Call, results: Path, tmp_path: Path) -> None:
    entry = f"  - {{provider: deepseek, check: {CHECK}, actual: other, reason: So., expires: 2999-01-01}}\n"
    (tmp_path / "expectations.yaml").write_text(f"expectations:\n{entry}", "utf-8")
    said = call("expect", "update", str(results))
    assert f"to be changed by hand: {CHECK} fails differently in messages.basic" in said.out


def test_a_run_of_a_part_changes_nothing(call: Call, results: Path, tmp_path: Path) -> None:
    lines = results.read_text("utf-8").splitlines(keepends=True)
    results.write_text("".join(lines[:9]), "utf-8")
    said = call("expect", "update", str(results))
    assert said.code == 2
    assert "the run was cut off before its end" in said.err
    assert "planned only" in said.err
    assert not (tmp_path / "expectations.yaml").exists()


def test_a_day_that_is_over_is_no_last_day(call: Call, results: Path) -> None:
    said = call("expect", "update", str(results), "--expires", "2026-01-01")
    assert (said.code, said.err) == (2, "error: --expires 2026-01-01: an entry must be good for a day at least\n")
