"""Many streams at once, on demand (`run --load N`): what breaks only when a server is busy.

A load is a scenario like any other, whose N steps are sent together: each asks for a word of its own and is judged as
any stream is, and no copy may hold the word of another. What looks back on a whole run sees ids that two copies share.
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

_TOGETHER: Final = "load.together-"
_NAME: Final = re.compile(rf"{re.escape(_TOGETHER)}(\d+)")


def under_load(providers: Iterable[Provider], catalog: Catalog, number: int) -> tuple[Pair, ...]:
    """What a run asks of providers under a load of `number` requests, all of which leave at once."""
    wide = [replace(each, limits=replace(each.limits, concurrency=number)) for each in providers]
    looks_back = (scenario for scenario in catalog.scenarios if scenario.looks_back)
    return every(wide, (_together(catalog, number), *looks_back))


def recalled(catalog: Catalog, names: Iterable[str]) -> tuple[Scenario, ...]:
    """The loads that are among `names`: of a run that is judged or gone on with later."""
    numbers = sorted({int(found[1]) for name in names if (found := _NAME.fullmatch(name))})
    return tuple(_together(catalog, number) for number in numbers)


def _together(catalog: Catalog, number: int) -> Scenario:
    pattern = next(scenario for scenario in catalog.scenarios if scenario.id == _PATTERN)
    words = [f"HERON-{1009 + 7919 * copy % 8990}" for copy in range(number)]  # no two alike, and none to be guessed
    steps = tuple(_step(pattern, f"copy-{copy}", word, words) for copy, word in enumerate(words, 1))
    title = f"{number} streams at once are kept apart"
    return replace(pattern, id=f"{_TOGETHER}{number}", area="load", title=title, steps=steps)


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
