"""The official SDK at a provider: from the command line to the reports, with the SDK that is installed here."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from calling import Call, in_a_line
from messages_conformance.catalog.jobs import load_jobs
from messages_conformance.checks.base import Outcome
from messages_conformance.locate import data
from messages_conformance.results.reading import read_run

pytestmark = pytest.mark.gate

JOBS = sum(not job.is_mistake for job in load_jobs(data("jobs.yaml")).values())
TRIED = JOBS - 2
"""Those of an endpoint of one's own: only the reference is asked about its states."""


def at(endpoint: Sequence[str], defect: str) -> tuple[str, ...]:
    """The same endpoint with a defect."""
    option, url, *rest = endpoint
    return (option, f"{url}/with/{defect}", *rest, "--model-for", "thinking=reference-thinking")


def test_every_job_is_done_at_the_reference(call: Call, tmp_path: Path) -> None:
    said = call("sdk-check")
    assert said.code == 0, said.out
    assert said.out.startswith(f"Reference: {JOBS} of {JOBS} jobs done with the official SDK (anthropic ")
    assert f"reference: {JOBS} jobs of the official SDK, in 65 requests, at most " in in_a_line(said.err)
    assert list(tmp_path.iterdir()) == [], "nothing is kept"


def test_a_dry_run_sends_nothing(call: Call) -> None:
    said = call("sdk-check", "--base-url", "http://127.0.0.1:1", "--model", "m", "--without", "tools", "--dry-run")
    assert said.code == 0
    assert "tool                 a forced tool call (not asked: 127.0.0.1_1 does not claim tools)" in said.out
    assert "jobs of the official SDK" in said.out


def test_a_job_that_does_not_exist_is_wrong_usage(call: Call) -> None:
    said = call("sdk-check", "--jobs", "txet")
    assert (said.code, said.err) == (2, "error: no job is called `txet`\n    did you mean `text`?\n")


def test_where_nothing_listens_nothing_is_decided(call: Call) -> None:
    said = call("sdk-check", "--base-url", "http://127.0.0.1:1", "--model", "m")
    assert said.code == 3
    assert "nothing listens at http://127.0.0.1:1" in said.out


@pytest.mark.parametrize(
    ("defect", "told"),
    [
        ("any-key", "✕ a request with a wrong key: the SDK raises nothing, though the request must be refused"),
        ("unknown-model-400", "anthropic.BadRequestError with the status 400 instead of 404"),
        ("tool-input-as-string", "✕ a forced tool call: the SDK hands over a call without arguments"),
        ("tool-call-as-text", "✕ a forced tool call: the SDK hands over no call, though the tool is forced"),
        ("tool-id-empty", "✕ a forced tool call: the SDK hands over a call without an id"),
        ("stop-sequences-dropped", "the SDK hands over a text that holds its stop sequence"),
        ("thinking-dropped", "the SDK hands over no thinking, though it is switched on"),
        ("usage-missing", "✕ a plain answer: the SDK hands over a message without usage"),
    ],
)
def test_a_defect_shows(call: Call, endpoint: Sequence[str], defect: str, told: str) -> None:
    said = call("sdk-check", *at(endpoint, defect))
    assert said.code == 1
    assert told in in_a_line(said.out)


def test_a_key_that_the_sdk_sends_in_another_header_is_given_anew(call: Call, endpoint: Sequence[str]) -> None:
    said = call("sdk-check", *at(endpoint, "bearer-refused"), "--jobs", "text,key-refused")
    assert said.code == 0
    assert "2 of 2 jobs done" in said.out


def test_a_key_of_ones_own_in_the_environment_goes_nowhere(
    call: Call, endpoint: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"API_KEY": "wrong", "AUTH_TOKEN": "wrong", "CUSTOM_HEADERS": "authorization: wrong"}.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    assert call("sdk-check", *endpoint, "--jobs", "text").code == 0


def jobs_of(directory: Path) -> Mapping[str, Outcome]:
    return {tried.job: tried.outcome for tried in read_run(directory / "results.jsonl").tried}


def test_a_run_tells_of_it_and_goes_on_with_it(call: Call, endpoint: Sequence[str], tmp_path: Path) -> None:
    asked = ("-s", "messages.basic", "--report", "run")
    first = call("run", "--sdk", *endpoint, *asked, "--max-requests", "4")
    assert first.code == 0, "the wire decides"
    before = jobs_of(tmp_path / "run")
    asked = sum(outcome is not Outcome.NOT_APPLICABLE for outcome in before.values())
    assert 30 < asked < len(before) == TRIED
    assert f"3 of {asked} jobs done with the official SDK" in first.out
    assert list(before.values()).count(Outcome.INCONCLUSIVE) == asked - 3
    assert call("run", "--resume", "--report", "run").code == 0
    assert jobs_of(tmp_path / "run") == before, "nothing is lost"
    assert f"{asked} of {asked} jobs done" in call("run", "--resume", "--sdk", "--report", "run").out
    assert f"{asked} of {asked} jobs done" in call("rejudge", "run/results.jsonl").out


def test_the_parts_of_a_run_share_the_jobs(call: Call, endpoint: Sequence[str], tmp_path: Path) -> None:
    for part in ("1/2", "2/2"):
        said = call("run", "--sdk", *endpoint, "-s", "messages.*", "--shard", part, "--report", part[0])
        assert said.code == 0, said.out
    assert call("combine", "1", "2", "--report", "whole").code == 0
    assert not jobs_of(tmp_path / "1").keys() & jobs_of(tmp_path / "2").keys()
    assert len(jobs_of(tmp_path / "whole")) == TRIED


def test_a_plan_counts_it(call: Call) -> None:
    said = call("plan", "--sdk", "-p", "reference", "-s", "messages.basic")
    assert f"{JOBS} jobs of the official SDK, in 65 requests" in in_a_line(said.out)
    assert said.out.splitlines()[2].split()[:4] == ["reference", "1", "0", "66"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_driver_too(endpoint: Sequence[str], tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "messages_conformance", "sdk-check", *endpoint]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        driver = _child(running.pid)
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 3, err
    assert "Interrupted: this is what was done until now." in err
    assert "Traceback" not in out + err
    assert not Path(f"/proc/{driver}").exists()


def _child(pid: int) -> int:
    """The driver, which is the only process that this one starts."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            if found := children.read_text().split():
                return int(found[0])
        time.sleep(0.02)
    raise AssertionError(f"{pid} started nothing")
