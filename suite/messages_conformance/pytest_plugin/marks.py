"""The marks of items, for `pytest -m`: the area of a scenario, its level, and the clients that depend on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level, Provider, Scenario
from messages_conformance.run.planning.plan import Planner, select
from messages_conformance.run.session import known_checks


class Marks:
    """What each scenario of a catalogue is marked with."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, provider: Provider, scenario: Scenario) -> Iterator[str]:
        """The names of the marks of one item."""
        yield word(scenario.area)
        if level := self._level(provider, scenario):
            yield word(level)
        yield from (word(profile) for profile, asked in self._profiles.items() if scenario.id in asked)

    def registered(self) -> Iterator[str]:
        """A line for each mark, as pytest's ini option `markers` takes them."""
        areas = dict.fromkeys(scenario.area for scenario in self._catalog.scenarios)
        yield from (f"{word(area)}: conformance scenarios about {area}" for area in areas)
        yield from (f"{word(level)}: conformance scenarios whose strongest demand is a {level}" for level in Level)
        yield from (f"{word(p.id)}: conformance scenarios for {p.title}" for p in self._catalog.profiles.values())

    def _level(self, provider: Provider, scenario: Scenario) -> Level | None:
        """The strongest level of what a scenario demands itself. What holds of every answer is not counted, unless
        there is nothing else: else there would be a MUST in every scenario. None if it is not sent."""
        planned = [check for check in self._planner.unit(provider, scenario).checks if not check.instead]
        own = [check for check in planned if check.use is not None] or planned
        return min((check.level for check in own), key=lambda level: level.rank, default=None)

    @cached_property
    def _planner(self) -> Planner:
        return Planner(self._catalog, known_checks(self._catalog))

    @cached_property
    def _profiles(self) -> dict[str, frozenset[str]]:
        """The ids of the scenarios that a run of each profile sends, variants too."""
        every = self._catalog.scenarios
        return {
            profile.id: frozenset(scenario.id for scenario in select(every, profile.scenarios, variants=True))
            for profile in self._catalog.profiles.values()
        }


def word(text: str) -> str:
    """`the whole run` as the name of a mark: `the_whole_run`."""
    return re.sub(r"\W+", "_", text.lower()).strip("_")
