"""`run`: its exit codes, where a run is kept, and what an interrupt leaves."""

from __future__ import annotations

import html
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from calling import COMMAND, Call, in_a_line
from members import over
from messages_conformance import catalog
from messages_conformance.errors import HarnessError
from messages_conformance.report.live.watch import Watch
from messages_conformance.results.reading import read_run
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.engine import Engine
from recorded import Recorded

# --- exit codes of a run --------------------------------------------------------------------------------------------


def test_0_a_live_endpoint_that_conforms(call: Call, reference_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    said = call("run", "--base-url", reference_url, "--model", "reference", "--api-key-env", "OWN_KEY", "-s", "smoke")
    assert (said.code, said.err) == (0, "")
    assert f"Exit code 0: {reference_url.removeprefix('http://')} conforms" in said.out
    assert "open reports/20" in said.out


def test_1_an_endpoint_with_a_defect(call: Call, reference_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    base = f"{reference_url}/with/usage-missing"
    said = call("run", "--base-url", base, "--model", "reference", "--api-key-env", "OWN_KEY", "-s", "messages.basic")
    assert said.code == 1
    assert "Exit code 1" in said.out
    assert "explain shape.anthropic.message.usage" in said.out
    more = call("report", "-v")
    assert (more.code, "actual       missing" in more.out) == (1, True)


def test_3_a_provider_without_its_key_is_one_plain_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    said = call("run", "-p", "deepseek", "-s", "smoke")
    assert (said.code, said.err) == (3, "")
    assert "DeepSeek was not run: its key is not set: export DEEPSEEK_API_KEY" in said.out


def test_2_a_key_that_is_refused_is_one_sentence(
    call: Call, reference_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", "not-the-right-key")
    said = call("run", "--base-url", reference_url, "--model", "m", "--api-key-env", "OWN_KEY", "-s", "smoke")
    assert said.code == 2
    assert "the key in OWN_KEY, sent as x-api-key and as Authorization: Bearer, was refused: 401" in in_a_line(said.out)
    assert "inconclusive" not in said.out


def test_3_an_endpoint_at_which_nothing_listens_is_one_sentence(call: Call, tmp_path: Path) -> None:
    said = call("run", "--base-url", "http://127.0.0.1:9", "--model", "m", "--timeout", "5", "-s", "smoke")
    assert said.code == 3
    sentence = "could not be asked: nothing listens at http://127.0.0.1:9; start the server, or correct the base URL"
    assert f"127.0.0.1:9 {sentence}" in in_a_line(said.out)
    for name in ("index.html", "matrix.md"):
        assert sentence in html.unescape((tmp_path / "reports" / "latest" / name).read_text("utf-8")), name
    assert call("rejudge").code == 3
    kept, again = (read_run(tmp_path / "reports" / name / "results.jsonl").diagnoses for name in ("latest", "rejudged"))
    assert kept == again != {}


@over("seconds", ["0", "-1", "nan", "inf", "1e18", "86401"])
def test_how_long_an_answer_may_take_is_more_than_nothing_and_at_most_a_day(call: Call, seconds: str) -> None:
    said = call("run", "-p", "reference", "--timeout", seconds)
    assert said.code == 2
    assert "Invalid value for '--timeout'" in said.err


def test_a_run_that_may_send_no_more_says_why_and_how_to_go_on(call: Call) -> None:
    said = call("run", "-p", "reference", "-s", "smoke", "--max-requests", "2", "--report", "few")
    assert said.code == 3
    told = in_a_line(said.out)
    assert "Not everything was asked: this run has sent as many requests as it may (--max-requests 2). Go on" in told
    assert said.out.rstrip().endswith("messages-conformance run --resume --report few")


@pytest.mark.parametrize("option", ["--max-requests=0", "--max-cost=-1", "--max-duration=soon"])
def test_what_is_no_bound_is_refused(call: Call, option: str) -> None:
    said = call("run", "-p", "reference", option)
    assert said.code == 2
    assert option.partition("=")[2] in said.err


def test_4_a_reference_that_does_not_start(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "true")
    said = call("run", "-p", "reference", "-s", "smoke")
    assert said.code == 4
    assert said.err.startswith("fault of this program: the embedded reference did not start")


@pytest.mark.parametrize("error", [HarnessError("a missing part"), RuntimeError("a missing part"), KeyError("part")])
def test_4_a_fault_of_this_program_is_never_mistaken_for_the_providers(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fall(_: object) -> None:
        raise error

    monkeypatch.setattr(catalog, "load_here", fall)
    said = call("list", "providers")
    assert said.code == 4
    assert said.err.startswith("fault of this program: ")
    assert "part" in said.err


# --- where a run is kept --------------------------------------------------------------------------------------------


def test_each_run_has_a_directory_of_its_own_and_one_that_asked_nobody_hides_none(
    call: Call, endpoint: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("run", *endpoint, "-s", "messages.basic").code == 0
    first = (tmp_path / "reports" / "latest").resolve()
    monkeypatch.delenv("OWN_KEY")
    assert call("run", *endpoint, "-s", "messages.basic").code == 3
    assert (tmp_path / "reports" / "latest").resolve() == first
    assert len([path for path in (tmp_path / "reports").iterdir() if not path.is_symlink()]) == 2
    assert call("report").code == 0, "the reports of the run that was answered"


def test_an_endpoint_that_was_given_a_name_keeps_it_when_the_run_goes_on(
    call: Call, endpoint: Sequence[str], tmp_path: Path
) -> None:
    assert "my-server" in call("run", *endpoint, "--name", "my-server", "-s", "messages.basic").out
    assert call("run", "--resume", "-s", "tokens.count").code == 0
    run = read_run(tmp_path / "reports" / "latest" / "results.jsonl")
    assert {provider.id for provider in run.header.providers} == {"my-server"}
    assert call("run", *endpoint, "--name", "anthropic").code == 2


def test_resume_adds_to_the_last_run_and_asks_its_endpoint(call: Call, endpoint: Sequence[str], tmp_path: Path) -> None:
    call("run", *endpoint, "-s", "messages.basic")
    first = read_run(tmp_path / "reports" / "latest" / "results.jsonl")
    assert call("run", "--resume", "-s", "messages.ids").code == 0
    both = read_run(tmp_path / "reports" / "latest" / "results.jsonl")
    name = endpoint[1].removeprefix("http://").replace(":", "_")
    assert list(both.cells) == [(name, "messages.basic"), (name, "messages.ids")]
    assert [e.started for e in both.exchanges if e.scenario == "messages.basic"] == [e.started for e in first.exchanges]
    other = (*endpoint[:3], "another", *endpoint[4:])
    said = call("run", "--resume", *other, "-s", "messages.basic")
    assert said.code == 2
    assert f"what {name} answered came from another endpoint: models: cheap reference → cheap another" in said.err
    assert call("run", "--resume", "--model", "another").err.startswith("error: --model: only with --base-url")


def test_a_named_directory_is_replaced_only_where_that_is_asked_for(
    call: Call, endpoint: Sequence[str], tmp_path: Path
) -> None:
    what = ("run", *endpoint, "-s", "messages.basic", "--report", "out")
    assert call(*what).code == 0
    kept = {path: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    said = call(*what)
    assert said.code == 2
    assert said.err.startswith("error: out already holds the results of a run, begun 20")
    rejudged = call("rejudge", "out/results.jsonl", "--report", "out")
    assert rejudged.code == 2
    assert {path: path.read_bytes() for path in kept} == kept
    assert call(*what, "--overwrite").code == 0
    assert not (tmp_path / "reports").exists()


def test_rejudge_replaces_only_its_own_directory(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    cut = tmp_path / "one.jsonl"
    lines = short_run.results.read_text("utf-8").splitlines(keepends=True)
    planned = next(number for number, line in enumerate(lines) if '"kind":"planned"' in line)
    cut.write_text("".join(lines[: planned + 1]), "utf-8")
    for _ in range(2):
        assert call("rejudge", str(cut)).code == 3
    assert call("rejudge", str(cut), "--report", "other").code == 3
    said = call("rejudge", str(cut), "--report", "other")
    assert said.code == 2
    assert said.err.startswith("error: other already holds the results of a run")
    assert call("rejudge", str(cut), "--report", "other", "--overwrite").code == 3


# --- interrupted ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_its_reports_and_says_how_to_go_on(
    call: Call, endpoint: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: signal.Signals
) -> None:
    def interrupt(self: Watch, unit: object, state: object) -> None:
        signal.raise_signal(way)

    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "unit_done", interrupt)
        said = call("run", *endpoint, "-s", "messages", "--report", "out")
    assert said.code == 3
    assert "This run was cut off before its end" in said.out
    assert "open out/index.html" in said.out
    assert said.out.endswith("Go on with:\n  messages-conformance run --resume --report out\n")
    assert said.err == ""
    assert handlers == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    assert (tmp_path / "out" / "index.html").is_file()
    before = read_run(tmp_path / "out" / "results.jsonl")
    assert not before.complete
    assert call("run", "--resume", "--report", "out").code == 0
    after = read_run(tmp_path / "out" / "results.jsonl")
    assert after.complete
    assert {e.id: e.started for e in before.exchanges}.items() <= {e.id: e.started for e in after.exchanges}.items()


def test_a_resumed_run_that_is_cut_off_keeps_no_page_of_before(
    call: Call, endpoint: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("run", *endpoint, "-s", "messages.basic", "--report", "out")
    assert (tmp_path / "out" / "index.html").is_file()
    monkeypatch.setattr(Engine, "run", fall)  # as if the process had been killed
    assert call("run", "--resume", "--report", "out").code == 4
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_file()} == {
        "results.earlier-001.jsonl",
        "results.jsonl",
    }


async def fall(*_: object) -> None:
    raise RuntimeError


@pytest.mark.gate
def test_as_a_process_it_ends_with_3_and_without_a_trace(tmp_path: Path) -> None:
    results = tmp_path / "reports" / "latest" / "results.jsonl"
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, "run", "-p", "reference"], cwd=tmp_path, stdout=pipe, stderr=pipe) as process:
        while process.poll() is None and not (results.exists() and b'"kind":"judged"' in results.read_bytes()):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert err == b""
    assert b"\n  messages-conformance run --resume --report reports/20" in out
    assert (results.parent / "index.html").is_file()
