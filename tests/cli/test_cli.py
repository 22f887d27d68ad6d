"""The command line: options in, plain words and an exit code out."""

from __future__ import annotations

import html
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from messages_conformance import cli
from messages_conformance.errors import HarnessError
from messages_conformance.report.live.watch import Watch
from messages_conformance.results.reading import read_run
from messages_conformance.run.embedded import REFERENCE_KEY
from messages_conformance.run.engine import Engine
from recorded import Recorded

COMMAND = [sys.executable, "-m", "messages_conformance"]
COMMANDS = tuple(cli.cli.commands)


@dataclass(frozen=True)
class Said:
    code: int | str | None
    out: str
    err: str


def in_a_line(text: str) -> str:
    """What is wrapped to the width of a terminal."""
    return " ".join(text.split())


Call = Callable[..., Said]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls the program in an empty directory, in this process. Whatever happens, nobody gets to see a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def calling(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        told = capfd.readouterr()
        assert "Traceback" not in told.err + told.out
        return Said(ended.value.code, told.out, told.err)

    return calling


def run_program(*arguments: str, cwd: Path) -> Said:
    done = subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    return Said(done.returncode, done.stdout, done.stderr)


# --- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [(), *((command,) for command in COMMANDS)])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(call: Call, command: Sequence[str], option: str) -> None:
    said = call(*command, option)
    assert said.code == 0
    assert said.out.startswith("Usage:")
    assert said.err == ""


def test_the_first_page_names_every_command_and_every_exit_code(call: Call) -> None:
    out = call("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []
    assert all(f"      {code}  " in out or f"    {code}  " in out for code in range(5))


def test_the_help_of_run_names_all_its_options(call: Call) -> None:
    out = call("run", "--help").out
    options = ("--provider", "--scenario", "--base-url", "--model", "--api-key-env", "--auth", "--fail-on", "--report")
    options += ("--features", "--without", "--model-for")
    assert [option for option in options if option not in out] == []


def test_the_version_is_told(call: Call) -> None:
    assert call("--version").out.startswith("messages-conformance, version ")


def test_help_waits_for_nothing_heavy() -> None:
    probe = (
        "import sys; import messages_conformance.cli; "
        "print([m for m in ('httpx', 'jsonschema', 'rich', 'yaml', 'jinja2', 'starlette', 'uvicorn', 'asyncio') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- what a user may get wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "-p", "refrence"), "error: no provider is called `refrence`\n    did you mean `reference`?\n"),
        (("plan", "-p", "deepsek"), "error: no provider is called `deepsek`\n    did you mean `deepseek`?\n"),
        (
            ("run", "-s", "streaming.txt"),
            "error: no scenario, area or tag is called `streaming.txt`\n    did you mean `streaming.text`?\n",
        ),
        (("plan", "-s", "smok"), "error: no scenario, area or tag is called `smok`\n    did you mean `smoke`?\n"),
        (("list", "clauses", "naga"), "error: no clause is called `naga`\n"),
        (
            ("explain", "streaming.txt"),
            (
                "error: no scenario, check, clause, profile, feature or provider is called `streaming.txt`\n"
                "    did you mean `streaming.text`?\n"
            ),
        ),
        (("run", "--base-url", "http://127.0.0.1:9"), "error: --base-url needs --model MODEL"),
        (("run", "--model", "m"), "error: --model: only with --base-url"),
        (("plan", "--api-key-env", "KEY"), "error: --api-key-env: only with --base-url"),
        (("plan", "--without", "tools"), "error: --without: only with --base-url"),
        (
            ("plan", "--base-url", "http://h", "--model", "m", "--features", "tols"),
            "error: no feature is called `tols`\n    did you mean `tools`?\n",
        ),
        (("run", "-p", "naga", "--base-url", "http://h", "--model", "m"), "error: --base-url describes one endpoint"),
        (("run", "--base-url", "h:80", "--model", "m"), "error: the base URL "),
        (
            ("run", "--base-url", "http://h", "--model", "m", "--api-key-env", "sk-ant-0123456789abcdefghij"),
            "error: the value given for the key is not the name of an environment variable",
        ),
        (("run", "--fail-on", "never"), "Error: Invalid value for '--fail-on'"),
        (("report",), "error: there is no run in reports/latest yet\n"),
        (("rejudge",), "error: there is no run in reports/latest yet\n"),
        (("run", "--resume"), "error: there is no run in reports/latest yet\n"),
        (("run", "--overwrite"), "error: --overwrite replaces the run in --report DIR"),
        (("report", "nowhere.jsonl"), "does not exist"),
        (("list", "everything"), "Invalid value for"),
        (("reference", "--port", "70000"), "Invalid value for '--port'"),
        (("rnu",), "No such command 'rnu'"),
        (("run", "--loud"), "No such option"),
    ],
)
def test_a_wrong_word_is_told_with_what_was_perhaps_meant(
    call: Call, tmp_path: Path, arguments: Sequence[str], complaint: str
) -> None:
    said = call(*arguments)
    assert said.code == 2
    assert complaint in said.err
    assert said.out == ""
    assert "sk-ant" not in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.gate
def test_as_a_process_a_mistake_ends_with_2_and_one_plain_line(tmp_path: Path) -> None:
    said = run_program("run", "-p", "refrence", cwd=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err == "error: no provider is called `refrence`\n    did you mean `reference`?\n"


def test_a_mistake_in_the_users_own_file_is_told_with_its_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("providers:\n  mine:\n    base_ulr: https://host.example\n    limits: 7\n")
    said = call("list", "providers")
    assert said.code == 2
    assert "providers.yaml:3: " in said.err
    assert "`base_ulr`" in said.err
    assert "providers.yaml:4: " in said.err


def test_a_file_that_is_no_yaml_is_told_with_its_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("providers:\n  mine: [\n")
    said = call("plan")
    assert said.code == 2
    assert "providers.yaml:" in said.err


def test_the_users_own_file_adds_a_provider(call: Call, tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(
        "providers:\n  mine: {base_url: 'https://host.example', auth: {style: none}, models: {cheap: {id: m}}}\n"
    )
    assert "mine" in call("list", "providers", "mine").out


def test_reports_that_cannot_be_written_are_the_users_matter(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = call("run", "-p", "reference", "-s", "smoke", "--report", "file/reports")
    assert said.code == 2
    assert said.err.startswith("error: cannot write to file/reports: ")


def test_a_key_that_cannot_be_sent_is_told_without_showing_it(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKER_KEY", "made-up-0123456789\n")
    said = call("run", "--base-url", "http://127.0.0.1:9", "--model", "m", "--api-key-env", "MAKER_KEY")
    assert said.code == 2
    assert said.err == (
        "error: header x-api-key holds a line break, a NUL, or space at its end\n"
        "    A key that was read from a file often ends in a line break.\n"
    )


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


def test_how_long_an_answer_may_take_is_more_than_nothing(call: Call) -> None:
    said = call("run", "-p", "reference", "--timeout", "0")
    assert said.code == 2
    assert "--timeout" in said.err


def test_4_a_reference_that_does_not_start(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "true")
    said = call("run", "-p", "reference", "-s", "smoke")
    assert said.code == 4
    assert said.err.startswith("fault of this program: the embedded reference did not start")


@pytest.mark.parametrize("error", [HarnessError("a missing part"), RuntimeError("a missing part"), KeyError("part")])
def test_4_a_fault_of_this_program_is_never_mistaken_for_the_providers(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fall() -> None:
        raise error

    monkeypatch.setattr(cli, "_catalog", fall)
    said = call("list", "providers")
    assert said.code == 4
    assert said.err.startswith("fault of this program: ")
    assert "part" in said.err


# --- where a run is kept --------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(reference_url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    return ("--base-url", reference_url, "--model", "reference", "--api-key-env", "OWN_KEY")


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


def test_resume_adds_to_the_last_run_and_asks_its_endpoint(call: Call, endpoint: Sequence[str], tmp_path: Path) -> None:
    call("run", *endpoint, "-s", "messages.basic")
    first = read_run(tmp_path / "reports" / "latest" / "results.jsonl")
    assert call("run", "--resume", "-s", "messages.ids").code == 0
    both = read_run(tmp_path / "reports" / "latest" / "results.jsonl")
    assert list(both.cells) == [("adhoc", "messages.basic"), ("adhoc", "messages.ids")]
    assert [e.started for e in both.exchanges if e.scenario == "messages.basic"] == [e.started for e in first.exchanges]
    other = (*endpoint[:3], "another", *endpoint[4:])
    said = call("run", "--resume", *other, "-s", "messages.basic")
    assert said.code == 2
    assert "what adhoc answered came from another endpoint: models: cheap reference → cheap another" in said.err
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
        "documents.html",
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


# --- report ---------------------------------------------------------------------------------------------------------


def test_report_renders_again_what_was_recorded(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    first = call("report", str(short_run.results), "--report", "one")
    assert first.code == 0
    assert "Exit code 0: Reference conforms" in first.out
    call("report", str(short_run.results), "--report", "two")
    for path in (path for path in (tmp_path / "one").iterdir() if path.is_file()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_report_writes_only_the_outputs_that_are_named(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    said = call("report", str(short_run.results), "--report", "out", "--output", "junit", "--output", "markdown")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"junit.xml", "matrix.md"}
    assert "index.html" not in said.out, "there is no page to open"
    assert call("report", str(short_run.results), "--output", "pdf").code == 2


def test_report_ends_with_the_code_of_the_run(
    call: Call, reference_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", REFERENCE_KEY)
    endpoint = ("--base-url", f"{reference_url}/with/usage-missing", "--model", "reference", "--api-key-env", "OWN_KEY")
    ran = call("run", *endpoint, "-s", "messages.basic", "--report", "out")
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    again = call("report", "out/results.jsonl")
    assert again.code == ran.code == 1
    assert again.out == ran.out[ran.out.index("drop-in") :]
    assert (tmp_path / "out" / "index.html").read_text("utf-8") == page


def test_report_on_a_stream_that_was_cut_is_incomplete(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    content = short_run.results.read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(content[: len(content) // 2])
    said = call("report", "cut.jsonl")
    assert said.code == 3
    assert "This run was cut off before its end" in said.out


def test_report_on_a_stream_with_a_fault_of_ours_says_so(call: Call, short_run: Recorded, tmp_path: Path) -> None:
    text = short_run.results.read_text("utf-8")
    judged = '"kind":"judged","provider":"reference"'
    before, after = text.split(judged, 1)
    broken = after.replace('"outcome":"pass"', '"outcome":"harness-error"', 1)
    (tmp_path / "fault.jsonl").write_text(before + judged + broken, "utf-8")
    assert call("report", "fault.jsonl").code == 4


def test_report_on_something_else_says_so(call: Call, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"name": "other"}\n')
    said = call("report", "other.json")
    assert said.code == 2
    assert said.err.startswith("error: not a results stream")


# --- what sends nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("plan",), ("plan", "-p", "*"), ("list", "scenarios"), ("explain", "streaming.text")]
)
def test_plan_list_and_explain_send_nothing_and_start_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: Sequence[str]
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    said = call(*arguments)
    assert (said.code, said.err) == (0, "")
    assert said.out
    assert list(tmp_path.iterdir()) == []


def test_plan_takes_an_endpoint_without_any_file(call: Call) -> None:
    said = call("plan", "--base-url", "http://127.0.0.1:9", "--model", "m", "-s", "smoke")
    assert said.code == 0
    assert "adhoc" in said.out


def test_a_plan_without_tools_asks_fewer_and_says_what_it_made_of_the_address(call: Call) -> None:
    endpoint = ("plan", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "-s", "tools")
    said = call(*endpoint, "--without", "tools", "--model-for", "thinking=large")
    assert said.code == 0
    assert said.err.startswith("note: the base URL ends in `/v1`")
    row = next(line for line in said.out.splitlines() if line.startswith("adhoc")).split()
    assert (row[1], row[3]) == ("0", "1")
    assert "1 request beside the verdicts, to see what works unclaimed: tools" in said.out


# --- reference ------------------------------------------------------------------------------------------------------


def served(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"


@pytest.mark.gate
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_the_reference_serves_until_it_is_told_to_stop(tmp_path: Path, way: signal.Signals) -> None:
    """Also in the background, where nothing can be read from stdin."""
    command = [*COMMAND, "reference", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as process:
        body = {"model": "reference", "max_tokens": 16, "messages": [{"role": "user", "content": "Say hi"}]}
        headers = {"x-api-key": REFERENCE_KEY, "anthropic-version": "2023-06-01"}
        url = served(process) + "/v1/messages"
        assert httpx.post(url, json=body, headers=headers).status_code == 200
        process.send_signal(way)
        _, err = process.communicate(timeout=10)
    assert err == b""
    assert process.returncode == (-signal.SIGTERM if way is signal.SIGTERM else 0)


def test_a_port_that_is_taken_is_told(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = call("reference", "--port", str(port))
    assert said.code == 2
    assert said.err.startswith(f"error: cannot serve on port {port}: Address already in use")


# --- what the documents say ------------------------------------------------------------------------------------------


def test_contracts_are_compared_without_a_server(call: Call, tmp_path: Path) -> None:
    said = call("contracts", "diff", "naga", "anthropic")
    assert said.code == 0
    assert "temperature" in said.out
    assert "0 to 2" in said.out
    assert call("contracts", "diff", "naga", "anthropic", "--markdown", "diff.md").code == 0
    assert "0 to 2" in (tmp_path / "diff.md").read_text(encoding="utf-8")


def test_an_unknown_contract_is_told_with_a_suggestion(call: Call) -> None:
    said = call("contracts", "diff", "nagga", "anthropic")
    assert said.code == 2
    assert "did you mean `naga`?" in said.err


def test_the_page_on_the_documents_is_one_whole_page(call: Call, tmp_path: Path) -> None:
    assert call("contracts", "page", "out").code == 0
    page = (tmp_path / "out" / "documents.html").read_text(encoding="utf-8")
    assert "What the documents say" in page
    assert "NagaAI" in page
    assert "<link" not in page
    assert "<script" not in page


@pytest.mark.gate
def test_coverage_is_shown_and_written(call: Call, tmp_path: Path) -> None:
    said = call("coverage", "--page", "coverage.md")
    assert said.code == 0
    assert "anthropic" in said.out
    assert (tmp_path / "coverage.md").read_text(encoding="utf-8").startswith("# Coverage of the contracts")
