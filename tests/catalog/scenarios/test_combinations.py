"""Requests that are put together from parts: valid, for whoever claims them, and with every pair that is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.contracts.schema import Edition
from messages_conformance.catalog.model import Assembly, Part, Scenario, Step
from messages_conformance.catalog.scenarios import combinations
from messages_conformance.catalog.scenarios.assembly import breaks, covered, fitted, pairs, put_together
from messages_conformance.catalog.scenarios.combinations import allowed
from messages_conformance.catalog.scenarios.loading import load_files
from messages_conformance.errors import Where
from messages_conformance.run.planning.plan import every, make_plan

Write = Callable[[str, str], Path]


def assembled(catalog: Catalog) -> list[Scenario]:
    return [scenario for scenario in catalog.scenarios if scenario.assembly is not None]


def of(scenario: Scenario) -> Assembly:
    return cast("Assembly", scenario.assembly)


@pytest.fixture(name="array", scope="module")
def _array(catalog: Catalog) -> Scenario:
    (found,) = (scenario for scenario in assembled(catalog) if of(scenario).for_pairs)
    return found


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_no_request_breaks_the_contract(catalog: Catalog, checks: Any) -> None:
    """Of whatever provider; nor does one of its parts alone."""
    units = make_plan(every(catalog.providers.values(), assembled(catalog)), catalog, checks).units
    whole = [step for unit in units for step in unit.scenario.steps]
    alone = [
        put_together(of(scenario), scenario.steps[0], [part])
        for scenario in assembled(catalog)
        for part in of(scenario).parts
    ]
    for step in [*whole, *alone]:
        body = {"model": "any", **step.body}
        edition = Edition.of(step.headers)
        found = catalog.schemas.requests["anthropic"].breaches(body, edition, counting=step.route == "count_tokens")
        assert not found, (step.id, step.parts)


def test_every_allowed_pair_stands_in_a_row(array: Scenario) -> None:
    assert covered(array) == {pair for pair in allowed(of(array)) if len(pair) == 2}
    assert not any(breaks(rule, step.parts) for rule in of(array).never for step in array.steps)


def test_four_cache_marks_are_the_most(array: Scenario) -> None:
    assert max(str(step.body).count("cache_control") for step in array.steps) <= 4


@given(data=st.data())
def test_who_claims_less_is_asked_every_pair_of_what_it_claims(array: Scenario, data: st.DataObject) -> None:
    parts = sorted(of(array).parts)
    claimed = data.draw(st.frozensets(st.sampled_from(parts)))
    left = fitted(array, lambda part, _: part.name in claimed)
    asked = frozenset(name for step in left.steps for name in step.parts)
    assert asked <= claimed
    assert not any(breaks(rule, step.parts) for rule in of(array).never for step in left.steps)
    kept = {pair for pair in covered(array) if pair <= claimed and not _rests_on_others(pair, of(array))}
    assert kept <= covered(left)
    assert len({step.parts for step in left.steps}) == len(left.steps)


def _rests_on_others(pair: frozenset[str], assembly: Assembly) -> bool:
    """Whether the contract allows it only beside another part, which may not be claimed."""
    return any(breaks(rule, pair) for rule in assembly.never)


def test_a_row_that_shows_nothing_of_its_own_is_left_out(array: Scenario) -> None:
    left = fitted(array, lambda part, _: part.name.startswith(("stream.", "fields.")))
    shown = [pairs(step.parts) for step in left.steps]
    for index, own in enumerate(shown):
        assert not own <= frozenset().union(*(other for at, other in enumerate(shown) if at != index))


def test_what_goes_to_another_model_is_asked_what_that_one_takes() -> None:
    parts = {
        "a.picture": Part("a.picture", role="vision"),
        "b.thought": Part("b.thought", role="thinking"),
    }
    asked: list[tuple[str, str]] = []
    scenario = _scenario(Assembly({"messages": []}, parts), ("a.picture", "b.thought"))

    def takes(part: Part, role: str) -> bool:
        asked.append((part.name, role))
        return part.name != "b.thought"

    (step,) = fitted(scenario, takes).steps
    assert (step.parts, step.role) == (("a.picture",), "vision")
    assert asked == [("a.picture", "thinking"), ("b.thought", "thinking"), ("a.picture", "vision")]


def _scenario(assembly: Assembly, *rows: tuple[str, ...]) -> Scenario:
    where = Where(Path("x.yaml"), 1)
    bare = [Step(f"row-{n}", "POST", "messages", None, {}, "message", {}, (), where) for n, _ in enumerate(rows)]
    steps = tuple(put_together(assembly, step, names) for step, names in zip(bare, rows, strict=True))
    return Scenario("x", "area", "X", "Because.", (), frozenset(), steps, where, assembly=assembly)


def test_parts_fill_places_and_join_lists() -> None:
    parts = {
        "one": Part("one", at={"here": (1,)}, body={"list": [1], "inner": {"a": 1}}),
        "two": Part("two", at={"here": (2, 3)}, body={"list": [2], "inner": {"b": 2}, "word": "x"}),
    }
    assembly = Assembly({"word": "w", "deep": [{"held": ["${here}", "${there}", "end"]}]}, parts)
    (step,) = _scenario(assembly, ("two", "one")).steps
    assert step.body == {
        "word": "x",
        "deep": [{"held": [1, 2, 3, "end"]}],
        "list": [1, 2],
        "inner": {"a": 1, "b": 2},
    }
    assert step.parts == ("one", "two")


# --- what is refused when it is read ----------------------------------------------------------------------------------

ROWS = """
    area: combinations
    combinations:
      - id: all
        title: T
        why: W
        clauses: [request.combinations]
        base: {max_tokens: 1, messages: [{role: user, content: ["${first}", {type: text, text: hi}]}]}
        parameters:
          a: {x: {body: {top_k: 1}}, y: {at: {first: [{type: text, text: one}]}}}
          b: {z: {change: [streamed]}}
        never:
          - {these: [a.x], those: [b], why: So it is.}
        rows:
          - {a: x}
          - {a: y, b: z}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", None),
        ("a: x}", "a: w}", "there is no value `a.w`"),
        ("a: x}", "a: x, b: z}", "the row holds values that are not allowed together"),
        ("- {a: y, b: z}", "- {b: z}", "pairs are in no row, such as a.y"),
        ("these: [a.x]", "these: [a.w]", "there is no value `a.w`"),
        ("change: [streamed]", "change: [steamed]", "there is no change `steamed`"),
        ("at: {first:", "at: {frist:", "the base has no place `${frist}`"),
    ],
)
def test_what_is_wrong_with_a_combination_is_told(write: Write, old: str, new: str, told: str | None) -> None:
    (family,) = load_files(write("x.yaml", ROWS.replace(old, new)).parent).families
    problems = [problem.message for problem in combinations.problems(family)]
    assert problems == [] if told is None else any(told in problem for problem in problems)


