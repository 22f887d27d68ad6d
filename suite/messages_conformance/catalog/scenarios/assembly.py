"""Requests that are put together from parts, and which of them can be sent to a provider.

The plainest request is the base alone. A value that a provider does not claim is left out, back to the base, so every
pair of claimed values stays in some request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations
from typing import Any, Final, TypeAlias, cast

from messages_conformance.catalog.model import Assembly, CheckUse, Part, Rule, Scenario, Step
from messages_conformance.catalog.scenarios.transform import CHANGES

Json: TypeAlias = dict[str, Any]
Pair: TypeAlias = frozenset[str]

PLAIN: Final = "plain"
"""The value of a parameter that is left out."""

ROLES: Final = ("cheap", "vision", "thinking")
"""Model roles by what they must be able to do; the last role that a part needs is used."""


def put_together(assembly: Assembly, step: Step, names: Iterable[str]) -> Step:
    """`step` with the request that these parts make, applied in the order of their declaration."""
    chosen = set(names)
    parts = [part for name, part in assembly.parts.items() if name in chosen]
    places: dict[str, list[Any]] = {}
    for part in parts:
        for place, items in part.at.items():
            places.setdefault(place, []).extend(items)
    body = reduce(_merged, (part.body for part in parts), _filled(assembly.base, places))
    made = replace(
        step,
        body=body,
        route="messages",
        expect="stream" if body.get("stream") is True else "message",
        headers={**step.headers, **{name: value for part in parts for name, value in part.headers.items()}},
        role=max((part.role or "cheap" for part in parts), key=ROLES.index, default="cheap"),
        checks=_checks(assembly, step, parts),
        parts=tuple(part.name for part in parts),
        auth_style=None,
        escaped=False,
    )
    changes = [*(change for part in parts for change in part.changes), *assembly.changes, *step.changes]
    return reduce(lambda changed, name: CHANGES[name](changed), changes, made)


def _checks(assembly: Assembly, step: Step, parts: Iterable[Part]) -> tuple[CheckUse, ...]:
    """The checks of the step and of its parts. If two demand the same check, the first counts."""
    of_parts = [use for part in assembly.parts.values() for use in part.checks]
    own = [use for use in step.checks if use not in of_parts]
    uses = [*own, *(use for part in parts for use in part.checks)]
    return tuple({use.check: use for use in reversed(uses)}.values())[::-1]


def fitted(scenario: Scenario, takes: Callable[[Part, str], bool]) -> Scenario:
    """A scenario without the parts that a provider does not claim. `takes` decides for each part, given the role of the
    model that the request goes to. Steps that then equal another, or show no pair of their own, are left out."""
    assembly = scenario.assembly
    if assembly is None:
        return scenario
    steps: list[Step] = []
    for step in scenario.steps:
        names = step.parts
        while names != (kept := _claimed(assembly, names, takes)):
            names = kept
        steps.append(step if names == step.parts else put_together(assembly, step, names))
    once = {(step.route, step.expect, step.parts, step.changes): step for step in reversed(steps)}
    chosen = list(once.values())[::-1]
    return replace(scenario, steps=tuple(_needed(chosen) if assembly.for_pairs else chosen))


def _claimed(assembly: Assembly, names: Sequence[str], takes: Callable[[Part, str], bool]) -> tuple[str, ...]:
    """The parts of a request that remain. With fewer parts it may go to another model, which accepts less."""
    parts = [assembly.parts[name] for name in names]
    role = max((part.role or "cheap" for part in parts), key=ROLES.index, default="cheap")
    kept = tuple(part.name for part in parts if takes(part, role))
    for these, those in assembly.never:
        if breaks((these, those), kept):
            kept = tuple(name for name in kept if name not in those)
    return kept


def breaks(rule: Rule, names: Collection[str]) -> bool:
    """Whether a request with these parts holds two that are not allowed together."""
    return all(any(_stands(name, names) for name in side) for side in rule)


def _stands(name: str, names: Collection[str]) -> bool:
    parameter, _, value = name.partition(".")
    if value == PLAIN:
        return not any(other.startswith(f"{parameter}.") for other in names)
    return name in names


# --- pairs ------------------------------------------------------------------------------------------------------------


def pairs(names: Iterable[str]) -> frozenset[Pair]:
    """Every two of these parts. A single part is its pair with parameters left out."""
    known = tuple(names)
    return frozenset(frozenset(pair) for pair in (*combinations(known, 2), *((name,) for name in known)))


def covered(scenario: Scenario) -> frozenset[Pair]:
    """The pairs of parts in a scenario's requests."""
    return frozenset(pair for step in scenario.steps for pair in pairs(step.parts) if len(pair) == 2)


def _needed(steps: Sequence[Step]) -> Sequence[Step]:
    """Leave out steps whose pairs all appear in other steps, starting from the last."""
    kept = list(steps)
    for step in reversed(steps):
        others = frozenset(pair for other in kept if other is not step for pair in pairs(other.parts))
        if pairs(step.parts) <= others:
            kept.remove(step)
    return kept


# --- bodies -----------------------------------------------------------------------------------------------------------


def _merged(body: Mapping[str, Any], more: Mapping[str, Any]) -> Json:
    """Merge two objects: lists are joined, and of two plain values the later one wins."""
    merged = dict(body)
    for key, value in more.items():
        here = merged.get(key)
        if isinstance(here, dict) and isinstance(value, dict):
            merged[key] = _merged(cast("Json", here), cast("Json", value))
        elif isinstance(here, list) and isinstance(value, list):
            merged[key] = [*cast("list[Any]", here), *cast("list[Any]", value)]
        else:
            merged[key] = value
    return merged


def _filled(value: Any, places: Mapping[str, Sequence[Any]]) -> Any:
    if isinstance(value, list):
        return [item for each in cast("list[Any]", value) for item in _items(each, places)]
    if isinstance(value, dict):
        return {key: _filled(inner, places) for key, inner in cast("Json", value).items()}
    return value


def _items(item: Any, places: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    """What one item of a list becomes: `${place}` gives everything that parts put there."""
    if isinstance(item, str) and item.startswith("${"):
        yield from places.get(item[2:-1], ())
    else:
        yield _filled(item, places)


def places_of(value: Any) -> Iterator[str]:
    """The names of the places in a base."""
    if isinstance(value, str) and value.startswith("${"):
        yield value[2:-1]
    elif isinstance(value, list | dict):
        held = cast("Json", value).values() if isinstance(value, dict) else cast("list[Any]", value)
        for inner in held:
            yield from places_of(inner)
