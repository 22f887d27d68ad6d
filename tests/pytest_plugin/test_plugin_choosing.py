"""`pytest --base-url URL --model M`, and the marks that choose among items."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from plugin_runs import MESSAGES, declare, records, refused, run

ENDPOINT = ("--model", "reference", "--api-key-env", "KEY", "--name", "mine")
BASIC = f"{MESSAGES}::messages.basic@mine"


def test_an_endpoint_is_described_as_on_the_command_line(tmp_path: Path, reference_url: str) -> None:
    to = ("--conformance-report", "out", "--without", "vision,thinking", "--model-for", "thinking=large")
    ran = run(tmp_path, "--base-url", f"{reference_url}/v1", *ENDPOINT, *to, BASIC)
    assert (ran.code, ran.counts()) == (0, {"passed": 1})
    assert "conformance: the base URL ends in `/v1`, which is left out here" in ran.out
    (header,) = records(tmp_path / "out/results.jsonl", "header")
    (provider,) = header["providers"]
    assert (provider["id"], provider["key_env"], provider["models"]["thinking"]) == ("mine", "KEY", "large")
    assert "tools" in provider["features"]
    assert "vision" not in provider["features"]


def test_a_model_that_is_gone_is_told_before_anything_is_sent(tmp_path: Path, reference_url: str) -> None:
    written = declare(tmp_path, mine=reference_url) / "providers.yaml"
    written.write_text(written.read_text("utf-8").replace('"id":', '"retires": "2001-02-03", "id":'), "utf-8")
    ran = run(tmp_path, "--provider", "mine", BASIC)
    assert "conformance: mine: reference was retired on 2001-02-03; set models.cheap.id and models.thinking" in ran.out


OTHER = "def pytest_addoption(parser): parser.addoption('--base-url'); parser.addoption('--profile')"
CONFTEST = "def pytest_addoption(parser): [parser.addoption(f'--{n}') for n in ('base-url', 'model', 'name', 'auth')]"


def test_names_that_others_have_stay_theirs_and_the_long_ones_are_always_there(
    tmp_path: Path, reference_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(pytestconfig): assert pytestconfig.getoption('model') == 'm'")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    assert run(tmp_path, "--model", "m", "test_own.py").counts() == {"passed": 1}
    (tmp_path / "conftest.py").unlink()
    (tmp_path / "another_plugin.py").write_text(OTHER)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    long = [f"--conformance-{word[2:]}" if word.startswith("--") else word for word in ENDPOINT]
    ran = run(tmp_path, "-p", "another_plugin", "--conformance-base-url", reference_url, *long, BASIC)
    assert (ran.code, ran.counts()) == (0, {"passed": 1})
    listed = run(tmp_path, "-p", "another_plugin", "--provider", "reference", "--compare-to", "naga", "--co", "-q")
    assert "@naga" in listed.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--base-url", "http://127.0.0.1:9"), "--base-url needs --model MODEL"),
        (("--conformance-without", "tools"), "--without: only with --base-url"),
        (("--provider", "reference", "--model", "m"), "--model: only with --base-url"),
        (("--provider", "reference", "--base-url", "http://h", "--model", "m"), "leave out --provider"),
        (("--base-url", "http://h", "--model", "m", "--name", "naga"), "--name naga: the catalogue has a provider"),
        (("--base-url", "http://user:pw@h", "--model", "m"), "the base URL holds credentials"),
        (("--provider", "reference", "--profile", "chat-app"), "no profile is called `chat-app`"),
        (("--provider", "reference", "--compare-to", "reference"), "--compare-to reference: it is tested itself"),
        (("--provider", "reference", "--compare-to", "nagaa"), "--compare-to nagaa: there is no such provider"),
        (("--provider", "reference", "--shape-snapshot", "-p", "no:syrupy"), "--shape-snapshot needs syrupy"),
        (("--provider", "reference", "--shape-snapshot", "--snapshot-update", "-n", "2"), "leave out -n"),
    ],
)
def test_wrong_choices_are_told_in_plain_words(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    assert told in " ".join(refused(tmp_path, *arguments).split())


def collected(directory: Path, expression: str) -> set[str]:
    asked = run(directory, "--provider", "own", "--collect-only", "-q", "-m", expression)
    return set(re.findall(r"::(\S+)@own", asked.out))


def test_marks_choose_by_area_level_and_client(tmp_path: Path) -> None:
    declare(tmp_path, own="http://127.0.0.1:9")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    every, tools, coding = (collected(tmp_path, word) for word in ("", "tools", "coding_agent"))
    assert all(name.startswith("tools.") for name in tools)
    assert len(tools) > 5
    assert "messages.basic" in coding < every
    must, weaker = (collected(tmp_path, word) for word in ("must", "should or may"))
    assert must.isdisjoint(weaker)
    assert "messages.basic" in must
    assert weaker
    assert collected(tmp_path, "must and tools") == must & tools
    assert collected(tmp_path, "the_whole_run") == {"run.invariants"}


def test_marks_are_listed(tmp_path: Path) -> None:
    listed = run(tmp_path, "--provider", "reference", "--markers").out
    for line in (
        "@pytest.mark.streaming: conformance scenarios about streaming",
        "@pytest.mark.must: conformance scenarios whose strongest demand is a MUST",
        "@pytest.mark.coding_agent: conformance scenarios for ",
    ):
        assert line in listed


def test_a_profile_collects_what_its_clients_depend_on(tmp_path: Path) -> None:
    asked = run(tmp_path, "--provider", "reference", "--profile", "smoke", "--collect-only", "-q")
    assert asked.counts() == {}
    assert 2 < len(re.findall(r"::\S+@reference", asked.out)) < 10
