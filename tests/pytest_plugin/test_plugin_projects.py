"""`pytest --provider NAME` in a project of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from plugin_runs import alone, refused, run

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


OWN_SCENARIO = """
area: our traffic
scenarios:
  - id: ours.greeting
    title: The greeting of our app
    why: Our users see it first.
    steps:
      - id: ask
        expect: message
        body: {max_tokens: 64, messages: [{role: user, content: "Say hello."}]}
"""


def test_scenarios_of_a_project_are_items_where_they_lie(project: Path) -> None:
    (project / "scenarios/deep").mkdir(parents=True)
    (project / "scenarios/deep/tools.yaml").write_text(OWN_SCENARIO)
    with (project / "pytest.ini").open("a") as ini:
        ini.write("messages_conformance_scenarios = scenarios\n")
    own = "scenarios/deep/tools.yaml::ours.greeting@reference"
    listed = run(project, "--provider", "reference", "--collect-only", "-q")
    assert own in listed.out.splitlines()
    assert "conformance/tools.yaml::tools.bad-name@reference" in listed.out.splitlines()
    ran = run(project, "--provider", "reference", "-m", "our_traffic and must", "-v")
    assert f"{own} PASSED" in ran.out
    assert ran.counts()["passed"] == 1
    assert run(project, "--provider", "reference", own).counts() == {"passed": 1}
    (project / "scenarios/more.yaml").write_text(OWN_SCENARIO.replace("title:", "titel:"))
    assert "more.yaml:5" in refused(project, "--provider", "reference")
