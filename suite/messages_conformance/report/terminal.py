"""A run on a terminal: what is unexpected first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.failure import Failure, limited, sentence
from messages_conformance.report.matrix import Column
from messages_conformance.report.words import ANSWERS, QUESTION_WORDS, WORDS, list_some, one_line, plural
from messages_conformance.results.clients import Answer
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Scenario
from messages_conformance.results.verdict import Exit, Judgement

FINDINGS_SHOWN = 12
"""Findings that are told in full for one provider; the page has all of them."""

SCENARIOS_SHOWN = 4
LINES_SHOWN = 2
"""Lines with one label that are printed of one finding."""
REASONS_SHOWN = 4

_MARKS: Mapping[Exit, tuple[str, str]] = {
    Exit.CONFORMS: ("✓", "bold green"),
    Exit.DOES_NOT: ("✕", "bold red"),
    Exit.FAULT: ("!", "bold magenta"),
}


def summary(run: Run, console: Console, *, fail_on: Level = Level.MUST, page: Path | None = None) -> None:
    """Print one block per provider and the verdict on the run; `page` is where its HTML report is."""
    drawn = matrix.build(run, fail_on)
    for column in drawn.columns:
        _provider(column, console)
    for provider, reason in drawn.skipped:
        _say(console, Text.assemble(("–", "dim"), f" {one_line(provider.title)} was not run: {one_line(reason)}"))
    if drawn.skipped:
        console.print()
    if not run.complete:
        _say(console, Text("This run was cut off before its end: the rest was never judged.", "bold yellow"))
    _say(console, _verdict(drawn.judgement, "Verdict: "))
    if page:
        _say(console, Text(f"Evidence for every cell: open {page}", "dim"))


def _provider(column: Column, console: Console) -> None:
    _say(console, _verdict(column.judgement, f"{one_line(column.title)} "))
    if column.kind == "played":
        _say(console, Text(column.label, "yellow"), 2)
    if column.kind == "live":
        for note in column.notes:
            _say(console, Text(f"note: {one_line(note)}", "yellow"), 2)
    for question, counts in column.counts.items():
        _say(console, Text.assemble((f"{QUESTION_WORDS[question]}: ", "dim"), str(counts)), 2)
    _clients(column, console)
    for finding in column.findings[:FINDINGS_SHOWN]:
        _finding(finding, console)
    if len(column.findings) > FINDINGS_SHOWN:
        left = plural(len(column.findings) - FINDINGS_SHOWN, "finding")
        _say(console, Text(f"… and {left} more in the report", "dim"), 2)
    for known in column.known:
        where = list_some(_ids(known.scenarios), SCENARIOS_SHOWN)
        _say(console, Text(f"∘ known, in {where}: {one_line(known.reason)}", "dim"), 2)
    for undecided in column.open:
        where = list_some(_ids(undecided.scenarios), SCENARIOS_SHOWN)
        count = plural(len(undecided.seen), "check")
        note = undecided.seen[0].result.note
        told = f" {undecided.reason}: {count} left open in {where}" + (f" ({one_line(note)})" if note else "")
        _say(console, Text.assemble(("?", "bold blue"), told), 2)
    if column.not_asked:
        number = sum(len(scenarios) for scenarios in column.not_asked.values())
        reasons = list_some([one_line(reason) for reason in column.not_asked], REASONS_SHOWN)
        _say(console, Text(f"– {plural(number, 'scenario')} not asked: {reasons}", "dim"), 2)
    console.print()


def _clients(column: Column, console: Console) -> None:
    for answer, word in ANSWERS.items():
        told = [client.profile.title for client in column.clients if client.answer is answer]
        if told:
            _say(console, Text.assemble((f"{word.word}: ", "dim"), ", ".join(map(one_line, told))), 2)
    for client in column.clients:
        if client.answer is Answer.UNKNOWN:
            _say(console, Text(one_line(client.sentence), "dim"), 4)


def _finding(told: Failure, console: Console) -> None:
    style = "bold red" if told.level is Level.MUST else "bold yellow"
    head = Text.assemble((f"{WORDS[told.state].icon} {told.level} ", style), (one_line(told.headline), "bold"))
    head.append(f"  {told.check}, {' and '.join(QUESTION_WORDS[q] for q in told.questions)}", "dim")
    _say(console, head, 2)
    for line in limited(told.lines, LINES_SHOWN):
        said = sentence(replace(line, links=()), SCENARIOS_SHOWN)  # an address is long, and the page has it
        _say(console, Text.assemble((f"{line.label:<12} ", "dim"), said), 6, hang=13)


def _verdict(judgement: Judgement, before: str) -> Text:
    icon, style = _MARKS.get(judgement.exit, ("?", "bold blue"))
    return Text.assemble((f"{icon} {before}{one_line(judgement.sentence)}", style))


def _say(console: Console, line: Text, indent: int = 0, *, hang: int = 2) -> None:
    """Print `line`, wrapped at words; its further lines stand `hang` columns deeper. Nothing trails, for logs."""
    width = max(20, console.width - indent - hang)
    for number, part in enumerate(line.wrap(console, width)):
        part.rstrip()
        console.print(Text(" " * (indent + hang * (number > 0))) + part, highlight=False, soft_wrap=True)


def _ids(scenarios: Iterable[Scenario]) -> list[str]:
    return [one_line(scenario.id) for scenario in scenarios]
