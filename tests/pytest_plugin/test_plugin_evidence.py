"""`pytest --provider NAME`: what fails, and how it is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from obeyed import obeyed
from playing import ok
from plugin_runs import MESSAGES, Ran, declare, records, run
from raw_server import Peer, serving_aside

pytestmark = pytest.mark.xdist_group("plugin-evidence")  # of `broken` there is one

REFUSED = "conformance/requests.yaml::request.max_tokens"


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, reference_url: str) -> tuple[Path, Ran]:
    """A directory in which a provider without usage was asked, and what pytest said."""
    directory = declare(tmp_path_factory.mktemp("broken"), bad=f"{reference_url}/with/usage-missing")
    what = ("--provider", "bad", MESSAGES, f"{REFUSED}@bad")
    to = ("--junitxml=junit.xml", "--html=page.html", "--self-contained-html", "--conformance-report=out")
    return directory, run(directory, *what, *to)


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


def test_nothing_that_a_provider_said_is_obeyed(tmp_path: Path) -> None:
    said = "##[error]x \u202e\x1b[31m"

    async def reply(at: Peer) -> None:
        await at.say(ok(role=said))

    with serving_aside(reply) as url:
        declare(tmp_path, own=url)
        ran = run(tmp_path, "--provider", "own", MESSAGES, "-k", "basic", "-rA")
    assert (ran.code, "\\u0023#[error]x" in ran.out) == (pytest.ExitCode.TESTS_FAILED, True)
    assert obeyed(ran.out) == []
