from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from messages_conformance.catalog.field import load_field, unknown_references
from messages_conformance.errors import UserError

Write = Callable[[str, str], Path]

ENTRIES = """
    deviations:
      - id: stop-dropped
        states: stop_sequences has no effect.
        breaks: Parsers get trailing text.
        seen: [https://example.com/1]
        checks: [stop-sequence.named, stop.text/text.excludes]
        defects: [stop-sequences-dropped]
      - id: pings-for-ever
        states: Pings go on after the upstream died.
        breaks: The client hangs.
        seen: [https://example.com/2]
        unseen: The upstream is not ours to kill.
    assertions:
      - {id: stop.named, states: The sequence is named., checks: [stop-sequence.named]}
      - {id: stop.four, states: More than four are refused., unchecked: Promised by nobody.}
"""

PLANNED = [("stop.text", "text.excludes"), ("stop.text", "stop-sequence.named"), ("basic", "text.contains")]


def test_entries_are_read_with_what_judges_them(write: Write) -> None:
    found = load_field(write("field/a.yaml", ENTRIES).parent)
    dropped, pings = found.deviations
    named, four = found.assertions

    assert (dropped.seen, dropped.defects) == (("https://example.com/1",), ("stop-sequences-dropped",))
    assert (pings.checks, pings.unseen, pings.where.line) == ((), "The upstream is not ours to kill.", 8)
    assert (named.checks, four.unchecked) == (("stop-sequence.named",), "Promised by nobody.")


def test_a_failure_shows_a_deviation_in_the_scenario_that_it_names(write: Write) -> None:
    dropped, pings = load_field(write("field/a.yaml", ENTRIES).parent).deviations

    assert dropped.is_shown_by("anything", "stop-sequence.named")
    assert dropped.is_shown_by("stop.text", "text.excludes")
    assert not dropped.is_shown_by("basic", "text.excludes")
    assert not pings.is_shown_by("stop.text", "text.excludes")


def test_references_are_sound_where_scenarios_and_defects_are_known(write: Write) -> None:
    found = load_field(write("field/a.yaml", ENTRIES).parent)
    assert unknown_references(found, PLANNED, ["stop-sequences-dropped"]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("stop.text/text.excludes", "stop.text/text.contains"),
            "in `stop.text`: known: `stop-sequence.named`, `text.excludes`",
        ),
        (("stop.text/text.excludes", "stop.txt/text.excludes"), "did you mean `stop.text`?"),
        (("checks: [stop-sequence.named]", "checks: [stop-sequence.nmaed]"), "did you mean `stop-sequence.named`?"),
        (("[stop-sequences-dropped]", "[stop-sequence-dropped]"), "did you mean `stop-sequences-dropped`?"),
    ],
)
def test_references_to_nothing_are_told(write: Write, change: tuple[str, str], said: str) -> None:
    found = load_field(write("field/a.yaml", ENTRIES.replace(*change)).parent)
    (problem,) = unknown_references(found, PLANNED, ["stop-sequences-dropped"])
    assert said in str(problem)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("defects: [stop-sequences-dropped]", ""), "`stop-dropped` needs either `checks` and `defects`, or `unseen`"),
        (("unseen: The upstream is not ours to kill.", ""), "`pings-for-ever` needs either"),
        ((", unchecked: Promised by nobody.", ""), "`stop.four` needs either `checks` or `unchecked`"),
        (("id: pings-for-ever", "id: stop-dropped"), "`stop-dropped` is listed twice"),
        (("seen: [https://example.com/2]", "seen: [somewhere]"), "somewhere"),
    ],
)
def test_mistakes_are_told_with_their_line(write: Write, change: tuple[str, str], said: str) -> None:
    path = write("field/a.yaml", ENTRIES.replace(*change))
    with pytest.raises(UserError) as caught:
        load_field(path.parent)
    assert said in str(caught.value)
    assert f"{path}:" in str(caught.value)
