"""The results stream, read back, whole or cut off anywhere."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import handmade
import pytest
from handmade import Line
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.errors import UserError
from messages_conformance.results.cells.cell import state_of
from messages_conformance.results.reading import Heard, Run, assemble, read_run
from messages_conformance.results.records import (
    Check,
    Clause,
    Header,
    Judged,
    Planned,
    Record,
    Scenario,
    Skipped,
    to_line,
)
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.results.vocabulary import Question, State
from searching import EXAMPLES

PROVIDER = handmade.provider(contract="naga")
HEADER = handmade.header(
    PROVIDER,
    scenarios=(Scenario("plain", "a", "t", "w", "x.yaml:1"),),
    clauses=(Clause("anthropic:x", Level.MUST, "t", "s", "u"),),
    checks=(Check("whole", "t", "w"),),
)
EXCHANGE = handmade.exchange("plain", started="é → ✓")
TWO = [handmade.line("plain", "whole"), handmade.line("plain", "whole", question="as-documented")]
WHOLE = handmade.stream(HEADER, [*TWO, EXCHANGE])
BYTES = "".join(map(to_line, WHOLE)).encode()


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "results.jsonl"
    path.write_bytes(content)
    return path


def cell_state(*lines: Line | Record, question: Question = "drop-in") -> State:
    return handmade.run(HEADER, *lines).cells["maker", "plain"].state(question)


# --- whole ----------------------------------------------------------------------------------------------------------


def test_a_whole_stream_is_read_as_what_it_says(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, BYTES))
    assert run.complete
    assert run.questions(PROVIDER) == ("drop-in", "as-documented")
    assert run.questions(replace(PROVIDER, contract="anthropic")) == ("drop-in",)
    assert (list(run.clauses), list(run.checks)) == (["anthropic:x"], ["whole"])
    cell = run.cells["maker", "plain"]
    assert cell.exchanges[0].started == "é → ✓"
    assert [r.question for r in cell.results] == ["drop-in", "as-documented"]
    assert cell.asked("as-documented")[0].outcome is Outcome.PASS
    assert judge_run(run).exit is Exit.CONFORMS


def test_the_order_of_the_plan_is_kept_whatever_finished_first() -> None:
    header, plain, other, first, second = handmade.stream(
        HEADER, [handmade.line("plain", "whole"), handmade.line("aaa", "whole")], complete=False
    )
    run = assemble([header, plain, other, second, first])
    assert [scenario for _, scenario in run.cells] == ["plain", "aaa"]


def test_skipped_providers_are_kept_with_their_reason() -> None:
    run = assemble([HEADER, Skipped("maker", "no key")])
    assert run.skipped == {"maker": "no key"}


def test_exchanges_of_what_nobody_planned_belong_to_no_cell() -> None:
    run = handmade.run(HEADER, *TWO, handmade.exchange("twin"))
    assert list(run.cells) == [("maker", "plain")]
    assert [exchange.scenario for exchange in run.exchanges] == ["twin"]


# --- cut off --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cut")


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(cut=st.integers(0, len(BYTES) - 2))
def test_a_stream_cut_anywhere_is_read_as_incomplete_or_not_at_all(folder: Path, cut: int) -> None:
    path = written(folder, BYTES[:cut])
    header_ends = BYTES.index(b"\n")
    if cut < header_ends:
        with pytest.raises(UserError, match="the first record is not a header"):
            read_run(path)
        return
    run = read_run(path)
    assert not run.complete
    assert judge_run(run).exit is Exit.INCOMPLETE


def test_a_cut_line_is_dropped_and_what_came_before_stands(tmp_path: Path) -> None:
    two = [handmade.line("plain", "whole"), handmade.line("other", "whole")]
    lines = [to_line(record) for record in handmade.stream(HEADER, two)]
    *kept, cut, _ = lines
    run = read_run(written(tmp_path, ("".join(kept) + cut[:-10]).encode()))
    plain, other = run.cells.values()
    assert plain.state("drop-in") is State.PASS
    assert other.missing("drop-in") == (("ask", "whole"),)
    assert other.state("drop-in") is State.INCOMPLETE


def test_a_cut_in_the_middle_of_a_character_is_a_cut_like_any_other(tmp_path: Path) -> None:
    inside = BYTES.index("→".encode()) + 1
    assert not read_run(written(tmp_path, BYTES[:inside])).complete


# --- not a stream ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the first record is not a header"),
        (b"{}\n", "the first record is not a header"),
        (to_line(WHOLE[1]).encode(), "the first record is not a header"),
        (b"[1]\n", "is not a results stream"),
        (b"<!doctype html>\n", r"results\.jsonl:1: not a JSON record"),
        (b'{"kind": "header"}\n', "is not a results stream"),
        (BYTES + b"{}\n", "is not a results stream"),
        (BYTES + b'{"kind": "planned"}\n', "is not a results stream"),
        (BYTES.replace(b'"pass"', b'"maybe"'), "is not a results stream"),
        (BYTES.replace(b'"criteria":[0]', b'"criteria":[9]'), "is not a results stream"),
        (BYTES.replace(b'"criteria":[0]', b'"criteria":[-1]'), "names a criterion that the header does not list"),
        (BYTES.replace(b'"provider":"maker"', b'"provider":"m"'), "a provider that the header does not list"),
        (BYTES + to_line(WHOLE[1]).encode(), "a record comes after the footer"),
        (to_line(WHOLE[0]).encode() + b"[" * 100_000 + b"\n", r"results\.jsonl:2: not a JSON record"),
        (to_line(WHOLE[0]).encode() + b"\0" * 99 + b"\n", r"results\.jsonl:2: not a JSON record"),
        (gzip.compress(BYTES) + b"\n", r"results\.jsonl:1: not a JSON record"),
        (BYTES.replace(b'"kind":"judged"', b'"kind":["judged"]'), r"results\.jsonl:4: is not a results stream"),
        (BYTES + BYTES, "is not a results stream"),
        (BYTES[:200] + b"\n" + BYTES[200:], "not a JSON record"),
        (b"\x00\xff\xfe\n", "not a JSON record"),
    ],
)
def test_anything_else_is_told_as_one_plain_problem(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        read_run(written(tmp_path, content))


def test_kinds_of_records_that_a_later_version_writes_are_left_out(tmp_path: Path) -> None:
    first, _, rest = BYTES.partition(b"\n")
    assert read_run(written(tmp_path, first + b'\n{"kind":"weather","is":"fine"}\n' + rest)) == read_run(
        written(tmp_path, BYTES)
    )


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    other = to_line(replace(HEADER, format=3)).encode()
    with pytest.raises(UserError, match="is of format 3; this version reads formats 1 to 2"):
        read_run(written(tmp_path, other))


def test_a_file_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*nothing: No such file"):
        read_run(tmp_path / "nothing")


# --- one cell -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "level", "state"),
    [
        ("pass", "MUST", State.PASS),
        ("fail", "MUST", State.FAIL),
        ("fail", "SHOULD", State.DEVIATES),
        ("fail", "MAY", State.DEVIATES),
        ("inconclusive", "MUST", State.INCONCLUSIVE),
        ("inconclusive", "SHOULD", State.INCONCLUSIVE),
        ("not-applicable", "MUST", State.NOT_APPLICABLE),
        ("harness-error", "MAY", State.FAULT),
    ],
)
def test_what_one_result_makes_of_a_cell(outcome: str, level: str, state: State) -> None:
    assert cell_state(handmade.line("plain", "whole", outcome, level=level)) is state


def test_what_is_open_and_weak_does_not_hide_what_was_decided_and_is_not_green_by_itself() -> None:
    weak = (Outcome.INCONCLUSIVE, Level.SHOULD)
    assert state_of([weak, (Outcome.PASS, Level.MAY)]) is State.PASS
    assert state_of([weak, (Outcome.NOT_APPLICABLE, Level.MUST)]) is State.INCONCLUSIVE


def test_a_cell_says_the_worst_that_any_of_its_results_says() -> None:
    must = Level.MUST
    worst_first: list[tuple[Outcome, Level]] = [
        (Outcome.HARNESS_ERROR, must),
        (Outcome.FAIL, must),
        (Outcome.INCONCLUSIVE, must),
        (Outcome.FAIL, Level.SHOULD),
        (Outcome.PASS, must),
        (Outcome.NOT_APPLICABLE, must),
    ]
    for place, one in enumerate(worst_first):
        assert state_of(worst_first[place:]) is state_of([one])
    assert state_of([]) is State.NOT_APPLICABLE


def test_what_was_never_judged_is_incomplete_unless_something_is_red() -> None:
    never = handmade.line("plain", "other", None)
    assert cell_state(handmade.line("plain", "whole"), never) is State.INCOMPLETE
    assert cell_state(handmade.line("plain", "whole", "inconclusive"), never) is State.INCOMPLETE
    assert cell_state(handmade.line("plain", "whole", "fail"), never) is State.FAIL
    assert cell_state(never) is State.INCOMPLETE


def test_what_was_not_asked_is_not_applicable() -> None:
    assert cell_state(Planned("maker", "plain", "not claimed")) is State.NOT_APPLICABLE


def test_the_questions_of_a_cell_are_kept_apart() -> None:
    lines = handmade.line("plain", "whole"), handmade.line("plain", "whole", "fail", "as-documented")
    assert cell_state(*lines) is State.PASS
    assert cell_state(*lines, question="as-documented") is State.FAIL


def test_reading_gives_what_was_assembled(tmp_path: Path) -> None:
    read: Run = read_run(written(tmp_path, BYTES))
    assert read == assemble(WHOLE)


# --- while it is written --------------------------------------------------------------------------------------------


def heard(header: Record, *told: Record) -> Heard:
    assert isinstance(header, Header)
    found = Heard(header)
    for record in told:
        found.hear(record)
    return found


def test_a_part_is_what_was_said_of_its_units_and_the_whole_has_the_same_cells() -> None:
    others = handmade.line("other", "whole", "fail"), handmade.exchange("x")
    told = handmade.stream(HEADER, [*TWO, EXCHANGE, *others])
    found = heard(*told)
    part = found.part([("maker", "plain")])
    assert list(part.cells) == [("maker", "plain")]
    assert [exchange.scenario for exchange in part.exchanges] == ["plain"]
    assert not part.complete
    whole = found.whole()
    assert whole == assemble(told)
    assert whole.cells["maker", "plain"] is part.cells["maker", "plain"]


def test_the_header_of_a_part_names_its_provider_alone() -> None:
    other = handmade.provider("other")
    found = Heard(replace(HEADER, providers=(PROVIDER, other)))
    assert found.part([("other", "plain")]).providers == (other,)
    assert found.whole().providers == (PROVIDER, other)


def test_what_is_said_after_a_part_was_made_is_in_the_whole() -> None:
    *told, last = handmade.stream(HEADER, [*TWO, EXCHANGE])
    judged = next(record for record in told if isinstance(record, Judged))
    found = heard(*(record for record in told if record is not judged))
    assert found.part([("maker", "plain")]).cells["maker", "plain"].state("drop-in") is State.INCOMPLETE
    later = replace(EXCHANGE, id="later")
    for record in (judged, later, last):
        found.hear(record)
    assert found.whole() == assemble([*told, later, last])
    found.hear(again := replace(EXCHANGE, id="again"))
    assert found.whole().cells["maker", "plain"].exchanges == (EXCHANGE, later, again)
