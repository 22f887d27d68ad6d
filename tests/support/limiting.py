"""Servers that keep to a limit, as clocks and counters: each says whether a request is taken, or when to ask again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol


class Limit(Protocol):
    """Moments are seconds of one clock that never goes back."""

    def enter(self, now: float) -> float | None:
        """Take a request (None), or the seconds after which to ask again."""
        ...

    def leave(self) -> None:
        """A request that was taken is answered."""
        ...


@dataclass
class Bucket:
    """So many requests a second on average, and a burst of `size` at once."""

    rate: float
    size: float
    tokens: float = field(init=False)
    last: float | None = None

    def __post_init__(self) -> None:
        self.tokens = self.size

    def enter(self, now: float) -> float | None:
        since = now - (now if self.last is None else self.last)
        self.tokens, self.last = min(self.size, self.tokens + since * self.rate), now
        if self.tokens < 1:
            return math.ceil((1 - self.tokens) / self.rate)
        self.tokens -= 1
        return None

    def leave(self) -> None:
        pass


@dataclass
class Window:
    """So many requests in each window of `seconds`."""

    most: int
    seconds: float
    began: float = -math.inf
    taken: int = 0

    def enter(self, now: float) -> float | None:
        if now >= self.began + self.seconds:
            self.began, self.taken = now, 0
        if self.taken == self.most:
            return math.ceil(self.began + self.seconds - now)
        self.taken += 1
        return None

    def leave(self) -> None:
        pass


@dataclass
class AtOnce:
    """So many requests at a time."""

    most: int
    busy: int = 0

    def enter(self, now: float) -> float | None:
        if self.busy == self.most:
            return 1.0
        self.busy += 1
        return None

    def leave(self) -> None:
        self.busy -= 1


NO_LIMIT: Limit = AtOnce(1_000_000)
