"""`--shape-snapshot`: the shapes of a provider's answers, kept by syrupy in one YAML file for each provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.data import Snapshot, SnapshotCollection, SnapshotCollections
from syrupy.exceptions import SnapshotDoesNotExist
from syrupy.extensions.base import AbstractSyrupyExtension
from syrupy.location import PyTestLocation

from messages_conformance.catalog.model import Contract
from messages_conformance.pytest_plugin.items import Drifted, ScenarioItem
from messages_conformance.report.words import list_some
from messages_conformance.results.reading import Cell
from messages_conformance.results.shapes.compact import compact, expanded
from messages_conformance.results.shapes.drift import drift, merged
from messages_conformance.results.shapes.shape import Field, Shape, known_words, shapes

HOW: Final = "--shape-snapshot --snapshot-update"
HEAD: Final = f"""\
# The shape of a provider's answers: no values, no texts. docs/pytest.md says how to read it, and what is compared.
# Written by pytest {HOW}
"""
SOMETIMES: Final = ", sometimes"


class Shapes:
    """What items are compared with. `canonical` is Anthropic's contract, whose words are no news."""

    def __init__(self, config: pytest.Config, canonical: Contract) -> None:
        self._config: Any = config
        self._known = known_words(canonical)

    def drift(self, item: ScenarioItem, cell: Cell) -> Drifted | None:
        """What is no longer as it was recorded, in words; None if nothing is, or it is recorded now."""
        if not (seen := shapes(cell, self._known)):
            return None
        updating = bool(self._config.option.update_snapshots)
        assertion = SnapshotAssertion(
            session=self._config._syrupy,
            extension_class=ShapeFile,
            test_location=_Location(item),
            update_snapshots=updating,
            update_new_snapshots_only=self._config.option.update_new_snapshots_only,
        )
        recorded = _recorded(assertion)
        known = {step: _shape(entry) for step, entry in (recorded or {}).items()}
        drifted = {step: drift(known[step], shape) for step, shape in seen.items() if step in known}
        if updating:
            now = {step: merged(known[step], shape) if step in known else shape for step, shape in seen.items()}
            matches = assertion == {step: _entry(shape) for step, shape in (known | now).items()}
        elif recorded is None or any(drifted.values()):
            matches = assertion == {step: _entry(shape) for step, shape in seen.items()}
        else:
            matches = assertion == recorded
        return None if matches else self._told(item, None if recorded is None else drifted)

    def _told(self, item: ScenarioItem, drifted: Mapping[str, tuple[str, ...]] | None) -> Drifted:
        path = Path(ShapeFile.get_location(test_location=_Location(item), index=0))
        kept = path.relative_to(self._config.rootpath) if path.is_relative_to(self._config.rootpath) else path
        who = f"{item.scenario.id} at {item.provider.id}"
        if drifted is None:
            return Drifted(f"{who}: no shape is recorded in {kept}\nRecord it with {HOW}", "no shape is recorded")
        lines = [f"{step}: {line}" for step, found in drifted.items() for line in found]
        told = (f"{who}: not of the shape recorded in {kept}", *(f"  {line}" for line in lines))
        return Drifted("\n".join((*told, f"Accept it with {HOW}")), f"shape drifted: {list_some(lines, 1)}")


def _recorded(assertion: SnapshotAssertion) -> Mapping[str, Any] | None:
    try:
        text = assertion.extension.read_snapshot(
            test_location=assertion.test_location, index=0, session_id=str(id(assertion.session))
        )
    except SnapshotDoesNotExist:
        return None
    return yaml.safe_load(cast("str", text))


# --- a shape as YAML --------------------------------------------------------------------------------------------------


def _entry(shape: Shape) -> dict[str, Any]:
    told = {
        "status": " | ".join(map(str, sorted(shape.statuses))),
        "content type": " | ".join(sorted(shape.forms)),
        "events": " | ".join(sorted(shape.events)),
        "foreign": " | ".join(sorted(shape.foreign)),
        "fields": {path: _field_text(found) for path, found in sorted(shape.fields.items())},
    }
    return {name: value for name, value in told.items() if value}


def _shape(entry: Mapping[str, Any]) -> Shape:
    return Shape(
        frozenset(map(int, _parts(entry["status"]))),
        frozenset(_parts(entry["content type"])),
        frozenset(_parts(entry.get("events", ""))),
        {path: _field(text) for path, text in entry["fields"].items()},
        frozenset(_parts(entry.get("foreign", ""))),
    )


def _parts(text: str) -> Iterator[str]:
    return (part for part in text.split(" | ") if part)


def _field_text(found: Field) -> str:
    return " | ".join(sorted(found.types)) + ("" if found.always else SOMETIMES)


def _field(text: str) -> Field:
    return Field(frozenset(_parts(text.removesuffix(SOMETIMES))), not text.endswith(SOMETIMES))


# --- syrupy -----------------------------------------------------------------------------------------------------------


class _Location(PyTestLocation):
    """Where the shape of an item is kept: beside the root directory's own snapshots, by provider."""

    def __post_init__(self) -> None:
        item = cast("ScenarioItem", self.item)
        places = {
            "filepath": str(item.config.rootpath / item.provider.id),
            "modulename": item.provider.id,
            "methodname": item.scenario.id,
            "nodename": item.scenario.id,
            "testname": item.scenario.id,
        }
        for name, place in places.items():
            object.__setattr__(self, name, place)  # a frozen dataclass that fills itself, as its base does


class ShapeFile(AbstractSyrupyExtension):
    """One YAML file for each provider: the parts of its answers, and which answers are made of which. To syrupy it is
    a collection of scenarios, each with its steps in full."""

    file_extension = "yaml"

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, **_: Any) -> str:
        return test_location.modulename

    @classmethod
    def matches_test_location(cls, **_: Any) -> bool:
        return True

    def discover_snapshots(self, **_: Any) -> SnapshotCollections:
        """Nothing that could be unused: what was not asked today keeps its shape, and other files are not ours."""
        return SnapshotCollections()

    def serialize(self, data: Any, **_: Any) -> str:
        return _dumped(data)

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        kept = SnapshotCollection(location=snapshot_location)
        for name, entry in _kept(Path(snapshot_location)).items():
            kept.add(Snapshot(name=name, data=_dumped(entry)))
        return kept

    def read_snapshot_data_from_location(self, *, snapshot_location: str, snapshot_name: str, **_: Any) -> str | None:
        entry = _kept(Path(snapshot_location)).get(snapshot_name)
        return None if entry is None else _dumped(entry)

    @classmethod
    def write_snapshot_collection(cls, *, snapshot_collection: SnapshotCollection, **_: Any) -> None:
        path = Path(snapshot_collection.location)
        fresh = {snapshot.name: yaml.safe_load(cast("str", snapshot.data)) for snapshot in snapshot_collection}
        path.write_text(HEAD + _dumped(compact(_kept(path) | fresh)), "utf-8")

    def delete_snapshots(self, *, snapshot_location: str, snapshot_names: set[str]) -> None:
        """Never called: nothing is found unused."""


def _kept(path: Path) -> dict[str, Any]:
    return _loaded(path, path.stat().st_mtime_ns) if path.is_file() else {}


@lru_cache(maxsize=8)
def _loaded(path: Path, _written: int) -> dict[str, Any]:
    """Read once: a hundred items ask for it."""
    return expanded(yaml.safe_load(path.read_text("utf-8")) or {})


def _dumped(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)
