"""A load: many streams at once, judged one by one, and what it finds that no two streams show."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import streams
from making import provider
from messages import message
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Auth, Limits
from messages_conformance.results.reading import Run
from messages_conformance.run import session
from messages_conformance.run.planning.load import recalled, under_load
from messages_conformance.run.rejudging import rejudge
from messages_conformance.run.session import Intent
from playing import http
from raw_server import Peer, serving_aside

CROWD = 8


class Crowded:
    """A server that keeps streams apart until eight run at once; then each goes on with the words of the first."""

    def __init__(self) -> None:
        self._running: list[str] = []
        self._sent = 0

    async def __call__(self, peer: Peer) -> None:
        self._sent += 1
        body = json.loads(peer.request.partition(b"\r\n\r\n")[2])
        (word,) = re.findall(r"HERON-\d{4}", body["messages"][0]["content"]) or ["pong"]
        self._running.append(word)
        await asyncio.sleep(0.1)
        said = self._running[0] if len(self._running) >= CROWD else word
        named = {"id": f"msg_{self._sent}"}
        head = {"request_id": f"req_{self._sent}"}
        if body.get("stream"):
            content = streams.body(streams.start(**named), *streams.text(0, f"{said} ", said), *streams.end())
            await peer.say(http(200, content, content_type="text/event-stream", **head))
        else:
            await peer.say(http(200, message(said, **named), **head))
        await asyncio.sleep(0.1)
        self._running.remove(word)


def loaded(catalog: Catalog, number: int, place: Path) -> Run:
    with serving_aside(Crowded()) as url:
        limits = Limits(concurrency=1, connect_timeout=5, read_timeout=5, total_timeout=5)
        who = provider(base_url=url, auth=Auth("none"), features=frozenset({"streaming"}), limits=limits)
        here = replace(catalog, providers={who.id: who}, expectations=())
        return session.run(here, under_load([who], here, number), place)


def mixed(run: Run, scenario: str) -> list[str]:
    results = run.cells["maker", scenario].results
    return [result.step for result in results if result.check == "text.excludes" and result.outcome == "fail"]


def test_a_defect_that_needs_a_crowd_is_found_by_a_crowd_alone(catalog: Catalog, tmp_path: Path) -> None:
    few, many = (loaded(catalog, number, tmp_path / str(number)) for number in (CROWD - 1, CROWD))
    assert mixed(few, f"load.together-{CROWD - 1}") == []
    assert len(mixed(many, f"load.together-{CROWD}")) == CROWD - 1, "the first has its own words"
    assert few.complete
    assert many.complete


def test_every_copy_asks_for_a_word_of_its_own_and_is_judged_as_any_stream(catalog: Catalog) -> None:
    pairs = under_load([provider()], catalog, 64)
    assert [scenario.id for _, scenario in pairs] == ["load.together-64", "load.one-by-one", "run.invariants"]
    assert {who.limits.concurrency for who, _ in pairs} == {64}
    bodies = [json.dumps(step.body) for _, scenario in pairs[:2] for step in scenario.steps]
    words = [re.findall(r"HERON-\d{4}", body) for body in bodies]
    assert len({word for found in words for word in found}) == 64 + 5
    assert all(len(found) == 1 for found in words)


def test_no_run_sends_it_by_default_and_what_was_sent_is_found_again(catalog: Catalog, tmp_path: Path) -> None:
    assert [scenario.id for scenario in catalog.scenarios if scenario.id.startswith("load.")] == []
    assert recalled(catalog, ["streaming.text"]) == ()
    run = loaded(catalog, CROWD, tmp_path / "first")
    who = provider(auth=Auth("none"), features=frozenset({"streaming"}))
    here = replace(catalog, providers={who.id: who}, expectations=())
    again = rejudge(here, run, tmp_path / "again")
    assert mixed(again, f"load.together-{CROWD}") == mixed(run, f"load.together-{CROWD}")
    assert again.cells.keys() == run.cells.keys()


def test_a_few_streams_are_sent_one_by_one_when_all_else_has_been_answered(catalog: Catalog, tmp_path: Path) -> None:
    run = loaded(catalog, 4, tmp_path)
    spans = {
        exchange.id: (
            start := datetime.fromisoformat(exchange.started),
            start + timedelta(milliseconds=exchange.total_ms),
        )
        for exchange in run.exchanges
    }
    alone = [span for name, span in spans.items() if "/load.one-by-one/" in name]
    assert len(alone) == 5
    for start, end in alone:
        assert [span for span in spans.values() if span[0] < end and start < span[1]] == [(start, end)]


def test_it_is_gone_on_with(catalog: Catalog, tmp_path: Path) -> None:
    with serving_aside(Crowded()) as url:
        who = provider(base_url=url, auth=Auth("none"), features=frozenset({"streaming"}))
        here = replace(catalog, providers={who.id: who}, expectations=())
        first = session.run(here, under_load([who], here, 2), tmp_path)
        again = session.run(here, [], tmp_path, intent=Intent(resume=True))
    assert again.cells.keys() == first.cells.keys()
