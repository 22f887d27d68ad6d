"""The clauses by which a contract judges a check: those that the check cites, or those that mirror them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from messages_conformance.catalog.model import Contract, Level


@dataclass(frozen=True, slots=True)
class Grounds:
    """The clauses by which one contract judges a check, and their level together."""

    clauses: tuple[str, ...]
    level: Level


class Citations:
    """Finds grounds in a set of contracts; caches them, because a plan looks up the same check for every answer."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts
        self._mirrors = {c.id: [clause for clause in c.clauses.values() if clause.mirrors] for c in contracts.values()}
        self._known: dict[tuple[tuple[str, ...], str, str | None], Grounds | None] = {}

    def grounds(self, cited: tuple[str, ...], contract: str, page: str | None = None) -> Grounds | None:
        """The grounds on which `contract` judges a check that cites `cited`; None if it promises nothing of the kind.

        A contract's own clause counts with its level. A clause that mirrors a cited clause of another contract counts
        with the weaker of the two levels: a promise adopted by reference binds no more than either sentence. With
        `page`, only that page's clauses count.
        """
        key = (cited, contract, page)
        if key not in self._known:
            levels = self._own(cited, contract, page) or self._mirrored(cited, contract, page)
            self._known[key] = Grounds(tuple(levels), _strongest(levels.values())) if levels else None
        return self._known[key]

    def _own(self, cited: Iterable[str], contract: str, page: str | None) -> dict[str, Level]:
        known = self._contracts[contract].clauses
        found = [known[name] for name in cited if name in known]
        return {clause.id: clause.level for clause in found if page in (None, clause.source.page)}

    def _mirrored(self, cited: Iterable[str], contract: str, page: str | None) -> dict[str, Level]:
        found: dict[str, Level] = {}
        for clause in self._mirrors[contract]:
            if page not in (None, clause.source.page):
                continue
            originals = [name for name in cited if any(fnmatchcase(name, pattern) for pattern in clause.mirrors)]
            if originals:
                strongest = _strongest(self._level(name) for name in originals)
                found[clause.id] = Level.weaker(clause.level, strongest)
        return found

    def _level(self, name: str) -> Level:
        return self._contracts[name.partition(":")[0]].clauses[name].level


def _strongest(levels: Iterable[Level]) -> Level:
    return min(levels, key=lambda level: level.rank)
