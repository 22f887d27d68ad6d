"""`pytest --provider NAME`, as a user runs it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from counting import Counting, counting

COMMAND = [sys.executable, "-m", "pytest"]
MESSAGES = "conformance/messages.yaml"
REFUSED = "conformance/requests.yaml::request.max_tokens"
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Ran:
    """A pytest process that ended: its exit code, and what it printed."""

    code: int
    out: str

    def counts(self) -> dict[str, int]:
        """`{"passed": 3, "failed": 1}`, as the last line has it."""
        last = self.out.rstrip().splitlines()[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|deselected)", last)}


def environment(**more: str) -> dict[str, str]:
    """Nothing of the pytest that runs this test, and no CI, where pytest prints more."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV")) and key != "CI"}
    return {**mine, "COLUMNS": "200", "KEY": "reference-key", **more}


def run(directory: Path, *arguments: str, **variables: str) -> Ran:
    """pytest in this process, which has read the catalogue. What it sets is undone, and what it imports from the
    directory; a library imported twice would no longer know its own exceptions."""
    out, err = io.StringIO(), io.StringIO()
    given = environment(**variables)
    modules = dict(sys.modules)
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.chdir(directory)
        for name in os.environ.keys() - given.keys():
            patched.delenv(name)
        for name, value in given.items():
            patched.setenv(name, value)
        try:
            code = pytest.main(list(arguments))
        finally:
            for name in [n for n, m in sys.modules.items() if n not in modules and _lies_in(m, directory)]:
                del sys.modules[name]
            sys.modules.update(modules)
    assert not err.getvalue(), err.getvalue()
    assert TRACEBACK not in out.getvalue(), out.getvalue()
    return Ran(code, out.getvalue())


def _lies_in(module: ModuleType, directory: Path) -> bool:
    return Path(getattr(module, "__file__", None) or "/").is_relative_to(directory)


def alone(directory: Path, *arguments: str, **variables: str) -> Ran:
    """pytest as a process of its own: where it starts more of them, or a conftest.py changes this program."""
    done = process(directory, *arguments, **variables)
    assert not done.stderr, done.stderr
    assert TRACEBACK not in done.stdout, done.stdout
    return Ran(done.returncode, done.stdout)


def process(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments]
    given = environment(**variables)
    return subprocess.run(command, cwd=directory, env=given, capture_output=True, text=True, timeout=60, check=False)


def declare(directory: Path, **addresses: str) -> Path:
    """A user's directory: providers of these ids at these addresses, without streaming, four requests at a time."""
    models = {role: {"id": "reference", "class": "reference"} for role in ("cheap", "thinking")}
    common = {"auth": {"style": "x-api-key", "env": "KEY"}, "models": models, "limits": {"concurrency": 4}}
    features = ["tools", "sampling", "models", "count_tokens", "x-api-key"]
    providers = {name: {"base_url": url, "features": features, **common} for name, url in addresses.items()}
    (directory / "providers.yaml").write_text(json.dumps({"providers": providers}), "utf-8")  # JSON is YAML
    return directory


def records(results: Path, *kinds: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    return [record for record in every if record["kind"] in kinds]


@pytest.fixture(scope="module")
def counted() -> Iterator[Counting]:
    with counting() as state:
        yield state


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, reference_url: str) -> tuple[Path, Ran]:
    """A directory in which a provider without usage was asked, and what pytest said."""
    directory = declare(tmp_path_factory.mktemp("broken"), bad=f"{reference_url}/with/usage-missing")
    what = ("--provider", "bad", MESSAGES, f"{REFUSED}@bad")
    to = ("--junitxml=junit.xml", "--html=page.html", "--self-contained-html", "--conformance-report=out")
    return directory, run(directory, *what, *to)


# --- what fails, and how it is told ---------------------------------------------------------------------------------


