"""One short string that a regular expression matches, from the parse tree that Python's own `re` makes of it."""

from __future__ import annotations

import importlib
import re
import string
from collections.abc import Iterable
from typing import Any

# `re` has no public parser; its own is the only one that agrees with `re` on every construct.
_parser = importlib.import_module("re._parser")

_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits + string.punctuation + " " + "\n"
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def sample(pattern: str, at_least: int = 0) -> str | None:
    """A string of `at_least` characters or more that matches, or None where that is beyond this sampler."""
    try:
        tree = _parser.parse(pattern)
        for extra in range(at_least + 1):
            text = _sequence(tree, extra)
            if len(text) >= at_least and re.search(pattern, text):
                return text
    except (re.error, KeyError, IndexError, RecursionError):
        return None
    return None


def _sequence(nodes: Iterable[tuple[Any, Any]], extra: int) -> str:
    return "".join(_node(str(op), argument, extra) for op, argument in nodes)


def _node(op: str, argument: Any, extra: int) -> str:
    match op:
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
            return _character(op, argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = argument
            return _sequence(inner, 0) * min(int(low) + extra, int(high))
        case "SUBPATTERN":
            return _sequence(argument[-1], extra)
        case "BRANCH":
            return _sequence(argument[1][0], extra)
        case "AT":
            return ""
        case _:
            raise KeyError(op)


def _character(op: str, argument: Any) -> str:
    match op:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL":
            return next(character for character in _ALPHABET if ord(character) != argument)
        case "IN":
            return _member(argument)
        case _:
            return "a"


def _member(items: list[tuple[Any, Any]]) -> str:
    """The first character of the alphabet that the class `[…]` holds."""
    negated = str(items[0][0]) == "NEGATE"
    wanted = items[1:] if negated else items
    outside = [chr(argument) for op, argument in wanted if str(op) == "LITERAL"]
    return next(c for c in [*_ALPHABET, *outside] if any(_holds(item, c) for item in wanted) != negated)


def _holds(item: tuple[Any, Any], character: str) -> bool:
    op, argument = str(item[0]), item[1]
    match op:
        case "LITERAL":
            return ord(character) == argument
        case "RANGE":
            return argument[0] <= ord(character) <= argument[1]
        case "CATEGORY":
            return re.fullmatch(_CATEGORIES[str(argument)], character) is not None
        case _:
            raise KeyError(op)
