"""A run that is gone on with: what was planned and answered is kept, and the rest is asked."""

from __future__ import annotations

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import making
import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.errors import UserError
from messages_conformance.results.reading import read_run
from messages_conformance.results.records import Cut, Exchange
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.planning.plan import every, select
from messages_conformance.run.session import Intent, run
from messages_conformance.wire.exchange import Failure
from playing import ok
from raw_server import Peer, serving_aside
from recorded import Recorded

RESUME = Intent(resume=True)


def answering() -> AbstractContextManager[str]:
    """A peer that answers every request in the same way."""

    async def reply(at: Peer) -> None:
        await at.say(ok())

    return serving_aside(reply)


def exchanges(path: Path) -> dict[str, Any]:
    return exchanges_of(path.read_text("utf-8").splitlines())


def cut(path: Path, after: int) -> dict[str, Any]:
    """Leave `after` exchanges of a stream, and half a line more, as a process does that is killed."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if '"kind":"exchange"' in line]
    kept = lines[: places[after]]
    path.write_text("".join(kept) + lines[places[after]][:40], "utf-8")
    return exchanges_of(kept)


def exchanges_of(lines: list[str]) -> dict[str, Any]:
    records = [json.loads(line) for line in lines]
    return {record["id"]: record for record in records if record["kind"] == "exchange"}


def test_it_asks_only_what_was_not_answered_and_ends_like_any_run(
    catalog: Catalog, short_run: Recorded, tmp_path: Path
) -> None:
    shutil.copy(short_run.results, tmp_path)
    first = cut(tmp_path / RESULTS, 5)
    assert judge_run(read_run(tmp_path / RESULTS)).exit is Exit.INCOMPLETE
    scenarios = {scenario.id: scenario for scenario in catalog.scenarios}
    pairs = [(catalog.providers[provider], scenarios[scenario]) for provider, scenario in short_run.run.cells]

    resumed = run(catalog, pairs, tmp_path, intent=RESUME)

    told = exchanges(tmp_path / RESULTS)
    assert len(first) == 5
    assert {name: told[name] for name in first} == first, "with the time at which it was first asked"
    assert told.keys() == {record.id for record in short_run.run.exchanges}
    assert judge_run(resumed).exit is Exit.CONFORMS
    assert [path.name for path in tmp_path.iterdir()] == [RESULTS]


@pytest.mark.parametrize("begun", [True, False])
def test_cut_off_twice_it_loses_nothing(catalog: Catalog, short_run: Recorded, tmp_path: Path, begun: bool) -> None:
    shutil.copy(short_run.results, tmp_path)
    first = cut(tmp_path / RESULTS, 5)
    whole = (tmp_path / RESULTS).read_text("utf-8")
    (tmp_path / RESULTS).rename(tmp_path / "results.earlier-001.jsonl")
    # The second run was killed before it had an answer, or even a header.
    (tmp_path / RESULTS).write_text(whole.splitlines(keepends=True)[0] if begun else "", "utf-8")

    run(catalog, [], tmp_path, intent=RESUME)

    told = exchanges(tmp_path / RESULTS)
    assert {name: told[name] for name in first} == first
    assert [path.name for path in tmp_path.iterdir()] == [RESULTS]


def test_it_only_adds(catalog: Catalog, tmp_path: Path) -> None:
    reference = catalog.providers["reference"]
    first = every([reference], select(catalog.scenarios, ["smoke"]))
    added = every([reference, catalog.providers["naga-guide-page"]], select(catalog.scenarios, ["messages.ids"]))
    before = run(catalog, first, tmp_path, intent=Intent("smoke"))
    after = run(catalog, added, tmp_path, intent=RESUME)
    assert list(after.cells) == [*before.cells, *((provider.id, scenario.id) for provider, scenario in added)]
    assert {e.id: e.started for e in before.exchanges}.items() <= {e.id: e.started for e in after.exchanges}.items()
    assert (after.header.started, after.header.profile) == (before.header.started, None)
    assert after.complete


@pytest.fixture(scope="module")
def answered(short_run: Recorded) -> Exchange:
    """One exchange as a stream holds it."""
    asked = ("reference", "messages.basic")
    return next(found for found in short_run.run.exchanges if (found.provider, found.scenario) == asked)


@pytest.mark.parametrize("status", [200, 400, 404, 413, 501])
def test_an_answer_is_not_asked_for_again(answered: Exchange, status: int) -> None:
    assert Recording.of([with_status(answered, status)]).answers("reference")


@pytest.mark.parametrize("status", [401, 402, 403, 429, 500, 503, 529])
def test_what_may_fare_better_by_now_is(answered: Exchange, status: int) -> None:
    assert not Recording.of([with_status(answered, status)]).answers("reference")


def test_so_is_what_was_not_answered_at_all(answered: Exchange) -> None:
    cut = replace(answered, response=None, failure=Failure("connect", "refused"))
    assert not Recording.of([cut]).answers("reference")


def test_a_newer_outage_does_not_hide_an_answer(answered: Exchange) -> None:
    told, outage = Recording.of([answered]), Recording.of([with_status(answered, 529)])
    assert outage.since(told).attempts == told.attempts == told.since(outage).attempts
    assert not outage.since(outage).answers("reference")


def test_an_answer_that_was_not_kept_whole_is_asked_for_again(answered: Exchange) -> None:
    cut = replace(answered, cut=Cut(9_999, "0" * 64))
    place = answered.provider, answered.scenario, answered.step, answered.trial
    assert Recording.of([answered]).answer(place, answered.request)
    assert not Recording.of([cut]).answer(place, answered.request)
    assert Recording.of([answered]).since(Recording.of([cut])).answer(place, answered.request)
    assert not Recording.of([cut]).since(Recording()).answer(place, answered.request)


def with_status(exchange: Exchange, status: int) -> Exchange:
    assert exchange.response
    return replace(exchange, response=replace(exchange.response, status=status))


def test_without_a_stream_there_is_nothing_to_go_on_with(catalog: Catalog, tmp_path: Path) -> None:
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ["messages.basic"]))
    with pytest.raises(UserError, match="to go on with"):
        run(catalog, pairs, tmp_path, intent=RESUME)


@pytest.mark.parametrize(
    ("field", "told"),
    [({"base_url": "https://elsewhere.test"}, "address: "), ({"version": "2026-10-21"}, "version: ")],
)
def test_answers_of_another_endpoint_are_not_taken(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: dict[str, str], told: str
) -> None:
    monkeypatch.setenv("MAKER_KEY", "Made-Up-Key-1-0123")
    with answering() as url:
        asked = making.provider(base_url=url)
        run(catalog, every([asked], select(catalog.scenarios, ["messages.basic"])), tmp_path)
    before = (tmp_path / RESULTS).read_bytes()
    world = replace(catalog, providers={**catalog.providers, "maker": replace(asked, **field)})
    with pytest.raises(UserError, match=f"another endpoint: {told}"):
        run(world, [], tmp_path, intent=RESUME)
    assert (tmp_path / RESULTS).read_bytes() == before


def test_without_its_key_a_providers_answers_are_not_dropped(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKER_KEY", "Made-Up-Key-1-0123")
    with answering() as url:
        asked = making.provider(base_url=url)
        run(catalog, every([asked], select(catalog.scenarios, ["messages.basic"])), tmp_path)
    monkeypatch.delenv("MAKER_KEY")
    before = (tmp_path / RESULTS).read_bytes()
    world = replace(catalog, providers={**catalog.providers, "maker": asked})
    with pytest.raises(UserError, match="cannot go on with what maker answered: its key is not set"):
        run(world, [], tmp_path, intent=RESUME)
    assert (tmp_path / RESULTS).read_bytes() == before


def test_who_had_no_key_then_is_asked_now(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKER_KEY", raising=False)
    with answering() as url:
        asked = making.provider(base_url=url)
        run(catalog, every([asked], select(catalog.scenarios, ["messages.basic"])), tmp_path)
        monkeypatch.setenv("MAKER_KEY", "Made-Up-Key-1-0123")
        world = replace(catalog, providers={**catalog.providers, "maker": asked})
        assert ("maker", "messages.basic") in run(world, [], tmp_path, intent=RESUME).cells
