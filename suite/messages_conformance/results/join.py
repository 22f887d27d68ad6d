"""One stream from the parts that several processes wrote of the same plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from messages_conformance.results.records import Diagnosed, Exchange, Footer, Judged, Planned, Record, Spent, Tokens
from messages_conformance.results.stream import FileSink, has_begun, read_records


def join(parts: Sequence[Path], whole: Path) -> None:
    """Write the stream `whole`: the plan once, and what each part judged of it.

    A scenario's exchanges come from the part that judged it: a preflight or twin is sent by every process that needs
    it, and its exchanges bear the same ids everywhere. There is a footer only if every part has one and nothing that
    was planned is missing.
    """
    read = [list(read_records(part)) for part in parts if has_begun(part)]
    plan = read[0] if read else []
    judge = {_cell(record): number for number, told in enumerate(read) for record in told if isinstance(record, Judged)}
    planned = {_cell(record) for record in plan if isinstance(record, Planned) and record.steps}
    footers = [record for told in read for record in told if isinstance(record, Footer)]
    sink = FileSink(whole)
    try:
        for record in plan:
            if not isinstance(record, Diagnosed | Exchange | Judged | Footer):
                sink(record)
        for diagnosed in _diagnosed(read).values():
            sink(diagnosed)
        for number, told in enumerate(read):
            for record in told:
                if isinstance(record, Exchange | Judged) and judge.get(_cell(record)) == number:
                    sink(record)
        if judge.keys() == planned and len(footers) == len(parts):
            sink(summed(footers))
    finally:
        sink.close()


def _diagnosed(parts: Iterable[Iterable[Record]]) -> Mapping[str, Diagnosed]:
    """What ended the run of a provider, by its id: each process asks first requests of its own."""
    return {record.provider: record for part in parts for record in part if isinstance(record, Diagnosed)}


def _cell(record: Planned | Exchange | Judged) -> tuple[str, str]:
    return record.provider, record.scenario


def summed(footers: Sequence[Footer]) -> Footer:
    """The footer of all parts together."""
    return Footer(
        finished=max(footer.finished for footer in footers),
        results=_sum(footer.results for footer in footers),
        exchanges=sum(footer.exchanges for footer in footers),
        tokens=_tokens(footer.tokens for footer in footers),
        cost=_sum(footer.cost for footer in footers),
        spent=_spent(footers),
    )


def _spent(footers: Iterable[Footer]) -> tuple[Spent, ...]:
    """What was used at each provider, all parts together."""
    parts: dict[str, list[Spent]] = defaultdict(list)
    for footer in footers:
        for spent in footer.spent:
            parts[spent.provider].append(spent)
    return tuple(
        Spent(
            name,
            sum(each.requests for each in some),
            round(sum(each.seconds for each in some), 3),
            _tokens(each.tokens for each in some),
            _sum(each.cost for each in some),
        )
        for name, some in parts.items()
    )


def _tokens(counted: Iterable[Tokens]) -> Tokens:
    every = list(counted)
    return Tokens(sum(each.input for each in every), sum(each.output for each in every))


def _sum(numbers: Iterable[Mapping[str, float]]) -> dict[str, Any]:
    total: Counter[str] = Counter()
    for some in numbers:
        total.update(some)
    return dict(sorted(total.items()))
