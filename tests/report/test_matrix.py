"""The matrix says of a run what it holds."""

from __future__ import annotations

import handmade
import pytest
import samples
from messages_conformance.report.failure import Failure, Line
from messages_conformance.report.matrix import Matrix, build
from messages_conformance.results.records import Gathered, Relation
from messages_conformance.results.verdict import Exit
from messages_conformance.results.vocabulary import QUESTIONS, State


@pytest.fixture(scope="module")
def drawn() -> Matrix:
    return build(samples.run())


def _lines(told: Failure, label: str) -> list[Line]:
    return [line for line in told.lines if line.label == label]


def test_rows_follow_the_header_and_played_columns_come_last(drawn: Matrix) -> None:
    assert [(area.id, [row.scenario.id for row in area.rows]) for area in drawn.areas] == [
        ("streaming", ["streaming.text", "streaming.tools"]),
        ("errors", ["errors.max-tokens-missing", "errors.wrong-key"]),
        ("thinking", ["thinking.enabled", "thinking.round-trip"]),
    ]
    assert [(column.id, column.kind) for column in drawn.columns] == [
        ("naga", "live"),
        ("reference", "reference"),
        ("aisa", "played"),
    ]
    assert drawn.columns[2].label == "played from its documents, not a live service"


def test_skipped_providers_stand_apart_with_their_reason(drawn: Matrix) -> None:
    assert [(provider.id, reason) for provider, reason in drawn.skipped] == [("bifrost", "BIFROST_KEY is not set")]


@pytest.mark.parametrize(
    ("provider", "scenario", "states"),
    [
        ("reference", "streaming.text", [State.PASS]),
        ("naga", "streaming.text", [State.FAIL, State.FAIL]),
        ("naga", "streaming.tools", [State.FAIL, State.PASS]),
        ("naga", "errors.max-tokens-missing", [State.DEVIATES, State.NOT_APPLICABLE]),
        ("naga", "errors.wrong-key", [State.INCONCLUSIVE, State.INCONCLUSIVE]),
        ("naga", "thinking.enabled", [State.INCOMPLETE, State.NOT_APPLICABLE]),
        ("aisa", "errors.max-tokens-missing", [State.FAULT, State.PASS]),
        ("aisa", "thinking.enabled", [State.NOT_APPLICABLE, State.NOT_APPLICABLE]),
    ],
)
def test_a_square_answers_every_question_asked(
    drawn: Matrix, provider: str, scenario: str, states: list[State]
) -> None:
    squares = {
        (square.column.id, row.scenario.id): square
        for area in drawn.areas
        for row in area.rows
        for square in row.squares
    }
    assert squares[provider, scenario].states == dict(zip(QUESTIONS, states, strict=False))


def test_counts_are_kept_per_question(drawn: Matrix) -> None:
    naga, _, aisa = drawn.columns
    assert (
        str(naga.counts["drop-in"])
        == "2 MUST broken · 1 SHOULD or MAY broken · 1 inconclusive · 1 never judged · 2 passed"
    )
    assert str(naga.counts["as-documented"]) == "1 MUST broken · 1 inconclusive · 1 passed · 1 not applicable"
    assert str(aisa.counts["drop-in"]) == "1 MUST broken · 1 known and accepted · 1 fault of this program"


def test_a_check_that_fails_in_many_cells_and_for_both_questions_is_one_finding(drawn: Matrix) -> None:
    found = drawn.columns[0].findings
    assert [(told.level, told.questions, told.check) for told in found] == [
        ("MUST", ("drop-in",), "stream.named"),
        ("MUST", ("drop-in", "as-documented"), "stream.end"),
        ("MAY", ("drop-in",), "error.field"),
    ]
    assert [line.scenarios for line in _lines(found[0], "fails in")] == [("streaming.text", "streaming.tools")]
    assert [line.code for line in _lines(found[1], "clause")] == [
        "anthropic:stream.message-stop-last",
        "naga:stream.openai-end",
    ]


def test_consequences_stand_under_their_finding_and_are_counted_apart() -> None:
    causes = (Relation("stream.named", ("stream.end",), "exchange"),)
    naga = build(samples.run(causes=causes)).columns[0]
    assert [told.check for told in naga.findings] == ["stream.named", "error.field"]
    (after,) = _lines(naga.findings[0], "leads to")
    assert (after.text, len(after.scenarios)) == ("The stream ends with message_stop", 2)
    assert str(naga.counts["drop-in"]).startswith("1 MUST broken · 1 SHOULD or MAY broken · 1 consequence ·")
    assert naga.judgement.sentence == "does not conform: 2 causes (1 MUST, 1 MAY), 1 consequence"


def test_failures_that_are_told_together_are_told_with_their_number() -> None:
    gathered = (Gathered("stream.named", "streams have no names"),)
    naga, _, aisa = build(samples.run(gathered=gathered)).columns
    assert naga.findings[0].headline == aisa.findings[0].headline == "2 streams have no names"


def test_what_stayed_open_is_grouped_by_cause(drawn: Matrix) -> None:
    naga, _, aisa = drawn.columns
    assert [(group.reason, len(group.seen), len(group.scenarios)) for group in naga.open] == [("rate-limit", 2, 1)]
    assert [group.reason for group in aisa.open] == ["fault of this program"]
    assert {reason: len(scenarios) for reason, scenarios in aisa.not_asked.items()} == {
        "does not claim the feature thinking": 2
    }


def test_an_area_shows_its_worst_state(drawn: Matrix) -> None:
    streaming, errors, _ = drawn.areas
    assert streaming.worst(0, "drop-in") == (State.FAIL, 2)
    assert streaming.worst(1, "drop-in") == (State.PASS, 2)
    assert errors.worst(0, "drop-in") == (State.INCONCLUSIVE, 1)


def test_a_cell_that_a_cut_off_run_never_planned_is_incomplete() -> None:
    kept = [entry for entry in samples.told()[:-1] if getattr(entry, "scenario", None) != "thinking.enabled"]
    drawn = build(handmade.run(samples.header(), *kept, complete=False))
    square = drawn.areas[2].rows[0].squares[1]
    assert square.cell is None
    assert square.states == {"drop-in": State.INCOMPLETE}
    assert drawn.columns[1].judgement.exit is Exit.INCOMPLETE


def test_a_clause_that_the_header_does_not_list_is_still_named() -> None:
    cited = _lines(build(samples.run(clauses=())).columns[0].findings[0], "clause")
    assert cited[0].code == "anthropic:stream.named-events"
