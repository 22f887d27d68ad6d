"""Whether what scenarios name exists: needs, checks, parameters, clauses. A layer above brings what it knows."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from messages_conformance.catalog.contracts.validating import validator
from messages_conformance.catalog.model import CheckUse, Scenario
from messages_conformance.catalog.yaml import strict
from messages_conformance.catalog.yaml.strict import Mistake
from messages_conformance.errors import Problem, Where

Params: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Each check's JSON Schema for its parameters, by the check's id."""

Judged: TypeAlias = Mapping[tuple[str, str], tuple[Mistake, ...]]
"""What is wrong with parameters, by the check's id and the parameters as Python writes them."""


def judged(scenarios: Iterable[Scenario], known: Params) -> Judged:
    """The parameters of all uses of known checks: of a thousand, few differ."""
    uses = {_key(use): use for use in _uses(scenarios) if use.check in known}
    return {key: _mistakes(use, known) for key, use in uses.items()}


def validate_uses(
    scenarios: Iterable[Scenario], known: Params, clauses: Container[str], before: Judged | None = None
) -> list[Problem]:
    """Checks, parameters and clauses that scenarios name and that do not exist. What was `judged` before is not judged
    again."""
    scenarios, seen = tuple(scenarios), dict(before or {})
    steps = (step for scenario in scenarios for step in scenario.steps)
    problems = [_unknown_clause(c, step.where, clauses) for step in steps for c in step.accepts if c not in clauses]
    for use in _uses(scenarios):
        if use.check not in known:
            hint = strict.did_you_mean(use.check, known)
            problems.append(Problem(f"there is no check `{use.check}`", use.where, hint))
            continue
        key = _key(use)
        if key not in seen:
            seen[key] = _mistakes(use, known)
        problems += [Problem(f"check `{use.check}`: {found.message}", use.where, found.hint) for found in seen[key]]
        problems += [_unknown_clause(clause, use.where, clauses) for clause in use.clauses if clause not in clauses]
    return problems


def validate_needs(scenarios: Iterable[Scenario], known: Collection[str]) -> list[Problem]:
    """`needs` that nothing can ever meet: a misspelt need would silently make a scenario not applicable."""
    return [
        Problem(f"`{scenario.id}` needs `{need}`, which nothing claims", scenario.where, strict.suggest(need, known))
        for scenario in scenarios
        for need in scenario.needs
        if need not in known
    ]


def _uses(scenarios: Iterable[Scenario]) -> Iterator[CheckUse]:
    return (use for scenario in scenarios for step in scenario.steps for use in step.checks)


def _key(use: CheckUse) -> tuple[str, str]:
    return use.check, repr(use.params)


def _mistakes(use: CheckUse, known: Params) -> tuple[Mistake, ...]:
    return tuple(strict.mistakes(use.params, validator(known[use.check])))


def _unknown_clause(clause: str, where: Where, known: Container[str]) -> Problem:
    hint = strict.did_you_mean(clause, known) if isinstance(known, Iterable) else None
    return Problem(f"no contract defines the clause `{clause}`", where, hint)
