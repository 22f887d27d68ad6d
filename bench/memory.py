"""Part 7: how much memory many providers and a hostile body take, and whether time grows as the work does."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import Row, side_by_side
from messages_conformance.catalog import Catalog
from messages_conformance.run.embedded import embedded
from processes import spent
from running import Load, run, single_steps

PROVIDERS, MEGABYTE = 16, 1 << 20
_MOST, _BODY = 150, 10
_WHOLE = str(Path(__file__).with_name("sixteen.py"))
_GIGABYTE = str(Path(__file__).with_name("gigabyte.py"))


def rows(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """The rows of part 7. Memory is given in megabytes, and its goal is the most that it may be."""
    yield from _memory(catalog)
    yield from _growth(catalog, address, rounds)


def _memory(catalog: Catalog) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch, embedded([catalog.providers["reference"]]) as (reference,):
        for name, how in (("sent, judged, recorded and read", "engine"), ("with all reports", "reports")):
            whole = spent((sys.executable, _WHOLE, reference.base_url, str(PROVIDERS), how), scratch)
            label = f"{PROVIDERS} providers × the catalogue, {name}"
            yield Row("memory, MB", label, (whole.memory / MEGABYTE,), goal=_MOST)
        grown = json.loads(spent((sys.executable, _GIGABYTE), scratch).said.splitlines()[-1])
    over = (grown["peak"] - grown["cap"]) / MEGABYTE
    yield Row("memory, MB", "a body of 1 GB, beyond the cap", (over,), f"cap {grown['cap'] // MEGABYTE} MB", goal=_BODY)


def _growth(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """CPU of runs of one, two and three sizes: what the third adds, over what the second did."""
    run(catalog, _load(catalog, address, "scenarios", 10))  # what a process does once is no growth
    for what, sizes in (("scenarios", (100, 200, 300)), ("providers", (2, 4, 6))):
        loads = [_load(catalog, address, what, size) for size in sizes]
        samples = side_by_side(
            {str(size): lambda of=load: run(catalog, of).cpu for size, load in zip(sizes, loads, strict=True)}, rounds
        )
        # Of each size the quickest round: what disturbs one is a larger part of a difference than of a sum.
        small, middle, large = (min(samples[str(size)]) for size in sizes)
        behind = " / ".join(f"{seconds:.2f}" for seconds in (small, middle, large)) + " s"
        name = f"{' to '.join(map(str, sizes))} {what}: the last step / the one before"
        yield Row("growth of CPU", name, ((large - middle) / (middle - small),), behind, goal=1.1)


def _load(catalog: Catalog, address: str, what: str, size: int) -> Load:
    if what == "scenarios":
        return single_steps(catalog, address, size, delay=0)
    return single_steps(catalog, address, 50, providers=size, delay=0)
