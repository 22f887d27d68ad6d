"""The differences between two contracts: on a terminal, as Markdown, and as the page's section on the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup
from referencing import Registry

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


# --- Markdown -------------------------------------------------------------------------------------------------------


def render_markdown(comparison: Comparison) -> str:
    """The comparison as GitHub-flavoured Markdown. The same contracts give the same text."""
    return "\n".join(_markdown(comparison)).rstrip() + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    a, b = comparison.a, comparison.b
    yield f"# {text(heading(comparison))}\n"
    yield f"{text(tally_sentence(comparison))}\n"
    for side, differences in by_side(comparison.differences):
        yield f"## {SIDE_WORDS[side]}\n"
        yield f"| | place | {text(a.title)} | {text(b.title)} | so | clauses |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for one in differences:
            clauses = "<br>".join(text(line) for line in clause_lines(one))
            said = " | ".join(text(value) for value in (one.place, one.ours, one.theirs, one.consequence))
            yield f"| **{SEVERITY_WORDS[one.severity]}** | {said} | {clauses} |"
        yield ""
    for contract in (a, b):
        if found := comparison.conflicts[contract.id]:
            yield f"## What {text(contract.title)} says against itself\n"
            for conflict in found:
                sides = (f"{text(c.text)} *{text(cited(c))}*" for c in (conflict.one, conflict.other))
                yield f"- {'<br>'.join(sides)}"
            yield ""


# --- words ----------------------------------------------------------------------------------------------------------


def clause_lines(one: Difference) -> Iterator[str]:
    """The clauses of either document behind a difference."""
    for clauses in (one.clauses_a, one.clauses_b):
        if clauses:
            yield list_some([one_line(clause) for clause in clauses], CLAUSES_SHOWN)


def heading(comparison: Comparison) -> str:
    """Who is asked about."""
    return f"A client written for {one_line(comparison.a.title)} that talks to {one_line(comparison.b.title)}"


def tally_sentence(comparison: Comparison) -> str:
    """How many differences there are, by what they cost."""
    found = comparison.differences
    if not found:
        return "The documents differ in nothing that they describe."
    return (
        f"{plural(len(found), 'difference')} between the documents: {tally(comparison)}. Nothing was asked of a server."
    )


def cited(clause: Clause) -> str:
    """A clause by its id and the document that it is from."""
    return f"({one_line(clause.id)}, {one_line(clause.source.title)})"
