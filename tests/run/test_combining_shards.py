"""A run in shards, put together: it says what the same run says that was not divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from making import provider
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Provider
from messages_conformance.errors import UserError
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import judge_provider
from messages_conformance.run import combining, session
from messages_conformance.run.combining import combined
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.planning.plan import Plan, every, select
from messages_conformance.run.planning.shards import Share
from messages_conformance.run.rejudging import rejudge
from messages_conformance.run.session import Intent

DEFECTS = ("answers-replayed-from-cache", "usage-missing")


def at(catalog: Catalog, url: str, *defects: str) -> Mapping[str, Provider]:
    """The reference as a live provider, right and with each defect."""
    right = replace(catalog.providers["reference"], id="right", kind="live", embedded=None, base_url=url)
    right = replace(right, auth=replace(provider().auth, env="OWN_KEY"))
    wrong = (replace(right, id=defect, base_url=f"{url}/with/{defect}") for defect in defects)
    return {each.id: each for each in (right, *wrong)}


def in_shards(catalog: Catalog, patterns: Sequence[str], of: int, directory: Path) -> Run:
    pairs = every(catalog.providers.values(), select(catalog.scenarios, patterns))
    jobs = [directory / f"job-{number}" for number in range(1, of + 1)]
    if of == 1:
        return session.run(catalog, pairs, directory)
    for number, job in enumerate(jobs, 1):
        session.run(catalog, pairs, job, intent=Intent(share=Share(number, of)))
    return combined(catalog, jobs, {}, directory / "all")


def said(run: Run) -> Mapping[tuple[str, ...], str]:
    return {
        (*key, result.step, result.check, result.question): str(result.outcome)
        for key, cell in run.cells.items()
        for result in cell.results
    }


@pytest.mark.gate
def test_it_says_of_each_defect_what_an_undivided_run_says(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a reference of its own, which keeps the prompts that it is asked to cache."""
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    runs: list[Run] = []
    for of in (1, 3):
        with embedded([catalog.providers["reference"]]) as (here,):
            now = replace(catalog, providers=at(catalog, here.base_url, *DEFECTS), expectations=())
            runs.append(in_shards(now, [], of, tmp_path / str(of)))
    undivided, together = runs
    assert list(together.cells) == list(undivided.cells)
    assert said(together) == said(undivided)
    verdicts = [[judge_provider(run, who) for who in run.providers] for run in (together, undivided)]
    assert verdicts[0] == verdicts[1]
    assert [judgement.exit for judgement in verdicts[0]] == [0, *[1] * len(DEFECTS)]
    assert together.footer
    assert undivided.footer
    assert together.footer.results == undivided.footer.results
    assert said(rejudge(now, together, tmp_path / "again")) == said(undivided)


SOME = ("messages", "streaming.text", "run.invariants")


def test_ids_that_only_two_shards_share_are_seen(
    catalog: Catalog, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a run that was divided once cannot be put together by a version that would judge it otherwise."""
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    here = replace(catalog, providers=at(catalog, reference_url, "message-id-constant"), expectations=())
    together = in_shards(here, SOME, 2, tmp_path)
    looked_back = together.cells["message-id-constant", "run.invariants"].results
    (wrong,) = (result for result in looked_back if result.check == "run.message-ids")
    names = {exchange.id for exchange in together.exchanges}
    assert wrong.outcome == "fail"
    assert wrong.actual
    assert sum(name in wrong.actual for name in names) == 2
    assert together.complete

    def plan_nothing(*_: object) -> Plan:
        return Plan((), {})

    monkeypatch.setattr(combining, "make_plan", plan_nothing)
    with pytest.raises(UserError, match=r"run\.invariants looks back on the whole run.* put shards together with"):
        combined(here, [tmp_path / "job-1", tmp_path / "job-2"], {}, tmp_path / "later")
    assert not list((tmp_path / "later").glob("results.jsonl"))


def test_a_shard_is_gone_on_with_and_takes_nothing_more(
    catalog: Catalog, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    here = replace(catalog, providers=at(catalog, reference_url), expectations=())
    pairs = every(here.providers.values(), select(here.scenarios, SOME))
    first = session.run(here, pairs, tmp_path, intent=Intent(share=Share(1, 2)))
    again = session.run(here, [], tmp_path, intent=Intent(resume=True))
    assert again.header.shard == first.header.shard
    assert list(again.cells) == list(first.cells)
    with pytest.raises(UserError, match="holds shard 1/2 of a run: nothing can be added to one shard alone"):
        session.run(here, pairs, tmp_path, intent=Intent(resume=True))
