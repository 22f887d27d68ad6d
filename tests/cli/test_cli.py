"""The command line: options in, plain words and an exit code out."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from calling import COMMAND, Call, run_program
from messages_conformance import cli
from messages_conformance.run.embedded import REFERENCE_KEY

COMMANDS = tuple(cli.cli.commands)


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


def test_the_verdict_is_told_even_if_no_report_can_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "r" / "matrix.md").mkdir(parents=True)
    said = call("run", "-p", "reference", "-s", "smoke", "--report", "r")
    assert (said.code, "Exit code 0" in said.out) == (2, True)
    assert said.err.startswith("error: cannot write r/matrix.md: Is a directory")


def test_a_key_that_cannot_be_sent_is_told_without_showing_it(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKER_KEY", "made-up-0123456789\n")
    said = call("run", "--base-url", "http://127.0.0.1:9", "--model", "m", "--api-key-env", "MAKER_KEY")
    assert said.code == 2
    assert said.err == (
        "error: header x-api-key holds a line break, a NUL, or space at its end\n"
        "    A key that was read from a file often ends in a line break.\n"
    )


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
    assert "127.0.0.1_9 " in said.out


def test_a_plan_without_tools_asks_fewer_and_says_what_it_made_of_the_address(call: Call) -> None:
    endpoint = ("plan", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "-s", "tools")
    said = call(*endpoint, "--without", "tools", "--model-for", "thinking=large")
    assert said.code == 0
    assert said.err.startswith("note: the base URL ends in `/v1`")
    row = next(line for line in said.out.splitlines() if line.startswith("127.0.0.1_9")).split()
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


# --- lint -----------------------------------------------------------------------------------------------------------


@pytest.mark.gate
def test_lint_takes_a_folder_of_ones_own(call: Call, tmp_path: Path) -> None:
    step = "{id: ask, expect: stream, body: {max_tokens: 9, stream: true, messages: [{role: user, content: Hi}]}}"
    entry = f"{{id: mine.own, title: T, why: W, tags: [traffic], needs: [streaming], steps: [{step}]}}"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.yaml").write_text(f"area: mine\nscenarios:\n  - {entry}\n")
    assert call("lint", "--scenarios", "mine").out == "1 scenario in mine: nothing found\n"
    (tmp_path / "mine/a.yaml").write_text(f"area: mine\nscenarios:\n  - {entry.replace('needs: [streaming], ', '')}\n")
    said = call("lint", "--scenarios", "mine")
    assert said.code == 2
    assert "mine/a.yaml:3: `mine.own` sends `stream: true` but does not list `streaming` in `needs`" in said.err
