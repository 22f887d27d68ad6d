"""What two contracts say otherwise, on a terminal: by what it costs a client, and everything of one kind together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from rich.text import Text

from messages_conformance.catalog.contracts.conflicts import Conflict
from messages_conformance.catalog.model import Contract
from messages_conformance.documents.comparison import Comparison, Difference, Severity
from messages_conformance.documents.rendering import (
    SEVERITY_WORDS,
    SIDE_WORDS,
    by_side,
    cited,
    clause_lines,
    heading,
    tally_sentence,
)
from messages_conformance.report.console import Console
from messages_conformance.report.terminal.lines import fold, put
from messages_conformance.report.words import list_some, one_line, plural

PLACES_SHOWN: Final = 8
"""Places of one group that are named."""

INDENT: Final = 13
"""The column in which a difference is told, after what it costs."""

_STYLES: Final = {Severity.BREAKS: "bold red", Severity.MAY_BREAK: "yellow", Severity.HARMLESS: "dim"}


def render_terminal(comparison: Comparison, console: Console, *, verbose: bool = False) -> None:
    """Print the differences under their sides, those of one kind together; `verbose`: each with its clauses, and what
    either document says against itself."""
    put(console, _lines(comparison, console.width, verbose=verbose))


def _lines(comparison: Comparison, width: int, *, verbose: bool) -> Iterator[Text]:
    yield from (Text(line, "bold") for line in fold(heading(comparison), width))
    yield from (Text(line) for line in fold(tally_sentence(comparison), width))
    for side, differences in by_side(comparison.differences):
        yield Text()
        yield Text(SIDE_WORDS[side], "bold")
        for group in _groups(differences, verbose=verbose):
            yield from _group(group, width, verbose=verbose)
    for contract in (comparison.a, comparison.b):
        if found := comparison.conflicts[contract.id]:
            yield Text()
            yield from _conflicts(contract, found, width, verbose=verbose)
    if not verbose:
        yield Text()
        yield from (Text(line, "dim") for line in fold("-v shows every difference with its clauses.", width))


def _groups(differences: Iterable[Difference], *, verbose: bool) -> Iterator[tuple[Difference, ...]]:
    """Those that come one after the other and cost the same for the same reason; each alone where all is shown."""
    if verbose:
        yield from ((one,) for one in differences)
        return
    for _, group in groupby(sorted(differences, key=_rank), key=_rank):
        yield tuple(group)


def _rank(one: Difference) -> tuple[int, str, str]:
    return one.severity.rank, one.kind, one.detail


def _group(group: tuple[Difference, ...], width: int, *, verbose: bool) -> Iterator[Text]:
    first = group[0]
    if len(group) == 1:
        said = [
            one_line(first.place),
            f"{one_line(first.ours)} → {one_line(first.theirs)}",
            one_line(first.consequence),
        ]
        said += [line for line in clause_lines(first) if verbose]
    else:
        places = [one_line(one.place) for one in group]
        said = [f"{len(group)} times, such as: {one_line(first.consequence)}", list_some(places, PLACES_SHOWN)]
    lines = [line for part in said for line in fold(part, max(20, width - INDENT))]
    head = Text.assemble("  ", (f"{SEVERITY_WORDS[first.severity]:<{INDENT - 2}}", _STYLES[first.severity]))
    yield head.append(lines[0])
    yield from (Text(" " * INDENT + line) for line in lines[1:])


def _conflicts(contract: Contract, found: tuple[Conflict, ...], width: int, *, verbose: bool) -> Iterator[Text]:
    title = one_line(contract.title)
    if not verbose:
        told = f"The documents of {title} contradict each other {plural(len(found), 'time')}."
        yield from (Text(line) for line in fold(told, width))
        return
    yield from (Text(line, "bold") for line in fold(f"What {title} says against itself", width))
    for conflict in found:
        for mark, clause in (("- ", conflict.one), ("  ", conflict.other)):
            first, *others = fold(f"{one_line(clause.text)} {cited(clause)}", max(20, width - 2))
            yield Text(mark + first)
            yield from (Text(f"  {line}") for line in others)
