"""A message's content blocks, gone through once for all checks.

An answer may hold a million blocks, and dozens of checks look at it. So a check asks for the blocks of a type, and
those of other types cost it nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias, cast

Placed: TypeAlias = tuple[int, dict[str, Any]]
"""A block with its index in the content."""


class Content:
    """`all` are the blocks as they came, whatever they are; `placed` those that are objects with members."""

    def __init__(self, blocks: list[Any]) -> None:
        self.all = blocks
        self.placed: Sequence[Placed] = [
            (at, cast("dict[str, Any]", block)) for at, block in enumerate(blocks) if block and isinstance(block, dict)
        ]

    @cached_property
    def _by_type(self) -> dict[str, list[Placed]]:
        found: dict[str, list[Placed]] = {}
        for placed in self.placed:
            kind = placed[1].get("type")
            if isinstance(kind, str):
                found.setdefault(kind, []).append(placed)
        return found

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The blocks that are objects, with members or without."""
        return [block for block in self.all if isinstance(block, dict)]

    @property
    def types(self) -> frozenset[str]:
        """The types that blocks have."""
        return frozenset(self._by_type)

    def of(self, *types: str) -> Sequence[Placed]:
        """The blocks of these types, in their order."""
        found = [self._by_type[kind] for kind in types if kind in self._by_type]
        return found[0] if len(found) == 1 else sorted(chain(*found), key=itemgetter(0))

    @cached_property
    def text(self) -> str:
        """All text: the text blocks joined without a separator."""
        said = (block.get("text") for _, block in self.of("text"))
        return "".join(part for part in said if isinstance(part, str))
