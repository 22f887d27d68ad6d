"""History in words, decided once: what the terminal, the Markdown and the page print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from messages_conformance.report.across.moving import when
from messages_conformance.report.failure import with_rate
from messages_conformance.report.words import one_line
from messages_conformance.results.across.history import Event, History, Strip, Turn

WORKS, BREAKS, UNKNOWN = "works", "breaks", "unknown"
NOT_ASKED = "not asked"
_TONES: Final[Mapping[str, str]] = {"conforms": WORKS, "does not": BREAKS, "undecided": UNKNOWN}

TURNS: Final[Mapping[Turn, tuple[str, str]]] = {
    Turn.BROKEN: ("✕", "breaks"),
    Turn.FIXED: ("✓", "works"),
    Turn.NEW: ("+", "breaks"),
    Turn.REMOVED: ("−", "not asked"),
}
"""The sign of each turn, and the tone that it wears."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs in a row with the same answer: the number of the first, from 0, and how many."""

    tone: str
    word: str
    first: int
    length: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a strip: a provider's answer to drop-in, or one of its clients."""

    name: str
    stretches: tuple[Stretch, ...]

    @property
    def now(self) -> Stretch:
        return self.stretches[-1]

    @property
    def changes(self) -> int:
        return len(self.stretches) - 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One provider: its own line, then one for each client that was ever asked about."""

    strip: Strip
    title: str
    lines: tuple[Line, ...]

    @property
    def by_client(self) -> Mapping[str, Line]:
        """Without the provider's own line, by the client's title."""
        return {line.name: line for line in self.lines[1:]}


def shown(history: History) -> tuple[Shown, ...]:
    return tuple(Shown(strip, one_line(strip.title), tuple(_lines(strip, history.clients))) for strip in history.strips)


def headline(event: Event) -> str:
    """What turned, in a line, with its rate where it is flaky."""
    return with_rate(one_line(event.title), event.flaky)


def times(history: History) -> tuple[str, ...]:
    """When each run was started."""
    return tuple(when(run.started) for run in history.runs)


def newest(history: History) -> Iterator[tuple[int, tuple[tuple[str, tuple[Event, ...]], ...]]]:
    """The runs in which something turned, newest first: the number of each, and its events by the provider's title."""
    for number in reversed(range(len(history.runs))):
        found = tuple((one_line(s.title), s.events[number]) for s in history.strips if number in s.events)
        if found:
            yield number, found


def _lines(strip: Strip, clients: Mapping[str, str]) -> Iterator[Line]:
    yield Line("drop-in", _stretches(strip.drop_in))
    for client, answers in strip.clients.items():
        if any(answers):
            yield Line(one_line(clients[client]), _stretches(answers))


def _stretches(answers: Sequence[str | None]) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    first = 0
    for word, same in groupby(answer or NOT_ASKED for answer in answers):
        length = len(list(same))
        found.append(Stretch(_TONES.get(word, word), str(word), first, length))
        first += length
    return tuple(found)
