"""History on a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from messages_conformance.report.across.history_words import (
    BREAKS,
    NOT_ASKED,
    TURNS,
    UNKNOWN,
    WORKS,
    Line,
    Shown,
    headline,
    newest,
    shown,
    times,
)
from messages_conformance.report.across.past import Past
from messages_conformance.report.console import Console
from messages_conformance.report.outputs.markdown import text
from messages_conformance.report.words import list_some, one_line, plural
from messages_conformance.results.across.history import Event, History

EVENTS_SHOWN: Final = 8
RUNS_SHOWN: Final = 30
"""Runs in which something turned that are told in Markdown; the page has all."""
STRIP: Final = 40
"""Runs of a strip on a terminal, the latest; fewer where it is narrow."""
SINCE: Final = len("  undecided since 2026-01-01  ")

_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    WORKS: ("✓", "green"),
    BREAKS: ("✕", "bold red"),
    UNKNOWN: ("?", "blue"),
    NOT_ASKED: ("·", "dim"),
}


def print_history(past: Past, console: Console, page: Path | None = None) -> None:
    """Print a strip of the latest runs for each provider, and for each of its clients whose answer changed in them;
    then what turned last."""
    at = times(past.history)
    console.print(Text(f"{plural(len(at), 'run')}, {at[0]} to {at[-1]}", "bold"))
    _strips(shown(past.history), at, console)
    _events(past.history, at, console)
    for reason in past.unread:
        _say(console, Text(f"not read: {one_line(reason)}", "yellow"))
    if page:
        console.print(Text(f"\nAll of it: open {page}", "dim"), soft_wrap=True)


def _strips(found: Sequence[Shown], at: Sequence[str], console: Console) -> None:
    named = [(one.title if line is one.lines[0] else f"  {line.name}", line) for one in found for line in one.lines]
    width = max(cell_len(name) for name, _ in named)
    latest = max(1, min(STRIP, console.width - width - SINCE))
    for name, line in named:
        if not name.startswith("  ") or _turned(line, latest):
            strip = Text.assemble(set_cell_size(name, width), "  ", _strip(line)[-latest:])
            _say(console, strip.append(f"  {_since(line, at)}", "dim"))


def _events(history: History, at: Sequence[str], console: Console) -> None:
    events = ((n, title, event) for n, found in newest(history) for title, them in found for event in them)
    told = list(islice(events, EVENTS_SHOWN + 1))
    if told:
        console.print()
    for number, title, event in told[:EVENTS_SHOWN]:
        sign, tone = TURNS[event.turn]
        head = (f"{sign} {event.turn} ", _SIGNS[tone][1]), (f"{at[number][:10]} ", "dim")
        _say(console, Text.assemble(*head, f"{title}: ", _said(event)))
    if len(told) > EVENTS_SHOWN:
        _say(console, Text("… and more in the page", "dim"))


def _turned(line: Line, latest: int) -> bool:
    """Whether an answer changed within so many of the latest runs."""
    return line.changes > 0 and line.now.length < latest


def _strip(line: Line) -> Text:
    return Text.assemble(*(_SIGNS[stretch.tone] for stretch in line.stretches for _ in range(stretch.length)))


def _since(line: Line, at: Sequence[str]) -> str:
    return f"{line.now.word} since {at[line.now.first][:10]}" if line.changes else line.now.word


def _said(event: Event) -> str:
    hurt = f" ({', '.join(map(one_line, event.clients))})" if event.clients else ""
    return f"{event.level} {headline(event)}{hurt}"


def _say(console: Console, line: Text) -> None:
    """Print `line` cut at the width of the terminal."""
    line.truncate(console.width, overflow="ellipsis")
    line.rstrip()
    console.print(line, highlight=False, soft_wrap=True)


# --- Markdown ---------------------------------------------------------------------------------------------------------


def render_markdown(past: Past, pages: Sequence[str | None]) -> str:
    """History as GitHub-flavoured Markdown; `pages` are the addresses of the runs' pages."""
    return "\n".join(_markdown(past, pages)).rstrip() + "\n"


def _markdown(past: Past, pages: Sequence[str | None]) -> Iterator[str]:
    at = times(past.history)
    yield f"# History of {plural(len(at), 'run')}, {at[0]} to {at[-1]}\n"
    yield "| provider | | now | since | changes |"
    yield "| --- | --- | --- | --- | --- |"
    for one in shown(past.history):
        for line in one.lines:
            now = f"{_SIGNS[line.now.tone][0]} {line.now.word}"
            yield f"| {text(one.title)} | {text(line.name)} | {now} | {at[line.now.first]} | {line.changes} |"
    yield "\n## What turned, newest first\n"
    turned = list(newest(past.history))
    for number, found in turned[:RUNS_SHOWN]:
        page = pages[number]
        yield f"- [{at[number]}]({page})" if page else f"- {at[number]}"
        yield from (
            f"  - {TURNS[e.turn][0]} **{e.turn}** {text(title)}: {text(_said(e))}"
            for title, them in found
            for e in them
        )
    if len(turned) > RUNS_SHOWN:
        yield f"- and {plural(len(turned) - RUNS_SHOWN, 'run')} more in the page"
    if not turned:
        yield "Nothing turned."
    if past.unread:
        yield f"\nNot read: {text(list_some(list(past.unread), 5, '; '))}"
