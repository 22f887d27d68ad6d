"""An experiment that was cut off goes on where it was, unless the client is another one since."""

from __future__ import annotations

from pathlib import Path

import pytest
from impact.journal import Began, Journal
from impact.outcome import Cell, Difference

BEGAN = Began(("text", "tool"), {"models": "it has no list"}, {"usage-missing": ("text",), "any-key": ()})
CELL = Cell("wrong", None, (Difference("/turns/0/usage/input", 25, None),), 1, 1)
RAISED = Cell("raises", {"type": "KeyError", "message": "usage", "status": None}, (), 3, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "new" / "journal.jsonl")
    journal.begin("sdk", "1", BEGAN)
    journal.decide("sdk", "1", ("usage-missing", "text"), CELL)
    journal.decide("sdk", "1", ("usage-missing", "tool"), RAISED)
    return tmp_path / "new" / "journal.jsonl"


def test_what_was_found_is_read_again(path: Path) -> None:
    journal = Journal(path)
    assert journal.began("sdk", "1") == BEGAN
    assert journal.cells("sdk", "1") == {("usage-missing", "text"): CELL, ("usage-missing", "tool"): RAISED}


def test_what_was_found_of_another_client_or_another_version_does_not_count(path: Path) -> None:
    journal = Journal(path)
    assert journal.began("sdk", "2") is None
    assert journal.cells("sdk", "2") == journal.cells("other", "1") == {}


def test_the_last_word_counts(path: Path) -> None:
    journal = Journal(path)
    journal.decide("sdk", "1", ("usage-missing", "text"), RAISED)
    assert Journal(path).cells("sdk", "1") == journal.cells("sdk", "1")
    assert journal.cells("sdk", "1")["usage-missing", "text"] == RAISED


def test_a_line_that_was_cut_off_costs_that_line_alone(path: Path) -> None:
    text = path.read_text()
    path.write_text(text[:-20])
    journal = Journal(path)
    assert list(journal.cells("sdk", "1")) == [("usage-missing", "text")]
    journal.decide("sdk", "1", ("usage-missing", "tool"), RAISED)
    assert Journal(path).cells("sdk", "1")["usage-missing", "tool"] == RAISED


def test_every_defect_with_every_job_that_it_touches() -> None:
    assert BEGAN.reached == [("usage-missing", "text")]
