"""What an experiment has found so far, line by line, so that one that was cut off goes on where it was."""

from __future__ import annotations

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
    """A file of JSON lines. A line counts only while the client's digest is what it was, and if it was written to its
    end. For several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._began: dict[tuple[str, str], Began] = {}
        self._cells: dict[tuple[str, str], dict[Key, Cell]] = {}
        for line in _whole_lines(path):
            self._keep(json.loads(line))

    def began(self, client: str, digest: str) -> Began | None:
        """What is known of a client, if it is the same client still."""
        return self._began.get((client, digest))

    def cells(self, client: str, digest: str) -> Mapping[Key, Cell]:
        """What has become of its jobs so far."""
        return dict(self._cells.get((client, digest), {}))

    def begin(self, client: str, digest: str, began: Began) -> None:
        """Write down what is known of a client."""
        self._write({"client": client, "of": digest, "began": asdict(began)})

    def decide(self, client: str, digest: str, key: Key, cell: Cell) -> None:
        """Write down what became of a job."""
        self._write({"client": client, "of": digest, "defect": key[0], "job": key[1], "cell": asdict(cell)})

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
