"""Streams of format 1, as the records that they would be today.

Format 1 had a record for every result, each with level, clauses and place; told the command of every exchange beside
its request; and wrote `null` where nothing is said now. A criterion that was planned and never judged has no clauses
here, for only results told them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from messages_conformance.catalog.model import Level
from messages_conformance.results.codec import from_json
from messages_conformance.results.records import (
    FORMAT,
    Criterion,
    Exchange,
    Footer,
    Header,
    Judged,
    Planned,
    PlannedStep,
    Record,
    Verdict,
    from_parsed,
)

Old: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]
"""Step, check, question."""

_KEY = re.compile(r"""'"\$(\w+)\"""")
"""How a command names the variable that holds the key."""


def upgraded(header: Old, rest: Iterable[Old]) -> Iterator[Record]:
    """The records of a stream. Raises LookupError, TypeError or ValueError where a record is not as it should be."""
    table: dict[Criterion, int] = {}
    plans: list[Old] = []
    results: defaultdict[tuple[str, str], dict[Key, Old]] = defaultdict(dict)
    others: list[Record] = []
    for record in rest:
        match record["kind"]:
            case "planned":
                plans.append(record)
            case "result":
                key = record["step"], record["check"], record["question"]
                results[record["provider"], record["scenario"]][key] = record
            case "exchange":
                others.append(_exchange(record))
            case _:
                if (known := from_parsed(record)) is not None:
                    others.append(known)
    cells = [_cell(plan, results[plan["provider"], plan["scenario"]], table) for plan in plans]
    yield replace(from_json(Header, header), format=FORMAT, criteria=tuple(table))
    yield from (plan for plan, _ in cells)
    yield from (record for record in others if not isinstance(record, Footer))
    yield from (judged for _, judged in cells if judged.verdicts)
    yield from (record for record in others if isinstance(record, Footer))


def _cell(plan: Old, results: dict[Key, Old], table: dict[Criterion, int]) -> tuple[Planned, Judged]:
    steps: list[PlannedStep] = []
    verdicts: list[Verdict] = []
    for step, check, question in plan["checks"]:
        result = results.get((step, check, question), {})
        criterion = Criterion(check, question, Level(result.get("level", "MUST")), tuple(result.get("clauses", ())))
        number = table.setdefault(criterion, len(table))
        steps.append(PlannedStep(step, result.get("where", ""), (number,)))
        if result:
            verdicts.append(from_json(Verdict, {**result, "criteria": [number]}))
    place = plan["provider"], plan["scenario"]
    return Planned(*place, plan["not_applicable"], tuple(steps)), Judged(*place, tuple(verdicts))


def _exchange(record: Old) -> Exchange:
    key = _KEY.search(record["curl"].partition("--data-raw")[0])
    response = record["response"]
    came = response and {**response, "chunks": [_chunk(chunk) for chunk in response["chunks"]]}
    return from_json(Exchange, {**record, "response": came, "key_env": key and key[1]})


def _chunk(chunk: Old) -> Old:
    return {"at_ms": chunk["at_ms"], "data": {"base64": chunk["base64"]} if "base64" in chunk else chunk["text"]}
