"""What is known from outside: deviations that users met in the field, and assertions of other test suites.

Each names the checks that judge it here, or says why none does. `suite/field/` holds them; no verdict depends on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, Where


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which endpoints were seen to deviate. `checks` are `check` or `scenario/check`; each of `defects`
    turns one of them red. `unseen` says why there are none; `seen` are public addresses."""

    id: str
    states: str
    breaks: str
    seen: tuple[str, ...]
    checks: tuple[str, ...]
    defects: tuple[str, ...]
    where: Where
    unseen: str | None = None

    def is_shown_by(self, scenario: str, check: str) -> bool:
        """Whether a failure of `check` in `scenario` may be this deviation."""
        return any(_names(reference, scenario, check) for reference in self.checks)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What another test suite asserts. `unchecked` says why no check here does."""

    id: str
    states: str
    checks: tuple[str, ...]
    where: Where
    unchecked: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    deviations: tuple[Deviation, ...]
    assertions: tuple[Assertion, ...]


def load_field(root: Path) -> Field:
    """Read every file under `root`. Raises UserError with every problem, by file and line."""
    documents = [nodes.read(path) for path in sorted(root.rglob("*.yaml"))]
    strict.refuse(problem for document in documents for _, problem in strict.check(document, "field"))
    deviations = tuple(
        Deviation(
            id=entry["id"],
            states=entry["states"],
            breaks=entry["breaks"],
            seen=tuple(entry["seen"]),
            checks=tuple(entry.get("checks", ())),
            defects=tuple(entry.get("defects", ())),
            where=where,
            unseen=entry.get("unseen"),
        )
        for entry, where in _entries(documents, "deviations")
    )
    assertions = tuple(
        Assertion(entry["id"], entry["states"], tuple(entry.get("checks", ())), where, entry.get("unchecked"))
        for entry, where in _entries(documents, "assertions")
    )
    strict.refuse((*_repeated(deviations), *_repeated(assertions), *_undecided(deviations, assertions)))
    return Field(deviations, assertions)


def unknown_references(field: Field, planned: Iterable[tuple[str, str]], defects: Iterable[str]) -> list[Problem]:
    """References to checks that no scenario plans, and to defects that do not exist.

    `planned` are (scenario id, check id) pairs of a provider that claims everything.
    """
    pairs = frozenset(planned)
    checks = frozenset(check for _, check in pairs)
    known = frozenset(defects)
    problems = [
        Problem(f"`{entry.id}` names `{reference}`, which no scenario plans", entry.where, _hint(reference, pairs))
        for entry in (*field.deviations, *field.assertions)
        for reference in entry.checks
        if not _is_planned(reference, pairs, checks)
    ]
    problems += [
        Problem(
            f"`{entry.id}` names the defect `{name}`, which does not exist", entry.where, strict.suggest(name, known)
        )
        for entry in field.deviations
        for name in entry.defects
        if name not in known
    ]
    return problems


def _names(reference: str, scenario: str, check: str) -> bool:
    """Whether `check` or `scenario/check` names this check of this scenario."""
    where, _, name = reference.rpartition("/")
    return name == check and where in ("", scenario)


def _is_planned(reference: str, pairs: frozenset[tuple[str, str]], checks: frozenset[str]) -> bool:
    scenario, _, check = reference.rpartition("/")
    return (scenario, check) in pairs if scenario else check in checks


def _hint(reference: str, pairs: frozenset[tuple[str, str]]) -> str:
    scenario, _, check = reference.rpartition("/")
    if scenario and (planned := {name for where, name in pairs if where == scenario}):
        return f"in `{scenario}`: {strict.suggest(check, planned)}"
    return strict.suggest(scenario or check, {where if scenario else name for where, name in pairs})


def _entries(documents: Iterable[nodes.Document], kind: str) -> Iterator[tuple[Mapping[str, Any], Where]]:
    for document in documents:
        for index, entry in enumerate(document.value.get(kind, ())):
            yield entry, document.where(kind, index)


def _repeated(entries: tuple[Deviation, ...] | tuple[Assertion, ...]) -> list[Problem]:
    times = Counter(entry.id for entry in entries)
    return [Problem(f"`{entry.id}` is listed twice", entry.where) for entry in entries if times[entry.id] > 1]


def _undecided(deviations: Iterable[Deviation], assertions: Iterable[Assertion]) -> list[Problem]:
    """Entries that name checks and also a reason for having none, or neither."""
    wrong = [
        Problem(f"`{d.id}` needs either `checks` and `defects`, or `unseen`", d.where)
        for d in deviations
        if (bool(d.checks), bool(d.defects), d.unseen is None) not in {(True, True, True), (False, False, False)}
    ]
    wrong += [
        Problem(f"`{a.id}` needs either `checks` or `unchecked`", a.where)
        for a in assertions
        if bool(a.checks) is (a.unchecked is not None)
    ]
    return wrong
