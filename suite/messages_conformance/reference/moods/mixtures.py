"""Mixtures: a few moods at once, drawn anew for each request.

`mix-<seed>` answers a request in the same way whenever it comes, streamed or not; `fickle-<seed>` draws once more each
time that the very same request comes again.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from functools import reduce

from messages_conformance.reference.mind import GOOD, Mind, blend
from messages_conformance.reference.moods.base import Mood
from messages_conformance.reference.play import Context, Play

_NAME = re.compile(r"(?P<family>mix|fickle)-(?P<seed>\d{1,6})")
_MOST_AT_ONCE = 3


def mixture(name: str, moods: Sequence[Mood]) -> Play | None:
    """The mixture of that name; None for a name that is none's."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None

    def drawn(_: Mind, context: Context) -> Mind:
        again = context.repeat if found["family"] == "fickle" else 0
        return reduce(blend, (mood.mind for mood in draw(moods, name, context, again)), GOOD)

    return Play(mind=drawn)


def draw(moods: Sequence[Mood], name: str, context: Context, again: int) -> list[Mood]:
    """One to three moods. The mixture's name and the request decide which, and how often it came before."""
    body = {key: value for key, value in context.body.items() if key != "stream"}
    told = json.dumps([name, again, body], sort_keys=True).encode()
    chance = random.Random(hashlib.sha256(told).digest())  # noqa: S311
    return chance.sample(moods, chance.randint(1, _MOST_AT_ONCE))
