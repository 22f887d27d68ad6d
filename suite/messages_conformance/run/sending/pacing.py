"""When the next request to one provider may leave: its rate, how many are in flight, and pauses when it says that it is
too much."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from typing import Final, TypeAlias

from messages_conformance.catalog.model import Limits
from messages_conformance.checks.base import Cause

_FIRST_PAUSE: Final = 0.5
"""Seconds to wait where the provider does not say how many; each further refusal doubles them."""
_WORTH_TELLING: Final = 1.0
"""Seconds between two requests of which somebody who watches is told."""
_SLOWLY: Final = 1 / 16
"""What one answer adds to the number in flight, where more of them were refused before."""

Tell: TypeAlias = Callable[[float, str], None]
"""Hears for how many seconds nothing leaves, and why."""


class Pacer:
    """Lets the requests of one provider leave: what was refused most often first, then in the order of arrival.

    A refusal for a limit holds everything back for as long as the provider asks, and halves the number of requests in
    flight, of which `limits.concurrency` is the most. Until the first answer after it they leave one at a time. Each
    answer gives some of the number back: quickly up to where it was refused, slowly from there on.

    Moments are seconds of the running event loop.
    """

    def __init__(self, limits: Limits, tell: Tell = lambda _, __: None) -> None:
        self._limits = limits
        self._tell = tell
        self._window = self._ceiling = float(limits.concurrency)
        self._in_flight = 0
        self._due = self._held = self._lowered = 0.0
        self._refusals = 0
        """Since the last answer; of requests that were in flight together, one."""
        self._since: float | None = None
        """When the first of these came."""
        self._line: list[tuple[int, int]] = []
        """Who waits: refused most often first, then in the order of arrival."""
        self._numbers = count()
        self._news = asyncio.Event()
        self._shut = self._closed = False

    @asynccontextmanager
    async def turn(self, refusals: int = 0) -> AsyncGenerator[float]:
        """Wait for a turn, for a request that was refused so often, and have it for the length of the block; gives the
        moment at which it begins."""
        place = (-refusals, next(self._numbers))
        insort(self._line, place)
        try:
            while not self._closed and (seconds := self._seconds_left(place)) != 0:
                self._news.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), seconds)
        finally:
            self._line.remove(place)
            self._news.set()
        self._in_flight += 1
        self._space()
        try:
            yield _now()
        finally:
            self._in_flight -= 1
            self._news.set()

    @contextmanager
    def nobody_else(self) -> Generator[None]:
        """Nothing gets a turn for the length of the block."""
        self._shut = True
        try:
            yield
        finally:
            self._shut = False
            self._news.set()

    def close(self) -> None:
        """Let nobody wait any longer: nothing is sent any more."""
        self._closed = True
        self._news.set()

    def answered(self) -> None:
        """The provider answered, and did not refuse for a limit."""
        self._refusals, self._since = 0, None
        more = 1 / self._window if self._window + 1 < self._ceiling else _SLOWLY
        self._window = min(float(self._limits.concurrency), self._window + more)
        self._news.set()

    def refused(self, cause: Cause, asked: float | None, began: float) -> bool:
        """The provider refused a request whose turn began at the moment `began`, for a limit, and asks for a pause of
        so many seconds, if it says so.

        False if a run would then wait longer than it may without any answer. Nothing is held back in that case: who
        asks for too much after one request may answer others.
        """
        if began >= self._lowered:
            self._lower()
        pause = max(asked or 0.0, self._pause(cause, told=asked is not None))
        since = _now() if self._since is None else self._since
        if _now() + pause > since + self._limits.longest_wait:
            return False
        self._held = max(self._held, _now() + pause)
        self._tell(self._held - _now(), cause.replace("-", " "))
        return True

    def _lower(self) -> None:
        self._lowered = _now()
        self._ceiling, self._window = self._window, max(1.0, self._window / 2)
        self._since = self._lowered if self._since is None else self._since
        self._refusals += 1

    def _pause(self, cause: Cause, *, told: bool) -> float:
        """Seconds to wait whatever the provider says: who asks for none each time is not asked without end."""
        doubled = self._refusals - (2 if told else 1) if cause is Cause.RATE_LIMIT else -told
        return _FIRST_PAUSE * 2**doubled if doubled >= 0 else 0.0

    def _seconds_left(self, place: tuple[int, int]) -> float | None:
        """Seconds until the first in line may leave; None for all others, and where something else must happen."""
        room = 1 if self._refusals else int(self._window)
        if self._shut or self._in_flight >= room or self._line[0] != place:
            return None
        return max(0.0, self._due - _now(), self._held - _now())

    def _space(self) -> None:
        """Keep the next request at its distance from this one."""
        if not (per_minute := self._limits.requests_per_minute):
            return
        apart = 60 / per_minute
        self._due = max(self._due, _now()) + apart
        if apart >= _WORTH_TELLING:
            self._tell(self._due - _now(), f"{per_minute} a minute (requests_per_minute)")


def _now() -> float:
    return asyncio.get_running_loop().time()
