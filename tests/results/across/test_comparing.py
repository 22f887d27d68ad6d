"""What changes between two sides: only what was decided on both can get better or worse."""

from __future__ import annotations

from typing import Any

import handmade
import pytest
from handmade import expectation, line
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import Comparison, Kind, Side
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer
from messages_conformance.results.records import Dependence, Gathered, Planned, Profile, Record, Relation, Suite
from messages_conformance.results.verdict import Exit
from repeating import repeated

FLAKY = ["pass", "fail", "fail"]

PROFILE = Profile("sdk", "An SDK", "w", depends=(Dependence(("anthropic:x",), "It is lost.", ("u",)),))


def side(*told: handmade.Line | Record, complete: bool = True, provider: Any = None, **header: Any) -> Side:
    who = provider or handmade.provider()
    run = handmade.run(handmade.header(who, **{"profiles": (PROFILE,), **header}), *told, complete=complete)
    return Side(run, who)


def judged(outcome: str | None, **said: Any) -> Side:
    """A side on which one check was decided so, beside one that holds."""
    more = {"cause": "model-choice"} if outcome == "inconclusive" else {}
    return side(line("s", "a", outcome, **more, **said), line("s", "other", clauses=("anthropic:other",)))


def kinds(found: Comparison) -> dict[str, list[str]]:
    names = ("worse", "better", "same", "perhaps_worse", "perhaps_better")
    told = {name: [change.check for change in getattr(found, name)] for name in names}
    told["open"] = [check for entry in found.open for check in entry.checks]
    return {name: checks for name, checks in told.items() if checks}


@pytest.mark.parametrize(
    ("before", "after", "kind", "code"),
    [
        ("pass", "pass", None, Exit.CONFORMS),
        ("pass", "fail", "worse", Exit.DOES_NOT),
        ("fail", "pass", "better", Exit.CONFORMS),
        ("fail", "fail", "same", Exit.CONFORMS),
        ("pass", "inconclusive", "open", Exit.INCOMPLETE),
        ("pass", "harness-error", "open", Exit.INCOMPLETE),
        ("pass", None, "open", Exit.INCOMPLETE),
        ("pass", "not-applicable", None, Exit.CONFORMS),
        ("inconclusive", "fail", "perhaps_worse", Exit.INCOMPLETE),
        ("not-applicable", "fail", "perhaps_worse", Exit.INCOMPLETE),
        (None, "fail", "perhaps_worse", Exit.INCOMPLETE),
        ("fail", "inconclusive", "perhaps_better", Exit.CONFORMS),
        ("inconclusive", "pass", None, Exit.CONFORMS),
        ("inconclusive", "inconclusive", None, Exit.CONFORMS),
    ],
)
def test_only_what_was_decided_on_both_sides_gets_better_or_worse(
    before: str | None, after: str | None, kind: str | None, code: Exit
) -> None:
    found = compare(judged(before), judged(after))
    assert kinds(found) == ({kind: ["a"]} if kind else {})
    assert found.exit is code


def test_a_regression_of_any_level_counts_and_an_open_weaker_clause_does_not() -> None:
    weak: dict[str, Any] = {"level": "SHOULD", "clauses": ("anthropic:weak",)}
    assert compare(judged("pass", **weak), judged("fail", **weak)).exit is Exit.DOES_NOT
    assert compare(judged("pass", **weak), judged("inconclusive", **weak)).exit is Exit.CONFORMS
    assert compare(judged("inconclusive", **weak), judged("fail", **weak)).exit is Exit.CONFORMS


def test_a_change_is_flaky_where_its_cause_was_nowhere_always_seen() -> None:
    steady, seldom, always = (Side(repeated(o), handmade.provider()) for o in (["pass"] * 3, FLAKY, ["fail"] * 3))
    (came,) = compare(steady, seldom).worse
    (went,) = compare(seldom, steady).better
    (stays,) = compare(seldom, always).same
    assert came.flaky == went.flaky == Times(2, 1)
    assert stays.flaky is None
    assert stays.seen[0].before is not None
    assert stays.seen[0].before.is_flaky
    (mixed,) = compare(
        Side(repeated(["pass"] * 3, line("b", "c")), handmade.provider()),
        Side(repeated(FLAKY, line("b", "c", "fail", expected="an id", actual="nothing")), handmade.provider()),
    ).worse
    assert mixed.scenarios == ("a", "b")
    assert mixed.flaky is None


def test_one_cause_is_one_change_wherever_it_came() -> None:
    places = ("s", "t", "u")
    before = side(*(line(scenario, "a") for scenario in places), line("v", "a", "fail"))
    after = side(*(line(scenario, "a", "fail") for scenario in (*places, "v")))
    (change,) = compare(before, after).worse
    assert (change.check, change.scenarios, change.both) == ("a", places, 1)
    assert [(seen.before and seen.before.outcome, seen.after and seen.after.outcome) for seen in change.seen] == [
        ("pass", "fail")
    ] * 3


