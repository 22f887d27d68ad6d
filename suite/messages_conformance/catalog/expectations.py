"""Expectations: known deviations of a provider that its owner has accepted, with a reason and an expiry date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, Where


@dataclass(frozen=True, slots=True)
class Expectation:
    """One accepted deviation. `check` and `scenarios` are ids or globs; `expires` is an ISO date, the first day on
    which the deviation counts again."""

    provider: str
    check: str
    scenarios: tuple[str, ...]
    question: str | None
    reason: str
    issue: str | None
    expires: str
    where: Where


def load_expectations(path: Path) -> tuple[Expectation, ...]:
    """Read an expectations file. Raises UserError with every problem, by file and line."""
    document = nodes.read(path)
    problems = [problem for _, problem in strict.check(document, "expectations")]
    strict.refuse(problems)
    entries: list[dict[str, Any]] = document.value["expectations"]
    strict.refuse(
        Problem(f"`{entry['expires']}` is not a date", document.where("expectations", index, "expires"))
        for index, entry in enumerate(entries)
        if not _is_day(entry["expires"])
    )
    return tuple(
        Expectation(
            provider=entry["provider"],
            check=entry["check"],
            scenarios=tuple(entry.get("scenarios", ("*",))),
            question=entry.get("question"),
            reason=entry["reason"],
            issue=entry.get("issue"),
            expires=entry["expires"],
            where=document.where("expectations", index),
        )
        for index, entry in enumerate(entries)
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
