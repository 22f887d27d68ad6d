"""Compare two schemas place by place: where their document differs from ours, and what that means for our client.

In requests they must accept our values; in answers our client must accept theirs. A value that one side gives and the
other does not accept is a problem; a value that is accepted but never given is not. If a document says nothing of its
own but adopts the other's promises by reference (`mirrors`), there is no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final, TypeVar

from messages_conformance.catalog.model import Contract, Level
from messages_conformance.documents.differences import Difference, Kind, Severity, Side
from messages_conformance.documents.phrases import FAMILIES, Family, describe, one_of, outside, range_of, types_of, word
from messages_conformance.documents.schema_facts import Place

_T = TypeVar("_T")
_TYPE: Final = ("type", "const", "enum")
_VALUES: Final = ("const", "enum", "x-known")
_BOUNDS: Final = tuple(keyword for family in FAMILIES for keyword in family[:2])
_KEYWORDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.TYPE: _TYPE,
    Kind.VALUES_MISSING: _VALUES,
    Kind.VALUES_EXTRA: _VALUES,
    Kind.NARROWER: _BOUNDS,
    Kind.WIDER: _BOUNDS,
    Kind.PATTERN: ("pattern",),
    Kind.REQUIRED: ("required",),
    Kind.OPTIONAL: ("required",),
}
"""The keywords whose clauses are cited for a kind of difference; for other kinds, all clauses of the place."""

_OTHER: Final = "any other"
"""Means the values of an open union that no case names."""


def mirroring(contract: Contract, clauses: Iterable[str]) -> tuple[str, ...]:
    """The clauses of `contract` that adopt one of `clauses` by reference."""
    wanted = tuple(clauses)
    return tuple(
        clause.id
        for clause in contract.clauses.values()
        if any(fnmatchcase(name, pattern) for pattern in clause.mirrors for name in wanted)
    )


@dataclass(frozen=True, slots=True)
class _Spot:
    """One place in both documents."""

    a: Place
    b: Place
    at: str

    def member(self, name: str, a: Place | None = None, b: Place | None = None) -> _Spot:
        return _Spot(a or Place(), b or Place(), f"{self.at}.{name}" if self.at else name)


@dataclass(frozen=True, slots=True)
class SchemaComparison:
    """Compares one kind of body of two contracts. `listed_only` says that their answers have only the members that
    their document lists."""

    side: Side
    ours: Contract
    theirs: Contract
    listed_only: bool = False

    def differences(self, a: Place, b: Place, at: str) -> Iterator[Difference]:
        """What differs between `a`, ours, and `b`, theirs, at `at` and below."""
        yield from self._compare(_Spot(a, b, at))

    def _compare(self, spot: _Spot) -> Iterator[Difference]:
        a, b = spot.a, spot.b
        if a.parts and b.parts:
            yield from self._types(spot)
            if a.types and b.types and not _shared(a.types, b.types):
                return
            yield from self._one_value(spot)
        if _may_be("array", a, b) and (a.items or b.items):
            yield from self._compare(_Spot(a.items or Place(), b.items or Place(), f"{spot.at}[]"))
        if _may_be("object", a, b):
            yield from self._object(spot)

    # --- one value ------------------------------------------------------------------------------------------------

    def _one_value(self, spot: _Spot) -> Iterator[Difference]:
        yield from self._values(spot)
        for family in FAMILIES:
            yield from self._range(spot, family)
        yield from self._pattern(spot)
        if self.side is Side.REQUEST:
            yield from self._availability(spot)

    def _types(self, spot: _Spot) -> Iterator[Difference]:
        given, taken = self._flow(spot.a.types, spot.b.types)
        if taken is None or (given is None and self._is_taken_over(spot, _TYPE)):
            return
        said = (types_of(spot.a.types), types_of(spot.b.types))
        if given is None:
            if taken == frozenset({"object"}) and not (_all_members(spot.a) and _all_members(spot.b)):
                return  # reported once, as an object that only one of the documents describes
            detail = f"anything but {types_of(taken)}"
            yield self._told(Kind.TYPE, spot, said, Severity.MAY_BREAK, detail)
        elif lacking := _beyond(given, taken):
            partly = lacking == frozenset({"null"}) or (self.side is Side.ANSWER and bool(_shared(given, taken)))
            severity = Severity.MAY_BREAK if partly or self._is_weak(spot.b.clauses(*_TYPE)) else Severity.BREAKS
            yield self._told(Kind.TYPE, spot, said, severity, types_of(lacking))
        elif self.side is Side.REQUEST and (more := _beyond(taken, given) - {"null"}):
            yield self._told(Kind.TYPE, spot, said, Severity.HARMLESS, types_of(more))

    def _values(self, spot: _Spot) -> Iterator[Difference]:
        a, b = spot.a, spot.b
        ours, theirs = a.values or a.known, b.values or b.known
        given, taken = self._flow(ours, theirs)
        if taken is None or (given is None and self._is_taken_over(spot, _VALUES)):
            return
        said = (one_of(ours) if ours else describe(a), one_of(theirs) if theirs else describe(b))
        beyond, short = self._flow(Kind.VALUES_MISSING, Kind.VALUES_EXTRA)
        if given is None:
            detail = f"anything but {one_of(taken)}"
            yield self._told(beyond, spot, said, Severity.MAY_BREAK, detail)
            return
        lacking = [value for value in given if value not in taken]
        more = [value for value in taken if value not in given]
        if lacking:
            # A set that may grow promises nothing; a closed set does.
            severity = Severity.BREAKS if a.values and b.values else Severity.MAY_BREAK
            yield self._told(beyond, spot, said, severity, one_of(lacking))
        if more and not (lacking and a.values and self.side is Side.ANSWER):
            severity = Severity.HARMLESS if self.side is Side.REQUEST else Severity.MAY_BREAK
            yield self._told(short, spot, said, severity, one_of(more))

    def _range(self, spot: _Spot, family: Family) -> Iterator[Difference]:
        ours, theirs = family.of(spot.a), family.of(spot.b)
        given, taken = self._flow(ours, theirs)
        stated = given != (None, None)
        if not stated and self._is_taken_over(spot, family[:2]):
            return
        said = (range_of(family, ours), range_of(family, theirs))
        if beyond := outside(family, given, taken):
            kind = Kind.NARROWER if self.side is Side.REQUEST else Kind.WIDER
            severity = Severity.BREAKS if stated and self.side is Side.REQUEST else Severity.MAY_BREAK
            yield self._told(kind, spot, said, severity, beyond)
        elif self.side is Side.REQUEST and theirs != (None, None) and (more := outside(family, theirs, ours)):
            yield self._told(Kind.WIDER, spot, said, Severity.HARMLESS, more)

    def _pattern(self, spot: _Spot) -> Iterator[Difference]:
        given, taken = self._flow(spot.a.pattern, spot.b.pattern)
        if taken is None or given == taken or (given is None and self._is_taken_over(spot, ("pattern",))):
            return
        ours, theirs = (f"matching {place.pattern}" if place.pattern else "any form" for place in (spot.a, spot.b))
        yield self._told(Kind.PATTERN, spot, (ours, theirs), Severity.MAY_BREAK, taken)

    def _availability(self, spot: _Spot) -> Iterator[Difference]:
        a, b = spot.a, spot.b
        if b.versions and b.versions != a.versions:
            said = (f"version {', '.join(a.versions)}" if a.versions else "no version named", ", ".join(b.versions))
            yield self._told(Kind.VERSION, spot, said, Severity.MAY_BREAK, said[1])
        if b.betas and b.betas != a.betas:
            said = (f"beta {' or '.join(a.betas)}" if a.betas else "no beta named", " or ".join(b.betas))
            yield self._told(Kind.BETA, spot, said, Severity.MAY_BREAK, said[1])
        if b.pages and b.pages != a.pages:
            said = (f"page {', '.join(a.pages)}" if a.pages else "listed", f"page {', '.join(b.pages)} only")
            severity = Severity.MAY_BREAK if self._is_disputed(b) else Severity.HARMLESS
            yield self._told(Kind.PAGE, spot, said, severity, ", ".join(b.pages))

    def _is_disputed(self, place: Place) -> bool:
        """Whether another page contradicts what one page says about a place."""
        clauses = self.theirs.clauses
        found = [clauses[name] for name in place.clauses() if name in clauses]
        return any(
            other.source.page != clause.source.page and fnmatchcase(other.id, pattern)
            for clause in found
            for pattern in clause.conflicts_with
            for other in clauses.values()
        )

    # --- members --------------------------------------------------------------------------------------------------

    def _object(self, spot: _Spot) -> Iterator[Difference]:
        a, b = spot.a, spot.b
        told_apart_by = {case.name: None for case in (*a.cases, *b.cases)}
        ours, theirs = _all_members(a), _all_members(b)
        common = {name: None for name in a.members if name in b.members}
        if bool(ours - told_apart_by.keys()) != bool(theirs - told_apart_by.keys()):
            yield from self._undescribed(spot)
            for name in common:
                if a.members[name].values and b.members[name].values:
                    yield from self._compare(spot.member(name, a.members[name], b.members[name]))
            return
        in_cases = (_members_of_cases(a) | _members_of_cases(b)) - told_apart_by.keys()
        for name in dict.fromkeys([*a.members, *b.members]):
            if name not in in_cases:
                yield from self._member(spot, name, spot)
        for name in told_apart_by:
            if name in common:
                yield from self._cases(spot, name, in_cases)

    def _member(self, spot: _Spot, name: str, whole: _Spot) -> Iterator[Difference]:
        """Compare one member; `whole` is the place with all its cases, of which `spot` has chosen one."""
        a, b = spot.a.members.get(name), spot.b.members.get(name)
        if a and b:
            at = spot.member(name, a, b)
            yield from self._presence(at, spot)
            yield from self._compare(at)
        elif a:
            # One flat object for all kinds of block promises no member for any one kind.
            if name not in whole.a.members or name not in _all_members(whole.b):
                yield from self._missing(spot, spot.member(name, a))
        elif b:
            at = spot.member(name, None, b)
            known = name in _all_members(whole.a) or (self.side is Side.REQUEST and spot.a.leaves_kinds_open)
            if b.required and self.side is Side.REQUEST:
                yield self._told(Kind.REQUIRED, at, ("not listed", describe(b)), Severity.BREAKS)
            elif not known and not mirroring(self.ours, self._shape(b, spot.b)):
                yield self._told(Kind.EXTRA, at, ("not listed", describe(b)), Severity.HARMLESS)

    def _missing(self, spot: _Spot, member: _Spot) -> Iterator[Difference]:
        a = member.a
        listing = self._listing(member.at)
        said = (describe(a), "not listed")
        if taken_over := mirroring(self.theirs, self._shape(a, spot.a)):
            yield from self._by_reference(member, said, taken_over)
            return
        if self.side is Side.REQUEST and spot.b.leaves_kinds_open:
            yield self._told(Kind.UNDESCRIBED, member, (said[0], "not described"), Severity.HARMLESS)
            return
        if self.side is Side.REQUEST:
            severity = Severity.BREAKS if spot.b.closed else Severity.MAY_BREAK
        else:
            severity = Severity.BREAKS if a.required else Severity.HARMLESS
        closing = spot.b.clauses("additionalProperties") if spot.b.closed else spot.b.clauses("type")
        yield Difference(self.side, Kind.MISSING, member.at, severity, *said, a.clauses(), (*closing, *listing))

    def _by_reference(self, member: _Spot, said: tuple[str, str], clauses: tuple[str, ...]) -> Iterator[Difference]:
        """A member that the other document does not list, but promises by pointing to Anthropic's. Always reported for
        a request: the endpoint may ignore what its list leaves out. For an answer, only if the server sends nothing but
        its list."""
        cited = (member.a.clauses(), (*clauses, *self._listing(member.at)))
        if self.side is Side.REQUEST:
            yield Difference(self.side, Kind.BY_REFERENCE, member.at, Severity.MAY_BREAK, *said, *cited)
        elif self.listed_only:
            yield Difference(self.side, Kind.BY_REFERENCE, member.at, Severity.HARMLESS, *said, *cited)

    def _shape(self, member: Place, around: Place) -> tuple[str, ...]:
        """The clauses by which a member can be adopted: its own, and in answers also those of the object around it,
        since a contract that adopts the shape of an answer adopts what is in it."""
        return (*member.clauses(), *(around.clauses() if self.side is Side.ANSWER else ()))

    def _presence(self, spot: _Spot, around: _Spot) -> Iterator[Difference]:
        a, b = spot.a.required, spot.b.required
        if a == b:
            return
        # If nothing in an object is marked as required, the document is silent about what is required.
        silent = not any(member.required for member in (around.b if a else around.a).members.values())
        unmarked = "not said to be required" if silent else "optional"
        said = ("required", unmarked) if a else (unmarked, "required")
        if self.side is Side.ANSWER:
            severity = Severity.MAY_BREAK if a else Severity.HARMLESS
            passed = bool(mirroring(self.theirs, spot.a.clauses())) if a else silent
        else:
            severity = Severity.HARMLESS if a else Severity.MAY_BREAK if silent else Severity.BREAKS
            passed = a and silent
        if not passed:
            yield self._told(Kind.REQUIRED if b else Kind.OPTIONAL, spot, said, severity)

    def _undescribed(self, spot: _Spot) -> Iterator[Difference]:
        """Report an object that only one of the documents describes."""
        inside_a, inside_b = set(clauses_inside(spot.a)), set(clauses_inside(spot.b))
        ours = len(_all_members(spot.a)) > len(_all_members(spot.b))
        if mirroring(self.theirs, inside_a) if ours else mirroring(self.ours, inside_b):
            return
        said = ("described", "not described") if ours else ("not described", "described")
        if self.side is Side.REQUEST:
            yield self._told(Kind.UNDESCRIBED, spot, said, Severity.HARMLESS if ours else Severity.MAY_BREAK)
        elif ours:
            yield self._told(Kind.UNDESCRIBED, spot, said, Severity.MAY_BREAK)

    def _cases(self, spot: _Spot, name: str, members: set[str]) -> Iterator[Difference]:
        """Compare the members that depend on the member `name`. What is equal for several of its values is reported
        once."""
        values = _values_to_try(spot.a, spot.b, name)
        found: dict[Difference, list[Any]] = {}
        for value in values:
            chosen = _Spot(spot.a.given(name, value), spot.b.given(name, value), spot.at)
            in_order = dict.fromkeys([*chosen.a.members, *chosen.b.members])
            for member in in_order:
                if member in members:
                    for one in self._member(chosen, member, spot):
                        found.setdefault(one, []).append(value)
        for one, where in found.items():
            at = spot.at if len(where) == len(values) else _chosen(spot.at, name, where, values)
            yield replace(one, place=at + one.place[len(spot.at) :])

    # --- words ----------------------------------------------------------------------------------------------------

    def _told(self, kind: Kind, spot: _Spot, said: tuple[str, str], severity: Severity, detail: str = "") -> Difference:
        keywords = _KEYWORDS.get(kind, ())
        clauses = (spot.a.clauses(*keywords), spot.b.clauses(*keywords))
        return Difference(self.side, kind, spot.at, severity, *said, *clauses, detail)

    def _flow(self, a: _T, b: _T) -> tuple[_T, _T]:
        """First the side that gives, then the side that accepts."""
        return (a, b) if self.side is Side.REQUEST else (b, a)

    def _is_weak(self, clauses: Iterable[str]) -> bool:
        """Whether none of these clauses is a requirement: they give advice, or show an example."""
        levels = [self.theirs.clauses[name].level for name in clauses if name in self.theirs.clauses]
        return bool(levels) and Level.MUST not in levels

    def _is_taken_over(self, spot: _Spot, keywords: tuple[str, ...]) -> bool:
        """Whether the giving document, silent here, adopts what the other says."""
        if self.side is Side.REQUEST:
            return bool(mirroring(self.ours, spot.b.clauses(*keywords)))
        return bool(mirroring(self.theirs, spot.a.clauses(*keywords)))

    def _listing(self, place: str) -> tuple[str, ...]:
        """Their clause that lists the parameters, if `place` would be one of them."""
        name = f"{self.theirs.id}:request.parameters"
        at_top = self.side is Side.REQUEST and not {".", "["} & set(place)
        return (name,) if at_top and name in self.theirs.clauses else ()


def _shared(a: frozenset[str], b: frozenset[str]) -> frozenset[str]:
    """Types that a value of both can have, except null."""
    return (_wide(a) & _wide(b)) - {"null"}


def _beyond(a: frozenset[str], b: frozenset[str]) -> frozenset[str]:
    """Types of `a` that `b` does not have; an integer counts as a number."""
    return a - _wide(b) - ({"integer"} if "number" in a else set[str]())


def _wide(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def _may_be(type_: str, *places: Place) -> bool:
    return all(place.types is None or type_ in place.types for place in places)


def _all_members(place: Place) -> set[str]:
    return place.members.keys() | _members_of_cases(place)


def _members_of_cases(place: Place) -> set[str]:
    return {name for branch in place.branches for name in _all_members(branch)}


def clauses_inside(place: Place) -> Iterator[str]:
    """The clauses of a place and of everything in it."""
    yield from place.clauses()
    for inner in (*place.members.values(), *place.branches, *([place.items] if place.items else [])):
        yield from clauses_inside(inner)


def _values_to_try(a: Place, b: Place, name: str) -> list[Any]:
    """The values of a union's member that both documents accept, and the mark for all others if neither lists them."""
    lists = [values for place in (a, b) if (values := place.members[name].values or place.members[name].known)]
    if lists:
        return [value for value in lists[0] if all(value in other for other in lists)]
    named = dict.fromkeys(value for case in (*a.cases, *b.cases) if case.name == name for value in case.values)
    return [*named, _OTHER]


def _chosen(at: str, name: str, where: list[Any], values: list[Any]) -> str:
    """`content[type=text|image]`, or `content[type≠thinking]` where that is shorter."""
    excluded = [value for value in values if value not in where]
    briefer = len(excluded) < len(where) and _OTHER not in excluded
    sign, told = ("≠", excluded) if briefer or _OTHER in where else ("=", where)
    return f"{at.removesuffix('[]')}[{name}{sign}{'|'.join(map(word, told))}]"
