"""Put what was found of some jobs into a table that has others: what it says of these stays, with its date."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from messages_conformance.errors import Problem, UserError

Table: TypeAlias = Mapping[str, Any]
"""As README.md has it; a part of one too."""


def merged(old: Table, new: Table, order: Collection[str]) -> dict[str, Any]:
    """The old table with all that the new one says of its jobs. `order` are all jobs that there are. Raises UserError
    where the old one cannot be what it would be today: of another version of a client, or without a defect."""
    if problems := [Problem(hindrance) for hindrance in _hindrances(old, new)]:
        raise UserError(*problems)
    clients = {client["id"]: client for client in new["clients"]}
    titles = {job["id"]: job for table in (old, new) for job in table["jobs"]}
    again = {client["id"]: _again(clients.get(client["id"])) for client in old["clients"]}
    return {
        **new,
        "clients": [_client(client, clients.get(client["id"]), order) for client in old["clients"]],
        "jobs": [titles[job] for job in order if job in titles],
        "defects": {name: _defect(old["defects"][name], found, again, order) for name, found in new["defects"].items()},
    }


def _hindrances(old: Table, new: Table) -> Iterator[str]:
    versions = {client["id"]: client["version"] for client in old["clients"]}
    for client in new["clients"]:
        if versions.get(client["id"]) != client["version"]:
            yield f"{client['id']} {client['version']} has done no other job: let it do all"
    if missing := new["defects"].keys() - old["defects"].keys():
        yield f"no other job was done with {', '.join(sorted(missing))}: let the clients do all"


def _again(client: Table | None) -> frozenset[str]:
    """The jobs that the new table has of a client, or tells why not."""
    return frozenset(job for jobs in client["tried"].values() for job in jobs) if client else frozenset()


def _client(old: Table, new: Table | None, order: Collection[str]) -> dict[str, Any]:
    if new is None:
        return dict(old)
    again = _again(new)
    kept = {day: [job for job in jobs if job not in again] for day, jobs in old["tried"].items()}
    tried = {day: [*kept.get(day, ()), *new["tried"].get(day, ())] for day in sorted({*kept, *new["tried"]})}
    return {
        **new,
        "jobs": _ordered({*old["jobs"]} - again | {*new["jobs"]}, order),
        "left_out": {job: why for job, why in old["left_out"].items() if job not in again} | new["left_out"],
        "tried": {day: _ordered(jobs, order) for day, jobs in tried.items() if jobs},
    }


def _defect(old: Table, new: Table, again: Mapping[str, Collection[str]], order: Collection[str]) -> dict[str, Any]:
    """What each client made of a defect; of the jobs that it did again, only what it did then."""
    clients: dict[str, dict[str, Any]] = {}
    for client, jobs in again.items():
        before, now = old["clients"].get(client, _NOTHING), new["clients"].get(client, _NOTHING)
        fine = [*(job for job in before["fine"] if job not in jobs), *now["fine"]]
        noticed = {job: cell for job, cell in before["noticed"].items() if job not in jobs} | now["noticed"]
        if fine or noticed:
            cells = {job: noticed[job] for job in _ordered(noticed, order)}
            clients[client] = {"fine": _ordered(fine, order), "noticed": cells}
    touched = {job for cells in clients.values() for job in (*cells["fine"], *cells["noticed"])}
    return {"touched": _ordered(touched, order), "clients": clients}


_NOTHING: Table = {"fine": [], "noticed": {}}


def _ordered(jobs: Collection[str], order: Collection[str]) -> list[str]:
    return [job for job in order if job in jobs]
