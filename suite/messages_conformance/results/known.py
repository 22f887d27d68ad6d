"""Failures that their owner has accepted: the header's expectations, held against what was judged.

An entry is a statement: this check fails here, in this way, for so long. Where it is true, its failures are accepted.
Where it is not, it accepts nothing and fails the run: the list must follow, or it will one day hide a relapse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TypeAlias

from messages_conformance.checks.base import Outcome
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.records import Expectation, Header

Place: TypeAlias = tuple[str, str]
"""A scenario and a check."""


class Held(StrEnum):
    """What became of an entry in a run."""

    HOLDS = "holds"
    EXPIRED = "expired"
    DIFFERS = "fails-differently"
    TOO_MANY = "too-many"
    STALE = "stale"
    UNDECIDED = "undecided"
    """Nothing that it names was decided, or not all of it was asked; or it fails now and then, and did not."""

    @property
    def fails(self) -> bool:
        """Whether the entry fails the run."""
        return self not in (Held.HOLDS, Held.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Seen:
    """One criterion at one place, and what was found."""

    provider: str
    scenario: str
    check: str
    question: str
    outcome: Outcome
    pointer: str | None = None
    actual: str | None = None
    times: Times | None = None

    @property
    def is_flaky(self) -> bool:
        return self.times is not None and self.times.is_flaky

    @property
    def place(self) -> Place:
        return self.scenario, self.check


@dataclass(frozen=True, slots=True)
class Account:
    """One entry, and what a run shows of it. `places` are those that show it; `sentence` says it in words that follow
    the name of the check."""

    entry: Expectation
    held: Held
    places: tuple[Place, ...]
    sentence: str

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Where it shows, each scenario once."""
        return tuple(dict.fromkeys(scenario for scenario, _ in self.places))

    @property
    def told(self) -> str:
        """`stream.end no longer fails (expectations.yaml:7)`"""
        return f"{self.entry.check} {self.sentence} ({self.entry.where})"


def accounts(header: Header, seen: Iterable[Seen], *, whole: bool) -> tuple[Account, ...]:
    """What a run shows of each of its entries, in their order; `whole` says that it came to its end."""
    by_check: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        by_check[one.provider, one.check].append(one)
    day = header.started[:10]
    whole = whole and header.shard is None
    return tuple(_account(e, _covered(e, by_check), day, whole=whole and not e.in_part) for e in header.expectations)


def accepting(accounts: Iterable[Account]) -> Callable[[Seen], Expectation | None]:
    """Finds the first entry that is true and describes a failure."""
    holding: dict[str, list[Expectation]] = defaultdict(list)
    for account in accounts:
        if account.held is Held.HOLDS:
            holding[account.entry.provider].append(account.entry)
    return lambda one: next((e for e in holding[one.provider] if covers(e, one) and describes(e, one)), None)


def covers(entry: Expectation, one: Seen) -> bool:
    """Whether an entry speaks of this check, in this scenario, at this provider."""
    return (
        entry.provider == one.provider
        and entry.question in (None, one.question)
        and fnmatchcase(one.check, entry.check)
        and any(fnmatchcase(one.scenario, pattern) for pattern in entry.scenarios)
    )


def describes(entry: Expectation, one: Seen) -> bool:
    """Whether a failure shows itself as an entry says; one that comes and goes, only where the entry says so."""
    if one.is_flaky and entry.flaky is None:
        return False
    return _is_like(one.pointer, entry.pointer) and _is_like(one.actual, entry.actual)


def _is_like(text: str | None, pattern: str | None) -> bool:
    """Whether `text` is the pattern, in which `*` stands for any text. What came is full of brackets and question
    marks, so these are not special here."""
    if pattern is None or text == pattern:
        return True
    return fnmatchcase(text or "", pattern.replace("[", "[[]").replace("?", "[?]"))


def _covered(entry: Expectation, by_check: Mapping[tuple[str, str], Sequence[Seen]]) -> list[Seen]:
    """What an entry speaks of; few of a run's checks are looked at place by place."""
    named = (
        them for (who, check), them in by_check.items() if who == entry.provider and fnmatchcase(check, entry.check)
    )
    return [one for them in named for one in them if covers(entry, one)]


def _account(entry: Expectation, covered: Sequence[Seen], day: str, *, whole: bool) -> Account:
    seldom = [one for one in covered if one.is_flaky and entry.flaky is None]
    failed = [one for one in covered if one.outcome is Outcome.FAIL and not (one.is_flaky and entry.flaky is None)]
    passed = [one for one in covered if one.outcome is Outcome.PASS] + seldom
    described = [one for one in failed if describes(entry, one)]
    is_decided = whole and not any(one.outcome in (Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR) for one in covered)
    if passed and not failed and is_decided and entry.flaky is None:
        return Account(entry, Held.STALE, _places(passed), _no_longer(seldom))
    if day >= entry.expires and (failed or passed):
        return Account(entry, Held.EXPIRED, _places([*failed, *passed]), _expired(entry.expires, day))
    if described:
        return _as_described(entry, described)
    if failed:
        return Account(entry, Held.DIFFERS, _places(failed), _otherwise(entry, failed[0]))
    everywhere = "did not fail this time" if is_decided else "was not decided everywhere"
    return Account(entry, Held.UNDECIDED, (), everywhere if passed else "was not decided")


def _as_described(entry: Expectation, described: Sequence[Seen]) -> Account:
    """The account of an entry that tells how its check fails, if not how often."""
    places = _places(described)
    if entry.at_most is not None and len(places) > entry.at_most:
        said = f"fails in {len(places)} places, and the entry accepts at most {entry.at_most}"
        return Account(entry, Held.TOO_MANY, places, said)
    if often := next((one for one in described if _fails_too_often(entry, one)), None):
        told = often.times.told if often.times else "fails"
        said = f"{told} in {often.scenario}, and the entry accepts a rate of at most {entry.flaky:g}"
        return Account(entry, Held.TOO_MANY, _places([often]), said)
    return Account(entry, Held.HOLDS, places, "fails as expected")


def _fails_too_often(entry: Expectation, one: Seen) -> bool:
    """Whether a check fails more often than its entry accepts; that it failed the only time says nothing."""
    if entry.flaky is None or one.times is None or one.times.decided == 1:
        return False
    return one.times.rate > entry.flaky


def _places(seen: Iterable[Seen]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(one.place for one in seen))


def _no_longer(seldom: Sequence[Seen]) -> str:
    """What is said of an entry whose check does not fail every time: never, or `seldom`."""
    if not seldom or seldom[0].times is None:
        return "no longer fails"
    return f"{seldom[0].times.told} in {seldom[0].scenario}, and an entry without `flaky` says that it always fails"


def _expired(last: str, day: str) -> str:
    days = (date.fromisoformat(day) - date.fromisoformat(last)).days
    ago = "the day of this run" if days == 0 else f"{days} {'day' if days == 1 else 'days'} before this run"
    return f"expired on {last}, {ago}"


def _otherwise(entry: Expectation, one: Seen) -> str:
    """The first thing that is not as the entry says."""
    if not _is_like(one.actual, entry.actual):
        return f"fails differently in {one.scenario}: {one.actual} came, and the entry accepts {entry.actual}"
    at = one.pointer or "the whole"
    return f"fails differently in {one.scenario}: at {at}, and the entry accepts {entry.pointer}"
