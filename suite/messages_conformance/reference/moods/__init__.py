"""Lawful models beside the good one, to prove that no verdict depends on what a model chose to say.

A mood is a mind (`reference/model/mind.py`): it changes what the model would think, do and say, before the API's own
mechanics. Everything on the wire stays as the contract has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from messages_conformance.reference.moods import deeds, words
from messages_conformance.reference.moods.base import Mood
from messages_conformance.reference.moods.mixtures import mixture
from messages_conformance.reference.play import Play

__all__ = ["MOODS", "Mood", "mood_play"]

MOODS: Mapping[str, Mood] = {mood.id: mood for module in (words, deeds) for mood in module.MOODS}


def mood_play(name: str) -> Play | None:
    """The play of a mood or a mixture; None if there is none with that name."""
    return MOODS[name].play if name in MOODS else mixture(name, tuple(MOODS.values()))
