"""What a real server is installed into: an environment of its own, never this project's.

An environment is made once and kept; it is made anew when the files that pin it change.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).with_name("environments")
STAMP = ".ready"


class Environment(Protocol):
    """Where a server is installed, and what pins it: a folder of `environments/` by the environment's name."""

    @property
    def name(self) -> str: ...

    @property
    def directory(self) -> Path: ...

    def install(self) -> None:
        """Make it, in an empty `directory`."""
        ...


@dataclass(frozen=True, slots=True)
class Pip:
    """A virtual environment. `options` are pip's own."""

    name: str
    options: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        return ROOT / f".venv-{self.name}"

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        return next(self.directory.glob("lib/python*/site-packages"))

    def install(self) -> None:
        # Our own pip installs into it, and nothing is compiled ahead: both save half of the time.
        run = (sys.executable, "-m")
        pip = (*run, "pip", "--python", str(self.bin / "python"), "--quiet", "--disable-pip-version-check")
        pins = ("--requirement", str(PINS / self.name / "requirements.txt"))
        subprocess.run([*run, "venv", "--without-pip", str(self.directory)], check=True)
        subprocess.run([*pip, "install", "--no-compile", "--only-binary", ":all:", *self.options, *pins], check=True)


@dataclass(frozen=True, slots=True)
class Npm:
    """A folder of Node packages. None of their own scripts runs."""

    name: str

    @property
    def directory(self) -> Path:
        return ROOT / f".npm-{self.name}"

    @property
    def modules(self) -> Path:
        return self.directory / "node_modules"

    def install(self) -> None:
        shutil.copytree(PINS / self.name, self.directory)
        command = ["npm", "ci", "--silent", "--ignore-scripts", "--prefix", str(self.directory)]
        subprocess.run(command, check=True)


def install(environments: Iterable[Environment]) -> None:
    """Make those that are not there, side by side: most of the time goes into waiting."""
    missing = [environment for environment in environments if not _is_ready(environment)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(_make, missing))


def _make(environment: Environment) -> None:
    shutil.rmtree(environment.directory, ignore_errors=True)
    environment.install()
    (environment.directory / STAMP).write_text(pinned(environment.name), encoding="utf-8")


def _is_ready(environment: Environment) -> bool:
    stamp = environment.directory / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == pinned(environment.name)


def pinned(name: str) -> str:
    """A digest of all that pins an environment."""
    digest = hashlib.sha256()
    for path in sorted((PINS / name).iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()
