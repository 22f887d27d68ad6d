"""The code words of a scenario: `${word_1}` to `${word_6}`, different in each trial.

A model that gets the same words again repeats itself; different words make a new trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from messages_conformance.catalog.scenarios.steps import CODE_WORDS

_WORDS: Final = (
    ("COBALT", "WALNUT", "SAFFRON", "GRANITE", "THISTLE", "HARBOUR"),
    ("LANTERN", "PEPPER", "FALCON", "MEADOW", "COPPER", "ORCHID"),
    ("VELVET", "ANCHOR", "MAPLE", "BASALT", "PELICAN", "CINDER"),
    ("TIMBER", "RAVEN", "MARBLE", "CLOVER", "SILVER", "COMPASS"),
    ("GINGER", "HAMMER", "PEBBLE", "CANYON", "FEATHER", "BRONZE"),
    ("WILLOW", "ROCKET", "SADDLE", "MUSTARD", "CRYSTAL", "BADGER"),
)


def code_words(trial: int) -> Mapping[str, str]:
    """The words of one trial (counted from 1) by the names of their placeholders."""
    return dict(zip(CODE_WORDS, _WORDS[(trial - 1) % len(_WORDS)], strict=True))
