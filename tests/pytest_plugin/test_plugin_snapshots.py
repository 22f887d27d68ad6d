"""`pytest --shape-snapshot`: the shapes of a provider's answers, recorded and compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from messages_conformance.results.shapes.compact import expanded
from plugin_runs import Ran, alone, run

FEW = ("-m", "smoke or errors", "--tb=short", "-p", "no:randomly")


class Asked:
    """A directory in which one provider is asked, which changes under its name."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self._url = directory, url

    def about(self, path: str) -> tuple[str, ...]:
        endpoint = (
            "--base-url",
            f"{self._url}{path}",
            "--model",
            "reference",
            "--api-key-env",
            "KEY",
            "--name",
            "mine",
        )
        return *endpoint, "--shape-snapshot", *FEW

    def at(self, path: str, *arguments: str) -> Ran:
        return run(self.directory, *self.about(path), *arguments)

    @property
    def kept(self) -> Path:
        return self.directory / "__snapshots__" / "mine.yaml"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, reference_url: str) -> Asked:
    """The reference was recorded."""
    asked = Asked(tmp_path_factory.mktemp("shapes"), reference_url)
    ran = asked.at("", "--snapshot-update")
    assert ran.code == pytest.ExitCode.OK
    assert re.search(r"\d+ snapshots generated", ran.out)
    return asked


def drifts(ran: Ran) -> set[str]:
    return set(re.findall(r"^  \w+: (.*)$", ran.out, re.MULTILINE))


def test_what_is_kept_is_readable_and_holds_no_values(asked: Asked) -> None:
    text = asked.kept.read_text("utf-8")
    assert text.count("id: string") < 10, "what many have in common stands there once"
    kept = expanded(yaml.safe_load(text))
    shape = kept["streaming.text"]["ask"]
    assert shape["status"] == "200"
    assert shape["events"] == "message_start (blocks) message_delta message_stop"
    assert shape["fields"]["event[message_delta].usage.output_tokens"] == "integer"
    assert not re.search(r"msg_|req_|toolu_|pong|reference-key", text)


def test_a_file_of_an_earlier_version_is_compared_and_written_small_when_it_is_updated(
    asked: Asked, tmp_path: Path, reference_url: str
) -> None:
    mine = Asked(tmp_path, reference_url)
    small = asked.kept.read_text("utf-8")
    in_full = yaml.safe_dump(expanded(yaml.safe_load(small)), sort_keys=False)
    mine.kept.parent.mkdir()
    mine.kept.write_text(in_full, "utf-8")
    assert "failed" not in mine.at("").counts()
    assert mine.kept.read_text("utf-8") == in_full
    mine.at("/with/stop-sequence-key-missing", "-k", "messages.basic", "--snapshot-update")
    assert len(mine.kept.read_bytes()) < len(in_full) / 2
    changed = set(mine.kept.read_text("utf-8").splitlines()) - set(small.splitlines())
    assert changed == {"    stop_sequence: (missing)"}


@pytest.mark.parametrize("path", ["", "/mood/fickle-1"])
def test_the_same_server_has_the_same_shape_in_every_mood(asked: Asked, path: str) -> None:
    before = asked.kept.read_bytes()
    ran = asked.at(path)
    assert "failed" not in ran.counts()
    assert not drifts(ran)
    assert asked.kept.read_bytes() == before


@pytest.mark.parametrize(
    ("defect", "scenario", "told"),
    [
        ("tool-input-as-string", "tools.result-string", "changed: content[tool_use].input: object → string"),
        ("message-delta-usage-missing", "streaming.text", "gone: event[message_delta].usage: object"),
        ("error-types-foreign", "errors", "changed: error.type: <not_found_error> → <upstream_error>"),
    ],
)
def test_a_drift_is_a_failure_that_says_what_changed(asked: Asked, defect: str, scenario: str, told: str) -> None:
    ran = asked.at(f"/with/{defect}", "-k", scenario)
    assert ran.code == pytest.ExitCode.TESTS_FAILED
    assert told in drifts(ran)
    assert "not of the shape recorded in __snapshots__/mine.yaml" in ran.out
    assert "Accept it with --shape-snapshot --snapshot-update" in ran.out


def test_a_drift_that_breaks_no_clause_is_told_on_its_own_and_can_be_accepted(
    tmp_path: Path, reference_url: str
) -> None:
    mine, odd = Asked(tmp_path, reference_url), "/with/stop-sequence-key-missing"
    assert mine.at("", "--snapshot-update", "-k", "messages.basic").code == pytest.ExitCode.OK
    (tmp_path / "__snapshots__/others.ambr").write_text("# not ours\n")
    ran = mine.at(odd, "-k", "messages.basic or system.string", "--html=page.html", "--self-contained-html")
    assert ran.counts()["failed"] == 2
    assert "messages.basic@mine - shape drifted: ask: gone: stop_sequence: null" in ran.out
    assert "system.string@mine - no shape is recorded" in ran.out
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "not of the shape recorded in __snapshots__/mine.yaml" in page
    assert "&lt;pre style=" in page, "as an element, not as its text"
    assert mine.at(odd, "-k", "messages.basic", "--snapshot-update").code == pytest.ExitCode.OK
    assert mine.at(odd, "-k", "messages.basic").code == pytest.ExitCode.OK
    assert (tmp_path / "__snapshots__/others.ambr").is_file()


@pytest.mark.gate
def test_under_xdist_shapes_are_compared(asked: Asked) -> None:
    ran = alone(asked.directory, *asked.about("/with/stop-sequence-key-missing"), "-n", "2")
    assert "gone: stop_sequence: null" in drifts(ran)
