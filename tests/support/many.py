"""One run of many providers, put together from runs of few: what a team that watches the field looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, cycle, islice
from typing import Any, TypeVar

from messages_conformance.results.records import (
    Criterion,
    Exchange,
    Footer,
    Header,
    Judged,
    Planned,
    Record,
)

T = TypeVar("T")


def renamed(records: Iterable[Record], old: str, new: str, title: str, **changes: Any) -> list[Record]:
    """What a run holds of the provider `old`, told of a provider `new`."""
    told: list[Record] = []
    for record in records:
        match record:
            case Header():
                found = next(provider for provider in record.providers if provider.id == old)
                told.append(replace(record, providers=(replace(found, id=new, title=title, **changes),)))
            case Exchange(provider=name) if name == old:
                told.append(replace(record, provider=new, id=_moved(record.id, old, new)))
            case Judged(provider=name) if name == old:
                verdicts = (
                    replace(v, exchanges=tuple(_moved(e, old, new) for e in v.exchanges)) for v in record.verdicts
                )
                told.append(replace(record, provider=new, verdicts=tuple(verdicts)))
            case Footer():
                told.append(record)
            case _ if getattr(record, "provider", None) == old:
                told.append(replace(record, provider=new))  # pyright: ignore[reportCallIssue]  all but these have one
            case _:
                pass
    return told


def multiplied(records: Sequence[Record], number: int) -> list[Record]:
    """A run of `number` providers, which are those of `records` again and again under other names."""
    header = next(record for record in records if isinstance(record, Header))
    chosen = islice(enumerate(cycle(header.providers)), number)
    return joined(
        renamed(records, provider.id, f"{provider.id}-{place}", f"{provider.title} {place}")
        for place, provider in chosen
    )


def joined(runs: Iterable[Sequence[Record]]) -> list[Record]:
    """One stream of several complete ones, whose providers have different ids."""
    told = [list(run) for run in runs]
    headers = [record for run in told for record in run if isinstance(record, Header)]
    criteria = _union(header.criteria for header in headers)
    places = {criterion: place for place, criterion in enumerate(criteria)}
    first = headers[0]
    whole = replace(
        first,
        providers=_union(header.providers for header in headers),
        contracts=_union(header.contracts for header in headers),
        clauses=_union(header.clauses for header in headers),
        scenarios=_union(header.scenarios for header in headers),
        checks=_union(header.checks for header in headers),
        criteria=criteria,
    )
    parts = [_pointing(run, header.criteria, places) for run, header in zip(told, headers, strict=True)]
    footers = [record for run in told for record in run if isinstance(record, Footer)]
    return [whole, *chain.from_iterable(parts), footers[-1]]


def _pointing(run: Iterable[Record], old: Sequence[Criterion], places: dict[Criterion, int]) -> list[Record]:
    """All but header and footer, their criteria named by the places in the joined header."""

    def moved(numbers: Iterable[int]) -> tuple[int, ...]:
        return tuple(places[old[number]] for number in numbers)

    told: list[Record] = []
    for record in run:
        match record:
            case Planned():
                steps = (replace(step, criteria=moved(step.criteria)) for step in record.steps)
                told.append(replace(record, steps=tuple(steps)))
            case Judged():
                verdicts = (replace(verdict, criteria=moved(verdict.criteria)) for verdict in record.verdicts)
                told.append(replace(record, verdicts=tuple(verdicts)))
            case Header() | Footer():
                pass
            case _:
                told.append(record)
    return told


def _union(lists: Iterable[Iterable[T]]) -> tuple[T, ...]:
    """Every item once, in the order of its first appearance. Of what has an id, the first with it stands."""
    found: dict[Any, T] = {}
    for item in chain.from_iterable(lists):
        found.setdefault(getattr(item, "id", item), item)
    return tuple(found.values())


def _moved(exchange: str, old: str, new: str) -> str:
    return exchange.replace(f"{old}/", f"{new}/", 1)
