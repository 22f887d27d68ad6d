"""What stands in the place of a user's texts and names: the same for the same, and nothing of the original in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, cast

_SENTENCE: Final = "Please answer in one short sentence. "
"""Neutral, and a model that obeys it costs little."""

_SHORTEST: Final = 8
"""Bytes."""


def neutral(text: str) -> str:
    """A text of the same class of length: the nearest power of two to its bytes. In most languages as many bytes of
    UTF-8 are about as many tokens. An empty text stays empty."""
    size = len(text.encode("utf-8", "replace"))
    if size == 0:
        return ""
    wanted = max(_SHORTEST, 2 ** round(math.log2(size)))
    told = (_SENTENCE * (wanted // len(_SENTENCE) + 1))[:wanted]
    return told.rpartition(" ")[0].rstrip(".") + "." if " " in told else "Please."


@dataclass(slots=True)
class Names:
    """Masks texts, names and values of one request, each in the same way wherever it stands. With `keep_texts` or
    `keep_names` these stay as they are; what belongs to one account (ids) is masked always."""

    keep_texts: bool = False
    keep_names: bool = False
    _given: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def text(self, text: str) -> str:
        return text if self.keep_texts else neutral(text)

    def tool(self, name: str) -> str:
        return name if self.keep_names else self._number("tool", "tool_{}", name)

    def fix_tool(self, name: str) -> None:
        """A tool that the contract names: it keeps its name."""
        self._given.setdefault("tool", {})[name] = name

    def field(self, name: str) -> str:
        return name if self.keep_names else self._number("field", "field_{}", name)

    def value(self, text: str) -> str:
        """A value that a schema lists."""
        return text if self.keep_names else self._number("value", "value_{}", text)

    def site(self, name: str) -> str:
        return name if self.keep_names else self._number("site", "site{}.example.com", name)

    def id(self, text: str) -> str:
        return self._number("id", "toolu_{}", text)

    def stop(self, text: str) -> str:
        return text if self.keep_texts else self._number("stop", "STOP-{}", text)

    def data(self, value: Any) -> Any:
        """Any JSON that a tool was called with. A value that the tool's schema lists is masked as it is there."""
        if isinstance(value, str):
            listed = self._given.get("value", {})
            return listed[value] if value in listed else self.text(value)
        if isinstance(value, list):
            return [self.data(item) for item in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {self.field(key): self.data(item) for key, item in cast("dict[str, Any]", value).items()}
        return value if self.keep_texts else _number_of_its_kind(value)

    def _number(self, kind: str, form: str, original: str) -> str:
        given = self._given.setdefault(kind, {})
        return given.setdefault(original, form.format(len(given) + 1))


def _number_of_its_kind(value: Any) -> Any:
    """True, false and null say nothing; a number may be an account's."""
    if isinstance(value, bool) or value is None:
        return value
    return 1 if isinstance(value, int) else 1.5
