"""A client that is a few lines of Python goes through the experiment, at a real server."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from impact.drivers import Drivers
from impact.experiment import Bench, begin, touched
from impact.journal import Journal, Key
from impact.outcome import Cell
from impact.server import Server, serving
from impact.trials import Trials
from messages_conformance.catalog.jobs import load_jobs
from messages_conformance.sdk import process

DRIVER = """\
import json, sys, time, urllib.error, urllib.request
for line in sys.stdin:
    asked = json.loads(line)
    messages = [{"role": "user", "content": asked["job"]["turns"][0]}]
    body = {"model": asked["model"], "max_tokens": 99, "messages": messages}
    headers = {"x-api-key": asked["key"], "anthropic-version": "2026-10-21", "content-type": "application/json"}
    request = urllib.request.Request(asked["base_url"] + "/v1/messages", json.dumps(body).encode(), headers)
    told = {"id": asked["id"], "seen": {}}
    try:
        if "state/" in asked["base_url"]:
            urllib.request.urlopen(request)
        message = json.load(urllib.request.urlopen(request))
        if message["type"] == "message" and "usage" not in message:
            time.sleep(60)
        if "id" not in message:
            sys.exit("no id")
        text = message["content"][0]["text"] if message["content"] else ""
        told["seen"] = {"turns": [{"text": text, "stop": message["stop_reason"]}]}
        if asked["job"]["turns"][0] == "Tell the time":
            told["seen"]["turns"][0]["text"] = str(time.time_ns())
    except urllib.error.HTTPError as error:
        told["raised"] = {"type": "HTTPError", "message": str(error), "status": error.code}
    print(json.dumps(told), flush=True)
"""
JOBS = """\
jobs:
  - {id: plain, title: plain, turns: ["Reply with the single word hello."], max_tokens: 9, wants: {text: [hello]}}
  - {id: refused, title: refused, turns: [Hello], max_tokens: 9, model: nobody, wants: {error: 404}}
  - {id: fickle, title: fickle, turns: [Tell the time], max_tokens: 9}
  - {id: busy, title: busy, turns: [Hello], max_tokens: 9, state: overloaded-once}
"""
DEFECTS = ["usage-missing", "message-id-missing", "leading-newlines", "error-200", "stream-text-lost", "any-key"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drivers here start at once."""
    monkeypatch.setattr(process, "START_SECONDS", 1)


@pytest.fixture
def bench(server: Server, tmp_path: Path) -> Bench:
    (path := tmp_path / "jobs.yaml").write_text(JOBS)
    return Bench(server, load_jobs(path), threading.Semaphore(4), threading.Event())


@pytest.fixture
def drivers(tmp_path: Path) -> Iterator[Drivers]:
    (path := tmp_path / "driver.py").write_text(DRIVER)
    with Drivers([sys.executable, path], 2, seconds=2) as running:
        yield running


def test_an_experiment_from_the_clean_run_to_every_outcome(bench: Bench, drivers: Drivers) -> None:
    rights, left_out = bench.rights(drivers)
    assert list(rights) == ["plain", "refused"]
    assert left_out == {
        "fickle": "two runs differ at /turns/0/text",
        "busy": "HTTPError was raised: HTTP Error 529: ",
    }
    with ThreadPoolExecutor() as pool:
        began = begin(rights, left_out, bench.jobs, DEFECTS, pool)
    assert began.touched == {
        "usage-missing": ("plain",),
        "message-id-missing": ("plain",),
        "leading-newlines": ("plain",),
        "error-200": ("refused",),
        "stream-text-lost": (),
        "any-key": (),
    }
    found: dict[Key, Cell] = {}
    bench.decide(drivers, rights, began.reached, found.__setitem__)
    assert {key: cell.outcome for key, cell in found.items()} == {
        ("usage-missing", "plain"): "hangs",
        ("message-id-missing", "plain"): "raises",
        ("leading-newlines", "plain"): "wrong",
        ("error-200", "refused"): "raises",
    }


def test_nothing_is_begun_when_time_is_over(bench: Bench, drivers: Drivers) -> None:
    rights, _ = bench.rights(drivers)
    bench.over.set()
    found: dict[Key, Cell] = {}
    bench.decide(drivers, rights, [("usage-missing", "plain")], found.__setitem__)
    assert found == {}


def test_the_server_counts_each_run_apart(bench: Bench, drivers: Drivers) -> None:
    rights, _ = bench.rights(drivers)
    assert [right.ran.requests for right in rights.values()] == [1, 1]
    (only,) = rights["plain"].asked
    assert only.path == "/v1/messages"
    assert touched({"plain": ("", (only,))}, ["usage-missing"]) == {"usage-missing": ("plain",)}


def test_what_the_journal_knows_is_not_done_again(bench: Bench, drivers: Drivers, tmp_path: Path) -> None:
    """Cut off after the first cell, and gone on with; what is to be shown is done in any case."""

    def go_on(*shown: str) -> list[str]:
        said: list[str] = []
        digests = {job: job for job in bench.jobs}
        journal = Journal(tmp_path / "journal.jsonl")
        with ThreadPoolExecutor() as pool:
            Trials(bench, journal, pool, DEFECTS[1:], frozenset(shown), said.append).decide("mine", digests, drivers)
        return [line for line in said if "leaves out" not in line]

    bench.over.set()
    assert go_on() == ["mine: 2 jobs, 3 cells, 3 to decide"]
    bench.over.clear()
    only = go_on("error-200")
    assert only[0] == "mine: 2 jobs, 3 cells, 1 to decide"
    assert only[1].startswith("mine, refused, error-200: raises the process ended: no id")
    assert go_on() == ["mine: 2 jobs, 3 cells, 2 to decide"]
    assert go_on() == ["mine: 2 jobs, 3 cells, 0 to decide"]
    assert len(go_on("error-200")) == 2
