"""The suite against lawful models of every mood: whatever a model chooses to say, no check may be red."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from messages_conformance.catalog.model import Auth, Level
from messages_conformance.checks.base import Outcome
from messages_conformance.reference.moods import MOODS
from messages_conformance.results.reading import Cell, Run
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.planning.plan import Pair, every
from messages_conformance.run.session import known_checks, run

from proof.matrix import KEY_NAME, Killed
from proof.parallel import batches, catalog, in_parallel

MIXTURES = tuple(f"{family}-{seed}" for family in ("mix", "fickle") for seed in range(1, 5))
EVERY = (*MOODS, *MIXTURES)
MILD = ("chatters", "lists", "changes-case")
"""Moods under which a capable model is still itself: what the wire shows must be seen here too."""

_MOODS_AT_ONCE = 3
_DEFECTS_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    def __str__(self) -> str:
        return f"{self.part / self.whole:.1%}" if self.whole else "nothing"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one mood. `reds` has every failure as `scenario/check: expected, actual`, `faults` what could not be
    judged at all. `musts` are the decided MUST judgements, `deeds` those of how an answer meets its request."""

    mood: str
    reds: tuple[str, ...]
    faults: tuple[str, ...]
    musts: Share
    deeds: Share

    def __str__(self) -> str:
        return f"{self.mood}: {len(self.reds)} red; decided: {self.musts} of MUST, {self.deeds} of behaviour"


@dataclass(frozen=True, slots=True)
class Survival:
    """What is left of the kill matrix under a mild mood: `kills` by defect as they are without it, `left` those that
    are still red."""

    mood: str
    kills: Mapping[str, frozenset[str]]
    left: Mapping[str, frozenset[str]]

    @property
    def share(self) -> Share:
        return Share(sum(map(len, self.left.values())), sum(map(len, self.kills.values())))

    @property
    def unseen(self) -> list[str]:
        """The defects that no check sees any more."""
        return [defect for defect in self.kills if not self.left[defect]]

    def __str__(self) -> str:
        lost = f"; not seen any more: {', '.join(self.unseen)}" if self.unseen else ""
        return f"{self.mood}: {self.share} of {self.share.whole} kills survive{lost}"


def try_moods(names: Sequence[str] = EVERY) -> Iterator[Tried]:
    """The whole catalogue, variants included, under each of the moods. What is nothing but refused never reaches a
    model, and is asked under mixtures only."""
    for batch in in_parallel(_try_batch, batches(names, _MOODS_AT_ONCE)):
        yield from batch


def tried(mood: str, cells: Iterable[Cell], behaviour: Container[str]) -> Tried:
    """The summary of the cells that were asked in one mood. `behaviour` are the checks of how an answer meets its
    request."""
    reds: list[str] = []
    faults: list[str] = []
    musts: Counter[Outcome] = Counter()
    deeds: Counter[Outcome] = Counter()
    for cell in cells:
        for result in cell.results:
            where = f"{cell.scenario}/{result.check}"
            if result.outcome is Outcome.FAIL:
                reds.append(f"{where} ({result.level}): expected {result.expected}, actual {result.actual}")
            elif result.outcome is Outcome.HARNESS_ERROR:
                faults.append(f"{where}: {result.note}")
            if result.level is Level.MUST:
                musts[result.outcome] += 1
                deeds[result.outcome] += result.check in behaviour
    return Tried(mood, tuple(reds), tuple(faults), _decided(musts), _decided(deeds))


def _decided(outcomes: Mapping[Outcome, int]) -> Share:
    decided = outcomes[Outcome.PASS] + outcomes[Outcome.FAIL]
    return Share(decided, decided + outcomes[Outcome.INCONCLUSIVE])


def survive(rows: Iterable[Killed], moods: Sequence[str] = MILD) -> Iterator[Survival]:
    """The kills of `rows`, tried again under mild moods, in the fewest scenarios that showed them all."""
    # What is said of a whole run shows in no few scenarios of it.
    kills = {row.defect: frozenset(c for c in row.red & row.expected if not c.startswith("run.")) for row in rows}
    shown = {row.defect: fewest(row.places, kills[row.defect]) for row in rows}
    for mood in moods:
        tasks = [(mood, batch) for batch in batches(list(shown.items()), _DEFECTS_AT_ONCE)]
        red = {name: found for part in in_parallel(_survive_batch, tasks) for name, found in part.items()}
        yield Survival(mood, kills, {defect: kills[defect] & red[defect] for defect in kills})


def fewest(places: Iterable[str], checks: Iterable[str]) -> tuple[str, ...]:
    """Few scenarios, of those in `places` (`scenario/check`), in which every one of `checks` was red."""
    missing = set(checks)
    shows: defaultdict[str, set[str]] = defaultdict(set)
    for scenario, _, check in (place.rpartition("/") for place in sorted(places)):
        shows[scenario].add(check)
    chosen: list[str] = []
    while missing:
        best = max(shows, key=lambda scenario: len(shows[scenario] & missing))
        chosen.append(best)
        missing -= shows[best]
    return tuple(chosen)


def _try_batch(names: Sequence[str]) -> list[Tried]:
    answered = [s.id for s in catalog().scenarios if any(step.expect != "error" for step in s.steps)]
    found = _asked({name: f"/mood/{name}" for name in names}, lambda name: answered if name in MOODS else None)
    checks = known_checks(catalog()).values()
    of_answers = {check.id for check in checks if not check.on and check.answered_only}
    return [tried(name, [cell for (who, _), cell in found.cells.items() if who == name], of_answers) for name in names]


def _survive_batch(task: tuple[str, Sequence[tuple[str, tuple[str, ...]]]]) -> dict[str, set[str]]:
    """The checks that are red under a mood, by defect."""
    mood, shown = task
    scenarios = dict(shown)
    found = _asked({name: f"/mood/{mood}/with/{name}" for name in scenarios}, scenarios.get)
    red: dict[str, set[str]] = {name: set() for name in scenarios}
    for (name, _), cell in found.cells.items():
        red[name] |= {result.check for result in cell.results if result.outcome is Outcome.FAIL}
    return red


def _asked(plays: Mapping[str, str], chosen: Callable[[str], Sequence[str] | None]) -> Run:
    """Run each of `plays`, a name and its path, as if it were a live provider: the scenarios that are chosen for it,
    or all."""
    world = catalog()
    reference = world.providers["reference"]
    os.environ[KEY_NAME] = REFERENCE_KEY
    limits = replace(reference.limits, concurrency=4)
    pairs: list[Pair] = []
    with TemporaryDirectory() as scratch, embedded([reference]) as (addressed,):
        for name, path in plays.items():
            url = f"{addressed.base_url}{path}"
            live = replace(reference, kind="live", embedded=None, auth=Auth("x-api-key", KEY_NAME), limits=limits)
            names = chosen(name)
            scenarios = [s for s in world.scenarios if names is None or s.id in names]
            pairs += every([replace(live, id=name, base_url=url)], scenarios)
        return run(world, pairs, Path(scratch))
