"""What turned in which run: only what was decided turns, and a run that asks less mends nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import handmade
from handmade import line
from messages_conformance.results.across.digest import Digest, digest
from messages_conformance.results.across.history import History, history
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.records import Check, Dependence, Header, Profile, Record, Skipped, Suite
from repeating import repeated, scenarios

PROFILE = Profile("sdk", "An SDK", "w", short="SDK", depends=(Dependence(("anthropic:x",), "It is lost.", ("u",)),))


def night(day: int, *told: handmade.Line | Record, version: str = "0.1.0") -> Digest:
    suite = Suite("messages-conformance", version)
    checks = (Check("a", "A thing is there", "w"),)
    started = f"2026-11-{day:02}T10:00:00Z"
    return digest(
        handmade.run(handmade.header(started=started, suite=suite, profiles=(PROFILE,), checks=checks), *told)
    )


def one(day: int, outcome: str | None, scenario: str = "s", **more: Any) -> Digest:
    """A night on which one check of one scenario was judged so, beside another that holds."""
    said: dict[str, Any] = {"cause": "outage"} if outcome == "inconclusive" else {}
    return night(day, line(scenario, "a", outcome, **said), line(scenario, "b", clauses=("anthropic:b",)), **more)


def turned(found: History) -> dict[int, list[tuple[str, str]]]:
    (strip,) = found.strips
    return {number: [(event.turn, event.check) for event in events] for number, events in strip.events.items()}


def test_a_digest_says_how_each_check_stands() -> None:
    made = night(
        1,
        line("s", "a", "fail"),
        line("t", "a", "inconclusive", cause="outage"),
        line("s", "b"),
        line("t", "b", "inconclusive", cause="outage"),
        line("s", "c"),
        line("t", "c", "not-applicable"),
        line("s", "d", None),
    )
    maker = made.providers["maker"]
    assert (maker.failing, maker.open, maker.holding) == (("a",), ("b", "d"), ("c",))
    assert [(fault.check, fault.scenarios, fault.clients) for fault in maker.broken] == [("a", ("s",), ("An SDK",))]
    assert (made.checks, made.clients) == ({"a": "A thing is there"}, {"sdk": "SDK"})
    assert (maker.answers["drop-in"], maker.clients["sdk"]) == ("does not", "breaks")


def test_a_fault_that_comes_and_goes_is_told_as_one() -> None:
    nights = [digest(replace(repeated(outcomes), header=_at(day))) for day, outcomes in enumerate(REPEATED, 1)]
    assert [fault.flaky for night in nights for fault in night.providers["maker"].broken] == [Times(1, 2), None]
    told = {n: [(e.turn, e.flaky) for e in events] for n, events in history(nights).strips[0].events.items()}
    assert told == {1: [("broken", Times(1, 2))], 3: [("fixed", None)]}


REPEATED = (["pass"] * 3, ["pass", "fail", "pass"], ["fail"] * 3, ["pass"] * 3)


def _at(day: int) -> Header:
    return handmade.header(started=f"2026-11-{day:02}T10:00:00Z", scenarios=scenarios(3))


def test_what_held_breaks_and_is_fixed() -> None:
    nights = [one(day, outcome) for day, outcome in enumerate(("pass", "fail", "fail", "pass"), 1)]
    found = history(reversed(nights))
    assert [run.started[:10] for run in found.runs] == [f"2026-11-0{day}" for day in (1, 2, 3, 4)]
    assert turned(found) == {1: [("broken", "a")], 3: [("fixed", "a")]}
    assert found.strips[0].drop_in == ("conforms", "does not", "does not", "conforms")
    assert found.strips[0].clients == {"sdk": ("works", "breaks", "breaks", "works")}
    (event,) = found.strips[0].events[1]
    assert (event.title, event.level, event.clients) == ("A thing is there", "MUST", ("An SDK",))


def test_a_night_that_decides_nothing_turns_nothing_and_hides_nothing() -> None:
    outcomes = ("pass", "inconclusive", "pass", "inconclusive", "fail", "inconclusive", "fail", None, "pass")
    assert turned(history(one(day, outcome) for day, outcome in enumerate(outcomes, 1))) == {
        4: [("broken", "a")],
        8: [("fixed", "a")],
    }


def test_what_was_never_decided_before_is_new() -> None:
    assert turned(history([one(1, "inconclusive"), one(2, "fail")])) == {1: [("new", "a")]}
    assert turned(history([night(1, line("s", "b")), one(2, "fail")])) == {1: [("new", "a")]}
    assert turned(history([one(1, "pass"), one(2, "fail", "another")])) == {1: [("new", "a")]}


def test_the_first_run_tells_nothing() -> None:
    assert turned(history([one(1, "fail")])) == {}


def test_what_is_no_longer_asked_is_removed() -> None:
    fewer = night(2, line("s", "b"))
    assert turned(history([one(1, "fail"), fewer])) == {1: [("removed", "a")]}
    assert turned(history([one(1, "fail"), night(2, line("t", "b"), version="0.2.0")])) == {1: [("removed", "a")]}


def test_a_run_that_asks_less_mends_nothing() -> None:
    both = line("s", "a", "fail"), line("t", "a")
    part = night(2, line("t", "a"))
    assert turned(history([night(1, *both), part, night(3, *both)])) == {}
    assert turned(history([night(1, *both), night(2, line("u", "b")), night(3, *both)])) == {}


def test_a_provider_that_was_not_asked_leaves_a_gap() -> None:
    found = history([one(1, "pass"), night(2, Skipped("maker", "its key is not set")), one(3, "fail")])
    assert found.strips[0].drop_in == ("conforms", None, "does not")
    assert turned(found) == {2: [("broken", "a")]}
