"""Everything that a terminal is told of each provider: `-v`. The page shows more, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich.text import Text

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.console import Console
from messages_conformance.report.failure import Failure, limited, sentence
from messages_conformance.report.matrix import Column
from messages_conformance.report.overview import spent_at, spent_words
from messages_conformance.report.terminal.lines import fold, put, say
from messages_conformance.report.terminal.screen import MARKS, VERDICT_MARKS
from messages_conformance.report.words import ANSWERS, QUESTION_WORDS, WORDS, list_some, one_line, plural
from messages_conformance.results.clients import Answer
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Scenario

SCENARIOS_SHOWN = 4
LINES_SHOWN = 2
"""Lines with one label that are printed of one finding."""
REASONS_SHOWN = 4
LABEL_ENDS = 19
"""The column in which a finding's lines begin, after their labels."""


def details(run: Run, console: Console, fail_on: Level) -> None:
    """Print one block for each provider that was run."""
    for column in matrix.build(run, fail_on).columns:
        _provider(run, column, console)


def _provider(run: Run, column: Column, console: Console) -> None:
    mark = VERDICT_MARKS.get(column.judgement.exit, "?")
    said = f"{mark} {one_line(column.title)} {one_line(column.judgement.sentence)}"
    say(console, Text(said, MARKS[mark]))
    if column.kind == "played":
        say(console, Text(column.label, "yellow"), 2)
    for note in column.notes if column.kind == "live" else ():
        say(console, Text(f"note: {one_line(note)}", "yellow"), 2)
    _facts(run, column, console)
    _clients(column, console)
    for account in column.untrue:
        say(console, Text.assemble(("! expectation ", "bold red"), one_line(account.told)), 2)
    for finding in column.findings:
        _finding(finding, console)
    for known in column.known:
        where = list_some(_ids(known.scenarios), SCENARIOS_SHOWN)
        say(console, Text(f"∘ known, in {where}: {one_line(known.reason)}", "dim"), 2)
    for undecided in column.open:
        where = list_some(_ids(undecided.scenarios), SCENARIOS_SHOWN)
        count = plural(len(undecided.seen), "check")
        note = undecided.seen[0].result.note
        told = f" {undecided.reason}: {count} not decided, in {where}" + (f" ({one_line(note)})" if note else "")
        say(console, Text.assemble(("?", "bold blue"), told), 2)
    if column.not_asked:
        number = sum(len(scenarios) for scenarios in column.not_asked.values())
        reasons = list_some([one_line(reason) for reason in column.not_asked], REASONS_SHOWN, "; ")
        say(console, Text(f"– {plural(number, 'scenario')} not asked: {reasons}", "dim"), 2)
    console.print()


def _facts(run: Run, column: Column, console: Console) -> None:
    """How many of what was judged hold, and what that took; what the official SDK could do."""
    told = [(QUESTION_WORDS[question], str(counts)) for question, counts in column.counts.items()]
    told += [("took", spent_words(spent))] if (spent := spent_at(run, column.provider)) else []
    told += [("jobs", column.trial.sentence)] if column.trial else []
    for name, said in told:
        say(console, Text.assemble((f"{name}: ", "dim"), said), 2)
    for line in column.trial.lines if column.trial else ():
        say(console, Text(line), 4)


def _clients(column: Column, console: Console) -> None:
    for answer, word in ANSWERS.items():
        found = [client for client in column.clients if client.answer is answer]
        if answer is Answer.UNKNOWN:
            for client in found:
                said = f"{one_line(client.profile.title)}: {one_line(client.why)}"
                say(console, Text.assemble((f"{word.word}: ", "dim"), said), 2)
        elif found:
            titles = ", ".join(one_line(client.profile.title) for client in found)
            say(console, Text.assemble((f"{word.word}: ", "dim"), titles), 2)


def _finding(told: Failure, console: Console) -> None:
    style = "bold red" if told.level is Level.MUST else "bold yellow"
    head = Text.assemble((f"{WORDS[told.state].icon} {told.level} ", style), (one_line(told.headline), "bold"))
    head.append(f"  {told.check}, {' and '.join(QUESTION_WORDS[q] for q in told.questions)}", "dim")
    say(console, head, 2)
    for line in limited(told.lines, LINES_SHOWN):
        said = sentence(replace(line, links=()), SCENARIOS_SHOWN)  # an address is long, and the page has it
        first, *others = fold(said, max(20, console.width - LABEL_ENDS))
        put(console, [Text.assemble("      ", (f"{line.label:<12} ", "dim"), first)])
        put(console, (Text(" " * LABEL_ENDS + other) for other in others))


def _ids(scenarios: Iterable[Scenario]) -> list[str]:
    return [one_line(scenario.id) for scenario in scenarios]
