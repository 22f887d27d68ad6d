"""How far a run is, in words: what is done and left, what it has cost, and what it waits for. Nothing is drawn here.

Moments are seconds of one clock that never goes back; whoever keeps a `Progress` brings the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from messages_conformance.report.words import WORDS, duration, one_line, plural, short
from messages_conformance.results.vocabulary import State
from messages_conformance.run.planning.cost import Estimate

QUIET = 10.0
"""Seconds without any news from a provider after which that is news."""


@dataclass(slots=True)
class Progress:
    """How far one provider is. `began` and `heard` are moments, the latter that of the last news. `pending` is the
    number of requests of the units that are not done, and `apart` how many seconds the limits of the provider put
    between two of them."""

    title: str
    total: int
    began: float
    heard: float
    pending: int = 0
    apart: float = 0.0
    states: Counter[State] = field(default_factory=Counter[State])
    requests: int = 0
    tokens: int = 0
    money: Mapping[str, float] = field(default_factory=dict[str, float])
    waits_until: float = 0.0
    why: str = ""

    @property
    def done(self) -> int:
        return self.states.total()

    def remaining(self, now: float) -> float | None:
        """Seconds that the rest takes at the pace so far; before anything is answered, at the provider's own; None
        where that is not known either. How many were sent says nothing of what is left: some were asked again, and
        some were answered in an earlier run."""
        pace = max(self.apart, (now - self.began) / self.requests if self.requests else 0.0)
        return self.pending * pace if pace else None

    def waiting(self, now: float) -> str | None:
        """What it waits for, and until when; None while answers come in."""
        if now < self.waits_until:
            return f"waits until {_clock(self.waits_until - now)}: {self.why}"
        if self.done < self.total and now - self.heard > QUIET:
            return f"no answer for {now - self.heard:.0f} s"
        return None

    def figures(self, now: float) -> str:
        """Outcomes so far, pace and cost, as short as a line beside a bar has to be."""
        parts = [" ".join(f"{WORDS[state].icon}{self.states[state]}" for state in WORDS if self.states[state])]
        return " · ".join(filter(None, [*parts, *spent([self], now)]))


def spent(those: list[Progress], now: float) -> Iterator[str]:
    """Requests a minute, tokens and money of some providers together, as far as there are any."""
    seconds = now - min(one.began for one in those)
    if seconds > 0 and (requests := sum(one.requests for one in those)):
        yield f"{requests * 60 / seconds:.0f}/min"
    if tokens := sum(one.tokens for one in those):
        yield f"{short(tokens)} tokens"
    money: Counter[str] = Counter()
    for one in those:
        money.update(one.money)  # pyright: ignore[reportArgumentType]  a Counter adds up whatever can be added
    yield from (f"{amount:.2f} {currency}" for currency, amount in sorted(money.items()) if amount)


def beginning(title: str, cost: Estimate, per_minute: int, now: datetime) -> str:
    """What is said first of a provider that is asked slowly."""
    seconds = cost.seconds or 0.0
    until = f"{now + timedelta(seconds=seconds):%H:%M}"
    return f"{title}: about {cost.requests} requests, {per_minute} a minute, until about {until} ({duration(seconds)})"


def line(those: list[Progress], now: float) -> str:
    """All providers in one line of a log, with the time of day."""
    done, total = sum(one.done for one in those), sum(one.total for one in those)
    states = sum((one.states for one in those), Counter[State]())
    counts = ", ".join(f"{states[state]} {WORDS[state].word}" for state in WORDS if states[state])
    left = [seconds for one in those if one.done < one.total and (seconds := one.remaining(now)) is not None]
    parts = [f"{done} of {plural(total, 'scenario')} done" + (f" ({counts})" if counts else ""), *spent(those, now)]
    if left:
        parts.append(f"about {duration(max(left))} left")
    waits = [f"{one_line(one.title)} {told}" for one in those if (told := one.waiting(now))]
    return f"{_clock(0)} {'; '.join([', '.join(parts), *waits])}"


def _clock(seconds: float) -> str:
    """The time of day in so many seconds."""
    return f"{datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M:%S}"