def test_a_failing_item_shows_the_evidence_and_the_reports_are_written(broken: tuple[Path, Ran]) -> None:
    directory, ran = broken
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    for told in (
        "messages.basic at bad",
        "FAIL shape.anthropic.message.usage (MUST)",
        "(anthropic:message.usage)",
        "expected     ",
        "actual       ",
        "demanded in  scenarios/messages.yaml:",
        "curl -sS",
        "bad does not conform: 1 cause (1 MUST)",
        f"FAILED {MESSAGES}::messages.basic@bad - MUST anthropic:message.usage",
        "open out/index.html",
    ):
        assert told in ran.out, told
    assert (directory / "out" / "index.html").is_file()
    assert len(records(directory / "out/results.jsonl", "footer")) == 1
    assert "reference-key" not in ran.out


def test_the_scenarios_of_a_report_keep_their_order_however_the_items_were_shuffled(broken: tuple[Path, Ran]) -> None:
    planned = [record["scenario"] for record in records(broken[0] / "out/results.jsonl", "planned")]
    listed = run(broken[0], "--provider", "bad", "--collect-only", "-q", "-p", "no:randomly").out
    assert planned == [name for name in re.findall(r"::(.*)@bad", listed) if name in planned]


def test_junit_names_scenario_and_provider_and_holds_the_evidence(broken: tuple[Path, Ran]) -> None:
    suite = ET.parse(broken[0] / "junit.xml").getroot()[0]  # noqa: S314  pytest's own
    cases = {case.get("name"): case for case in suite}
    case = cases["messages.basic@bad"]
    assert case.get("classname") == "conformance.messages.yaml"
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith("MUST anthropic:message.usage")
    assert "\n" not in (failure.get("message") or "")
    assert "curl -sS" in (failure.text or "")


def test_durations_are_those_of_the_exchanges(broken: tuple[Path, Ran]) -> None:
    spent: Counter[str] = Counter()
    for exchange in records(broken[0] / "out/results.jsonl", "exchange"):
        spent[exchange["scenario"]] += exchange["total_ms"] / 1000
    for case in ET.parse(broken[0] / "junit.xml").getroot()[0]:  # noqa: S314
        own = spent[(case.get("name") or "").removesuffix("@bad")]
        told = float(case.get("time") or 0)
        assert own - 0.001 <= told, "what was fetched ahead is there at once, and took its time all the same"
        assert told <= own + 0.5, "pytest's own work is all that is added"


def test_a_row_of_the_html_page_carries_the_evidence_once(broken: tuple[Path, Ran]) -> None:
    page = (broken[0] / "page.html").read_text("utf-8")
    blob = re.search(r'data-jsonblob="([^"]*)"', page)
    assert blob
    rows = json.loads(
        blob.group(1).replace("&#34;", '"').replace("&#39;", "'").replace("&lt;", "<").replace("&amp;", "&")
    )
    row = rows["tests"][f"{MESSAGES}::messages.basic@bad"][0]
    assert "anthropic:message.usage" in row["extras"][0]["content"]
    assert "curl" in row["extras"][0]["content"]
    assert row["log"] == ""


def test_lf_sends_only_what_failed(broken: tuple[Path, Ran]) -> None:
    directory, before = broken
    ran = run(directory, "--provider", "bad", "--lf", "--conformance-report", "again", "--tb=no")
    assert ran.counts()["failed"] == before.counts()["failed"]
    assert "passed" in before.counts()
    assert "passed" not in ran.counts()
    planned = {record["scenario"] for record in records(directory / "again/results.jsonl", "planned")}
    failed = {f"{name}" for name in re.findall(rf"FAILED {MESSAGES}::(\S+)@bad", before.out)}
    assert planned == failed


def test_a_printed_node_id_can_be_given_from_any_directory(broken: tuple[Path, Ran]) -> None:
    directory, _ = broken
    below = directory / "below"
    below.mkdir()
    (below / "providers.yaml").write_text((directory / "providers.yaml").read_text("utf-8"), "utf-8")
    ran = run(below, "--rootdir", "..", "--provider", "bad", f"../{MESSAGES}::messages.basic@bad", "-v", "--tb=line")
    assert ran.counts() == {"failed": 1}
    assert f"../{MESSAGES}::messages.basic@bad FAILED" in ran.out
    assert re.search(r"messages\.yaml:\d+: MUST anthropic:message\.usage", ran.out), "and --tb=line is one line"


