"""Let real clients do real jobs at the reference with every defect, and write down what became of them:
`python -m impact`. Exit 0 when everything is decided, 1 when time ran out or a client could not be tried."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from messages_conformance import __version__
from messages_conformance.catalog.jobs import Job, load_jobs
from messages_conformance.errors import UserError, nothing_named, using
from messages_conformance.locate import data
from messages_conformance.reference.defects import DEFECTS

from impact.clients import Client, load_clients
from impact.experiment import Bench
from impact.journal import Journal
from impact.merging import merged
from impact.server import serving
from impact.table import Column, table, written
from impact.trials import Trials

TABLE = data("specs") / "impact.json"

CLIENTS = 3
"""At once: more would fight for the machine while they start."""


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
    parser.add_argument(
        "--defects", nargs="+", default=[], metavar="ID", help="only these: each result is shown, and no table"
    )
    parser.add_argument("--jobs", nargs="+", default=[], metavar="ID", help="only these, put into the table there is")
    left = "what is not begun by then, or at an interrupt, is left for the next time"
    parser.add_argument("--minutes", type=float, default=60, help=left)
    parser.add_argument("--at-once", type=int, default=16, help="so many jobs are done at once, over all clients")
    parser.add_argument("--journal", type=Path, default=Path("reports/impact/journal.jsonl"), help="goes on from it")
    parser.add_argument("--table", type=Path, default=TABLE, help="written from all clients that are whole")
    return parser.parse_args()


def _experiment(options: argparse.Namespace) -> int:
    clients, known = load_clients(tuple(options.clients)), load_jobs(data("jobs.yaml"))
    _refuse_unknown("defect", options.defects, DEFECTS)
    _refuse_unknown("job", options.jobs, known)
    jobs = {name: job for name, job in known.items() if name in (options.jobs or known)}
    journal, shown = Journal(options.journal), frozenset[str](options.defects)
    over = _over(options.minutes)
    ignoring = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with (
        serving() as server,
        ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), ignoring) as processes,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        bench = Bench(server, jobs, threading.Semaphore(options.at_once), over)
        trials = Trials(bench, journal, processes, list(DEFECTS), shown, partial(print, flush=True))
        tried = list(threads.map(trials.of, clients))
    if shown:
        return 0 if all(tried) else 1
    columns = _write(options.table, journal, jobs, known if options.jobs else ())
    return _concluded(options.table, columns, clients)


def _over(minutes: float) -> threading.Event:
    """Set when the time is over, or the user interrupts. What has begun is still written down, and no driver stays."""
    over = threading.Event()
    timer = threading.Timer(minutes * 60, over.set)
    timer.daemon = True
    timer.start()

    def interrupted(*_: object) -> None:
        over.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupted)
    return over


def _refuse_unknown(kind: str, names: Sequence[str], known: Mapping[str, object]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise UserError(*(nothing_named(kind, name, known) for name in unknown))


def _write(path: Path, journal: Journal, jobs: Mapping[str, Job], order: Collection[str]) -> list[str]:
    """Write the table of all clients that the journal holds whole; their ids. With the `order` of all jobs, what was
    found of these becomes part of the table that is there, also that a client does none of them."""
    columns: list[Column] = []
    for client in load_clients():
        digests = client.digests(jobs.values())
        if began := journal.began(client.id, digests):
            columns.append(Column(client, began, journal.cells(client.id, digests)))
    whole = [column for column in columns if (column.decided() if order else column.whole())]
    made = table(whole, jobs, list(DEFECTS), __version__, datetime.now(UTC).date().isoformat())
    with using("write", path):
        made = merged(json.loads(path.read_bytes()), made, order) if order else made
        path.write_text(written(made), encoding="utf-8")
    return [column.client.id for column in whole]


def _concluded(path: Path, columns: Sequence[str], clients: Sequence[Client]) -> int:
    print(f"wrote {path}: {', '.join(columns) or 'no client'}")
    left = [client.id for client in clients if client.id not in columns]
    if left:
        print(f"not decided: {', '.join(left)}; the same command goes on")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
