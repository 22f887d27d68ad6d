"""Many streams at once, on demand (`run --load N`): what breaks only when a server is busy.

A load is a scenario like any other, whose N steps are sent together: each asks for a word of its own and is judged as
any stream is, and no copy may hold the word of another. What looks back on a whole run sees ids that two copies share.
A few further streams are sent one after another, when all else has been answered: they show what the load costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Provider, Scenario, Step
from messages_conformance.run.planning.plan import Pair, every

_PATTERN: Final = "http.together"
"""The scenario of two streams at once, of which a load is made."""

AREA: Final = "load"

_ALONE: Final = 5
"""Streams that are sent one after another."""

_MOST: Final = 64
"""Copies of a load; the words of further streams begin behind those of so many."""

_ONE_BY_ONE: Final = "load.one-by-one"
_TOGETHER: Final = "load.together-"
_NAME: Final = re.compile(rf"{re.escape(_TOGETHER)}(\d+)")


def under_load(providers: Iterable[Provider], catalog: Catalog, number: int) -> tuple[Pair, ...]:
    """What a run asks of providers under a load of `number` requests, all of which leave at once."""
    wide = [replace(each, limits=replace(each.limits, concurrency=number)) for each in providers]
    looks_back = (scenario for scenario in catalog.scenarios if scenario.looks_back)
    return every(wide, (_together(catalog, number), _one_by_one(catalog), *looks_back))


def recalled(catalog: Catalog, names: Iterable[str]) -> tuple[Scenario, ...]:
    """The loads that are among `names`: of a run that is judged or gone on with later."""
    asked = set(names)
    numbers = sorted({int(found[1]) for name in asked if (found := _NAME.fullmatch(name))})
    alone = (_one_by_one(catalog),) if _ONE_BY_ONE in asked else ()
    return (*(_together(catalog, number) for number in numbers), *alone)


def _together(catalog: Catalog, number: int) -> Scenario:
    made = _copies(catalog, range(number))
    return replace(made, id=f"{_TOGETHER}{number}", title=f"{number} streams at once are kept apart")


def _one_by_one(catalog: Catalog) -> Scenario:
    """A few streams of which each has the server to itself: what those of a load are measured by."""
    made = _copies(catalog, range(_MOST, _MOST + _ALONE))
    title = f"{_ALONE} streams, one after another"
    return replace(made, id=_ONE_BY_ONE, title=title, together=False, alone=True)


def _copies(catalog: Catalog, numbers: Iterable[int]) -> Scenario:
    pattern = next(scenario for scenario in catalog.scenarios if scenario.id == _PATTERN)
    words = [f"HERON-{1009 + 7919 * number % 8990}" for number in numbers]  # no two alike, and none to be guessed
    steps = tuple(_step(pattern, f"copy-{copy}", word, words) for copy, word in enumerate(words, 1))
    return replace(pattern, area=AREA, steps=steps)


def _step(pattern: Scenario, name: str, word: str, words: Sequence[str]) -> Step:
    """The first step of the pattern, with a word of its own. A check with parameters there knows the word of the other
    stream; here it is to know those of all others."""
    first = pattern.steps[0]
    body = {
        **first.body,
        "metadata": {"user_id": "conformance-load"},
        "messages": [{"role": "user", "content": f"Repeat the word {word} 30 times, and nothing else."}],
    }
    others = [other for other in words if other != word]
    checks = tuple(replace(use, params={"any": others}) if use.params else use for use in first.checks)
    return replace(first, id=name, body=body, checks=checks)
