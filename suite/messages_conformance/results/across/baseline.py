"""What a run is held against instead of a level: an earlier run of the same providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from messages_conformance.results.vocabulary import Exit

Place: TypeAlias = tuple[str, str, str]
"""A scenario, a step and a check."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one provider since. `sentence` follows its title; `worse` are the places that held and fail."""

    exit: Exit
    sentence: str
    worse: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier run, by the moment at which it began, and what became of each provider since."""

    started: str
    moved: Mapping[str, Moved]
