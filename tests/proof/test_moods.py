from __future__ import annotations

import pytest
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.reference.moods import MOODS, mood_play
from messages_conformance.results.reading import Cell, Result
from messages_conformance.results.records import Criterion, PlannedStep, Verdict
from proof.matrix import Killed
from proof.moods import EVERY, MILD, MIXTURES, Share, Survival, Tried, fewest, tried
from proof.result import Argued, Proof


def result(check: str, outcome: Outcome, level: Level = Level.MUST) -> Result:
    verdict = Verdict("ask", (0,), outcome, expected="this", actual="that", note="fell")
    return Result(PlannedStep("ask", "here", (0,)), Criterion(check, "drop-in", level, ()), verdict)


def cell(*results: Result) -> Cell:
    return Cell("dot", "a.scenario", None, (), results, ())


def proof(*moods: Tried, survivals: tuple[Survival, ...] = ()) -> Proof:
    wire = frozenset({"wired"})
    return Proof((), (), frozenset(), (), (), Argued({}, {}, {}), (), moods, survivals, wire)


def test_every_mood_and_at_least_eight_mixtures_are_tried() -> None:
    assert set(MOODS) <= set(EVERY)
    assert set(MILD) <= set(MOODS)
    assert len(MIXTURES) >= 8
    assert all(mood_play(name) for name in EVERY)


def test_a_failure_at_any_level_is_a_red_and_only_a_must_is_counted() -> None:
    found = tried(
        "dot",
        [
            cell(result("x", Outcome.FAIL), result("y", Outcome.FAIL, Level.MAY), result("z", Outcome.PASS)),
            cell(
                result("z", Outcome.INCONCLUSIVE),
                result("z", Outcome.NOT_APPLICABLE),
                result("w", Outcome.HARNESS_ERROR),
            ),
        ],
        {"z"},
    )
    assert found.reds == (
        "a.scenario/x (MUST): expected this, actual that",
        "a.scenario/y (MAY): expected this, actual that",
    )
    assert found.faults == ("a.scenario/w: fell",)
    assert (found.musts, found.deeds) == (Share(2, 3), Share(1, 2))
    assert str(found) == "dot: 2 red; decided: 66.7% of MUST, 50.0% of behaviour"


def test_what_a_mood_turns_red_or_trips_is_a_finding() -> None:
    found = Tried("dot", ("s/x (MAY): expected a, actual b",), ("s/y: fell",), Share(1, 1), Share(0, 0))
    assert proof(found).problems() == [
        "false red in a mood: dot: s/x (MAY): expected a, actual b",
        "mood: dot: could not judge s/y: fell",
    ]


@pytest.mark.parametrize(
    ("left", "unseen", "told"),
    [
        ({"d": {"wired"}, "e": set[str]()}, ["e"], []),
        ({"d": {"other"}, "e": {"said"}}, [], []),
        (
            {"d": set[str](), "e": {"said"}},
            ["d"],
            ["d: not seen where the model chatters, though the wire shows it: wired"],
        ),
    ],
)
def test_a_defect_that_the_wire_shows_must_be_seen_in_a_mild_mood(
    left: dict[str, set[str]], unseen: list[str], told: list[str]
) -> None:
    kills = {"d": frozenset({"wired", "other"}), "e": frozenset({"said"})}
    survival = Survival("chatters", kills, {name: frozenset(checks) for name, checks in left.items()})
    assert survival.unseen == unseen
    assert survival.share.whole == 3
    assert proof(survivals=(survival,)).problems() == told


def test_the_fewest_scenarios_show_every_kill() -> None:
    places = frozenset({"a/x", "b/x", "b/y", "c/z", "c/w"})
    row = Killed("d", frozenset("xyz"), frozenset("xyz"), places, frozenset(), {"x": ("y", "z")})
    assert fewest(row.places, row.red) == ("b", "c")
    assert fewest(row.places, ()) == ()
