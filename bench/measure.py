"""Measuring side by side: every variant in every round, in turning order, compared only within its round."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

STEADY = (0.9, 1.1)
"""Where the median of a control ratio, the same work against itself, must lie for its part to mean anything."""

Samples = Mapping[str, list[float]]


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio over all rounds. `goal` is the most that its median should be; a control has none. `absolute` tells
    the medians behind it, for scale only."""

    part: str
    name: str
    ratios: tuple[float, ...]
    absolute: str = ""
    goal: float | None = None
    control: bool = False

    @property
    def median(self) -> float:
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        if self.control:
            return "steady" if STEADY[0] <= self.median <= STEADY[1] else "UNSTEADY: measure this part again"
        if self.goal is None:
            return ""
        return f"≤ {self.goal:g}: {'met' if self.median <= self.goal else 'MISSED'}"


def side_by_side(variants: Mapping[str, Callable[[], float]], rounds: int) -> Samples:
    """What each variant measured, round by round. The order turns, so that none always follows the same other."""
    names = list(variants)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        start = turn % len(names)
        for name in [*names[start:], *names[:start]]:
            gc.collect()
            samples[name].append(variants[name]())
    return samples


def ratios(samples: Samples, name: str, to: str) -> tuple[float, ...]:
    """`name` relative to `to`, paired by round."""
    return tuple(a / b for a, b in zip(samples[name], samples[to], strict=True))


def micro(samples: Samples, *names: str) -> str:
    """Medians of seconds as microseconds."""
    return " / ".join(f"{median(samples[name]) * 1e6:.0f}" for name in names) + " µs"


def milli(samples: Samples, *names: str) -> str:
    """Medians of seconds as milliseconds."""
    return " / ".join(f"{median(samples[name]) * 1e3:.0f}" for name in names) + " ms"


def seconds(samples: Samples, *names: str) -> str:
    """Medians of seconds."""
    return " / ".join(f"{median(samples[name]):.2f}" for name in names) + " s"
