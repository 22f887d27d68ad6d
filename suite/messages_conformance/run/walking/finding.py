"""Finding something in an answer: JMESPath, with a few functions of our own."""

from __future__ import annotations

import re
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature

_WORD: Final = re.compile(r"(?<![\w'-])[A-Za-z]{4,}(?![\w'-])")


class _Functions(Functions):
    """`middle_word(text)` is a word from the middle of a text that appears there for the first time; it has at least
    four letters, since a shorter one may begin another word. `half(number)` is half of it, rounded down, if that is at
    least one. `words(text)` is the number of words."""

    @signature({"types": ["string", "null"]})
    def _func_middle_word(self, text: str | None) -> str | None:
        said = text or ""
        words = list(_WORD.finditer(said))
        return next((w[0] for w in words[len(words) // 2 :] if said.find(w[0]) == w.start() > 0), None)

    @signature({"types": ["string", "null"]})
    def _func_words(self, text: str | None) -> int:
        return len((text or "").split())

    @signature({"types": ["number", "null"]})
    def _func_half(self, number: float | None) -> int | None:
        return int(number) // 2 if number is not None and number >= 2 else None


OPTIONS: Final = jmespath.Options(custom_functions=_Functions())


def found(expression: str, answer: Any) -> Any:
    """What `expression` finds in `answer`, or None."""
    try:
        return jmespath.search(expression, answer, options=OPTIONS)
    except JMESPathError:  # a function met a value of the wrong type: the answer's fault
        return None
