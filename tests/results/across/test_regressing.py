"""A run that is held against an earlier one: what fails it, and what does not."""

from __future__ import annotations

from typing import Any

import handmade
import pytest
from handmade import Line, line
from messages_conformance.catalog.model import Level
from messages_conformance.report.outputs.cases import Status, suites
from messages_conformance.report.outputs.summary import summary
from messages_conformance.results.across.regressing import held_against
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Diagnosed, Record, Scenario, Skipped
from messages_conformance.results.verdict import Exit, judge_provider, judge_run
from repeating import repeated

THEN = "the run of 2026-11-19 10:00 UTC"
SCENARIOS = tuple(Scenario(name, "area", "t", "w", "x.yaml:1") for name in ("a", "b"))


def fails(scenario: str = "a", **more: Any) -> Line:
    return line(scenario, "c", "fail", expected="x", actual="y", **more)


def run(*told: Line | Record, started: str = "2026-11-20T10:00:00Z", complete: bool = True) -> Run:
    names = dict.fromkeys(entry.provider for entry in told if isinstance(entry, Line | Skipped | Diagnosed))
    header = handmade.header(*map(handmade.provider, names), started=started, scenarios=SCENARIOS)
    return handmade.run(header, *told, complete=complete)


def since(before: Run, after: Run) -> tuple[Exit, str]:
    found = judge_run(held_against(after, before))
    return found.exit, found.sentence


def before(*told: Line | Record) -> Run:
    return run(*told, started="2026-11-19T10:00:00Z")


OPEN: dict[str, Any] = {"outcome": "inconclusive", "cause": "rate-limit"}


@pytest.mark.parametrize(
    ("then", "now", "exit_", "sentence"),
    [
        (fails(), fails(), Exit.CONFORMS, f"Maker is no worse than in {THEN}"),
        (fails(), line("a", "c"), Exit.CONFORMS, f"Maker is no worse than in {THEN}"),
        (line("a", "c"), fails(), Exit.DOES_NOT, f"Maker got worse since {THEN}: 1 cause (1 MUST)"),
        (
            line("a", "c", level="MAY"),
            fails(level="MAY"),
            Exit.DOES_NOT,
            f"Maker got worse since {THEN}: 1 cause (1 MAY)",
        ),
        (
            line("a", "c"),
            line("a", "c", **OPEN),
            Exit.INCOMPLETE,
            f"Maker cannot be compared with {THEN}: nothing was decided in both",
        ),
    ],
)
def test_only_what_held_then_and_fails_now_fails_the_run(then: Line, now: Line, exit_: Exit, sentence: str) -> None:
    assert since(before(then), run(now)) == (exit_, sentence)


def test_what_fails_now_and_then_is_said_to() -> None:
    then, now = repeated(["pass", "pass"]), repeated(["pass", "fail"])
    assert judge_run(held_against(now, then)).sentence.endswith(": 1 cause (1 MUST), flaky")


def test_what_was_undecided_then_cannot_be_said_to_have_got_worse() -> None:
    then, now = before(line("a", "c", **OPEN), line("b", "d")), run(fails(), line("b", "d"))
    assert since(then, now) == (
        Exit.INCOMPLETE,
        f"Maker cannot be compared with {THEN}: c fails, and was undecided then",
    )


def test_what_held_and_is_now_undecided_is_named() -> None:
    then, now = before(line("a", "c"), line("b", "d")), run(line("a", "c", **OPEN), line("b", "d"))
    told = "a, which held then, is undecided: rate-limit"
    assert since(then, now) == (Exit.INCOMPLETE, f"Maker cannot be compared with {THEN}: {told}")


def test_a_run_may_ask_less_than_the_one_before() -> None:
    assert since(before(line("a", "c"), line("b", "d")), run(line("a", "c")))[0] is Exit.CONFORMS


def test_a_provider_that_was_not_asked_then_fails_nothing_beside_one_that_was() -> None:
    new = fails(provider="other")
    assert since(before(line("a", "c")), run(line("a", "c"), new))[0] is Exit.CONFORMS
    assert since(before(line("a", "c")), run(new)) == (Exit.INCOMPLETE, f"Other was not asked in {THEN}")


def test_what_is_no_verdict_on_the_provider_stays_what_it_is() -> None:
    cut = held_against(run(line("a", "c"), complete=False), before(line("a", "c")))
    assert judge_run(cut).exit is Exit.INCOMPLETE
    wrong_key = run(line("a", "c", **OPEN), Diagnosed("maker", "key", "refuses the key", 2))
    assert since(before(line("a", "c")), wrong_key) == (Exit.USAGE, "Maker refuses the key")
    skipped = run(Skipped("maker", "no key"))
    assert since(before(line("a", "c")), skipped)[0] is Exit.INCOMPLETE


def test_the_reports_still_say_what_the_provider_is() -> None:
    held = held_against(run(fails(), fails("b")), before(fails(), line("b", "c")))
    assert judge_provider(held, held.providers[0]).exit is Exit.DOES_NOT
    told = summary(held)
    assert (told.exit, told.against) == (Exit.DOES_NOT, "2026-11-19T10:00:00Z")
    assert told.providers["maker"].verdict == "does-not-conform"
    (suite,) = suites(held, Level.MUST)
    assert [case.status for case in suite.cases] == [Status.PASSED, Status.FAILED], "only b got worse"
