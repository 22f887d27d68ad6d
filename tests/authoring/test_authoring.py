"""The commands of those who add cases: a new scenario that works at once, and a linter that finds nothing here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from members import over
from messages_conformance import catalog, cli, locate
from messages_conformance.authoring import lint, scaffold
from messages_conformance.catalog import load_again, load_catalog
from messages_conformance.checks.base import Check
from messages_conformance.checks.registry import WRITTEN
from messages_conformance.errors import Problem, Where
from messages_conformance.reference.defects import DEFECTS, Defect
from messages_conformance.results.reading import read_run
from messages_conformance.run.session import known_checks

Call = Callable[..., tuple[int | str | None, str, str]]


def findings() -> list[Problem]:
    known = load_catalog()
    located = {name: defect.where for name, defect in DEFECTS.items()}
    return lint.lint(lint.workshop(known, known_checks(known), located))


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls the program in an empty directory, in this process: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def calling(*arguments: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        told = capfd.readouterr()
        return ended.value.code, told.out, told.err

    return calling


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the scenarios, in the place of the real ones."""
    copy = tmp_path / "scenarios"
    shutil.copytree(locate.data("scenarios"), copy)

    def redirected(name: Any) -> Path:
        return copy if name == "scenarios" else locate.data(name)

    monkeypatch.setattr(catalog, "data", redirected)
    monkeypatch.setattr(lint, "data", redirected)
    return copy


def test_this_catalogue_is_clean() -> None:
    found = findings()
    if found:
        pytest.fail("\n".join([f"{len(found)} findings:", *map(str, found)]), pytrace=False)


@over("declared", [*WRITTEN, *DEFECTS.values()])
def test_what_is_declared_knows_its_place_and_is_found_by_its_id(declared: Check | Defect) -> None:
    """The whole id stands where the declaration begins, so that searching the tree for it leads there."""
    assert declared.where is not None
    lines = declared.where.path.read_text("utf-8").splitlines()
    beginning = "\n".join(lines[declared.where.line - 1 : declared.where.line + 1])
    assert f'"{declared.id}"' in beginning


@pytest.mark.gate
def test_new_scenarios_are_clean_and_pass_as_they_stand(call: Call, scenarios: Path, tmp_path: Path) -> None:
    made = ["made.message", "made.stream", "made.error", "made.tokens", "made.copy"]
    kinds: tuple[scaffold.Kind, ...] = ("message", "error", "tokens")
    for kind in kinds:
        entry = scaffold.template(f"made.{kind}", kind)
        scaffold.save(scaffold.draft(scenarios, (), f"made.{kind}", "made.yaml", entry), lambda: None)
    code, out, err = call("new-scenario", "made.stream", "--area", "made", "--expect", "stream")
    assert (code, err) == (0, "")
    assert "messages-conformance run -p reference -s made.stream" in out
    code, out, _ = call("new-scenario", "made.copy", "--area", "streaming", "--like", "streaming.text")
    assert (code, "take its tag `variant` off" in out) == (0, True)
    assert "edit scenarios/streaming.yaml:" in out

    assert [found for found in findings() if "made." in str(found)] == []
    code, out, _ = call("run", "-p", "reference", *(f"-s{name}" for name in made), "--report", "report")
    assert code == 0, out
    cells = read_run(tmp_path / "report/results.jsonl").cells
    assert {scenario for _, scenario in cells} == set(made)
    assert {result.outcome for cell in cells.values() for result in cell.results} == {"pass", "not-applicable"}


@pytest.mark.gate
def test_a_copy_without_its_tag_is_found_to_repeat(call: Call, scenarios: Path) -> None:
    call("new-scenario", "made.copy", "--area", "made.yaml", "--like", "streaming.text")
    path = scenarios / "made.yaml"
    path.write_text(path.read_text().replace("    tags: [variant]\n", ""))
    load_again()
    assert any("the same request" in found.message and "`made.copy`" in found.message for found in findings())


def test_what_does_not_fit_together_is_refused(call: Call, scenarios: Path) -> None:
    code, _, err = call("new-scenario", "made.x", "--area", "tools", "--like", "messages.basic", "--expect", "stream")
    assert (code, err) == (2, "error: --like brings the answer that it expects: leave out --expect\n")


def test_lint_ends_with_2_and_places_or_with_0_and_one_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Problem("it is wrong", Where(Path("a.yaml"), 3), "mend it")]

    def fake(_: lint.Workshop) -> list[Problem]:
        return found

    monkeypatch.setattr(lint, "lint", fake)
    assert call("lint") == (2, "", "error: a.yaml:3: it is wrong\n    mend it\n")
    found.clear()
    code, out, _ = call("lint")
    assert (code, out.count("\n"), out.endswith("nothing found\n")) == (0, 1, True)
