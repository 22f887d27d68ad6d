"""One stream from the parts that several processes wrote of the same plan."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from messages_conformance.results.reading import Record
from messages_conformance.results.sink import FileSink

Lines: TypeAlias = list[tuple[Record, str]]


def join(parts: Sequence[Path], whole: Path) -> None:
    """Write the stream `whole`: the plan once, and what each part judged of it.

    A scenario's exchanges come from the part that judged it: a preflight or twin is sent by every process that needs
    it, and its exchanges bear the same ids everywhere. There is a footer only if every part has one and nothing that
    was planned is missing.
    """
    read = [_read(part) for part in parts]
    judge = {_key(record): number for number, lines in enumerate(read) for record, _ in lines if _is(record, "result")}
    sink = FileSink(whole)
    try:
        for _, line in (pair for pair in read[0] if _is(pair[0], "header", "skipped", "planned")):
            sink(line)
        for number, lines in enumerate(read):
            for record, line in lines:
                if _is(record, "exchange", "result") and judge.get(_key(record)) == number:
                    sink(line)
        planned = sum(len(record["checks"]) for record, _ in read[0] if _is(record, "planned"))
        results = sum(_is(record, "result") for lines in read for record, _ in lines)
        footers = [record for lines in read for record, _ in lines if _is(record, "footer")]
        if results == planned and len(footers) == len(parts):
            sink(json.dumps(_footer(footers), separators=(",", ":")) + "\n")
    finally:
        sink.close()


def _read(part: Path) -> Lines:
    with part.open(encoding="utf-8") as lines:
        return [(json.loads(line), line) for line in lines if line.endswith("\n")]  # a killed process cuts its last one


def _is(record: Record, *kinds: str) -> bool:
    return record["kind"] in kinds


def _key(record: Record) -> tuple[str, str]:
    return record["provider"], record["scenario"]


def _footer(footers: Sequence[Record]) -> dict[str, Any]:
    return {
        "kind": "footer",
        "finished": max(footer["finished"] for footer in footers),
        "results": _sum(footer["results"] for footer in footers),
        "exchanges": sum(footer["exchanges"] for footer in footers),
        "tokens": _sum(footer["tokens"] for footer in footers),
        "cost": _sum(footer["cost"] for footer in footers),
    }


def _sum(numbers: Iterable[Record]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    for some in numbers:
        total.update(some)
    return dict(sorted(total.items()))
