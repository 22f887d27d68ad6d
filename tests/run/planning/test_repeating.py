"""What `--repeat N` asks: each scenario N times, under names that a later program finds again."""

from __future__ import annotations

import pytest
from making import provider, scenario, step
from messages_conformance.catalog import Catalog
from messages_conformance.results import records
from messages_conformance.run.planning.cost import estimate
from messages_conformance.run.planning.plan import every, make_plan
from messages_conformance.run.planning.repeating import recalled, repeated
from messages_conformance.run.planning.shards import Share, shard
from messages_conformance.run.session import known_checks

ONCE, BACK = scenario("a"), scenario("back", step(expect="run", body=None))


def test_each_scenario_is_asked_so_often_and_what_looks_back_once() -> None:
    pairs = every([provider()], [ONCE, BACK])
    assert repeated(pairs, 1) == pairs
    asked = [each for _, each in repeated(pairs, 3)]
    assert [each.id for each in asked] == ["a", "back", "a~2", "a~3"]
    assert [each.repeats for each in asked] == [None, None, "a", "a"]
    assert all(each.steps == ONCE.steps for each in asked if each.repeats), "the very same requests"


def test_a_plan_counts_every_repetition(catalog: Catalog) -> None:
    reference = catalog.providers["reference"]
    asked = [each for each in catalog.scenarios if each.id == "messages.history"]
    checks = known_checks(catalog)
    once, often = (make_plan(repeated(every([reference], asked), n), catalog, checks) for n in (1, 4))
    steps, tokens = (
        len(asked[0].steps),
        estimate(often, reference).input_tokens - estimate(once, reference).input_tokens,
    )
    assert estimate(often, reference).requests == estimate(once, reference).requests + 3 * steps
    assert tokens > 0


@pytest.mark.parametrize("name", ["messages.basic", "messages.basic~3", "load.together-4", "load.together-4~2"])
def test_what_was_asked_is_found_again_by_its_name(catalog: Catalog, name: str) -> None:
    found = recalled(catalog, [name])[name]
    assert found.id == name
    assert found.repeats == (name.partition("~")[0] if "~" in name else None)


def test_a_name_that_this_version_does_not_have_is_not_found(catalog: Catalog) -> None:
    assert recalled(catalog, ["gone.away~2"]).keys() == {each.id for each in catalog.scenarios}


def test_repetitions_stay_in_the_shard_of_their_scenario(catalog: Catalog) -> None:
    asked = [each for each in catalog.scenarios if each.area == "messages" and not each.is_variant]
    pairs = repeated(every([provider()], asked), 3)
    parts = [shard(pairs, Share(number, 2), catalog) for number in (1, 2)]
    assert sorted(each.id for part, _ in parts for _, each in part) == sorted(each.id for _, each in pairs)
    for part, told in parts:
        assert {each.repeats or each.id for _, each in part} == {each.id for _, each in part if each.repeats is None}
        assert told == records.Shard(told.number, 2, tuple(each.id for _, each in pairs))
