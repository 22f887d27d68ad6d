"""The first screen of a run in lines of text: who conforms, which clients work, the worst causes, what comes next.

It keeps to one screen at 80 columns: 24 lines for 6 providers, 40 for 16. Where there is more to say than room, every
provider keeps a line, and what is left goes to further causes, one for each provider in turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from messages_conformance.catalog.model import Level
from messages_conformance.report.failure import Failure
from messages_conformance.report.overview import Overview, Row, Unknown, spent_words
from messages_conformance.report.terminal.lines import cut, fold, padded
from messages_conformance.report.words import (
    ANSWERS,
    CONFORMANCE,
    QUESTION_WORDS,
    one_line,
    plural,
    short_title,
)
from messages_conformance.results.records import Profile
from messages_conformance.results.verdict import Exit, deciding
from messages_conformance.results.vocabulary import QUESTIONS

LINES, PROVIDERS, COLUMNS = 24, 6, 80
"""So many lines for so many providers, and eight more for every five further ones; in fewer columns, each provider may
take a line more."""

UNKNOWNS_SHOWN = 3
"""Reasons for an unknown answer that are told before a second cause is."""

NARROWEST = 16
"""Where the names of providers would get fewer columns than this, each stands on a line of its own."""

TITLE = 24
"""So much of a provider's title stands before what is told of it, even where that has to be cut."""

LEGEND = "✓ conforms, works · ✕ does not, breaks · ? undecided, unknown · – not asked"

MARKS: Mapping[str, str] = {"✓": "bold green", "✕": "bold red", "?": "bold blue", "–": "dim", "!": "bold magenta"}

VERDICT_MARKS: Mapping[Exit, str] = {Exit.CONFORMS: "✓", Exit.DOES_NOT: "✕", Exit.FAULT: "!"}
"""Any other verdict is a question mark."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is told of one provider: `brief` in one line, or `head` and below it the first of `below`."""

    brief: Text
    head: Text
    below: tuple[Text, ...]

    def lines(self, level: int) -> tuple[Text, ...]:
        """The block at one level of detail; level 1 is one line, and each further level one line more."""
        return (self.brief,) if level == 1 else (self.head, *self.below[: level - 1])


def screen(seen: Overview, width: int, commands: Sequence[str]) -> list[Text]:
    """The lines, each at most `width` cells wide, and last of all `commands`, as they are."""
    top = [*_headlines(seen, width), *_table(seen, width)]
    foot = [*map(Text, _ends(seen, width)), *map(Text, commands)]
    number = len(seen.rows) + len(seen.skipped)
    bound = LINES + max(0, math.ceil((number - PROVIDERS) * 8 / 5)) + (number if width < COLUMNS else 0)
    names = _names(seen)
    unknowns = [_unknown(one, seen.profiles, names, width) for one in seen.unknowns]
    middle = _fitted(_blocks(seen, names, width), unknowns, bound - len(top) - len(foot))
    spare = bound - len(top) - len(middle) - len(foot)
    first = [Text()] if top and middle and spare > 0 else []
    last = [Text()] if spare > len(first) else []
    return [*top, *first, *middle, *last, *foot]


def _headlines(seen: Overview, width: int) -> Iterator[Text]:
    for line in seen.headlines:
        yield from (Text(part, "bold") for part in fold(line, width))
    if shard := seen.run.header.shard:
        part = f"This is shard {shard.number} of {shard.of}: `combine` puts the whole together, and gives its verdict."
        yield from (Text(line, "bold yellow") for line in fold(part, width))
    if not seen.run.complete:
        cut_off = "This run was cut off before its end: the rest was never judged."
        yield from (Text(part, "bold yellow") for part in fold(cut_off, width))


# --- providers by clients ---------------------------------------------------------------------------------------------


def _table(seen: Overview, width: int) -> Iterator[Text]:
    if not seen.rows:
        return
    headings = [*(QUESTION_WORDS[question] for question in QUESTIONS), *map(short_title, seen.profiles)]
    widths = [max(map(cell_len, heading.split())) for heading in map(one_line, headings)]
    room = width - sum(widths) - len(widths)
    apart = room < NARROWEST
    titles = _names(seen)
    names = [cut(titles[row.provider.id], width if apart else room) for row in seen.rows]
    left = 2 if apart else max(map(cell_len, names))
    folded = [fold(heading, wide) for heading, wide in zip(map(one_line, headings), widths, strict=True)]
    height = max(map(len, folded))
    for number in range(height):
        parts = [lines[number - height + len(lines)] if number >= height - len(lines) else "" for lines in folded]
        yield _row("", left, parts, widths)
    kind = ""
    for row, name in zip(seen.rows, names, strict=True):
        if row.provider.kind == "played" != kind:
            yield Text(cut(_played(seen), width), "yellow")
        kind = row.provider.kind
        if apart:
            yield Text(name)
        yield _row("" if apart else name, left, _symbols(row), widths)
    yield from (Text(line, "dim") for line in fold(LEGEND, width))


def _row(name: str, left: int, parts: Sequence[str], widths: Sequence[int]) -> Text:
    line = Text(padded(name, left))
    for part, wide in zip(parts, widths, strict=True):
        line.append(" ").append(padded(part, wide), MARKS.get(part, "bold"))
    line.rstrip()
    return line


def _names(seen: Overview) -> Mapping[str, str]:
    """What providers are called here, by id: their titles, or the ids where two titles begin alike."""
    providers = [*(row.provider for row in seen.rows), *(provider for provider, _ in seen.skipped)]
    titles = {provider.id: one_line(provider.title) for provider in providers}
    alike = len({cut(title, NARROWEST) for title in titles.values()}) < len(titles)
    return {name: one_line(name) for name in titles} if alike else titles


