"""The clients: one folder each, with what pins it and the driver that lets it do jobs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from messages_conformance.catalog.jobs import Job
from messages_conformance.catalog.yaml import nodes
from messages_conformance.errors import Problem, UserError, nothing_named
from messages_conformance.locate import data
from messages_conformance.sdk.asking import DRIVER
from real.environments import Environment, Npm, Pip

FOLDER = Path(__file__).with_name("clients")
REFERENCE = DRIVER.parents[1] / "reference"
_KEYS = {"title", "package", "registry", "language"}
_MORE = {"profile", "causes"}


@dataclass(frozen=True, slots=True)
class Client:
    """One client as its folder describes it. `version` is the pinned one of its package; `profile` is an id of
    suite/profiles.yaml; `causes` says, by job, why the client cannot do it, where more is known than it tells."""

    id: str
    title: str
    package: str
    version: str
    registry: str
    language: str
    profile: str | None = None
    causes: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def folder(self) -> Path:
        return FOLDER / self.id

    @property
    def _own(self) -> Path | None:
        """The driver in its folder; that of the official SDK for Python is in the package."""
        path = self.folder / ("driver.mjs" if self.registry == "npm" else "driver.py")
        return path if path.is_file() else None

    @property
    def environment(self) -> Environment:
        """What it is installed into."""
        if self.registry == "npm":
            return Npm(f"impact-{self.id}", self.folder)
        return Pip(f"impact-{self.id}", folder=self.folder)

    def command(self) -> list[str | Path]:
        """How its driver is started, once it is installed. A module of Node finds packages only above itself, so the
        driver is laid beside them."""
        if self.registry != "npm":
            return [self.environment.directory / "bin" / "python", self._own or DRIVER]
        beside = self.environment.directory / "client"
        beside.mkdir(exist_ok=True)
        for folder, to in ((FOLDER, beside.parent), (self.folder, beside)):
            for path in folder.glob("*.mjs"):
                shutil.copy(path, to)
        return ["node", beside / "driver.mjs"]

    def digests(self, jobs: Iterable[Job]) -> dict[str, str]:
        """By job, of all that decides what the client sees of it: client, driver, reference and job."""
        shared = [DRIVER] if self._own is None else sorted(FOLDER.glob(f"*{self._own.suffix}"))
        parts = [*self.folder.iterdir(), *shared, *REFERENCE.rglob("*.py")]
        parts += (data("specs") / "anthropic" / "schemas").rglob("*.json")
        common = hashlib.sha256()
        for path in sorted(part for part in parts if part.is_file()):
            common.update(path.name.encode() + path.read_bytes())
        return {job.id: _digest(common.hexdigest(), job) for job in jobs}


def _digest(common: str, job: Job) -> str:
    told = repr((common, job.asks, job.wants, job.role, job.model, job.key, job.state))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def load_clients(names: tuple[str, ...] = (), folder: Path = FOLDER) -> list[Client]:
    """The clients of these names, or all. Raises UserError if a folder is not whole, or a name names none."""
    found = {path.parent.name: path for path in sorted(folder.glob("*/client.yaml"))}
    if unknown := [name for name in names if name not in found]:
        raise UserError(*(nothing_named("client", name, found) for name in unknown))
    return [_client(path) for name, path in found.items() if not names or name in names]


def _client(path: Path) -> Client:
    document = nodes.read(path)
    told: Mapping[str, Any] = document.value
    if not isinstance(told, dict) or not _KEYS <= told.keys() <= _KEYS | _MORE:
        wanted = f"it needs {', '.join(sorted(_KEYS))}, and may have {' and '.join(sorted(_MORE))}"
        raise UserError(Problem("this is no description of a client", document.where(), wanted))
    version = _version(path.parent, told["package"])
    if version is None:
        raise UserError(Problem(f"no file here pins {told['package']}", document.where("package")))
    return Client(path.parent.name, version=version, **told)


def _version(folder: Path, package: str) -> str | None:
    return next(_pinned(folder, package), None)


def _pinned(folder: Path, package: str) -> Iterator[str]:
    if (requirements := folder / "requirements.txt").is_file():
        named = re.compile(rf"^{re.escape(package)}(?:\[.*\])?==(\S+)", re.MULTILINE | re.IGNORECASE)
        yield from named.findall(requirements.read_text("utf-8"))
    if (lock := folder / "package-lock.json").is_file():
        packages = json.loads(lock.read_bytes())["packages"]
        yield from (packages[name]["version"] for name in [f"node_modules/{package}"] if name in packages)
