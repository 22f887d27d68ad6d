"""Reading scenarios: `suite/scenarios/**/*.yaml`, and those in folders of a user's own.

This module settles what can be known without the checks: shapes, defaults, twins, captures and placeholders. `uses.py`
does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from messages_conformance.catalog.model import Scenario
from messages_conformance.catalog.scenarios import steps
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.catalog.yaml.nodes import Document, Pointer
from messages_conformance.errors import Problem, UserError, Where

FAMILIES: Final = ("relations", "combinations")
"""Keys of scenario files that hold scenarios put together from parts."""


@dataclass(frozen=True, slots=True)
class Generator:
    """One `generate:` entry, as it was written; `catalog/scenarios/generate.py` knows what it means."""

    id: str
    area: str
    data: Mapping[str, Any]
    where: Where


@dataclass(frozen=True, slots=True)
class Family:
    """One entry under `relations` or `combinations`, as it was written: `combinations.py` makes a scenario of it.
    `locate` gives the line of a place inside it."""

    kind: str
    id: str
    area: str
    data: Mapping[str, Any]
    locate: Callable[..., Where]

    @property
    def where(self) -> Where:
        return self.locate()


@dataclass(frozen=True, slots=True)
class Files:
    """What scenario files hold."""

    scenarios: tuple[Scenario, ...]
    generators: tuple[Generator, ...]
    families: tuple[Family, ...]


def load_scenarios(root: Path) -> tuple[Scenario, ...]:
    """Every scenario below `root`, in the order of files and lines. Raises UserError with the problems of all files."""
    return load_files(root).scenarios


def load_generators(root: Path) -> tuple[Generator, ...]:
    """Every `generate:` entry below `root`. Raises like `load_scenarios`."""
    return load_files(root).generators


def load_files(*roots: Path, twins: Collection[str] = ()) -> Files:
    """Everything below `roots`, in one reading. `twins` are ids of scenarios elsewhere, which entries may name."""
    problems: list[Problem] = []
    paths = [path for root in roots for path in sorted(root.rglob("*.yaml"))]
    entries = [entry for path in paths for entry in _entries(path, problems)]
    problems += _repeated_ids(entries)
    problems += _twin_problems(entries, twins)
    sound = [entry for entry in entries if not entry.broken]
    written = [entry for entry in sound if entry.kind == "scenarios"]
    problems += [p for entry in written for p in steps.problems(entry.data, entry.where)]
    strict.refuse(problems)
    return Files(
        tuple(_scenario(entry) for entry in written),
        tuple(Generator(e.id, e.area, e.data, e.where()) for e in sound if e.kind == "generate"),
        tuple(Family(e.kind, e.id, e.area, e.data, e.where) for e in sound if e.kind in FAMILIES),
    )


def twice(name: str, where: Where, first: Where) -> Problem:
    """The problem of an id that stands at two places."""
    return Problem(f"the id `{name}` is here twice", where, f"first: {first}")


# --- entries of files -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item of a file. A `broken` one violates the file's schema, and is kept only for its id."""

    document: Document
    pointer: Pointer
    data: Mapping[str, Any]
    broken: bool

    @property
    def id(self) -> str:
        return self.data["id"]

    @property
    def kind(self) -> str:
        return str(self.pointer[0])

    @property
    def makes_one(self) -> bool:
        """Whether its id is a scenario's."""
        return self.kind != "generate"

    @property
    def area(self) -> str:
        return self.document.value["area"]

    def where(self, *pointer: str | int) -> Where:
        return self.document.where(*self.pointer, *pointer)


def _entries(path: Path, problems: list[Problem]) -> Iterator[_Entry]:
    try:
        document = nodes.read(path)
    except UserError as error:
        problems += error.problems
        return
    found = strict.check(document, "scenarios")
    problems += [problem for _, problem in found]
    broken = {place[:2] for place, _ in found}
    for key in ("scenarios", "generate", *FAMILIES):
        items: Any = document.value[key] if document.has(key) else None
        for index, data in enumerate(cast("list[Any]", items) if isinstance(items, list) else ()):
            if document.has(key, index, "id") and isinstance(data["id"], str):
                yield _Entry(document, (key, index), data, (key, index) in broken or not document.has("area"))


def _repeated_ids(entries: Iterable[_Entry]) -> Iterator[Problem]:
    first: dict[tuple[bool, str], _Entry] = {}
    for entry in entries:
        earlier = first.setdefault((entry.makes_one, entry.id), entry)
        if earlier is not entry:
            yield twice(entry.id, entry.where("id"), earlier.where("id"))


def _twin_problems(entries: Collection[_Entry], elsewhere: Collection[str]) -> Iterator[Problem]:
    ids = {*elsewhere, *(entry.id for entry in entries if entry.makes_one)}
    for entry in entries:
        twin = entry.data.get("twin")
        if twin == entry.id:
            yield Problem(
                f"`{entry.id}` is its own twin", entry.where("twin"), "name a scenario whose request is accepted"
            )
        elif isinstance(twin, str) and twin not in ids:
            yield Problem(f"there is no scenario `{twin}`", entry.where("twin"), strict.did_you_mean(twin, ids))


def _scenario(entry: _Entry) -> Scenario:
    data = entry.data
    return Scenario(
        id=entry.id,
        area=entry.area,
        title=data["title"],
        why=data["why"],
        needs=tuple(data.get("needs", ())),
        tags=frozenset(data.get("tags", ())),
        steps=steps.steps(data, entry.where),
        where=entry.where(),
        twin=data.get("twin"),
        trials=data.get("trials", 1),
        together=data.get("together", False),
    )
