"""The matrix as GitHub-flavoured Markdown, for a CI job's summary. The same stream gives the same text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from messages_conformance.catalog.model import Level
from messages_conformance.report import matrix
from messages_conformance.report.failure import Failure, limited, sentence
from messages_conformance.report.first_events import FirstEvents, first_events
from messages_conformance.report.matrix import Area, Column, Matrix, Square
from messages_conformance.report.overview import CAUSES_SHOWN, Overview, overview, spent_words
from messages_conformance.report.words import (
    ANSWERS,
    CONFORMANCE,
    QUESTION_MEANS,
    QUESTION_WORDS,
    WORDS,
    list_some,
    models,
    one_line,
    plural,
    short_title,
)
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Scenario
from messages_conformance.results.verdict import Exit

_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")

FINDINGS_SHOWN = 50
"""Findings that are told for one provider; the page has them all."""

SCENARIOS_SHOWN = 8
"""Scenarios that are named for one failure."""

UNFOLDED = 60
"""Lines before what is folded, for up to 16 providers."""

UNKNOWNS_SHOWN = 5
PROVIDERS_SHOWN = 3

BYTES = 1_000_000
"""No report is larger: GitHub refuses a job summary over 1 MiB.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""

LINES_SHOWN = 6
"""Lines with one label that are printed of one failure."""


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"matrix.md": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The report: the first screen, and folded below it the matrix, and what fails at each provider."""
    seen, drawn = overview(run, fail_on), matrix.build(run, fail_on)
    parts = [_whole(_first(seen))]
    left, size = 0, len(parts[0].encode())
    for title, lines in (*_load(run), *_folded(drawn)):
        part = f"<details><summary>{title}</summary>\n\n{_whole(lines)}\n</details>\n"
        size += len(part.encode())
        if size > BYTES:
            left += 1
        else:
            parts.append(part)
    if left:
        parts.append(f"There was no room here for {plural(left, 'more part')}: the HTML report has everything.\n")
    return "\n".join(parts)


def _whole(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def text(value: str) -> str:
    """`value` on one line, with nothing in it that Markdown or HTML would act on."""
    return _SPECIAL.sub(r"\\\1", escape(one_line(value), quote=False))


# --- the first screen -------------------------------------------------------------------------------------------------


def _first(seen: Overview) -> Iterator[str]:
    head = [*_strip(seen), *_table(seen)]
    unknown = [*_unknown(seen)]
    yield from head
    yield from _causes(seen, UNFOLDED - len(head) - len(unknown))
    yield from unknown


def _strip(seen: Overview) -> Iterator[str]:
    suite = seen.run.header.suite
    yield "# Messages API conformance\n"
    yield from (f"- **{text(line)}**" for line in seen.headlines)
    yield f"- exit code {seen.judgement.exit.value}: {text(seen.judgement.sentence)}"
    if seen.spent is None:
        yield "- this run was cut off before its end; the rest was never judged"
    else:
        yield f"- {text(spent_words(seen.spent))}"
    yield f"- {text(suite.name)} {text(suite.version)}, started {text(seen.run.header.started)}"
    yield ""


def _table(seen: Overview) -> Iterator[str]:
    """Providers by questions and clients."""
    if not seen.rows:
        return
    headings = [*QUESTION_WORDS.values(), *(text(short_title(profile)) for profile in seen.profiles)]
    yield f"| provider | {' | '.join(headings)} |"
    yield "| --- |" + " --- |" * len(headings)
    for row in seen.rows:
        asked = [CONFORMANCE[row.answers[q]].emoji if q in row.answers else "–" for q in QUESTION_WORDS]
        cells = [*asked, *(ANSWERS[client.answer].emoji for client in row.clients)]
        played = f"<br>{row.label}" if row.provider.kind == "played" else ""
        yield f"| {text(row.provider.title)}{played} | {' | '.join(cells)} |"
    yield ""
    yield "✅ conforms, works · ❌ does not, breaks · ❔ undecided, unknown · – not asked\n"


def _causes(seen: Overview, room: int) -> Iterator[str]:
    """The worst causes of each provider that does not conform, and the sentence of who was not asked; fewer of each
    where there are many."""
    at_fault = [row for row in seen.rows if row.judgement.exit is not Exit.CONFORMS]
    if not at_fault and not seen.skipped:
        return
    yield "## What does not work\n"
    spare = room - 3 - len(at_fault) - len(seen.skipped)
    kinds = 1 + any(row.untrue for row in at_fault)
    shown = min(CAUSES_SHOWN, max(0, spare // max(1, kinds * len(at_fault))))
    for row in at_fault:
        yield f"- **{text(row.provider.title)}** {text(row.judgement.sentence)}"
        yield from (f"  - {told.level}: {_told(told)}" for told in row.worst[:shown])
        yield from (f"  - expectation: {text(account.told)}" for account in row.untrue[:shown])
    yield from (f"- **{text(one.title)}** was not run: {text(reason)}" for one, reason in seen.skipped)
    yield ""


def _told(failure: Failure) -> str:
    where = f"{plural(failure.places, 'scenario')}; {text(failure.check)}"
    return f"{text(failure.headline.rstrip('.'))} ({where})"


def _unknown(seen: Overview) -> Iterator[str]:
    if not seen.unknowns:
        return
    yield "## What is unknown\n"
    for found in seen.unknowns[:UNKNOWNS_SHOWN]:
        clients = text(", ".join(short_title(client) for client in found.clients))
        where = text(list_some([provider.title for provider in found.providers], PROVIDERS_SHOWN))
        yield f"- {clients} at {where}: {text(found.reason)}"
    if len(seen.unknowns) > UNKNOWNS_SHOWN:
        yield f"- and {len(seen.unknowns) - UNKNOWNS_SHOWN} more reasons"
    yield ""


# --- what is folded ---------------------------------------------------------------------------------------------------


def _load(run: Run) -> Iterator[tuple[str, Iterable[str]]]:
    if found := first_events(run):
        yield "When the first event came", _first_events(found)


def _first_events(found: Iterable[FirstEvents]) -> Iterator[str]:
    yield "| provider | streams | began | p50 | p95 | max |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for one in found:
        times = " | ".join(f"{ms:,.0f} ms" for ms in (one.p50, one.p95, one.longest))
        names = f"{text(one.provider.title)} | {text(one.scenario.title)}"
        yield f"| {names} | {one.began} of {one.sent} | {times} |"
    yield ""


def _folded(drawn: Matrix) -> Iterator[tuple[str, Iterable[str]]]:
    """Parts with their titles, the most important first: what has no room is left out from the end."""
    yield "What the words mean", _legend()
    yield "The whole matrix", (line for area in drawn.areas for line in _area(drawn, area))
    yield "Providers, models and counts", _providers(drawn)
    for column in drawn.columns:
        if column.findings or column.known or column.open or column.not_asked or column.untrue or column.trial:
            yield f"All of {text(column.title)}", _below(column)


def _providers(drawn: Matrix) -> Iterator[str]:
    yield "| provider | kind | verdict | drop-in | as documented | models |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in drawn.columns:
        counts = [str(column.counts[q]) if q in column.counts else "not asked" for q in QUESTION_WORDS]
        cells = [text(column.title), column.label, text(column.judgement.sentence), *counts]
        yield f"| {' | '.join(cells)} | {text(models(column.provider))} |"
    for provider, reason in drawn.skipped:
        yield f"| {text(provider.title)} | not run | {text(reason)} | | | |"
    yield ""


def _area(drawn: Matrix, area: Area) -> Iterator[str]:
    yield f"### {text(area.id)}\n"
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
    yield "Two words in a cell answer two questions, in this order:\n"
    yield from (f"- **{word}**: {QUESTION_MEANS[question]}" for question, word in QUESTION_WORDS.items())
    yield ""
    yield from (f"- {word.emoji} **{word.word}**: {word.means}" for word in WORDS.values())
    yield ""


def _below(column: Column) -> Iterator[str]:
    if column.kind == "played":
        yield f"*{column.label}*\n"
    yield from (f"- note: {text(note)}" for note in column.notes)
    if column.trial:
        yield f"- {text(column.trial.sentence)}"
        yield from (f"  - {text(line)}" for line in column.trial.lines)
    for finding in column.findings[:FINDINGS_SHOWN]:
        yield from _finding(finding)
    if len(column.findings) > FINDINGS_SHOWN:
        yield f"- and {plural(len(column.findings) - FINDINGS_SHOWN, 'finding')} more in the HTML report"
    yield from (f"- expectation that does not hold: {text(account.told)}" for account in column.untrue)
    for known in column.known:
        where = list_some(_ids(known.scenarios), SCENARIOS_SHOWN)
        yield f"- known and accepted, in {where}: {text(known.reason)}"
    for undecided in column.open:
        where = list_some(_ids(undecided.scenarios), SCENARIOS_SHOWN)
        yield f"- not decided, {text(undecided.reason)}: {plural(len(undecided.seen), 'check')} in {where}"
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
