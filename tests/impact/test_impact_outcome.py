"""What a defect made of a job, from what was told with it and without."""

from __future__ import annotations

from secrets import token_hex
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

import pytest
from impact.outcome import Difference, Ran, became, cell
from messages_conformance.sdk.told import Told
from real.environments import ROOT

NOT_FOUND = {"type": "anthropic.NotFoundError", "message": "no such model: req_" + "a" * 24, "status": 404}


def ran(turn: dict[str, Any] | None = None, *, raised: dict[str, Any] | None = None, requests: int = 1) -> Ran:
    return Ran(Told(seen={"turns": [turn or {"text": "one, two"}]}, raised=raised), requests)


HUNG = Ran(Told("hung"), 1)
DIED = Ran(Told("died", reason="out of memory"), 1)
REFUSED = ran(raised=NOT_FOUND)


@pytest.mark.parametrize(
    ("right", "wrong", "outcome"),
    [
        (ran(), ran(), "fine"),
        (ran(), HUNG, "hangs"),
        (ran(), DIED, "raises"),
        (ran(), ran({"text": "one"}), "wrong"),
        (ran(), ran(requests=3), "retries"),
        (ran(requests=3), ran(requests=1), "fine"),
        (ran(), ran({"text": "one"}, requests=3), "wrong"),
        (ran(), ran({}, raised=NOT_FOUND), "raises"),
        (REFUSED, ran(raised={**NOT_FOUND, "message": "no such model: req_" + "b" * 24}), "fine"),
        (REFUSED, ran(raised={**NOT_FOUND, "status": 500}), "raises"),
        (REFUSED, ran(raised={**NOT_FOUND, "type": "anthropic.APIError"}), "raises"),
        (REFUSED, ran(raised={**NOT_FOUND, "message": "oh"}), "wrong"),
        (REFUSED, ran(), "wrong"),
    ],
)
def test_what_became_of_a_job(right: Ran, wrong: Ran, outcome: str) -> None:
    assert cell(right, wrong, wrong).outcome == outcome


def test_two_runs_that_do_not_agree_are_unstable() -> None:
    assert cell(ran(), ran(), ran({"text": "one"})).outcome == "unstable"
    assert cell(ran(), ran({"text": "one"}), ran({"text": "two"})).outcome == "unstable"
    assert cell(ran(), HUNG, ran()).outcome == "unstable"


def test_how_often_a_client_asked_and_in_which_words_it_raised_may_differ() -> None:
    first = ran(raised={"type": "TimeoutError", "message": "after 1.3 s", "status": None}, requests=3)
    second = ran(raised={"type": "TimeoutError", "message": "after 1.4 s", "status": None}, requests=2)
    assert cell(ran(), first, second).outcome == "raises"


def test_differences_are_told_by_their_pointers() -> None:
    right = ran({"text": "a", "calls": [{"name": "x", "arguments": {"city": "Paris"}}], "usage": {"input": 25}})
    wrong = ran({"text": "a", "calls": [{"name": "x", "arguments": {}}, {"name": "y"}], "usage": {"input": 25.0}})
    assert became(right, wrong).differs == (
        Difference("/turns/0/calls/0/arguments/city", "Paris", None),
        Difference("/turns/0/calls/1", None, {"name": "y"}),
        Difference("/turns/0/usage/input", 25, 25.0),
    )


def test_an_exception_that_is_lost_comes_first() -> None:
    assert became(REFUSED, ran({"text": "hi"})).differs[0] == Difference("/raised", "anthropic.NotFoundError", None)


def test_long_texts_are_cut_and_many_differences_left_out() -> None:
    right, wrong = ran({str(n): "a" for n in range(9)}), ran({str(n): "w" * 999 for n in range(9)})
    differs = became(right, wrong).differs
    assert len(differs) == 5
    assert {len(each.came) for each in differs} == {200}


def test_of_long_texts_the_place_is_shown_where_they_part() -> None:
    same, shown = "o" * 300, "…" + "o" * 40
    (told,) = became(ran({"text": f"{same}right"}), ran({"text": f"{same}wrong"})).differs
    assert (told.expected, told.came) == (f"{shown}right", f"{shown}wrong")
    (told,) = became(ran({"text": f"{same}right"}), ran({"text": same})).differs
    assert (told.expected, told.came) == (f"{shown}right", shown)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "404 at http://127.0.0.1:4711/run/r12/v1: req_0123456789abcdef01234567",
            "404 at http://reference/v1: req_…",
        ),
        (f"{ROOT}/.npm-impact-x/node_modules/x/y.mjs failed", "…/.npm-impact-x/node_modules/x/y.mjs failed"),
        (f"no file {gettempdir()}/driver-a1b2/.claude/x", "no file …/.claude/x"),
    ],
)
def test_what_belongs_to_this_run_or_this_machine_is_not_told(said: str, told: str) -> None:
    raised = became(ran(), ran(raised={**NOT_FOUND, "message": said})).raised
    assert raised is not None
    assert raised["message"] == told


def test_what_a_client_makes_up_anew_is_no_difference() -> None:
    first, second = ({"text": f"session {uuid4()} of {token_hex(32)}"} for _ in range(2))
    assert cell(ran(), ran(first), ran(second)).outcome == "wrong"
    assert cell(ran(first), ran(second), ran(second)).outcome == "fine"


def test_the_last_words_of_a_driver_that_died_are_told() -> None:
    raised = became(ran(), DIED).raised
    assert raised == {"type": "the process ended", "message": "out of memory", "status": None}
