"""What an experiment has found so far, line by line, so that one that was cut off goes on where it was."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from messages_conformance.errors import using

from impact.outcome import Cell, Difference

Key: TypeAlias = tuple[str, str]
"""A defect and a job."""


@dataclass(frozen=True, slots=True)
class Began:
    """What is known of a client before any defect: the jobs that it does, those that are left out with the reason, and
    which jobs each defect touches."""

    jobs: tuple[str, ...]
    left_out: Mapping[str, str]
    touched: Mapping[str, tuple[str, ...]]

    @property
    def reached(self) -> list[Key]:
        """Every defect with every job that it touches."""
        return [(defect, job) for defect, jobs in self.touched.items() for job in jobs]


class Journal:
    """A file of JSON lines. What is known of a job counts while its digest is what it was; what is known of all, while
    all are. A line that was not written to its end counts for nothing. For several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._began: dict[tuple[str, str], Began] = {}
        self._cells: dict[tuple[str, str], dict[Key, Cell]] = {}
        for line in _whole_lines(path):
            self._keep(json.loads(line))

    def began(self, client: str, digests: Mapping[str, str]) -> Began | None:
        """What is known of a client, if it and its jobs are the same still. `digests` are by job."""
        return self._began.get((client, _of_all(digests)))

    def cells(self, client: str, digests: Mapping[str, str]) -> Mapping[Key, Cell]:
        """What has become of its jobs so far."""
        found = (self._cells.get((client, digest), {}) for digest in digests.values())
        return {key: cell for cells in found for key, cell in cells.items()}

    def begin(self, client: str, digests: Mapping[str, str], began: Began) -> None:
        """Write down what is known of a client."""
        self._write({"client": client, "of": _of_all(digests), "began": asdict(began)})

    def decide(self, client: str, digests: Mapping[str, str], key: Key, cell: Cell) -> None:
        """Write down what became of a job."""
        defect, job = key
        self._write({"client": client, "of": digests[job], "defect": defect, "job": job, "cell": asdict(cell)})

    def _write(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False) + "\n"
        with self._lock, using("write", self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text)
            self._keep(json.loads(text))

    def _keep(self, line: Mapping[str, Any]) -> None:
        owner = (line["client"], line["of"])
        if "began" in line:
            told = line["began"]
            touched = {defect: tuple(jobs) for defect, jobs in told["touched"].items()}
            self._began[owner] = Began(tuple(told["jobs"]), told["left_out"], touched)
        else:
            self._cells.setdefault(owner, {})[line["defect"], line["job"]] = _cell(line["cell"])


def _of_all(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(" ".join(sorted(digests.values())).encode()).hexdigest()[:16]


def _cell(told: Mapping[str, Any]) -> Cell:
    differs = tuple(Difference(**each) for each in told["differs"])
    return Cell(told["outcome"], told["raised"], differs, told["requests"], told["requests_without"])


def _whole_lines(path: Path) -> list[bytes]:
    """Every line but one that a sudden end cut off. It is taken out of the file, or the next would be part of it."""
    if not path.is_file():
        return []
    with using("go on with", path):
        *lines, torn = path.read_bytes().split(b"\n")
        if torn:
            path.write_bytes(b"".join(line + b"\n" for line in lines))
    return lines
