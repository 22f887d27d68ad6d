"""What is installed is whole, and works from any directory."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import get_args

import pytest
from messages_conformance.locate import DataName, data

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent


def call(*command: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    done = subprocess.run(
        [os.fspath(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "--quiet", "--wheel-dir", directory)
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment: the wheel is its own, its dependencies are lent by this environment."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    call(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet", wheel)
    own = Path(call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def test_the_wheel_holds_all_data_and_nothing_of_the_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        (Path("messages_conformance/data") / name / path.relative_to(data(name))).as_posix()
        for name in get_args(DataName)
        for path in (data(name), *data(name).rglob("*"))
        if path.is_file()
    }
    assert len(expected) > 30
    package = ROOT / "suite" / "messages_conformance"
    expected |= {
        path.relative_to(ROOT / "suite").as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert expected - names == set()
    assert any(name.endswith(".schema.json") for name in expected)
    assert any("/templates/" in name for name in expected)
    strangers = {name for name in names - expected if ".dist-info/" not in name}
    assert strangers == set()


def test_an_installed_copy_uses_its_own_data(installed: Path, tmp_path: Path) -> None:
    told = call(
        installed / "python", "-c", "from messages_conformance.catalog import data; print(data('specs'))", cwd=tmp_path
    )
    assert Path(told.strip()).is_relative_to(installed.parent)


def test_an_installed_copy_lists_and_runs_from_another_directory(installed: Path, tmp_path: Path) -> None:
    command = installed / "messages-conformance"
    assert "streaming.text" in call(command, "list", "scenarios", cwd=tmp_path)
    told = call(command, "run", "-p", "reference", "-s", "smoke", cwd=tmp_path)
    assert "Reference conforms" in told
    reports = {path.name for path in (tmp_path / "reports" / "latest").iterdir()}
    assert reports.issuperset({"index.html", "results.jsonl"})
