"""What a terminal, or the CI system that reads what a job prints, would take for more than text: read as they read it,
and not as the program's own guard does."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

COMMANDS = (
    "::error::x",
    "  ::add-mask::x",
    "\u3000::set-output name=a::x",
    "::stop-commands::x",
    "text ##[error]x",
    "text ##vso[task.setvariable variable=PATH]x",
    "##teamcity[buildProblem description='x']",
    "section_start:1560896352:x",
    "travis_fold:start:x",
)

_ANYWHERE = ("##[", "##vso[", "##teamcity[", "section_start:1", "section_end:1", "travis_fold:", "travis_time:")


_HARMLESS = "\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""A tab; and what Unicode calls format characters, but what is drawn, around the digits after it."""


def obeyed(text: str) -> list[str]:
    """Every line of `text` that holds something to obey."""
    return [line for line in text.split("\n") if any(_found(line))]


def _found(line: str) -> Iterator[bool]:
    start = line.lstrip()
    yield start.startswith("::") and "::" in start[2:] and start[2:3].isalpha()
    yield any(mark in line.lower() for mark in _ANYWHERE)
    yield any(
        unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        for character in line
        if character not in _HARMLESS
    )
