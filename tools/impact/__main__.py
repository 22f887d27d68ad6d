"""Let real clients do real jobs at the reference with every defect, and write down what became of them:
`python -m impact`. Exit 0 when everything is decided, 1 when time ran out or a client could not be tried."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from messages_conformance import __version__
from messages_conformance.catalog.jobs import Job, load_jobs
from messages_conformance.catalog.locate import data
from messages_conformance.errors import UserError, nothing_named, using
from messages_conformance.reference.defects import DEFECTS
from real.environments import install

from impact.clients import Client, load_clients
from impact.drivers import Drivers
from impact.experiment import Bench, begin
from impact.journal import Journal, Key
from impact.outcome import Cell
from impact.server import serving
from impact.table import Column, table, written

TABLE = data("specs") / "impact.json"
TOLD_EVERY = 100
"""Decided jobs of a client between two lines of progress."""

CLIENTS = 3
"""At once: more would fight for the machine while they start."""

DRIVERS = 5
"""Of each client: one that hangs, or waits before it asks again, does not keep the others."""


def main() -> int:
    options = _options()
    # What a user has set for the API must not reach a client under experiment.
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        del os.environ[name]
    try:
        return _experiment(options)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="impact", description=__doc__)
    parser.add_argument("--clients", nargs="+", default=[], metavar="ID", help="only these; all without")
    parser.add_argument("--defects", nargs="+", default=[], metavar="ID", help="only these, and each result is shown")
    parser.add_argument("--jobs", nargs="+", default=[], metavar="ID", help="only these, and each result is shown")
    parser.add_argument("--minutes", type=float, default=60, help="what is not begun by then is left for the next time")
    parser.add_argument("--at-once", type=int, default=16, help="so many jobs are done at once, over all clients")
    parser.add_argument("--journal", type=Path, default=Path("reports/impact/journal.jsonl"), help="goes on from it")
    parser.add_argument("--table", type=Path, default=TABLE, help="written from all clients that are whole")
    return parser.parse_args()


def _experiment(options: argparse.Namespace) -> int:
    clients, jobs = load_clients(tuple(options.clients)), load_jobs(data("jobs.yaml"))
    _refuse_unknown("defect", options.defects, DEFECTS)
    _refuse_unknown("job", options.jobs, jobs)
    journal = Journal(options.journal)
    with (
        serving() as server,
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as processes,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        until = time.monotonic() + options.minutes * 60
        bench = Bench(server, jobs, threading.Semaphore(options.at_once), until)
        narrow = Narrow(frozenset(options.defects), frozenset(options.jobs))
        done = list(threads.map(Trials(bench, journal, processes, narrow).of, clients))
    if narrow:
        return 0 if all(done) else 1
    columns = _write(options.table, journal, jobs)
    left = [client.id for client in clients if client.id not in columns]
    print(f"wrote {options.table}: {', '.join(columns) or 'no client'}")
    if left:
        print(f"not decided: {', '.join(left)}; the same command goes on")
    return 1 if left else 0


def _refuse_unknown(kind: str, names: Sequence[str], known: Mapping[str, object]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise UserError(*(nothing_named(kind, name, known) for name in unknown))


@dataclass(frozen=True, slots=True)
class Narrow:
    """The defects and jobs that are asked for; all where there are none."""

    defects: frozenset[str]
    jobs: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.defects or self.jobs)

    def wants(self, key: Key) -> bool:
        defect, job = key
        return defect in (self.defects or {defect}) and job in (self.jobs or {job})


@dataclass(frozen=True, slots=True)
class Trials:
    """What the trials of all clients share."""

    bench: Bench
    journal: Journal
    processes: Executor
    narrow: Narrow

    def of(self, client: Client) -> bool:
        """Let one client do all that is not in the journal; whether it could be tried."""
        started = time.monotonic()
        try:
            install([client.environment])
            with Drivers(client.command(), DRIVERS) as drivers:
                self._decide(client, drivers)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{client.id} could not be tried: {error}", flush=True)
            return False
        print(f"{client.id}: {time.monotonic() - started:.0f} s", flush=True)
        return True

    def _decide(self, client: Client, drivers: Drivers) -> None:
        digest = client.digest()
        rights, left_out = self.bench.rights(drivers)
        for job, reason in left_out.items():
            print(f"{client.id} leaves out {job}: {reason}", flush=True)
        began = self.journal.began(client.id, digest)
        if began is None or began.jobs != tuple(rights):
            began = begin(rights, left_out, self.bench.jobs, list(DEFECTS), self.processes)
            self.journal.begin(client.id, digest, began)
        known = self.journal.cells(client.id, digest)
        keys = [key for key in began.reached if self.narrow.wants(key) and (self.narrow or key not in known)]
        print(f"{client.id}: {len(rights)} jobs, {len(began.reached)} cells, {len(keys)} to decide", flush=True)
        progress = count(1)

        def decided(key: Key, cell: Cell) -> None:
            self.journal.decide(client.id, digest, key, cell)
            done = next(progress)
            if self.narrow:
                print(_shown(client.id, key, cell), flush=True)
            elif done % TOLD_EVERY == 0:
                print(f"{client.id}: {done} of {len(keys)}", flush=True)

        self.bench.decide(drivers, rights, keys, decided)


def _shown(client: str, key: Key, cell: Cell) -> str:
    raised = f" {cell.raised['type']}: {cell.raised['message']}" if cell.raised else ""
    differs = "".join(f"\n    {each.pointer}: {each.came!r}, not {each.expected!r}" for each in cell.differs)
    asked = f" ({cell.requests} requests, not {cell.requests_without})" * (cell.requests != cell.requests_without)
    return f"{client}, {key[1]}, {key[0]}: {cell.outcome}{raised}{asked}{differs}"


def _write(path: Path, journal: Journal, jobs: Mapping[str, Job]) -> list[str]:
    """Write the table of all clients that the journal holds whole; their ids."""
    columns: list[Column] = []
    for client in load_clients():
        digest = client.digest()
        if began := journal.began(client.id, digest):
            columns.append(Column(client, began, journal.cells(client.id, digest)))
    whole = [column for column in columns if column.whole()]
    made = datetime.now(UTC).date().isoformat()
    with using("write", path):
        path.write_text(written(table(whole, jobs, list(DEFECTS), __version__, made)), encoding="utf-8")
    return [column.client.id for column in whole]


if __name__ == "__main__":
    sys.exit(main())
