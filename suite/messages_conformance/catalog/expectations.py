"""Expectations: known deviations of a provider that its owner has accepted, with a reason and an expiry date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from messages_conformance.catalog.yaml import nodes, strict
from messages_conformance.errors import Problem, Where

NO_REASON: Final = "TODO"
"""Stands in a new entry until somebody has written why the deviation is accepted; till then the file is refused."""

_FIRST_ZONE: Final = timezone(timedelta(hours=14))
"""Where a day begins first. An entry may come from anywhere, and a CI job counts its days in UTC."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One accepted deviation. `check` and `scenarios` are ids or globs; in `pointer` and `actual`, which tell how it
    fails, only `*` is special. `at_most` counts places: pairs of scenario and check. `expires` is an ISO date, the
    first day on which the deviation counts again. `flaky` is the largest rate at which it may fail, from 0 to 1, of one
    that does not fail every time."""

    provider: str
    check: str
    scenarios: tuple[str, ...]
    reason: str
    expires: str
    where: Where
    question: str | None = None
    issue: str | None = None
    pointer: str | None = None
    actual: str | None = None
    at_most: int | None = None
    owner: str | None = None
    added: str | None = None
    flaky: float | None = None


def load_expectations(path: Path) -> tuple[Expectation, ...]:
    """Read an expectations file. Raises UserError with every problem, by file and line; an entry without a reason of
    its own is one."""
    entries = read_drafts(path)
    strict.refuse(
        Problem(f"the reason is still `{NO_REASON}`", entry.where, "say why this deviation is accepted, or fix it")
        for entry in entries
        if entry.reason.strip().strip(".:").upper() == NO_REASON
    )
    return entries


def read_drafts(path: Path) -> tuple[Expectation, ...]:
    """Read an expectations file in which reasons may still be missing. Raises UserError with every other problem."""
    document = nodes.read(path)
    strict.refuse(problem for _, problem in strict.check(document, "expectations"))
    entries: list[dict[str, Any]] = document.value["expectations"]
    strict.refuse(
        Problem(message, document.where("expectations", index, key), hint)
        for index, entry in enumerate(entries)
        for key, message, hint in _mistakes(entry)
    )
    return tuple(
        Expectation(
            **{name: value for name, value in entry.items() if name not in ("scenarios", "flaky")},
            scenarios=tuple(entry.get("scenarios", ("*",))),
            flaky=float(entry["flaky"]) if "flaky" in entry else None,
            where=document.where("expectations", index),
        )
        for index, entry in enumerate(entries)
    )


def _mistakes(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """What a schema cannot see: the key, what is wrong with it, and advice."""
    days = {key: _day(entry[key]) for key in ("added", "expires") if key in entry}
    yield from ((key, f"`{entry[key]}` is not a date", None) for key, day in days.items() if day is None)
    added, expires = days.get("added"), days.get("expires")
    if added and added > datetime.now(_FIRST_ZONE).date():
        yield "added", f"`{added}` is still to come", "write the day on which it was accepted"
    if added and expires and expires <= added:
        yield "expires", f"it expires on {expires}, and was added on {added}", None
    if entry.get("flaky") is False:
        yield "flaky", "`flaky: false` says nothing", "leave it out: without it, the check fails every time"
    if set(entry["check"]) & set("*?[") and "at_most" not in entry:
        hint = "say `at_most: N`, or name the check: a glob would accept checks that are still to come"
        yield "check", f"`{entry['check']}` may cover any number of failures", hint


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
