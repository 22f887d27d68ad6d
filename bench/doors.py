"""Part 5: whole processes. A run from the command to its reports, the door of pytest, and other runners of tests."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import peers
from measure import Row, Samples, ratios, seconds, side_by_side
from messages_conformance.catalog import Catalog
from messages_conformance.results.reading import read_run
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.session import RESULTS
from messages_conformance.wire.exchange import Request
from processes import spent
from running import DELAY, scheduled, send_all

PART = "whole process"
CASES = str(Path(__file__).with_name("cases.py"))
_PROVIDERS, _ITEMS, _SLOTS = 3, 200, 16
_PYTEST = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Hypothesis is there for our own tests. Its plugin imports all of it when a session ends."""


def rows(catalog: Catalog, address: str, rounds: int) -> Iterator[Row]:
    """The ratios of part 5."""
    yield from _reference(catalog, rounds)
    yield from _pytest(address, rounds)
    yield from _peers(address, rounds)


def _reference(catalog: Catalog, rounds: int) -> Iterator[Row]:
    """A run at the reference, from the command to its reports; beside bare httpx that sends the same requests to
    another reference, as many at a time: what the reference itself needs to answer them."""
    reference = catalog.providers["reference"]
    slots = reference.limits.concurrency
    with tempfile.TemporaryDirectory() as scratch, embedded([reference]) as (other,):
        command = (sys.executable, "-m", "messages_conformance", "run", "-p", "reference", "--report", "first")
        spent(command, scratch)
        recorded = read_run(Path(scratch) / "first" / RESULTS).exchanges
        requests = [_again(exchange.request, other.base_url) for exchange in recorded]
        count = iter(range(rounds))

        def whole() -> float:
            return spent((*command[:-1], f"round-{next(count)}"), scratch).wall

        alone = {"alone": lambda: send_all(requests, slots)[0], "again": lambda: send_all(requests, slots)[0]}
        samples = side_by_side({"run": whole, **alone}, rounds)
    name = f"{len(requests)} requests at the reference"
    yield Row(PART, f"{name}: its answers / its answers", ratios(samples, "again", "alone"), control=True)
    yield Row(PART, f"{name}: command to reports / its answers", *_beside(samples, "run", "alone"), goal=1.3)


def _again(request: Request, address: str) -> Request:
    """A recorded request, to another reference. The key was redacted."""
    path = "/" + request.url.split("/", 3)[3]
    headers = tuple((name, value.replace("[redacted]", REFERENCE_KEY)) for name, value in request.headers)
    return Request(request.method, address + path, headers, request.body)


def _pytest(address: str, rounds: int) -> Iterator[Row]:
    """The door of pytest, without the start-up of Python and of the catalogue."""
    ideal = scheduled((DELAY * (1 + n % 2) for n in range(_ITEMS)), _SLOTS)
    where = (f"{address}/{DELAY * 1000:.0f}", str(_ITEMS), str(_PROVIDERS))
    with tempfile.TemporaryDirectory() as scratch:

        def door() -> float:
            said = spent((sys.executable, CASES, "pytest", *where, *_PYTEST), scratch).said
            return json.loads(said.splitlines()[-1])["seconds"]

        samples = side_by_side({"pytest": door, "ideal": lambda: ideal}, rounds)
    name = f"pytest, {_PROVIDERS} providers × {_ITEMS} exchanges, {_SLOTS} at a time: session / ideal"
    yield Row(PART, name, *_beside(samples, "pytest", "ideal"), goal=1.15)


def _peers(address: str, rounds: int) -> Iterator[Row]:
    """200 messages of 50 ms through other runners, and through this one with all that it writes."""
    at = f"{address}/50"
    with tempfile.TemporaryDirectory() as scratch, peers.installed(Path(scratch)) as (tavern, schemathesis):
        count = iter(range(rounds))

        def ours() -> float:
            report = ("--report", f"round-{next(count)}")
            return spent((sys.executable, CASES, "messages", at, str(peers.CASES), "1", *report), scratch).wall

        samples = side_by_side(
            {
                "ours": ours,
                "tavern": lambda: tavern(at),
                "schemathesis": lambda: schemathesis(at),
                "again": lambda: schemathesis(at),
            },
            rounds,
        )
    name = f"{peers.CASES} messages of 50 ms"
    yield Row(PART, f"{name}: schemathesis / schemathesis", ratios(samples, "again", "schemathesis"), control=True)
    yield Row(PART, f"{name}: run / tavern", *_beside(samples, "ours", "tavern"), goal=0.2)
    yield Row(PART, f"{name}: run / schemathesis, 16 workers", *_beside(samples, "ours", "schemathesis"), goal=0.9)


def _beside(samples: Samples, name: str, to: str) -> tuple[tuple[float, ...], str]:
    return ratios(samples, name, to), seconds(samples, name, to)
