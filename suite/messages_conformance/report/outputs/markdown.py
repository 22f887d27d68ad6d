"""The matrix as GitHub-flavoured Markdown, for a CI job's summary. The same stream gives the same text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.failure import Failure, limited, sentence
from messages_conformance.report.matrix import Area, Column, Matrix, Square
from messages_conformance.report.words import (
    ANSWERS,
    QUESTION_MEANS,
    QUESTION_WORDS,
    WORDS,
    list_some,
    models,
    one_line,
    plural,
)
from messages_conformance.results.clients import Answer
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Scenario

_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")

FINDINGS_SHOWN = 50
"""Findings that are told for one provider: GitHub refuses a job summary over 1 MiB, and the page has them all.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""

SCENARIOS_SHOWN = 8
"""Scenarios that are named for one failure."""

LINES_SHOWN = 6
"""Lines with one label that are printed of one failure."""


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"matrix.md": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The report: run, providers, matrix, legend, and what fails at each provider."""
    drawn = matrix.build(run, fail_on)
    parts = [
        *_strip(drawn),
        *_providers(drawn),
        *_clients(drawn),
        *(line for area in drawn.areas for line in _area(drawn, area)),
        *_legend(),
        *(line for column in drawn.columns for line in _below(column)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def text(value: str) -> str:
    """`value` on one line, with nothing in it that Markdown or HTML would act on."""
    return _SPECIAL.sub(r"\\\1", escape(one_line(value), quote=False))


def _strip(drawn: Matrix) -> Iterator[str]:
    run = drawn.run
    suite = run.header.suite
    yield "# Messages API conformance\n"
    yield f"**{text(drawn.judgement.sentence)}.**\n"
    if not run.complete:
        yield "This run was cut off before its end; the rest was never judged.\n"
    spent = ""
    if run.footer:
        tokens = run.footer.tokens
        cost = "".join(f", {amount:.4f} {text(currency)}" for currency, amount in run.footer.cost.items())
        spent = f", {tokens.input} tokens in and {tokens.output} out{cost}"
    yield (
        f"{text(suite.name)} {text(suite.version)}, started {text(run.header.started)}, "
        f"{plural(len(drawn.columns), 'provider')}, {plural(len(run.scenarios), 'scenario')}{spent}.\n"
    )


def _providers(drawn: Matrix) -> Iterator[str]:
    yield "## Providers\n"
    yield "| provider | kind | verdict | drop-in | as documented | models |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in drawn.columns:
        counts = [str(column.counts[q]) if q in column.counts else "not asked" for q in QUESTION_WORDS]
        cells = [text(column.title), column.label, text(column.judgement.sentence), *counts]
        yield f"| {' | '.join(cells)} | {text(models(column.provider))} |"
    for provider, reason in drawn.skipped:
        yield f"| {text(provider.title)} | not run | {text(reason)} | | | |"
    yield ""


def _clients(drawn: Matrix) -> Iterator[str]:
    profiles = drawn.run.profiles
    if not profiles or not drawn.columns:
        return
    yield "## Clients\n"
    yield f"| client | {' | '.join(_titles(drawn))} |"
    yield "| --- |" + " --- |" * len(drawn.columns)
    for index, profile in enumerate(profiles):
        found = [ANSWERS[column.clients[index].answer] for column in drawn.columns]
        yield f"| {text(profile.title)} | {' | '.join(f'{word.emoji} {word.word}' for word in found)} |"
    yield ""
    unknown = [(c, client) for c in drawn.columns for client in c.clients if client.answer is Answer.UNKNOWN]
    yield from (f"- {text(column.title)}: {text(client.sentence)}" for column, client in unknown)
    yield ""


def _area(drawn: Matrix, area: Area) -> Iterator[str]:
    yield f"## {text(area.id)}\n"
    yield f"| scenario | {' | '.join(_titles(drawn))} |"
    yield "| --- |" + " --- |" * len(drawn.columns)
    for row in area.rows:
        yield f"| {text(row.scenario.title)} | {' | '.join(_square(square) for square in row.squares)} |"
    yield ""


def _titles(drawn: Matrix) -> list[str]:
    """A column's heading; what a played document shows is never to be taken for a live service."""
    return [text(c.title) + (f"<br>{c.label}" if c.kind == "played" else "") for c in drawn.columns]


def _square(square: Square) -> str:
    return " / ".join(f"{WORDS[state].emoji} {WORDS[state].word}" for state in square.states.values())


def _legend() -> Iterator[str]:
    yield "## What the words mean\n"
    yield "Two words in a cell answer two questions, in this order:\n"
    yield from (f"- **{word}**: {QUESTION_MEANS[question]}" for question, word in QUESTION_WORDS.items())
    yield ""
    yield from (f"- {word.emoji} **{word.word}**: {word.means}" for word in WORDS.values())
    yield ""


def _below(column: Column) -> Iterator[str]:
    if not (column.findings or column.known or column.open or column.not_asked):
        return
    yield f"## {text(column.title)}\n"
    if column.kind == "played":
        yield f"*{column.label}*\n"
    for finding in column.findings[:FINDINGS_SHOWN]:
        yield from _finding(finding)
    if len(column.findings) > FINDINGS_SHOWN:
        yield f"- and {plural(len(column.findings) - FINDINGS_SHOWN, 'finding')} more in the HTML report"
    for known in column.known:
        where = list_some(_ids(known.scenarios), SCENARIOS_SHOWN)
        yield f"- known and accepted, in {where}: {text(known.reason)}"
    for undecided in column.open:
        where = list_some(_ids(undecided.scenarios), SCENARIOS_SHOWN)
        yield f"- left open, {text(undecided.reason)}: {plural(len(undecided.seen), 'check')} in {where}"
    for reason, scenarios in column.not_asked.items():
        where = list_some(_ids(scenarios), SCENARIOS_SHOWN)
        yield f"- not asked, {text(reason)}: {plural(len(scenarios), 'scenario')}, {where}"
    yield ""


def _finding(told: Failure) -> Iterator[str]:
    asked = " and ".join(QUESTION_WORDS[question] for question in told.questions)
    yield f"- **{told.level}**, {asked}: {text(told.headline)} ({text(told.check)})"
    for line in limited(told.lines, LINES_SHOWN):
        yield f"  - {line.label}: {sentence(line, SCENARIOS_SHOWN, text, _link)}"


def _ids(scenarios: tuple[Scenario, ...]) -> list[str]:
    return [text(scenario.id) for scenario in scenarios]


def _link(name: str, url: str) -> str:
    if not url.startswith(("https://", "http://")):
        return text(name)
    return f"[{text(name)}]({quote(url, safe=':/?#&=%@+,;~-._')})"
