"""Part 5: writing and reading a whole run, as format 1 had it and as it is now."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from measure import Row, milli, ratios, side_by_side
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import Result, Run, assemble, read_run
from messages_conformance.results.records import Criterion, PlannedStep, Verdict
from messages_conformance.results.stream import FileSink, read_records
from messages_conformance.run.planning.plan import every
from messages_conformance.run.session import RESULTS, run
from messages_conformance.wire.exchange import Request, Response

PART = "results"


def rows(catalog: Catalog, rounds: int) -> Iterator[Row]:
    """The ratios of part 5, for all scenarios at the reference.

    Format 1 has no writer and no reader of its own any more. What stands in for them does less than they did: one
    encodes and flushes lines that are ready, the other parses them and makes a result of each that is one.
    """
    with tempfile.TemporaryDirectory() as directory:
        run(catalog, every([catalog.providers["reference"]], catalog.scenarios), Path(directory))
        yield from _compared(Path(directory), rounds)


def _compared(directory: Path, rounds: int) -> Iterator[Row]:
    now, before = directory / RESULTS, directory / "format_1.jsonl"
    records = list(read_records(now))
    lines = list(_as_format_1(assemble(records)))

    def write() -> None:
        again = directory / "again.jsonl"
        again.unlink(missing_ok=True)
        with closing(FileSink(again)) as sink:
            for record in records:
                sink(record)

    def write_before() -> None:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        with before.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(encode(line) + "\n")
                file.flush()

    def read_before() -> None:
        with before.open(encoding="utf-8") as file:
            found = [json.loads(line) for line in file]
        for line in found:
            if line["kind"] == "result":
                _result(line)

    write_before()
    samples = side_by_side(
        {
            "write": lambda: _cpu(write),
            "write again": lambda: _cpu(write),
            "write before": lambda: _cpu(write_before),
            "read": lambda: _cpu(lambda: read_run(now)),
            "read before": lambda: _cpu(read_before),
        },
        rounds,
    )
    yield Row(PART, "write / write", ratios(samples, "write again", "write"), control=True)
    for deed in ("write", "read"):
        absolute = milli(samples, deed, f"{deed} before")
        yield Row(PART, f"{deed}: format 2 / format 1", ratios(samples, deed, f"{deed} before"), absolute, goal=0.5)
    size = now.stat().st_size / before.stat().st_size
    yield Row(PART, "bytes: format 2 / format 1", (size,), f"{now.stat().st_size / 1e6:.1f} MB", goal=0.5)


def _cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _as_format_1(run: Run) -> Iterator[dict[str, Any]]:
    """The records of a run in the shapes of format 1; its header is left out, for it is much the same."""
    for cell in run.cells.values():
        place = {"provider": cell.provider, "scenario": cell.scenario}
        yield {"kind": "planned", **place, "not_applicable": cell.not_applicable, "checks": cell.planned}
        for exchange in cell.exchanges:
            yield {"kind": "exchange", **place, "id": exchange.id, "step": exchange.step, "trial": exchange.trial,
                   "attempt": exchange.attempt, "request": _request(exchange.request), "curl": exchange.curl,
                   "response": exchange.response and _response(exchange.response), "failure": None,
                   "started": exchange.started, "first_byte_ms": exchange.first_byte_ms,
                   "total_ms": exchange.total_ms}  # fmt: skip
        for result in cell.results:
            told = {name: getattr(result, name) for name in _TOLD}
            yield {"kind": "result", **place, **{name: value for name, value in told.items() if value is not None}}


_TOLD = ("step", "check", "question", "outcome", "level", "clauses", "cause", "expected", "actual", "pointer", "event",
         "note", "where", "exchanges")  # fmt: skip


def _result(line: dict[str, Any]) -> Result:
    told = {name: line.get(name) for name in ("cause", "expected", "actual", "pointer", "event", "note")}
    exchanges = tuple(line["exchanges"])
    return Result(
        PlannedStep(line["step"], line["where"], ()),
        Criterion(line["check"], line["question"], Level(line["level"]), tuple(line["clauses"])),
        Verdict(line["step"], (), Outcome(line["outcome"]), exchanges=exchanges, **told),
    )


def _request(request: Request) -> dict[str, Any]:
    body = None if request.body is None else request.body.decode("utf-8", "replace")
    return {"method": request.method, "url": request.url, "headers": request.headers, "body": body}


def _response(response: Response) -> dict[str, Any]:
    chunks = [{"at_ms": chunk.at_ms, "text": chunk.data.decode("utf-8", "replace")} for chunk in response.chunks]
    return {"status": response.status, "headers": response.headers, "chunks": chunks}
