"""Features: what a provider may claim beyond the core of the API, as `suite/features.yaml` lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from messages_conformance.catalog.keeping import kept
from messages_conformance.catalog.model import Scenario
from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.catalog.yaml.nodes import Document, Pointer
from messages_conformance.errors import Problem, UserError, Where, nothing_named
from messages_conformance.locate import data


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that a provider may claim. `by_default` says whether one that names no features is taken to claim it;
    `probe` names the scenario and the step that show whether it works where it is not claimed."""

    id: str
    title: str
    where: Where
    by_default: bool = True
    probe: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """All features by id, and the words that were features once and are asked of everybody now."""

    known: Mapping[str, Feature]
    core: frozenset[str]


def load_features(path: Path) -> Features:
    """Read a file of features. Raises UserError with every problem, by file and line."""
    document = nodes.read(path)
    strict.refuse(problem for _, problem in strict.check(document, "features"))
    entries: list[dict[str, Any]] = document.value["features"]
    known = {entry["id"]: _feature(entry, document.where("features", i)) for i, entry in enumerate(entries)}
    return Features(known, frozenset(document.value["core"]))


def _feature(entry: Mapping[str, Any], where: Where) -> Feature:
    scenario, _, step = entry.get("probe", "").partition("/")
    return Feature(
        entry["id"], entry["title"], where, entry.get("by_default", True), (scenario, step) if step else None
    )


_FILE: Final = data("features.yaml")
_ALL: Final = kept("features", (_FILE,), lambda: load_features(_FILE))

KNOWN: Final = _ALL.known
CORE: Final = _ALL.core
FEATURES: Final = frozenset(KNOWN)
"""Everything that a provider can claim."""

GENERALLY_AVAILABLE: Final = frozenset(feature.id for feature in KNOWN.values() if feature.by_default)
"""What a provider that says nothing about its features is taken to claim. Left out are Anthropic's own test trigger,
the rarest parameters, which few providers mean to claim, server tools, which are billed by use, and betas, which a
client has to ask for."""


def named(words: Iterable[str]) -> frozenset[str]:
    """Words as features. Raises UserError with every word that is none."""
    given = tuple(words)
    problems = [
        Problem(_no_longer(word)) if word in CORE else nothing_named("feature", word, FEATURES)
        for word in given
        if word not in FEATURES
    ]
    if problems:
        raise UserError(*problems)
    return frozenset(given)


def retired(document: Document, place: Pointer) -> Problem | None:
    """What to say of a wrong value in a providers file, if it is a word that is no feature any more."""
    match place:
        case ("providers", str(name), "features", int(index)):
            word = document.value["providers"][name]["features"][index]
        case _:
            return None
    if not isinstance(word, str) or word not in CORE:
        return None
    return Problem(_no_longer(word), document.where(*place), "leave it out of `features`")


def _no_longer(word: str) -> str:
    return f"`{word}` is no feature any more: every provider is asked for it"


def misplaced_probes(known: Iterable[Feature], scenarios: Iterable[Scenario]) -> list[Problem]:
    """Probes that name no scenario that needs their feature, or no step of it."""
    steps = {(s.id, step.id) for s in scenarios for step in s.steps}
    needs = {s.id: s.needs for s in scenarios}
    return [
        Problem(f"the probe of `{feature.id}` is no step of a scenario that needs it", feature.where)
        for feature in known
        if feature.probe is not None and (feature.probe not in steps or feature.id not in needs[feature.probe[0]])
    ]
