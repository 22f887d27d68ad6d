"""What a real server or client is installed into: an environment of its own, never this project's.

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
PINNING = ("constraints.txt", "package-lock.json", "package.json", "requirements.txt")
STAMP = ".ready"


class Environment(Protocol):
    """Where something is installed, and the folder of the files that pin it."""

    @property
    def directory(self) -> Path: ...

    @property
    def pins(self) -> Path: ...

    def install(self) -> None:
        """Make it, in an empty `directory`."""
        ...


@dataclass(frozen=True, slots=True)
class Pip:
    """A virtual environment. `options` are pip's own; `folder` has the pins, by default the one of this name in
    `environments/`."""

    name: str
    options: tuple[str, ...] = ()
    folder: Path | None = None

    @property
    def pins(self) -> Path:
        return self.folder or PINS / self.name

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
        pins = ("--requirement", str(self.pins / "requirements.txt"))
        subprocess.run([*run, "venv", "--without-pip", str(self.directory)], check=True)
        subprocess.run([*pip, "install", "--no-compile", "--only-binary", ":all:", *self.options, *pins], check=True)


@dataclass(frozen=True, slots=True)
class Npm:
    """A folder of Node packages. None of their own scripts runs. `folder` is that of `Pip`."""

    name: str
    folder: Path | None = None

    @property
    def pins(self) -> Path:
        return self.folder or PINS / self.name

    @property
    def directory(self) -> Path:
        return ROOT / f".npm-{self.name}"

    @property
    def modules(self) -> Path:
        return self.directory / "node_modules"

    def install(self) -> None:
        self.directory.mkdir()
        for path in _pinning(self.pins):
            shutil.copy(path, self.directory)
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
    (environment.directory / STAMP).write_text(_pinned(environment.pins), encoding="utf-8")


def _is_ready(environment: Environment) -> bool:
    stamp = environment.directory / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _pinned(environment.pins)


def _pinned(folder: Path) -> str:
    """A digest of all that pins an environment."""
    digest = hashlib.sha256()
    for path in _pinning(folder):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _pinning(folder: Path) -> list[Path]:
    return [folder / name for name in PINNING if (folder / name).is_file()]
