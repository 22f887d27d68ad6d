"""Runs pytest with the plugin, as a user does: in this process, or in one of its own."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "pytest"]
MESSAGES = "conformance/messages.yaml"
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Ran:
    """A pytest that ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    def counts(self) -> dict[str, int]:
        """`{"passed": 3, "failed": 1}`, as the last line has it."""
        last = self.out.rstrip().splitlines()[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|deselected)", last)}


def run(directory: Path, *arguments: str, **variables: str) -> Ran:
    """pytest in this process, with nothing to say on its standard error."""
    return _quiet(_in_this_process(directory, arguments, variables))


def alone(directory: Path, *arguments: str, **variables: str) -> Ran:
    """pytest as a process of its own: where it starts more of them, or a conftest.py changes this program."""
    given = environment(**variables)
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=directory, env=given, capture_output=True, text=True, timeout=60, check=False
    )
    return _quiet(Ran(done.returncode, done.stdout, done.stderr))


def refused(directory: Path, *arguments: str) -> str:
    """What pytest, used in a wrong way, says on its standard error."""
    ran = _in_this_process(directory, arguments, {})
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert TRACEBACK not in ran.err + ran.out
    return ran.err


def _quiet(ran: Ran) -> Ran:
    assert not ran.err, ran.err
    assert TRACEBACK not in ran.out, ran.out
    return ran


def environment(**more: str) -> dict[str, str]:
    """Nothing of the pytest that runs this test, and no CI, where pytest prints more."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV")) and key != "CI"}
    return {**mine, "COLUMNS": "200", "KEY": "reference-key", **more}


def _in_this_process(directory: Path, arguments: tuple[str, ...], variables: dict[str, str]) -> Ran:
    """This process has read the catalogue. What pytest sets is undone, and what it imports from the directory; a
    library imported twice would no longer know its own exceptions."""
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
    return Ran(code, out.getvalue(), err.getvalue())


def _lies_in(module: ModuleType, directory: Path) -> bool:
    return Path(getattr(module, "__file__", None) or "/").is_relative_to(directory)


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
