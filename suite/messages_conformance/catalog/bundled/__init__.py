"""What is bundled with the program: read once, and kept for the processes that come after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from messages_conformance.catalog.causes import Causes
from messages_conformance.catalog.field import Deviation
from messages_conformance.catalog.harm import Harm
from messages_conformance.catalog.keeping import kept
from messages_conformance.catalog.model import Contract, Provider, Scenario
from messages_conformance.catalog.profiles import Profile


class Sources(NamedTuple):
    """Where the bundled files and folders are."""

    specs: Path
    scenarios: Path
    providers: Path
    profiles: Path
    field: Path
    causes: Path
    defects: Path


class Bundled(NamedTuple):
    """All that is read, and nothing that is derived from it at once."""

    contracts: Mapping[str, Contract]
    providers: Mapping[str, Provider]
    scenarios: tuple[Scenario, ...]
    profiles: Mapping[str, Profile]
    deviations: tuple[Deviation, ...]
    causes: Causes
    harms: tuple[Harm, ...]


def bundled(sources: Sources) -> Bundled:
    """All of it, as it is kept or as it is read now. Raises UserError with every problem of the first of contracts,
    scenarios and providers that has any."""

    def read() -> Bundled:
        from messages_conformance.catalog.bundled import reading  # with jsonschema and more, which reading alone needs

        return reading.read(sources)

    return kept("catalogue", sources, read)
