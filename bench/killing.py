"""Kill a run at any moment, go on with it, kill that too, and compare what comes of it with a run that nobody killed.

python bench/killing.py 50                  # moments; prints a line for each, and ends with 1 if anything was lost
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.results.reading import Run, read_run
from messages_conformance.run.keeping.directories import RESULTS
from messages_conformance.run.keeping.streams import streams
from messages_conformance.run.planning.plan import Pair, every, select
from messages_conformance.run.session import Intent, run

FORK = multiprocessing.get_context("fork")  # the catalogue is loaded once
ASKED = ("smoke", "messages", "streaming", "tools", "errors", "thinking", "run.*")


@dataclass(frozen=True, slots=True)
class Killed:
    """One run that was killed, and gone on with until it was whole. `left` says what each kill left in the directory:
    lines of each stream, and whether the last one was cut. `faults` is what was lost or doubled."""

    left: tuple[str, ...]
    faults: tuple[str, ...]


def killing(catalog: Catalog, pairs: Sequence[Pair], whole: Run, directory: Path, moments: Sequence[float]) -> Killed:
    """Kill a run of `pairs` after each of `moments` (seconds from when its stream is there), each time the one that
    goes on; then let it end."""
    left: list[str] = []
    answered: dict[str, str] = {}
    for moment in moments:
        process = _begun(lambda: run(catalog, pairs, directory, intent=_going_on(directory)), directory)
        time.sleep(moment)
        process.kill()
        process.join()
        left.append(", ".join(_state(path) for path in sorted(directory.glob("*.jsonl"))) or "nothing")
        answered.update(_started(record for path in streams(directory) for record in _records(path)))
    ended = run(catalog, pairs, directory, intent=_going_on(directory))
    return Killed(tuple(left), tuple(_faults(directory, ended, whole, answered)))


def _going_on(directory: Path) -> Intent:
    return Intent(resume=bool(streams(directory)))


def _begun(work: Callable[[], Any], directory: Path) -> BaseProcess:
    """A process that does the work and has just made its stream."""
    process: BaseProcess = FORK.Process(target=work)
    before = _places(directory)
    process.start()
    while process.is_alive() and _places(directory) == before:
        time.sleep(0.0002)
    return process


def lasts(catalog: Catalog, pairs: Sequence[Pair], directory: Path) -> float:
    """Seconds from when the stream of a run is there until the run is over."""
    process = _begun(lambda: run(catalog, pairs, directory), directory)
    began = time.monotonic()
    process.join()
    return time.monotonic() - began


def _places(directory: Path) -> set[int]:
    """The streams of a directory, by what a new one differs in."""
    with suppress(FileNotFoundError):
        return {path.stat().st_ino for path in directory.glob("*.jsonl")}
    return set()


def _state(path: Path) -> str:
    *whole, rest = path.read_bytes().split(b"\n")
    return f"{path.stem}: {len(whole)} lines{' and a cut one' if rest else ''}"


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)


def _started(found: Iterator[dict[str, Any]]) -> Mapping[str, str]:
    """When each answer was asked for, by its id: a request that is sent again gets another time."""
    return {record["id"]: record["started"] for record in found if record["kind"] == "exchange"}


def _faults(directory: Path, ended: Run, whole: Run, answered: Mapping[str, str]) -> Iterator[str]:
    kept = [path.name for path in directory.glob("*.jsonl")]
    if kept != [RESULTS] or not ended.complete:
        yield f"left behind: {kept}, complete: {ended.complete}"
    written = list(_records(directory / RESULTS))
    told = _started(iter(written))
    yield from (f"asked again: {name}" for name, started in answered.items() if told.get(name) != started)
    ids = Counter(
        record.get("id") or (record["kind"], record.get("provider"), record.get("scenario")) for record in written
    )
    yield from (f"twice: {name}" for name, number in ids.items() if number > 1)
    if other := set(told) ^ {exchange.id for exchange in whole.exchanges}:
        yield f"other requests: {sorted(other)}"
    yield from (f"judged otherwise: {key}" for key in whole.cells if _said(ended, key) != _said(whole, key))


def _said(of: Run, key: tuple[str, str]) -> list[tuple[str, ...]]:
    return sorted((r.step, r.check, r.question, str(r.outcome)) for r in of.cells[key].results)


def main(moments: int, seed: int) -> int:
    catalog, chance = load_catalog(), random.Random(seed)  # noqa: S311
    pairs = every([catalog.providers["reference"]], select(catalog.scenarios, ASKED))
    with TemporaryDirectory() as place:
        longest = lasts(catalog, pairs, Path(place) / "whole")
        whole = read_run(Path(place) / "whole" / RESULTS)
        faults = 0
        for number in range(moments):
            when = [chance.uniform(0, 0.8 * longest) for _ in range(chance.choice((1, 2, 2, 3)))]
            found = killing(catalog, pairs, whole, Path(place) / str(number), when)
            faults += len(found.faults)
            print(
                f"{number + 1:>3}  {'; then '.join(found.left)}  {'; '.join(found.faults) or 'nothing lost'}",
                flush=True,
            )
    print(f"seed {seed}: {moments} runs killed within {longest:.1f} s, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())))
