"""The loop that the drivers of npm clients share, with a client that is made up; and what pins the real ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parents[2] / "tools" / "impact" / "clients"
NODE = shutil.which("node")

DRIVER = """
import { serve, Unsupported } from 'SERVING';

class Refused extends Error {
  status = 404;
}

const doings = {
  answers: () => console.log('a client is chatty'),
  refuses: () => { throw new Refused('x'.repeat(400)); },
  cannot: () => { throw new Unsupported('no such means'); },
  forgets: () => { Promise.reject(new RangeError('nobody waits for this')); return new Promise(() => {}); },
  leaves: () => { Promise.reject(new RangeError('nobody waited for this')); },
  throws: () => { throw 'a text'; },
};

await serve(async ({ job }, seen) => {
  seen.turns = [{ text: 'said before' }];
  return doings[job.turns[0]]();
});
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the driver tells of each doing, which is also its job's id."""
    if NODE is None:
        pytest.skip("Node is not installed here")
    driver = tmp_path_factory.mktemp("driver") / "driver.mjs"
    driver.write_text(DRIVER.replace("SERVING", (CLIENTS / "serving.mjs").as_uri()), "utf-8")
    doings = ("refuses", "cannot", "forgets", "leaves", "throws", "answers")
    jobs: dict[str, dict[str, Any]] = {doing: {"turns": [doing]} for doing in doings}
    tool = {"name": "bash", "type": "bash_20250124"}
    beyond: list[dict[str, Any]] = [
        {"cache": ["1h"]},
        {"thinking": "adaptive"},
        {"tools": [tool]},
        {"schema": {}, "stream": True},
    ]
    jobs |= {f"beyond {number}": {"turns": ["answers"], **more} for number, more in enumerate(beyond)}
    jobs["beyond counts"] = {"turns": ["answers"], "route": "count_tokens", "system": ["x"]}
    lines = "".join(json.dumps({"id": name, "job": job}) + "\n" for name, job in jobs.items())
    ran = subprocess.run([NODE, driver], input=lines, capture_output=True, text=True, timeout=30, check=True)
    return {line.pop("id"): line for line in map(json.loads, ran.stdout.splitlines())}


SEEN = {"turns": [{"text": "said before"}]}


def test_what_a_client_writes_is_no_answer(told: dict[str, dict[str, Any]]) -> None:
    assert told["answers"] == {"seen": SEEN}


def test_an_exception_is_told_with_what_was_seen_before_it(told: dict[str, dict[str, Any]]) -> None:
    assert told["refuses"] == {"raised": {"type": "Refused", "message": "x" * 300, "status": 404}, "seen": SEEN}
    assert told["throws"] == {"raised": {"type": "string", "message": "a text"}, "seen": SEEN}


def test_what_a_client_cannot_do_is_no_exception(told: dict[str, dict[str, Any]]) -> None:
    assert told["cannot"] == {"unsupported": "no such means"}


def test_what_not_every_driver_knows_is_not_tried(told: dict[str, dict[str, Any]]) -> None:
    beyond = [line for name, line in told.items() if name.startswith("beyond")]
    assert beyond == [{"unsupported": "its driver was not taught to"}] * 5


@pytest.mark.parametrize("doing", ["forgets", "leaves"])
def test_an_exception_that_nobody_awaits_ends_the_job_and_not_the_driver(
    told: dict[str, dict[str, Any]], doing: str
) -> None:
    assert told[doing]["raised"]["type"] == "RangeError"


def test_a_lock_pins_every_package_and_names_no_host() -> None:
    locks = sorted(CLIENTS.glob("*/package-lock.json"))
    assert len(locks) > 3
    for lock in locks:
        packages: dict[str, dict[str, Any]] = json.loads(lock.read_bytes())["packages"]
        wanted = packages.pop("")["dependencies"]
        assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}, lock
        assert all("integrity" in package and "resolved" not in package for package in packages.values()), lock
