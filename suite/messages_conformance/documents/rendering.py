"""The differences between two contracts: on a terminal, as Markdown, and as the page's section on the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup
from referencing import Registry
from rich.console import Console
from rich.table import Table
from rich.text import Text

from messages_conformance.catalog.contracts.conflicts import Conflict, conflicts
from messages_conformance.catalog.contracts.loading import CANONICAL
from messages_conformance.catalog.model import Clause, Contract
from messages_conformance.documents.comparison import (
    Comparison,
    Difference,
    Severity,
    Side,
    compare,
)
from messages_conformance.report.markup import environment
from messages_conformance.report.outputs.markdown import text
from messages_conformance.report.words import list_some, one_line, plural

CLAUSES_SHOWN: Final = 3
"""Clauses of one document that are named for one difference."""

SIDE_WORDS: Final[Mapping[Side, str]] = {
    Side.ENDPOINT: "Endpoint",
    Side.REQUEST: "Requests",
    Side.ANSWER: "Answers",
}
SEVERITY_WORDS: Final[Mapping[Severity, str]] = {
    Severity.BREAKS: "breaks",
    Severity.MAY_BREAK: "may break",
    Severity.HARMLESS: "harmless",
}
_STYLES: Final[Mapping[Severity, str]] = {
    Severity.BREAKS: "bold red",
    Severity.MAY_BREAK: "yellow",
    Severity.HARMLESS: "dim",
}


@dataclass(frozen=True, slots=True)
class Documents:
    """What the documents of one contract say, beside Anthropic's: `there` is for a client written for Anthropic's API
    that talks to this endpoint, `back` for one written for this endpoint that talks to Anthropic's."""

    contract: Contract
    there: Comparison
    back: Comparison
    conflicts: tuple[Conflict, ...]


def documents(contracts: Mapping[str, Contract], registry: Registry[Any]) -> tuple[Documents, ...]:
    """Every contract but Anthropic's, in the order of `contracts`."""
    anthropic = contracts[CANONICAL]
    return tuple(
        Documents(own, compare(anthropic, own, registry), compare(own, anthropic, registry), conflicts(own))
        for own in contracts.values()
        if own.id != CANONICAL
    )


def render_html(contracts: Mapping[str, Contract], registry: Registry[Any]) -> Markup:
    """The section as a fragment that needs neither a script nor a style sheet of its own."""
    clauses = {clause.id: clause for contract in contracts.values() for clause in contract.clauses.values()}
    return Markup(  # noqa: S704  the template escapes whatever it prints
        environment()
        .get_template("comparison.html.j2")
        .render(
            documents=documents(contracts, registry),
            clauses=clauses,
            by_side=by_side,
            tally=tally,
            SIDE_WORDS=SIDE_WORDS,
            SEVERITY_WORDS=SEVERITY_WORDS,
        )
    )


def by_side(differences: Iterable[Difference]) -> list[tuple[Side, list[Difference]]]:
    """The differences of a comparison, in their order, under the side of each."""
    return [(side, list(found)) for side, found in groupby(differences, key=lambda one: one.side)]


def tally(comparison: Comparison) -> str:
    """`2 break, 12 may break, 9 harmless`, or that there is no difference."""
    numbers = {s: sum(one.severity is s for one in comparison.differences) for s in Severity}
    words = {Severity.BREAKS: "break" if numbers[Severity.BREAKS] != 1 else "breaks"}
    told = [f"{number} {words.get(s, SEVERITY_WORDS[s])}" for s, number in numbers.items() if number]
    return ", ".join(told) or "no difference"


# --- terminal -------------------------------------------------------------------------------------------------------


def render_terminal(comparison: Comparison, console: Console) -> None:
    """Print one table per side, then what either document says against itself."""
    a, b = comparison.a, comparison.b
    console.print(Text(_heading(comparison), "bold"))
    console.print(Text(_tally_sentence(comparison)))
    for side, differences in by_side(comparison.differences):
        console.print()
        console.print(_table(side, differences, a, b))
    for contract in (a, b):
        _print_conflicts(contract, comparison.conflicts[contract.id], console)


def _table(side: Side, differences: Iterable[Difference], a: Contract, b: Contract) -> Table:
    table = Table(title=SIDE_WORDS[side], title_justify="left", title_style="bold", pad_edge=False, show_lines=True)
    for heading, ratio in (("", 2), ("place", 4), (one_line(a.title), 4), (one_line(b.title), 4), ("so", 9)):
        table.add_column(Text(heading), ratio=ratio, overflow="fold")
    for one in differences:
        so = Text(one_line(one.consequence))
        so.append("".join(f"\n{line}" for line in _clause_lines(one)), "dim")
        row = (Text(one_line(said)) for said in (one.place, one.ours, one.theirs))
        table.add_row(Text(SEVERITY_WORDS[one.severity], _STYLES[one.severity]), *row, so)
    return table


def _clause_lines(one: Difference) -> Iterator[str]:
    for clauses in (one.clauses_a, one.clauses_b):
        if clauses:
            yield list_some([one_line(clause) for clause in clauses], CLAUSES_SHOWN)


def _print_conflicts(contract: Contract, found: tuple[Conflict, ...], console: Console) -> None:
    if not found:
        return
    console.print()
    console.print(Text(f"What {one_line(contract.title)} says against itself", "bold"))
    for conflict in found:
        for mark, clause in (("-", conflict.one), (" ", conflict.other)):
            console.print(Text(f"{mark} {one_line(clause.text)} ").append(_cited(clause), "dim"))


# --- Markdown -------------------------------------------------------------------------------------------------------


def render_markdown(comparison: Comparison) -> str:
    """The comparison as GitHub-flavoured Markdown. The same contracts give the same text."""
    return "\n".join(_markdown(comparison)).rstrip() + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    a, b = comparison.a, comparison.b
    yield f"# {text(_heading(comparison))}\n"
    yield f"{text(_tally_sentence(comparison))}\n"
    for side, differences in by_side(comparison.differences):
        yield f"## {SIDE_WORDS[side]}\n"
        yield f"| | place | {text(a.title)} | {text(b.title)} | so | clauses |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for one in differences:
            clauses = "<br>".join(text(line) for line in _clause_lines(one))
            said = " | ".join(text(value) for value in (one.place, one.ours, one.theirs, one.consequence))
            yield f"| **{SEVERITY_WORDS[one.severity]}** | {said} | {clauses} |"
        yield ""
    for contract in (a, b):
        if found := comparison.conflicts[contract.id]:
            yield f"## What {text(contract.title)} says against itself\n"
            for conflict in found:
                sides = (f"{text(c.text)} *{text(_cited(c))}*" for c in (conflict.one, conflict.other))
                yield f"- {'<br>'.join(sides)}"
            yield ""


# --- words ----------------------------------------------------------------------------------------------------------


def _heading(comparison: Comparison) -> str:
    return f"A client written for {one_line(comparison.a.title)} that talks to {one_line(comparison.b.title)}"


def _tally_sentence(comparison: Comparison) -> str:
    found = comparison.differences
    if not found:
        return "The documents differ in nothing that they describe."
    return (
        f"{plural(len(found), 'difference')} between the documents: {tally(comparison)}. Nothing was asked of a server."
    )


def _cited(clause: Clause) -> str:
    return f"({one_line(clause.id)}, {one_line(clause.source.title)})"
