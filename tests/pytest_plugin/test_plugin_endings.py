"""`pytest --provider NAME`: what cannot be decided, and how it ends when it does not end well."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from counting import Counting
from plugin_runs import COMMAND, MESSAGES, alone, declare, environment, records, refused, run


def test_an_outage_is_skipped_with_its_cause_and_the_run_is_not_green(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("busy"))
    ran = run(tmp_path, "--provider", "own", MESSAGES, "-rs")
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert set(ran.counts()) == {"skipped"}
    assert "providers.yaml:1: own is out of order: 5" in ran.out


def test_what_may_not_be_sent_is_skipped_with_the_reason(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    before = len(counted.asked)
    ran = run(tmp_path, "--provider", "own", MESSAGES, "-rs", "--conformance-max-requests", "2")
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert len(counted.asked) - before == 2
    assert "this run has sent as many requests as it may (--max-requests 2)" in ran.out


def test_without_a_key_items_are_skipped_with_the_reason(tmp_path: Path) -> None:
    declare(tmp_path, own="http://127.0.0.1:9")
    ran = run(tmp_path, "--provider", "own", MESSAGES, "-rs", KEY="")
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    number = ran.counts()["skipped"]
    assert f"SKIPPED [{number}] providers.yaml:1: its key is not set: export KEY" in ran.out
    assert "own was not run: its key is not set: export KEY" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--provider", "refrence"], "no provider is called `refrence`"),
        (["--provider", "reference", "--conformance-report", "providers.yaml/x"], "cannot write"),
        (["--provider", "reference", "--conformance-max-duration", "soon"], "`soon` is no duration"),
    ],
)
def test_wrong_usage_is_told_in_plain_words(tmp_path: Path, arguments: list[str], told: str) -> None:
    declare(tmp_path, own="http://127.0.0.1:9")
    said = refused(tmp_path, *arguments)
    assert told in said
    if "refrence" in told:
        assert "did you mean `reference`?" in said


CRASH = """
from messages_conformance.run.engine import Engine
real = Engine.run_unit
async def run_unit(self, unit):
    if unit.scenario.id == "messages.ids":
        raise KeyError("boom")
    return await real(self, unit)
Engine.run_unit = run_unit
"""


@pytest.mark.gate
def test_a_fault_of_the_engine_is_one_failed_item(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    (tmp_path / "conftest.py").write_text(CRASH)
    two = [f"{MESSAGES}::messages.{name}@own" for name in ("basic", "ids")]
    ran = alone(tmp_path, "--provider", "own", *two, "--conformance-report", "out")
    assert (ran.code, ran.counts()) == (1, {"passed": 1, "failed": 1})
    assert "fault of this program: messages.ids at own was not judged: KeyError: 'boom'" in ran.out
    assert not records(tmp_path / "out/results.jsonl", "footer")


@pytest.mark.gate
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_and_leaves_the_stream_open(
    tmp_path: Path, counted: Counting, way: signal.Signals
) -> None:
    declare(tmp_path, own=counted.url("stuck"))
    before = len(counted.asked)
    command = [*COMMAND, "--provider", "own", "--provider", "reference", MESSAGES, "--conformance-report", "out", "-v"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    until = time.monotonic() + 60
    while len(counted.asked) == before and time.monotonic() < until:
        time.sleep(0.05)
    started = time.monotonic()
    process.send_signal(way)
    out, _ = process.communicate(timeout=20)
    assert time.monotonic() - started < 10
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    for noise in ("Task was destroyed", "never retrieved", "Warning"):
        assert noise not in out
    assert "Go on with it: messages-conformance run --resume --report out" in out
    assert (tmp_path / "out" / "index.html").is_file()
    results = tmp_path / "out/results.jsonl"
    assert not records(results, "footer")
    (header,) = records(results, "header")
    address = next(p["base_url"] for p in header["providers"] if p["id"] == "reference")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=5)
