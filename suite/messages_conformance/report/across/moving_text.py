"""A comparison on a terminal, in one screen, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from messages_conformance.catalog.model import Level
from messages_conformance.report.across.moving import Half, Moving, Told, levels
from messages_conformance.report.console import Console
from messages_conformance.report.outputs.markdown import text
from messages_conformance.report.words import ANSWERS, list_some, one_line, plural
from messages_conformance.results.across.comparison import ClientChange, Kind
from messages_conformance.results.clients import Answer

SHOWN: Final = 3
"""Changes of one kind, and reasons, that a terminal shows of one comparison; the page has all."""
SCENARIOS_SHOWN: Final = 6

KIND_WORDS: Final[Mapping[Kind, tuple[str, str, str]]] = {
    Kind.WORSE: ("✕", "bold red", "❌"),
    Kind.BETTER: ("✓", "bold green", "✅"),
    Kind.UNKNOWN: ("?", "bold blue", "❔"),
    Kind.SAME: ("=", "dim", "🟰"),
}
"""Of each kind: a plain character, a style, and an emoji for Markdown."""

_ANSWER_STYLES: Final[Mapping[Answer, str]] = {Answer.WORKS: "green", Answer.BREAKS: "red", Answer.UNKNOWN: "blue"}


def count(moving: Moving) -> str:
    """`2 things break, 1 gets better, 3 stay unknown, 1 stays broken`."""
    unknown = len(moving.perhaps_worse) + len(moving.perhaps_better) + len(moving.unknown)
    told = (
        (len(moving.worse), "breaks", "break"),
        (len(moving.better), "gets better", "get better"),
        (unknown, "stays unknown", "stay unknown"),
        (len(moving.same), "stays broken", "stay broken"),
    )
    return ", ".join(plural(number, one, many) for number, one, many in told if number) or "nothing changes"


# --- terminal ---------------------------------------------------------------------------------------------------------


def print_moving(found: Sequence[Moving], console: Console, page: Path | None = None) -> None:
    """Print one comparison in a screen, or one line for each of several; `page` is where all of it is."""
    for one in found:
        icon, style, _ = KIND_WORDS[one.comparison.kind]
        console.print(Text(f"{icon} {one.title}", style), soft_wrap=True)
        if len(found) > 1:
            _line(console, Text(f"  {count(one)}"))
    if len(found) == 1:
        _screen(found[0], console)
    if page:
        console.print(Text(f"\nEvidence of both sides: open {page}", "dim"), soft_wrap=True)


def _screen(moving: Moving, console: Console) -> None:
    for part in Text(f"{moving.sentence}; {count(moving)}").wrap(console, console.width):
        _line(console, part)
    console.print()
    _clients(moving.comparison.clients, console)
    console.print()
    for kind, found in (
        (Kind.WORSE, moving.worse),
        (Kind.BETTER, moving.better),
        (Kind.UNKNOWN, (*moving.perhaps_worse, *moving.perhaps_better)),
    ):
        _changes(kind, found, console)
    for sentence in _some(moving.unknown, "reason"):
        _line(console, Text.assemble(("? ", "bold blue"), sentence))
    for sentence in moving.apart[:SHOWN]:
        _line(console, Text(f"· {sentence}", "dim"))


def _clients(clients: Sequence[ClientChange], console: Console) -> None:
    names = [one_line(client.profile.short or client.profile.title) for client in clients]
    width = max(map(cell_len, names), default=0)
    for client, name in zip(clients, names, strict=True):
        icon, style, _ = KIND_WORDS[client.kind]
        said = Text.assemble((f"{icon} ", style), set_cell_size(name, width))
        for sign, answer in (("  ", client.before), (" → ", client.after)):
            word = ANSWERS[answer].word
            said.append(sign).append(f"{word:<7}", _ANSWER_STYLES[answer])
        notices = one_line((*client.notices, *client.perhaps, client.why)[0])
        _line(console, said.append(f"  {notices}" if notices else "", "dim"))


def _changes(kind: Kind, found: Sequence[Told], console: Console) -> None:
    icon, style, _ = KIND_WORDS[kind]
    for told in found[:SHOWN]:
        where = f"  {plural(len(told.change.scenarios), 'scenario')}, {told.change.check}"
        head = Text.assemble((f"{icon} {told.change.level} ", style), (one_line(told.headline), "bold"), (where, "dim"))
        _line(console, head)
        if kind is Kind.WORSE and (result := told.after.result):
            _line(console, Text(f"    {one_line(f'expected {result.expected}, got {result.actual}')}"))
    if left := found[SHOWN:]:
        _line(console, Text(f"  … and {len(left)} more: {levels(told.change for told in left)}", "dim"))


def _line(console: Console, line: Text) -> None:
    """Print `line` cut at the width of the terminal, so that a screen stays a screen; nothing trails, for logs."""
    line.truncate(console.width, overflow="ellipsis")
    line.rstrip()
    console.print(line, highlight=False, soft_wrap=True)


def _some(sentences: Sequence[str], what: str) -> Iterator[str]:
    yield from sentences[:SHOWN]
    if len(sentences) > SHOWN:
        yield f"… and {plural(len(sentences) - SHOWN, what)} more"


# --- Markdown ---------------------------------------------------------------------------------------------------------


def render_markdown(found: Sequence[Moving]) -> str:
    """The comparisons as GitHub-flavoured Markdown. The same runs give the same text."""
    return "\n".join(line for one in found for line in _markdown(one)).rstrip() + "\n"


def _markdown(moving: Moving) -> Iterator[str]:
    yield f"## {text(moving.title)}\n"
    yield f"{KIND_WORDS[moving.comparison.kind][2]} **{text(moving.sentence)}**: {count(moving)}.\n"
    if moving.comparison.clients:
        yield f"| client | {text(moving.before.name)} | {text(moving.after.name)} | | what its user notices |"
        yield "| --- | --- | --- | --- | --- |"
        for client in moving.comparison.clients:
            before, after = (f"{ANSWERS[a].emoji} {ANSWERS[a].word}" for a in (client.before, client.after))
            notices = "<br>".join(
                text(sentence) for sentence in (*client.notices, *client.perhaps, client.why) if sentence
            )
            yield f"| {text(client.profile.title)} | {before} | {after} | {client.kind} | {notices} |"
        yield ""
    yield from _section("What breaks", moving.worse)
    yield from _section("What gets better", moving.better)
    yield from _section("Broken after, undecided before", moving.perhaps_worse)
    yield from _section("Broken before, undecided after", moving.perhaps_better)
    yield from _sentences("What stays unknown", moving.unknown)
    yield from _section("Broken on both sides", moving.same)
    yield from _sentences("What was not the same, or could not be compared", moving.apart)


def _section(heading: str, found: Sequence[Told]) -> Iterator[str]:
    if not found:
        return
    yield f"### {heading}\n"
    for level in Level:
        for told in found:
            if told.change.level is level:
                yield from _item(told)
    yield ""


def _item(told: Told) -> Iterator[str]:
    scenarios = [text(name) for name in told.change.scenarios]
    yield f"- **{told.change.level}** {text(told.headline)} ({text(told.change.check)})"
    yield from (f"  - {text(clients)}: {text(notices)}" for clients, notices in told.harm)
    yield f"  - before: {_side(told.before)}"
    yield f"  - after: {_side(told.after)}"
    yield f"  - in {plural(len(scenarios), 'scenario')}: {list_some(scenarios, SCENARIOS_SHOWN)}"
    if told.follows:
        yield f"  - with it: {list_some([text(title) for title in told.follows], SCENARIOS_SHOWN)}"


def _side(half: Half) -> str:
    result = half.result
    said = [half.word, *(f"at {half.at}" for _ in (half.at,) if half.at and not half.holds)]
    if result and not half.holds:
        said += [
            f"{label} {value}" for label, value in (("expected", result.expected), ("got", result.actual)) if value
        ]
    if half.exchange:
        said.append(half.exchange.id)
    return text(", ".join(said))


def _sentences(heading: str, sentences: Iterable[str]) -> Iterator[str]:
    told = [f"- {text(sentence)}" for sentence in sentences]
    if told:
        yield from (f"### {heading}\n", *told, "")
