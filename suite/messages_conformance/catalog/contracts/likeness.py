"""What a schema cannot tell apart, so that one of many like values is read for all of them.

The events of a stream and the items of an array repeat: the same keys and types, another text and another number.
Applying a schema costs many times what it costs to see that a value holds nothing new to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from messages_conformance.catalog.contracts.schema import Schema, iter_subschemas

_NOTES: Final = frozenset({"title", "description", "x-clause", "x-versions", "x-betas"})
_OF_LEAVES: Final = frozenset({"type", "minimum", "maximum", "minLength", "maxLength", "pattern"}) | _NOTES
_ACROSS: Final = frozenset({"patternProperties", "propertyNames", "unevaluatedProperties", "uniqueItems", "contains"})
"""Keywords that look at a property whatever its name, or at a value as a whole."""

_LARGE: Final = 1000
"""More members, items or characters than answers have that are worth comparing."""

_OBJECT: type[Any] = dict
_ARRAY: type[Any] = list
_HOLDERS: tuple[type[Any], ...] = (dict, list, str)
"""What holds more than one thing. (Told to the type checker so, since `cast` is a call, and a long stream is read by
calls of these few lines.)"""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """All that the subschemas of one property's name look at: its type, on which side of each bound it lies, and which
    patterns it matches."""

    bounds: tuple[float, ...]
    lengths: tuple[int, ...]
    """The least lengths that make a difference."""
    patterns: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, looks: list[Schema]) -> Self:
        bounds = {look[keyword] for look in looks for keyword in ("minimum", "maximum") if keyword in look}
        lengths = {look["minLength"] for look in looks if "minLength" in look}
        lengths |= {look["maxLength"] + 1 for look in looks if "maxLength" in look}
        patterns = {look["pattern"] for look in looks if "pattern" in look}
        return cls(tuple(sorted(bounds)), tuple(sorted(lengths)), tuple(map(re.compile, sorted(patterns))))

    @property
    def is_looked_into(self) -> bool:
        """Whether more than the type of a value makes a difference."""
        return bool(self.bounds or self.lengths or self.patterns)

    def sketch(self, value: Any) -> Hashable:
        kind = _type(value)
        if isinstance(value, str):
            matches = [pattern.search(value) is not None for pattern in self.patterns]
            return (kind, bisect_right(self.lengths, len(value)), *matches)
        if isinstance(value, (int, float)) and self.bounds:
            return kind, bisect_left(self.bounds, value), bisect_right(self.bounds, value)
        return kind


class Likeness:
    """Gives every JSON value a sketch. To these schemas, values with equal sketches are alike: they reach the same
    clauses, and break the same.

    A sketch holds what the value holds, but for properties of which every schema here looks at no more than type,
    bounds, length and patterns: of these it holds just that. A large value is like no other: sketches are remembered,
    and nobody sends the same large one again and again but to fill the memory.
    """

    def __init__(self, schemas: Iterable[Schema]) -> None:
        parts = [part for schema in schemas for _, part in iter_subschemas(schema)]
        looks: defaultdict[str, list[Any]] = defaultdict(list)
        for part in parts:
            for name, look in part.get("properties", {}).items():
                looks[name].append(look)
        leaves = {name: _Leaf.of(found) for name, found in looks.items() if all(map(_is_of_a_leaf, found))}
        self._sketches: Mapping[str, Callable[[Any], Hashable]] = {}
        if not any(map(_looks_across, parts)):
            self._sketches = {name: leaf.sketch if leaf.is_looked_into else _type for name, leaf in leaves.items()}

    def sketch(self, value: Any) -> Hashable:
        """Raises RecursionError for a value that is nested too deeply."""
        if isinstance(value, _HOLDERS) and len(value) > _LARGE:
            return object()
        if isinstance(value, _OBJECT):
            of, whole = self._sketches.get, self.sketch
            return tuple([(name, of(name, whole)(member)) for name, member in value.items()])
        if isinstance(value, _ARRAY):
            return (list, *[self.sketch(item) for item in value])
        return value if isinstance(value, str) else (value, _type(value))


def _is_of_a_leaf(look: Any) -> bool:
    return isinstance(look, dict) and _OF_LEAVES.issuperset(cast("Schema", look))


def _looks_across(part: Schema) -> bool:
    """Whether a subschema may look into properties that it does not name, or that are named where a reference of a
    condition leads."""
    conditions = [inner for keyword in ("if", "not") for _, inner in iter_subschemas(part.get(keyword, {}))]
    if not _ACROSS.isdisjoint(part) or any("$ref" in inner for inner in conditions):
        return True
    members = [part.get("const"), *part.get("enum", ())]
    return any(isinstance(m, (dict, list)) for m in members) or isinstance(part.get("additionalProperties"), dict)


def _type(value: Any) -> Hashable:
    """What JSON Schema makes of a value's type: a whole float is an integer, and true is no number."""
    kind: type[Any] = value.__class__
    return (kind, value.is_integer()) if kind is float else kind
