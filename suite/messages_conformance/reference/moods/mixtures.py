"""Mixtures: a few moods at once, drawn anew for each request.

`mix-<seed>` draws by what a model hears, so that the same prompt is answered in the same way whenever it comes,
streamed or not, however short it is cut. `fickle-<seed>` draws by the whole request and by how often it came before.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence
from functools import reduce

from messages_conformance.reference.model.mind import GOOD, Mind, blend
from messages_conformance.reference.moods.base import Mood
from messages_conformance.reference.play import Context, Play

_NAME = re.compile(r"(?P<family>mix|fickle)-(?P<seed>\d{1,6})")
_MOST_AT_ONCE = 3
_HEARD = ("model", "system", "messages", "tools", "tool_choice", "thinking", "output_config", "output_format")
"""What of a request reaches a model; it knows neither its limits nor that it is streamed."""


def mixture(name: str, moods: Sequence[Mood]) -> Play | None:
    """The mixture of that name; None if there is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None

    def drawn(_: Mind, context: Context) -> Mind:
        if found["family"] == "fickle":
            reason = [name, context.repeat, dict(context.body)]
        else:
            reason = [name, {key: context.body[key] for key in _HEARD if key in context.body}]
        return reduce(blend, (mood.mind for mood in draw(moods, reason)), GOOD)

    return Play(mind=drawn)


def draw(moods: Sequence[Mood], reason: object) -> list[Mood]:
    """One to three moods, always the same for the same `reason`."""
    told = json.dumps(reason, sort_keys=True).encode()
    chance = random.Random(hashlib.sha256(told).digest())  # noqa: S311
    return chance.sample(moods, chance.randint(1, _MOST_AT_ONCE))
