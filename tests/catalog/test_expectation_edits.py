"""An expectations file is changed where it must be, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from messages_conformance.catalog.expectation_edits import edited
from messages_conformance.catalog.yaml import nodes
from messages_conformance.errors import UserError

PATH = Path("expectations.yaml")
NEW: dict[str, Any] = {
    "provider": "gateway",
    "check": "stream.end",
    "scenarios": ["streaming.text", "streaming.tools"],
    "actual": 'data: "[DONE]"',
    "at_most": 2,
    "reason": "TODO",
    "added": "2026-11-20",
    "expires": "2027-02-18",
}
WRITTEN = """\
  - provider: gateway
    check: stream.end
    scenarios: [streaming.text, streaming.tools]
    actual: "data: \\"[DONE]\\""
    at_most: 2
    reason: TODO
    added: 2026-11-20
    expires: 2027-02-18
"""
FILE = dedent("""\
    # Ours.
    expectations:

      # --- streams ---
      - {provider: gateway, check: a, reason: "It's so.", expires: 2027-03-01}
      - provider: gateway   # the old one
        check: b
        reason: >
          Folded
          # no comment
        expires: 2027-03-01

      # --- errors ---
      - provider: gateway
        check: c
        reason: So.
        expires: 2027-03-01
      # The end.
    """)


def said(text: str) -> list[Any]:
    return nodes.parse(text, PATH).value["expectations"]


def test_a_new_file_says_what_it_is() -> None:
    assert (
        edited(None, PATH, (), [NEW]) == "# Deviations that are known, and accepted for now.\nexpectations:\n" + WRITTEN
    )


def test_new_entries_stand_at_the_end() -> None:
    assert edited(FILE, PATH, (), [NEW, NEW]) == FILE + WRITTEN + WRITTEN


def test_an_entry_goes_without_the_comments_around_it() -> None:
    first, rest = FILE.split("  - provider: gateway   # the old one\n")
    assert edited(FILE, PATH, [1], ()) == first + rest[rest.index("\n  # --- errors") :]
    assert [entry["check"] for entry in said(edited(FILE, PATH, [0, 2], ()))] == ["b"]


def test_the_list_may_be_empty_before_or_after() -> None:
    assert edited("expectations: [ ]\n", PATH, (), [NEW]) == "expectations:\n" + WRITTEN
    assert said(edited(FILE, PATH, [0, 1, 2], ())) == []
    assert said(edited(FILE, PATH, [0, 1, 2], [NEW])) == [NEW]


def test_entries_that_are_not_indented_stay_so() -> None:
    flat = "expectations:\n- {provider: p, check: a, reason: r, expires: 2027-03-01}\n"
    assert edited(flat, PATH, (), [NEW]).splitlines()[2] == "- provider: gateway"


@pytest.mark.parametrize(
    "text",
    [
        "expectations: [{provider: p, check: a, reason: r, expires: 2027-03-01}]\n",
        "expectations:\n  [{provider: p, check: a, reason: r, expires: 2027-03-01}]\n",
        "expectations:\n  - {provider: p, check: a, reason: r, expires: 2027-03-01}\n...\n",
    ],
)
def test_what_is_laid_out_otherwise_is_left_alone(text: str) -> None:
    with pytest.raises(UserError, match="cannot be changed without writing it anew"):
        edited(text, PATH, (), [NEW])


def test_an_entry_that_another_one_refers_to_is_not_taken_out() -> None:
    shared = "expectations:\n  - &a {provider: p, check: a, reason: r, expires: 2027-03-01}\n  - {<<: *a, check: b}\n"
    with pytest.raises(UserError, match="cannot be changed"):
        edited(shared, PATH, [0], ())


@example("0E0", [])  # a number to our reader, and none to PyYAML
@given(st.text(st.characters(exclude_categories=("Cs",))), st.lists(st.sampled_from(["a", "tools.*", "b.c-d"])))
def test_whatever_came_is_read_back_as_it_was(actual: str, scenarios: list[str]) -> None:
    entry = {**NEW, "actual": actual, "scenarios": scenarios, "owner": actual}
    assert said(edited(FILE, PATH, (), [entry]))[-1] == entry
