"""A refused request is taken apart until the smallest part that is still refused is found."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog.model import Assembly, Part, Scenario, Step
from messages_conformance.catalog.scenarios.assembly import put_together
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Culprit
from messages_conformance.errors import Where
from messages_conformance.run.walking.taking_apart import MOST, take_apart
from messages_conformance.wire.exchange import Exchange, Request, Response

HERE = Where(Path("x.yaml"), 1)
NAMES = "abcdefghijkl"


def answered(status: int) -> Answer:
    return Answer(Exchange(Request("POST", "http://x", (), b"{}"), Response(status, (), ()), None, "", 1.0, 2.0))


def made(*rows: str, never: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()) -> Scenario:
    """A scenario whose rows hold parts of one letter each."""
    assembly = Assembly({"messages": []}, {f"{name}.x": Part(f"{name}.x") for name in NAMES}, never=never)
    bare = [Step(f"row-{n}", "POST", "messages", None, {}, "message", {}, (), HERE) for n in range(len(rows))]
    steps = [put_together(assembly, step, [f"{n}.x" for n in row]) for step, row in zip(bare, rows, strict=True)]
    return Scenario("x", "area", "X", "Because.", (), frozenset(), tuple(steps), HERE, assembly=assembly)


def taken_apart(scenario: Scenario, refused: str, status: int = 400) -> tuple[dict[str, Culprit], list[str]]:
    """What is found, and what was asked, at a provider that refuses every request with all of the parts `refused`."""
    asked: list[str] = []
    wanted = {f"{name}.x" for name in refused}

    def reply(step: Step) -> Answer:
        return answered(status if wanted <= set(step.parts) else 200)

    async def ask(step: Step) -> Answer:
        asked.append(step.id)
        return reply(step)

    sent = {step.id: reply(step) for step in scenario.steps}
    return dict(asyncio.run(take_apart(scenario, sent, ask))), asked


def letters(culprit: Culprit) -> str:
    return "".join(name[0] for name in culprit.parts)


def test_what_was_accepted_is_not_asked_about() -> None:
    found, asked = taken_apart(made("abc", "abd"), "c")
    assert asked == ["of:c.x"]
    assert found == {"row-0": Culprit(("c.x",), "row-0", "of:c.x")}


def test_what_was_found_once_is_not_looked_for_again() -> None:
    found, asked = taken_apart(made("abc", "cde", "abd"), "c")
    assert {row: (letters(culprit), culprit.step) for row, culprit in found.items()} == {
        "row-0": ("c", "row-0"),
        "row-1": ("c", "row-0"),
    }
    assert asked == ["of:c.x"]


def test_where_nothing_is_accepted_the_plainest_form_is_named() -> None:
    found, asked = taken_apart(made("abc"), "")
    assert (letters(found["row-0"]), asked) == ("", ["of:plain"])
    assert str(found["row-0"]) == "the plainest form of it"


def test_a_part_is_asked_with_what_the_contract_demands_beside_it() -> None:
    """A choice (b) needs tools (a)."""
    never = ((frozenset({"a.plain"}), frozenset({"b.x"})),)
    found, asked = taken_apart(made("abc", "ac", never=never), "b")
    assert (letters(found["row-0"]), asked) == ("ab", ["of:a.x+b.x"])


@given(
    row=st.sets(st.sampled_from(NAMES), min_size=1),
    others=st.lists(st.sets(st.sampled_from(NAMES)), max_size=12),
    data=st.data(),
)
def test_the_smallest_is_found_in_a_bounded_number_of_requests(
    row: set[str], others: list[set[str]], data: st.DataObject
) -> None:
    culprit = "".join(sorted(data.draw(st.sets(st.sampled_from(sorted(row)), max_size=2))))
    scenario = made(*("".join(sorted(each)) for each in (row, *others)))
    found, asked = taken_apart(scenario, culprit)
    assert len(asked) <= MOST * len(found)
    assert len(asked) == len(set(asked))
    assert set(culprit) <= set(letters(found["row-0"]))
    if len(culprit) == 1:
        assert letters(found["row-0"]) == culprit


@pytest.mark.parametrize(("status", "parts"), [(400, 1), (500, 1), (501, 1), (401, 0), (429, 0), (503, 0), (529, 0)])
def test_who_asks_and_when_is_no_matter_of_the_request(status: int, parts: int) -> None:
    found, _ = taken_apart(made("abc", "abd"), "c", status)
    assert len(found) == parts


def test_what_was_not_put_together_is_not_taken_apart() -> None:
    step = Step("ask", "POST", "messages", {}, {}, "message", {}, (), HERE)
    scenario = Scenario("x", "area", "X", "Because.", (), frozenset(), (step,), HERE)

    async def ask(_: Step) -> Answer:
        raise AssertionError

    assert asyncio.run(take_apart(scenario, {"ask": answered(400)}, ask)) == {}