RELATION = """
    area: relations
    relations:
      - id: both
        title: T
        why: W
        request: {max_tokens: 1, messages: [{role: user, content: hi}]}
        parts: {one: {change: [text-as-blocks]}}
        forms:
          - {id: plain}
          - {id: other, parts: all, with: plain, agree: [prompt]}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", None),
        ("parts: all", "parts: [two]", "the relation has no part `two`"),
        ("with: plain", "with: other", "`other` must agree with no earlier form"),
        ("id: other", "id: plain", "the form `plain` is here twice"),
        ("parts: all", "change: [loud]", "there is no change `loud`"),
    ],
)
def test_what_is_wrong_with_a_relation_is_told(write: Write, old: str, new: str, told: str | None) -> None:
    (family,) = load_files(write("x.yaml", RELATION.replace(old, new)).parent).families
    problems = [problem.message for problem in combinations.problems(family)]
    assert problems == [] if told is None else any(told in problem for problem in problems)


def test_a_relation_becomes_a_scenario(write: Write) -> None:
    (family,) = load_files(write("x.yaml", RELATION).parent).families
    plain, other = combinations.relation(family).steps
    assert (plain.parts, other.parts) == ((), ("one",))
    assert other.body["messages"][0]["content"] == [{"type": "text", "text": "hi"}]
    assert [(use.check, use.params) for use in other.checks] == [("usage.agrees", {"with": "plain"})]
