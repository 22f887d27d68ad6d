"""What a run may use at all, over all its providers: requests, time and money."""

from __future__ import annotations

import asyncio
import math
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from messages_conformance.errors import UserError

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a run may use; None for as much as it needs. `cost` counts in each currency of the prices by itself, and
    nothing counts that an earlier run has paid for."""

    cost: float | None = None
    requests: int | None = None
    seconds: float | None = None


UNLIMITED: Final = Allowance()


@dataclass(slots=True)
class Budget:
    """What is left of an allowance. `closing` are called once when there is no request or no second left."""

    allowed: Allowance = UNLIMITED
    closing: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    used_up: str | None = None
    """Why nothing more is sent, for people, once it is so."""
    _sent: int = 0
    _spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _aside: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    _alarm: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Time counts from now, on the running event loop."""
        if (seconds := self.allowed.seconds) is not None:
            why = f"the time that this run may take is over (--max-duration {seconds:g})"
            self._alarm = asyncio.get_running_loop().call_later(seconds, self._close, why)

    def end(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def sends(self) -> None:
        """One request is sent."""
        self._sent += 1
        if self._sent == self.allowed.requests:
            self._close(f"this run has sent as many requests as it may (--max-requests {self._sent})")

    def room(self, currency: str, amount: float) -> bool | None:
        """Whether so much money is left; None while that depends on what is set aside."""
        return has_room(self.allowed.cost, self._spent[currency], self._aside[currency], amount)

    def set_aside(self, currency: str, amount: float) -> None:
        self._aside[currency] += amount

    def pay(self, currency: str, reserved: float, amount: float) -> None:
        """So much was paid of what was set aside."""
        self._aside[currency] -= reserved
        self._spent[currency] += amount
        self._settled.set()

    async def settlement(self) -> None:
        """Wait until something is paid of what is set aside."""
        self._settled.clear()
        await self._settled.wait()

    def _close(self, why: str) -> None:
        self.used_up = why
        for close in self.closing:
            close()


def has_room(limit: float | None, spent: float, aside: float, amount: float) -> bool | None:
    """Whether a limit leaves so much; None while that depends on what is set aside."""
    if limit is None or spent + aside + amount <= limit:
        return True
    return None if spent + amount <= limit and aside > 0 else False


def seconds_of(text: str) -> float:
    """The seconds of `90`, `90s`, `10m` or `1.5h`. Raises UserError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds < math.inf:
        raise UserError(f"`{text}` is no duration: give seconds, minutes or hours, such as 90, 10m or 1.5h")
    return seconds
