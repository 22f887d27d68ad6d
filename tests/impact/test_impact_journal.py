"""An experiment that was cut off goes on where it was, unless the client is another one since."""

from __future__ import annotations

from pathlib import Path

import pytest
from impact.journal import Began, Journal
from impact.outcome import Cell, Difference

BEGAN = Began(("text", "tool"), {"models": "it has no list"}, {"usage-missing": ("text",), "any-key": ()})
CELL = Cell("wrong", None, (Difference("/turns/0/usage/input", 25, None),), 1, 1)
RAISED = Cell("raises", {"type": "KeyError", "message": "usage", "status": None}, (), 3, 1)

NOW = {"text": "1", "tool": "2"}
LATER = {"text": "1", "tool": "3"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "new" / "journal.jsonl")
    journal.begin("sdk", NOW, BEGAN)
    journal.decide("sdk", NOW, ("usage-missing", "text"), CELL)
    journal.decide("sdk", NOW, ("usage-missing", "tool"), RAISED)
    return tmp_path / "new" / "journal.jsonl"


def test_what_was_found_is_read_again(path: Path) -> None:
    journal = Journal(path)
    assert journal.began("sdk", NOW) == BEGAN
    assert journal.cells("sdk", NOW) == {("usage-missing", "text"): CELL, ("usage-missing", "tool"): RAISED}


def test_what_was_found_of_another_client_does_not_count(path: Path) -> None:
    journal = Journal(path)
    assert journal.began("other", NOW) is None
    assert journal.cells("other", NOW) == {}


def test_a_job_that_is_another_one_since_is_done_again_and_no_other(path: Path) -> None:
    journal = Journal(path)
    assert journal.began("sdk", LATER) is None
    assert journal.cells("sdk", LATER) == {("usage-missing", "text"): CELL}


def test_the_last_word_counts(path: Path) -> None:
    journal = Journal(path)
    journal.decide("sdk", NOW, ("usage-missing", "text"), RAISED)
    assert Journal(path).cells("sdk", NOW) == journal.cells("sdk", NOW)
    assert journal.cells("sdk", NOW)["usage-missing", "text"] == RAISED


def test_a_line_that_was_cut_off_costs_that_line_alone(path: Path) -> None:
    text = path.read_text()
    path.write_text(text[:-20])
    journal = Journal(path)
    assert list(journal.cells("sdk", NOW)) == [("usage-missing", "text")]
    journal.decide("sdk", NOW, ("usage-missing", "tool"), RAISED)
    assert Journal(path).cells("sdk", NOW)["usage-missing", "tool"] == RAISED


def test_every_defect_with_every_job_that_it_touches() -> None:
    assert BEGAN.reached == [("usage-missing", "text")]
