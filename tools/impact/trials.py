"""Let clients do what the journal does not know yet."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import count

from real.environments import install

from impact.clients import Client
from impact.drivers import Drivers
from impact.experiment import Bench, begin
from impact.journal import Journal, Key
from impact.outcome import Cell

DRIVERS = 5
"""Of each client: one that hangs, or waits before it asks again, does not keep the others."""

TOLD_EVERY = 100
"""Decided cells of a client between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What the trials of all clients share. `defects` are all that there are; those of `shown` alone are tried where it
    names some, though the journal may know them, and each result is told. `say` takes a line for the user."""

    bench: Bench
    journal: Journal
    processes: Executor
    defects: Sequence[str]
    shown: frozenset[str]
    say: Callable[[str], None]

    def of(self, client: Client) -> bool:
        """Let one client do all that is not in the journal; whether it could be tried."""
        started = time.monotonic()
        try:
            install([client.environment])
            with Drivers(client.command(), DRIVERS) as drivers:
                self.decide(client.id, client.digests(self.bench.jobs.values()), drivers)
        except (OSError, subprocess.CalledProcessError) as error:
            self.say(f"{client.id} could not be tried: {error}")
            return False
        self.say(f"{client.id}: {time.monotonic() - started:.0f} s")
        return True

    def decide(self, client: str, digests: Mapping[str, str], drivers: Drivers) -> None:
        """Do the same with drivers that are there already."""
        rights, left_out = self.bench.rights(drivers)
        for job, reason in left_out.items():
            self.say(f"{client} leaves out {job}: {reason}")
        began = self.journal.began(client, digests)
        if began is None or began.jobs != tuple(rights):
            began = begin(rights, left_out, self.bench.jobs, self.defects, self.processes)
            self.journal.begin(client, digests, began)
        known = self.journal.cells(client, digests)
        keys = [key for key in began.reached if (key[0] in self.shown if self.shown else key not in known)]
        self.say(f"{client}: {len(rights)} jobs, {len(began.reached)} cells, {len(keys)} to decide")
        progress = count(1)

        def decided(key: Key, cell: Cell) -> None:
            self.journal.decide(client, digests, key, cell)
            done = next(progress)
            if self.shown:
                self.say(shown(client, key, cell))
            elif done % TOLD_EVERY == 0:
                self.say(f"{client}: {done} of {len(keys)}")

        self.bench.decide(drivers, rights, keys, decided)


def shown(client: str, key: Key, cell: Cell) -> str:
    """A cell for people."""
    raised = f" {cell.raised['type']}: {cell.raised['message']}" if cell.raised else ""
    differs = "".join(f"\n    {each.pointer}: {each.came!r}, not {each.expected!r}" for each in cell.differs)
    asked = f" ({cell.requests} requests, not {cell.requests_without})" * (cell.requests != cell.requests_without)
    return f"{client}, {key[1]}, {key[0]}: {cell.outcome}{raised}{asked}{differs}"
