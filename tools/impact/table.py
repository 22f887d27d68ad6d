"""The table `specs/impact.json`: what became of every job that a defect touches, client by client."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from messages_conformance.catalog.jobs import Job

from impact.clients import Client
from impact.journal import Began, Key
from impact.outcome import Cell, settled

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One client with everything that was found of it."""

    client: Client
    began: Began
    cells: Mapping[Key, Cell]

    def decided(self) -> bool:
        """Whether every job that a defect touches is."""
        return all(key in self.cells for key in self.began.reached)

    def whole(self) -> bool:
        """Whether all is decided, and there is something: a client that does no job rightly has nothing to show."""
        return bool(self.began.jobs) and self.decided()


def table(
    columns: Sequence[Column], jobs: Mapping[str, Job], defects: Sequence[str], suite: str, made: str
) -> dict[str, Any]:
    """The table as README.md has it, of these jobs. `made` is a date."""
    return {
        "format": FORMAT,
        "suite": suite,
        "made": made,
        "clients": [{**_client(column, jobs), "tried": {made: list(jobs)}} for column in columns],
        "jobs": [_job(job) for job in jobs.values()],
        "defects": {defect: _defect(defect, columns, jobs) for defect in sorted(defects)},
    }


def _job(job: Job) -> dict[str, Any]:
    told = {"id": job.id, "title": job.title}
    return {**told, "mistake": True} if job.is_mistake else told


def _client(column: Column, jobs: Mapping[str, Job]) -> dict[str, Any]:
    told = {key: value for key, value in asdict(column.client).items() if value is not None}
    causes = told.pop("causes")
    left_out = {job: _caused(why, causes.get(job)) for job, why in settled(dict(column.began.left_out)).items()}
    return {**told, "jobs": _ordered(column.began.jobs, jobs), "left_out": left_out}


def _caused(why: str, cause: str | None) -> str:
    return f"{why.rstrip('.')}. {cause}" if cause else why


def _defect(defect: str, columns: Sequence[Column], jobs: Mapping[str, Job]) -> dict[str, Any]:
    touched = {job for column in columns for job in column.began.touched.get(defect, ())}
    clients = {
        column.client.id: _cells(defect, column, _ordered(found, jobs))
        for column in columns
        if (found := column.began.touched.get(defect))
    }
    return {"touched": _ordered(touched, jobs), "clients": clients}


def _cells(defect: str, column: Column, touched: Sequence[str]) -> dict[str, Any]:
    cells = {job: column.cells[defect, job] for job in touched}
    return {
        "fine": [job for job, cell in cells.items() if cell.outcome == "fine"],
        "noticed": {job: _noticed(cell) for job, cell in cells.items() if cell.outcome != "fine"},
    }


def _noticed(cell: Cell) -> dict[str, Any]:
    told = asdict(cell)
    return {key: value for key, value in told.items() if value not in (None, (), [])}


def _ordered(names: Sequence[str] | set[str], jobs: Mapping[str, Job]) -> list[str]:
    return [job for job in jobs if job in names]


def written(table: Mapping[str, Any]) -> str:
    """The table as text: one line for each client of a defect, so that a change shows where it is."""
    plain = [f" {_line(key)}: {_line(table[key])}" for key in ("format", "suite", "made")]
    lists = [f" {_line(key)}: [\n{_each(table[key])}\n ]" for key in ("clients", "jobs")]
    defects = ",\n".join(f"  {_line(name)}: {_written_defect(found)}" for name, found in table["defects"].items())
    return "{\n" + ",\n".join([*plain, *lists, f' "defects": {{\n{defects}\n }}']) + "\n}\n"


def _each(values: Sequence[Any]) -> str:
    return ",\n".join(f"  {_line(value)}" for value in values)


def _written_defect(found: Mapping[str, Any]) -> str:
    clients = ",\n".join(f"    {_line(name)}: {_line(cells)}" for name, cells in found["clients"].items())
    inside = f"{{\n{clients}}}" if clients else "{}"
    return f'{{"touched": {_line(found["touched"])}, "clients": {inside}}}'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
