"""A driver that hangs, dies or chatters costs one job, not the next."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from messages_conformance.sdk import process
from messages_conformance.sdk.process import Driver
from messages_conformance.sdk.told import Told

ODD = """\
import json, os, sys, time
print("a banner of some library", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    match asked["job"]:
        case "hang":
            time.sleep(60)
        case "die":
            sys.exit("out of luck")
        case "late":
            print(json.dumps({"id": asked["id"] - 1, "seen": {"from": "before"}}), flush=True)
    print(json.dumps({"id": asked["id"], "seen": {"pid": os.getpid(), "home": os.environ["HOME"]}}), flush=True)
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No driver here is slow to start."""
    monkeypatch.setattr(process, "START_SECONDS", 1)


@pytest.fixture
def command(tmp_path: Path) -> list[str | Path]:
    (path := tmp_path / "driver.py").write_text(ODD)
    return [sys.executable, path]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_one_process_does_many_jobs_and_ends_with_the_block(command: list[str | Path]) -> None:
    with Driver(command) as driver:
        first, second, third = (driver.do({"job": job}) for job in ("a", "late", "b"))
    assert first == second == third
    assert first.seen["home"] != os.environ.get("HOME")
    assert gone(first.seen["pid"])
    assert not Path(first.seen["home"]).exists()


def test_one_that_hangs_is_ended_and_another_goes_on(command: list[str | Path]) -> None:
    with Driver(command, seconds=1) as driver:
        before = driver.do({"job": "a"})
        assert driver.do({"job": "hang"}) == Told("hung")
        assert gone(before.seen["pid"])
        assert driver.do({"job": "a"}).end == "told"


def test_one_that_dies_tells_its_last_words_and_another_goes_on(command: list[str | Path]) -> None:
    with Driver(command) as driver:
        assert driver.do({"job": "die"}) == Told("died", reason="out of luck")
        assert driver.do({"job": "a"}).end == "told"


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with Driver([tmp_path / "nothing"]) as driver, pytest.raises(FileNotFoundError):
        driver.do({"job": "a"})
