"""A run in parts: which scenario is in which, and how much each sends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import provider, scenario, step
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.errors import UserError
from messages_conformance.run.planning.plan import every, make_plan, select
from messages_conformance.run.planning.shards import Share, places, shard
from messages_conformance.run.session import known_checks


def of_length(name: str, steps: int, twin: str | None = None) -> Scenario:
    return scenario(name, *(step(f"s{n}") for n in range(steps)), twin=twin)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.integers(1, 9), st.randoms())
def test_each_is_in_one_shard_whatever_the_order_and_none_has_much_more(
    lengths: Sequence[int], of: int, random: object
) -> None:
    scenarios = [of_length(f"s.{n}", length) for n, length in enumerate(lengths)]
    found = places(scenarios, of)
    assert found.keys() == {each.id for each in scenarios}
    assert set(found.values()) <= set(range(1, of + 1))
    loads = [sum(len(each.steps) for each in scenarios if found[each.id] == number) for number in range(1, of + 1)]
    assert max(loads) - min(loads) <= max(lengths)
    shuffled = list(scenarios)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert places(shuffled, of) == found


def test_a_twin_is_sent_once_where_it_can_be() -> None:
    wrong = [of_length(f"wrong.{n}", 1, twin="right") for n in range(3)]
    scenarios = [of_length("long", 4), *wrong, of_length("right", 1)]
    found = places(scenarios, 2)
    assert {found[name] for name in found if name != "long"} == {2}


@pytest.mark.parametrize("of", [2, 3, 5, 8])
def test_every_shard_of_the_catalogue_sends_about_as_much(catalog: Catalog, of: int) -> None:
    reference, checks = catalog.providers["reference"], known_checks(catalog)
    pairs = every([reference], select(catalog.scenarios, []))
    sent = [
        make_plan(shard(pairs, Share(number, of), catalog)[0], catalog, checks).sent_to(reference)
        for number in range(1, of + 1)
    ]
    requests = [sum(len(each.steps) for each in part) for part in sent]
    assert max(requests) - min(requests) <= 4
    alone = sum(len(each.steps) for _, each in pairs)
    assert sum(requests) <= alone + 2.5 * of, "what is sent more than once: the preflight, and a few twins"


def test_what_looks_back_on_the_whole_run_is_in_every_shard(catalog: Catalog) -> None:
    pairs = every([provider(), provider(id="other")], select(catalog.scenarios, []))
    parts = [shard(pairs, Share(number, 3), catalog) for number in (1, 2, 3)]
    names = [{each.id for _, each in mine} for mine, _ in parts]
    assert names[0] & names[1] & names[2] == {"run.invariants"}
    assert names[0] | names[1] | names[2] == {each.id for _, each in pairs}
    assert [(told.number, told.of) for _, told in parts] == [(1, 3), (2, 3), (3, 3)]
    assert {told.scenarios for _, told in parts} == {tuple(each.id for each in select(catalog.scenarios, []))}


def test_where_it_is_does_not_depend_on_what_else_is_chosen(catalog: Catalog) -> None:
    whole, some = (every([provider()], select(catalog.scenarios, names)) for names in ([], ["tools", "streaming"]))
    for number in (1, 2, 3):
        share = Share(number, 3)
        mine, theirs = ({each.id for _, each in shard(pairs, share, catalog)[0]} for pairs in (some, whole))
        assert mine == theirs & {each.id for _, each in some}


@pytest.mark.parametrize("number", [1, 3])
def test_no_shard_is_idle(catalog: Catalog, number: int) -> None:
    pairs = every([provider()], select(catalog.scenarios, ["messages.basic", "streaming.text"]))
    with pytest.raises(UserError, match=r"2 scenarios are chosen, which leaves nothing for shard .*; divide by less"):
        shard(pairs, Share(number, 4), catalog)


def test_a_share_is_written_as_a_fraction() -> None:
    assert Share.parse("2/5") == Share(2, 5)
    assert str(Share(2, 5)) == "2/5"


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "2/", "a/b", "2/5/6", "-1/5", "02/5", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="it takes the form K/N"):
        Share.parse(text)
