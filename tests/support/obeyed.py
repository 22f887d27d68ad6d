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


def obeyed(text: str) -> list[str]:
    """Every line of `text` that holds something to obey."""
    return [line for line in text.split("\n") if any(_found(line))]


def _found(line: str) -> Iterator[bool]:
    start = line.lstrip()
    yield start.startswith("::") and "::" in start[2:] and start[2:3].isalpha()
    yield any(mark in line.lower() for mark in _ANYWHERE)
    yield any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs") for character in line.replace("\t", ""))