def test_what_follows_from_the_cause_stands_under_it() -> None:
    causes: dict[str, Any] = {
        "causes": (Relation("a", ("b",), "scenario"),),
        "gathered": (Gathered("a", "mistakes are accepted"),),
    }
    before, after = (side(line("s", "a", o), line("s", "b", o), **causes) for o in ("pass", "fail"))
    (change,) = compare(before, after).worse
    assert (change.check, change.follows, change.many) == ("a", ("b",), "mistakes are accepted")
    (back,) = compare(after, before).better
    assert back.seen[0].before
    assert back.seen[0].before.outcome == "fail"


@pytest.mark.parametrize(
    ("before", "after", "kind", "answers"),
    [
        ("pass", "pass", Kind.SAME, (Answer.WORKS, Answer.WORKS)),
        ("pass", "fail", Kind.WORSE, (Answer.WORKS, Answer.BREAKS)),
        ("fail", "pass", Kind.BETTER, (Answer.BREAKS, Answer.WORKS)),
        ("fail", "fail", Kind.SAME, (Answer.BREAKS, Answer.BREAKS)),
        ("pass", "inconclusive", Kind.UNKNOWN, (Answer.WORKS, Answer.UNKNOWN)),
        ("inconclusive", "fail", Kind.UNKNOWN, (Answer.UNKNOWN, Answer.BREAKS)),
        ("fail", "inconclusive", Kind.UNKNOWN, (Answer.BREAKS, Answer.UNKNOWN)),
        ("inconclusive", "pass", Kind.BETTER, (Answer.UNKNOWN, Answer.WORKS)),
    ],
)
def test_a_client_breaks_only_by_what_held_before(
    before: str, after: str, kind: Kind, answers: tuple[Answer, Answer]
) -> None:
    (client,) = compare(judged(before), judged(after)).clients
    assert (client.kind, (client.before, client.after)) == (kind, answers)
    assert client.notices == (("It is lost.",) if kind is Kind.WORSE else ())
    assert client.spared == (("It is lost.",) if (before, after) == ("fail", "pass") else ())


def test_a_client_that_was_seen_to_work_does_not_break_by_what_was_left_open() -> None:
    """The clause held elsewhere, so the client worked; where it fails now, nothing was decided before."""
    before = side(line("s", "a"), line("t", "a", "inconclusive", cause="rate-limit"))
    after = side(line("s", "a"), line("t", "a", "fail"))
    found = compare(before, after)
    assert (found.clients[0].before, found.clients[0].after) == (Answer.WORKS, Answer.BREAKS)
    assert (found.clients[0].kind, found.exit) == (Kind.UNKNOWN, Exit.INCOMPLETE)


def test_what_was_asked_of_one_side_alone_is_named_with_its_reason() -> None:
    both = line("s", "a")
    without = Planned("maker", "t", "maker does not claim tools")
    more = side(both, line("t", "a", "fail"), line("u", "a"))
    found = compare(more, side(both, without))
    assert [(entry.reason, entry.scenarios) for entry in found.only_before] == [
        ("maker does not claim tools", ("t",)),
        ("not part of the run", ("u",)),
    ]
    assert (found.exit, kinds(found)) == (Exit.INCOMPLETE, {})
    back = compare(side(both, without), more)
    assert [entry.scenarios for entry in back.only_after] == [("t",), ("u",)]
    assert (back.exit, kinds(back)) == (Exit.CONFORMS, {})


def test_as_documented_is_compared_only_under_one_contract() -> None:
    def of(contract: str, outcome: str) -> Side:
        return side(line("s", "a", outcome, "as-documented"), provider=handmade.provider(contract=contract))

    assert kinds(compare(of("naga", "pass"), of("naga", "fail"))) == {"worse": ["a"]}
    found = compare(of("naga", "pass"), of("aisa", "fail"))
    assert (found.questions, found.compared, found.exit) == (("drop-in",), 0, Exit.INCOMPLETE)


def test_accepted_failures_are_no_regression_and_are_named() -> None:
    found = compare(judged("pass"), side(line("s", "a", "fail"), expectations=(expectation(check="a"),)))
    assert (kinds(found), found.accepted, found.exit) == ({}, ("a",), Exit.CONFORMS)


def test_what_was_not_the_same_is_named() -> None:
    after = handmade.provider(
        models={"cheap": "m-2"}, version="2026-10-21", features=("tools",), base_url="https://new.example"
    )
    before = handmade.provider(models={"cheap": "m-1"})
    one = side(line("s", "a"), provider=before)
    other = side(line("s", "a"), provider=after, suite=Suite("messages-conformance", "0.2.0"))
    assert [(setting.name, setting.before, setting.after) for setting in compare(one, other).settings] == [
        ("version of the suite", "0.1.0", "0.2.0"),
        ("anthropic-version", "2023-06-01", "2026-10-21"),
        ("model for cheap", "m-1", "m-2"),
        ("address", "https://api.maker.example/v1/messages", "https://new.example/v1/messages"),
    ]
    assert other.claims_beside(one) == ("tools",)


def test_a_run_that_was_cut_off_decides_what_it_judged() -> None:
    cut = side(line("s", "a", "fail"), line("t", "a", None), complete=False)
    found = compare(side(line("s", "a"), line("t", "a")), cut)
    assert (kinds(found), found.exit) == ({"worse": ["a"], "open": ["a"]}, Exit.DOES_NOT)
