"""One short string that a plain regular expression matches: characters and classes, each with how often it comes."""

from __future__ import annotations

import re
import string

_ATOM = re.compile(r"(\[(?:\\.|[^\]])+\]|\\.|[^\\\[\](){}|*+?])(?:([*+?])|\{(\d+)[,\d]*\})?\??")
_GROUP = re.compile(r"\((?:\?:)?([^()|]*)[^()]*\)(?![*+?{])")
_ALPHABET = string.ascii_letters + string.digits + string.punctuation + " "


def sample(pattern: str, at_least: int = 0) -> str | None:
    """A matching string of `at_least` characters or more; None if this sampler cannot make one."""
    while (plain := _GROUP.sub(r"\1", pattern.removeprefix("^").removesuffix("$"))) != pattern:
        pattern = plain
    text = ""
    for atom, often, count in _ATOM.findall(pattern):
        character = next((c for c in (atom, *_ALPHABET) if len(c) == 1 and re.fullmatch(atom, c)), "")
        grows = max(1, at_least) if often == "+" else 0
        text += character * (int(count) if count else grows or (often == ""))
    return text if len(text) >= at_least else None