def _symbols(row: Row) -> list[str]:
    asked = [CONFORMANCE[row.answers[q]].icon if q in row.answers else "–" for q in QUESTIONS]
    return [*asked, *(ANSWERS[client.answer].icon for client in row.clients)]


def _played(seen: Overview) -> str:
    """What must stand over played documents: none of them is to be taken for a live service."""
    decides = any(provider.kind == "played" for provider in deciding(seen.run))
    return "Played from documents, not live services" + (":" if decides else "; they do not decide the exit code:")


# --- what is told of each provider ------------------------------------------------------------------------------------


def _fitted(blocks: Sequence[Block], unknowns: Sequence[Text], room: int) -> list[Text]:
    """At most `room` lines: one for each block, then some reasons for unknown answers, then more of each block."""
    if len(blocks) > room:
        left = f"… and {len(blocks) - room + 1} more providers"
        return [*(block.brief for block in blocks[: room - 1]), Text(left, "dim")]
    shown = min(len(unknowns), UNKNOWNS_SHOWN, room - len(blocks))
    levels = [1] * len(blocks)
    spare = room - len(blocks) - shown
    for level in range(2, 2 + max((len(block.below) for block in blocks), default=0)):
        for number, block in enumerate(blocks):
            more = len(block.lines(level)) - len(block.lines(levels[number]))
            if 0 < more <= spare:
                spare, levels[number] = spare - more, level
    told = [line for block, level in zip(blocks, levels, strict=True) for line in block.lines(level)]
    return [*told, *unknowns[: shown + spare]]


def _blocks(seen: Overview, names: Mapping[str, str], width: int) -> list[Block]:
    """One for each provider that does not conform or was not run."""
    diagnoses = seen.run.diagnoses
    told = [row for row in seen.rows if row.judgement.exit is not Exit.CONFORMS]
    return [
        *(_block(row, names[name := row.provider.id], width, diagnosed=name in diagnoses) for row in told),
        *(_prose("–", f"{names[provider.id]} was not run: {one_line(why)}", width) for provider, why in seen.skipped),
    ]


def _block(row: Row, title: str, width: int, *, diagnosed: bool) -> Block:
    mark = VERDICT_MARKS.get(row.judgement.exit, "?")
    sentence = one_line(row.judgement.sentence)
    if diagnosed or not row.worst:
        return _prose(mark, f"{title} {sentence}", width)
    name = cut(title, max(TITLE, width - cell_len(f"? {sentence} ")))
    if row.untrue:
        said = _marked(mark, cut(f"{name} {sentence}", width - 2))
        untrue = (Text(f"  {cut(one_line(account.told), width - 2)}") for account in row.untrue)
        return Block(said, said, (*untrue, *(_cause(told, width) for told in row.worst)))
    further = len(row.causes) - 1
    more = f" (and {further} more)" if further else ""
    worst = cut(f"{cut(title, TITLE)}: {one_line(row.worst[0].headline).rstrip('.')}", width - 2 - len(more))
    return Block(
        _marked(mark, worst + more),
        _marked(mark, cut(f"{name} {sentence}", width - 2)),
        tuple(_cause(told, width) for told in row.worst),
    )


def _prose(mark: str, said: str, width: int) -> Block:
    """A sentence: whole where there is room."""
    head, *below = fold(said, width - 2)
    return Block(_marked(mark, cut(said, width - 2)), _marked(mark, head), tuple(Text(f"  {line}") for line in below))


def _marked(mark: str, said: str) -> Text:
    return Text.assemble((mark, MARKS[mark]), f" {said}")


def _cause(told: Failure, width: int) -> Text:
    """`MUST   Every event is named (2 scenarios)`, with the check's id where there is room for it."""
    where = f" ({plural(told.places, 'scenario')})"
    before = f"  {told.level:<6} "
    said = cut(one_line(told.headline).rstrip("."), width - len(before) - len(where)) + where
    line = Text.assemble((before, "red" if told.level is Level.MUST else "yellow"), said)
    check = f"  {one_line(told.check)}"
    return line.append(check, "dim") if line.cell_len + cell_len(check) <= width else line


def _unknown(found: Unknown, everyone: Sequence[Profile], names: Mapping[str, str], width: int) -> Text:
    where = names[found.providers[0].id] if len(found.providers) == 1 else f"{len(found.providers)} providers"
    clients = ", ".join(one_line(short_title(client)) for client in found.clients)
    if len(found.clients) == len(everyone) > 1:
        clients = "every client"
    return _marked("?", cut(f"{clients} at {where}: {one_line(found.reason)}", width - 2))


# --- the last lines ---------------------------------------------------------------------------------------------------


def _ends(seen: Overview, width: int) -> Iterator[str]:
    """The exit code, and what the run took. A verdict that no line above says stands on a line of its own."""
    code = f"Exit code {seen.judgement.exit.value}"
    parts = [code]
    if seen.judgement.exit is Exit.CONFORMS or seen.run.against:
        said = f"{code}: {one_line(seen.judgement.sentence)}"
        yield from fold(said, width) if seen.run.against else [cut(said, width)]
        parts = []
    if seen.spent:
        parts += [spent_words(seen.spent)]
        if not seen.spent.cost and any(row.provider.kind == "live" for row in seen.rows):
            parts += ["cost unknown"]
    if parts:
        yield from fold(" · ".join(parts), width)
