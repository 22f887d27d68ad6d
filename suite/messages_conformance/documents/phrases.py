"""What a schema says of one place, in a few words: `a number, 0 to 2`, `a string or an array`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from messages_conformance.documents.schema_facts import Place

Range: TypeAlias = tuple[float | None, float | None]
"""Lower and upper bound; None where there is none."""

LISTED = 8
"""How many members of a set are listed one by one."""


class Family(NamedTuple):
    """Two keywords that limit the same quantity, and what they count (empty: the value itself)."""

    lower: str
    upper: str
    unit: str

    def of(self, place: Place) -> Range:
        return place.bound(self.lower), place.bound(self.upper)


FAMILIES: Final = (
    Family("minimum", "maximum", ""),
    Family("minLength", "maxLength", "character"),
    Family("minItems", "maxItems", "item"),
)


def describe(place: Place) -> str:
    """Types, values, ranges, and where and when the place exists."""
    if values := place.values or place.known:
        words = one_of(values)
    else:
        words = types_of(place.types)
        if place.types == frozenset({"array"}) and place.items and place.items.types:
            words += f" of {' or '.join(sorted(f'{name}s' for name in place.items.types - {'null'}))}"
    ranges = [range_of(family, bounds) for family in FAMILIES if (bounds := family.of(place)) != (None, None)]
    only = [f"version {', '.join(place.versions)} only"] if place.versions else []
    only += [f"beta {' or '.join(place.betas)} only"] if place.betas else []
    only += [f"page {', '.join(place.pages)} only"] if place.pages else []
    return ", ".join([words, *ranges, *only])


def types_of(types: Iterable[str] | None) -> str:
    """`a string or null`; `no type given` for None."""
    if types is None:
        return "no type given"
    names = sorted(types, key=lambda name: (name == "null", name not in ("string", "number", "integer"), name))
    return " or ".join(name if name == "null" else f"{'an' if name[0] in 'aio' else 'a'} {name}" for name in names)


def one_of(values: Iterable[Any]) -> str:
    """Members of a set, in the order of the document; only the first ones of a long set."""
    words = [word(value) for value in values]
    return ", ".join(words[:LISTED]) + (f" and {len(words) - LISTED} more" if len(words) > LISTED else "")


def word(value: Any) -> str:
    """A JSON value: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def range_of(family: Family, bounds: Range) -> str:
    """`0 to 2`, `at least 1 item`, `any number of items`."""
    lower, upper = bounds
    if lower is None and upper is None:
        return f"any number of {family.unit}s" if family.unit else "no range given"
    unit = _unit(family, lower if upper is None else upper)
    if upper is None:
        return f"at least {_number(lower)}{unit}"
    return f"at most {_number(upper)}{unit}" if lower is None else f"{_number(lower)} to {_number(upper)}{unit}"


def outside(family: Family, inner: Range, outer: Range) -> str:
    """How far `inner` goes beyond `outer`: `above 1`, `with fewer than 1 item`; empty if it does not."""
    parts: list[str] = []
    (lower, upper), (least, most) = inner, outer
    if least is not None and (lower is None or lower < least):
        parts.append(
            f"with fewer than {_number(least)}{_unit(family, least)}" if family.unit else f"below {_number(least)}"
        )
    if most is not None and (upper is None or upper > most):
        parts.append(
            f"with more than {_number(most)}{_unit(family, most)}" if family.unit else f"above {_number(most)}"
        )
    return " or ".join(parts)


def _unit(family: Family, number: float | None) -> str:
    return f" {family.unit}{'' if number == 1 else 's'}" if family.unit else ""


def _number(value: float | None) -> str:
    return f"{value:,}"
