"""What became of each provider and client, run after run: fixed, broken, new, removed.

A check is compared with the last run that decided it, so that a night on which it was undecided neither breaks nor
mends anything, and hides nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from messages_conformance.catalog.model import Level
from messages_conformance.results.across.digest import Broken, Digest, Standings
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer
from messages_conformance.results.conformance import Conformance


class Turn(StrEnum):
    """What became of a fault since its check was last decided. `new`: it never was before; `removed`: it was broken,
    and is no longer asked."""

    BROKEN = "broken"
    FIXED = "fixed"
    NEW = "new"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Event:
    """One fault that turned in one run. `flaky` says how often it failed where it was last seen, if not always."""

    turn: Turn
    check: str
    title: str
    level: Level
    clients: tuple[str, ...]
    flaky: Times | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """One provider through all runs, oldest first; None where it was not asked. `events` are by the number of the run,
    from 0."""

    provider: str
    title: str
    drop_in: tuple[Conformance | None, ...]
    clients: Mapping[str, tuple[Answer | None, ...]]
    events: Mapping[int, tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class History:
    """Many runs, oldest first. `clients` are titles by id."""

    runs: tuple[Digest, ...]
    clients: Mapping[str, str]
    strips: tuple[Strip, ...]


def history(digests: Iterable[Digest]) -> History:
    """The history of these runs, whatever order they come in."""
    runs = tuple(sorted(digests, key=lambda run: run.started))
    clients = {client: title for run in runs for client, title in run.clients.items()}
    names = dict.fromkeys(name for run in reversed(runs) for name in run.providers)
    return History(runs, clients, tuple(_strip(name, runs, clients) for name in names))


def _strip(name: str, runs: Sequence[Digest], clients: Iterable[str]) -> Strip:
    seen = [run.providers.get(name) for run in runs]
    asked = [None if standings is None or standings.not_run else standings for standings in seen]
    return Strip(
        name,
        next(standings.title for standings in reversed(seen) if standings),
        tuple(standings and standings.answers.get("drop-in") for standings in asked),
        {client: tuple(standings and standings.clients.get(client) for standings in asked) for client in clients},
        dict(_events(asked, runs)),
    )


def _events(asked: Sequence[Standings | None], runs: Sequence[Digest]) -> Iterator[tuple[int, tuple[Event, ...]]]:
    decided: _Decided | None = None
    titles: dict[str, str] = {}
    for number, (standings, run) in enumerate(zip(asked, runs, strict=True)):
        titles.update(run.checks)
        if standings is None:
            continue
        first, decided = decided is None, decided or _Decided()
        turned = decided.turn(standings, run.suite.version)
        if turned and not first:
            yield (
                number,
                tuple(Event(turn, f.check, titles[f.check], f.level, f.clients, f.flaky) for turn, f in turned),
            )


@dataclass(slots=True)
class _Decided:
    """What was last decided of each check of one provider. `faults` are the causes among what fails; `scenarios` were
    ever asked of it."""

    faults: dict[str, Broken] = field(default_factory=dict[str, Broken])
    failing: set[str] = field(default_factory=set[str])
    holding: set[str] = field(default_factory=set[str])
    scenarios: set[str] = field(default_factory=set[str])
    version: str = ""

    def turn(self, now: Standings, version: str) -> list[tuple[Turn, Broken]]:
        """Go on by one run, and tell what turned in it."""
        came = [(self._came(fault), fault) for fault in now.broken if fault.check not in self.failing]
        went = [(turn, fault) for fault in self.faults.values() if (turn := self._went(fault, now, version))]
        for _, fault in went:
            del self.faults[fault.check]
        self.faults |= {fault.check: fault for fault in now.broken}
        steady = set(now.holding) - self.faults.keys()
        self.failing = (self.failing - steady - {fault.check for _, fault in went}) | set(now.failing)
        self.holding = (self.holding | steady) - self.failing
        self.scenarios |= set(now.scenarios)
        self.version = version
        return came + went

    def _came(self, fault: Broken) -> Turn:
        held = fault.check in self.holding and not self.scenarios.isdisjoint(fault.scenarios)
        return Turn.BROKEN if held else Turn.NEW

    def _went(self, fault: Broken, now: Standings, version: str) -> Turn | None:
        """A run that asks less than those before it mends nothing."""
        is_asked = fault.check in {*now.failing, *now.open, *now.holding}
        is_there = not set(fault.scenarios).isdisjoint(now.scenarios)
        if is_there and fault.check in now.holding:
            return Turn.FIXED
        return Turn.REMOVED if not is_asked and (is_there or version != self.version) else None
