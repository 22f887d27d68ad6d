"""Jobs: what real clients are made to do, in words that belong to no client (`suite/jobs.yaml`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.catalog.yaml.nodes import Document
from messages_conformance.errors import Problem, Where

_NOT_ASKED = ("id", "title", "needs", "role", "model", "key", "state", "wants")


@dataclass(frozen=True, slots=True)
class Wants:
    """What a client must see of a right answer. `raises` says that it must raise; `status` is then the HTTP status that
    the exception tells, None for any or none."""

    text: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    thinking: bool = False
    fits: bool = False
    clears: bool = False
    stop: str | None = None
    raises: bool = False
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `asks` holds what a driver is told, by the keys of `tools/impact/README.md`; `model` and `key` stand
    where they replace what works; `state` is that of the reference. `needs` are the features and traits without which
    it is not asked of a provider."""

    id: str
    title: str
    asks: Mapping[str, Any]
    wants: Wants
    where: Where
    role: str = "cheap"
    model: str | None = None
    key: str | None = None
    state: str | None = None
    needs: tuple[str, ...] = ()

    @property
    def is_mistake(self) -> bool:
        """Whether no program that is right sends it: the request itself is at fault, and must be refused for that."""
        return self.wants.status == HTTPStatus.BAD_REQUEST

    @property
    def route(self) -> str:
        """messages, count_tokens or models."""
        return self.asks.get("route", "messages")


def load_jobs(path: Path) -> Mapping[str, Job]:
    """Read a file of jobs, by id. Raises UserError with every problem, by file and line."""
    document = nodes.read(path)
    strict.refuse(problem for _, problem in strict.check(document, "jobs"))
    strict.refuse(_problems(document))
    entries: list[dict[str, Any]] = document.value["jobs"]
    return {entry["id"]: _job(entry, document.where("jobs", index)) for index, entry in enumerate(entries)}


def _job(entry: Mapping[str, Any], where: Where) -> Job:
    asks = {key: value for key, value in entry.items() if key not in _NOT_ASKED}
    chosen = {key: entry[key] for key in ("role", "model", "key", "state") if key in entry}
    needs = tuple(entry.get("needs", ()))
    return Job(entry["id"], entry["title"], asks, _wants(entry.get("wants", {})), where, needs=needs, **chosen)


def _wants(entry: Mapping[str, Any]) -> Wants:
    lists = {key: tuple(entry[key]) for key in ("text", "lacks", "calls", "ran", "cites") if key in entry}
    plain = {key: entry[key] for key in ("thinking", "fits", "clears", "stop") if key in entry}
    return Wants(**lists, **plain, raises="error" in entry, status=entry.get("error"))


def _problems(document: Document) -> Iterator[Problem]:
    """What the schema cannot say: an id twice, a tool that is not given, a wish that nothing in the job can meet."""
    entries: list[dict[str, Any]] = document.value["jobs"]
    times = Counter(entry["id"] for entry in entries)
    for index, entry in enumerate(entries):
        if times[entry["id"]] > 1:
            yield Problem(f"the job `{entry['id']}` is listed twice", document.where("jobs", index, "id"))
        if entry.get("route", "messages") == "messages" and not {"turns", "max_tokens"} <= entry.keys():
            yield Problem(f"the job `{entry['id']}` needs `turns` and `max_tokens`", document.where("jobs", index))
        given = [tool["name"] for tool in entry.get("tools", ())]
        named = [("force", entry["force"])] if "force" in entry else []
        named += [("results", name) for name in entry.get("results", ())]
        for key, name in named:
            if name not in given:
                told = f"`{name}` is no tool of the job `{entry['id']}`"
                yield Problem(told, document.where("jobs", index, key), strict.suggest(name, given))
        if "fits" in entry.get("wants", {}) and "schema" not in entry:
            yield Problem("`fits` needs a `schema`", document.where("jobs", index, "wants", "fits"))