def test_a_weaker_deviation_passes_and_is_counted(tmp_path: Path, reference_url: str) -> None:
    declare(tmp_path, odd=f"{reference_url}/with/stop-sequence-key-missing")
    ran = run(tmp_path, "--provider", "odd", f"{MESSAGES}::messages.basic@odd")
    assert (ran.code, ran.counts()) == (0, {"passed": 1})
    assert "conforms, but breaks SHOULD or MAY clauses: 1 cause (1 SHOULD)" in " ".join(ran.out.split())


def test_without_a_directory_for_reports_the_stream_is_kept_and_can_be_gone_on_with(
    tmp_path: Path, counted: Counting
) -> None:
    declare(tmp_path, own=counted.url("right"))
    ran = run(tmp_path, "--provider", "own", f"{MESSAGES}::messages.basic@own")
    (kept,) = (path for path in (tmp_path / "reports").iterdir() if not path.is_symlink())
    assert f"messages-conformance report -v reports/{kept.name}/results.jsonl" in ran.out
    assert (tmp_path / "reports" / "latest").resolve() == kept
    assert [path.name for path in kept.iterdir()] == ["results.jsonl"]


def test_a_directory_that_holds_results_is_refused_before_anything_is_asked(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    what = ("--provider", "own", f"{MESSAGES}::messages.basic@own", "--conformance-report", "out")
    assert run(tmp_path, *what).code == 0
    before, asked = (tmp_path / "out" / "results.jsonl").read_bytes(), len(counted.asked)
    done = process(tmp_path, *what)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "out already holds the results of a run, begun 20" in done.stderr
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before
    assert len(counted.asked) == asked


# --- what is sent ---------------------------------------------------------------------------------------------------


@pytest.mark.gate
def test_collecting_starts_and_sends_nothing(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    (tmp_path / "conftest.py").write_text("from messages_conformance.run import session\nsession.embedded = None\n")
    before = len(counted.asked)
    who = ("--provider", "own", "--provider", "reference", "-q")
    assert alone(tmp_path, *who, MESSAGES, "--setup-plan").code == 0
    listed = alone(tmp_path, *who, "--collect-only")
    assert listed.code == 0
    ids = re.findall(r"\S+::\S+@own", listed.out)
    assert len(ids) == len(set(ids)) > 50
    assert all(re.fullmatch(r"conformance/\w+\.yaml::[\w.-]+@own", name) for name in ids)
    assert len(counted.asked) == before


def test_x_stops_paying(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("empty"))
    before = len(counted.asked)
    ran = run(tmp_path, "--provider", "own", MESSAGES, "-x", "-p", "no:randomly", "--conformance-report=out")
    assert ran.counts()["failed"] == 1
    reported, window = 1, 4
    asked = {record["scenario"] for record in records(tmp_path / "out/results.jsonl", "exchange")}
    assert len(asked) <= reported + window
    assert len(records(tmp_path / "out/results.jsonl", "planned")) > reported + window
    steps = 3
    assert len(counted.asked) - before <= (reported + window) * steps
    assert not records(tmp_path / "out/results.jsonl", "footer")
    assert "not everything that was planned" in ran.out or "does not conform" in ran.out, "the summary is there even so"


def test_nothing_is_sent_twice_and_k_selects_by_name_and_tag(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("right"))
    before = len(counted.asked)
    ran = run(
        tmp_path, "--provider", "own", "-k", "request.temperature or smoke", "--conformance-report", "out", "--tb=no"
    )
    planned = {record["scenario"] for record in records(tmp_path / "out/results.jsonl", "planned")}
    assert {"messages.basic", "request.temperature.1.01"} <= planned
    assert "request.temperature.2.0" not in planned, "it is a variant"
    assert not {name for name in planned if name.startswith("request.top")}
    assert len(planned) == sum(number for word, number in ran.counts().items() if word != "deselected")
    exchanges = [record["id"] for record in records(tmp_path / "out/results.jsonl", "exchange")]
    assert len(exchanges) == len(set(exchanges)) == len(counted.asked) - before


@pytest.mark.gate
def test_xdist_runs_every_item_once_and_makes_one_report(tmp_path: Path, counted: Counting) -> None:
    declare(tmp_path, own=counted.url("busy"))
    what = ("--provider", "reference", "--provider", "own", MESSAGES)
    ran = alone(tmp_path, *what, "-n", "2", "--conformance-report", "out", "-v")
    told = Counter(re.findall(r"(PASSED|SKIPPED).*::(\S+@\w+)", ran.out))
    plan = [
        f"{record['scenario']}@{record['provider']}" for record in records(tmp_path / "out/results.jsonl", "planned")
    ]
    assert sorted(name for _, name in told) == sorted(plan)
    assert set(told.values()) == {1}
    assert re.search(r"^Reference ✓", ran.out, re.MULTILINE)
    assert "own is out of order: 529" in ran.out
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert len(records(tmp_path / "out/results.jsonl", "footer")) == 1
    assert (tmp_path / "out" / "index.html").is_file()


# --- what cannot be decided -----------------------------------------------------------------------------------------


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
    done = process(tmp_path, *arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert told in done.stderr
    assert TRACEBACK not in done.stderr + done.stdout
    if "refrence" in told:
        assert "did you mean `reference`?" in done.stderr


# --- how it ends when it does not end well --------------------------------------------------------------------------

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


# --- in a project of one's own --------------------------------------------------------------------------------------

OWN_TEST = """
import sys

def test_own():
    ours = {name for name in sys.modules if name.startswith("messages_conformance")}
    assert ours <= {"messages_conformance", "messages_conformance.errors", "messages_conformance.pytest_plugin"}
"""

OWN_CONFTEST = """
import pytest

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".yaml":
        return Own.from_parent(parent, path=file_path)

class Own(pytest.File):
    def collect(self):
        raise AssertionError(f"{self.path} was collected by the project")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    strict = "--strict-markers --strict-config -p no:cacheprovider"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\naddopts = {strict}\nfilterwarnings = error\ntestpaths = t\n")
    (tmp_path / "t").mkdir()
    (tmp_path / "t/conftest.py").write_text(OWN_CONFTEST)
    (tmp_path / "t/test_own.py").write_text(OWN_TEST)
    return tmp_path


@pytest.mark.gate
def test_a_project_that_only_has_it_installed_is_undisturbed(project: Path) -> None:
    ran = alone(project)
    assert (ran.code, ran.counts()) == (0, {"passed": 1})
    assert "== conformance" not in ran.out
    shown = alone(project, "--help").out
    assert "--provider=NAME" in shown
    assert "--conformance-report=DIR" in shown


def test_scenarios_take_the_place_of_the_projects_tests_unless_paths_are_given(project: Path) -> None:
    scenarios = run(project, "--provider", "reference", "-k", "messages.basic")
    assert (scenarios.code, scenarios.counts()["passed"]) == (0, 1)
    assert "test_own" not in scenarios.out
    own = run(project / "t", "--provider", "reference", "test_own.py", "--collect-only", "-q")
    assert "test_own.py::test_own" in own.out
    assert "@reference" not in own.out
    assert "no scenario is among the given paths" in own.out


def test_where_it_is_installed_does_not_answer_to_k(project: Path) -> None:
    names = "test_own or scenarios or suite or messages_conformance"
    ran = run(project, "--provider", "reference", "t/test_own.py", "conformance", "-k", names, "--collect-only", "-q")
    assert re.findall(r"\S+::\S+", ran.out) == ["t/test_own.py::test_own"]
    assert ran.counts()["deselected"] > 50, "and `conformance` among the paths is all scenarios"


def test_a_project_with_an_option_of_the_same_name_can_switch_it_off(project: Path) -> None:
    (project / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--provider')\n")
    assert alone(project, "-p", "no:messages_conformance", "--provider=mine").counts() == {"passed": 1}
