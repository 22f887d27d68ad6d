"""What changes for whoever moves from one side to another: between two providers, or between two runs of one.

Only a place that was decided on both sides can get better or worse: it held here and is broken there. What an outage, a
limit or a model's own choice left undecided on either side stays unknown, and what was asked of one side alone is named
apart. Changes are told by cause, as findings are, and never cell by cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from typing import TypeAlias

from messages_conformance.checks.base import Outcome
from messages_conformance.results.across.comparison import (
    NEVER_JUDGED,
    NOT_IN_THE_RUN,
    Change,
    ClientChange,
    Comparison,
    Kind,
    Open,
    Seen,
    Setting,
    Side,
    Unasked,
)
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer, ProfileAnswer, answers, harm, standing
from messages_conformance.results.findings import Finding, findings
from messages_conformance.results.reading import Result
from messages_conformance.results.records import Profile
from messages_conformance.results.vocabulary import QUESTIONS, Question

Place: TypeAlias = tuple[str, str, str, Question]
"""A scenario's id, a step's, a check's, and the question."""


def compare(before: Side, after: Side) -> Comparison:
    """What changes for whoever moves from `before` to `after`."""
    questions: tuple[Question, ...] = tuple(q for q in QUESTIONS if _is_shared(q, before, after))
    old, new = _Judged.of(before, questions), _Judged.of(after, questions)
    came, went = tuple(_weighed(new, old)), tuple(_weighed(old, new))

    def told(found: Iterable[_Weighed], stands: Standing, without: tuple[Standing, ...] = ()) -> tuple[Change, ...]:
        """The findings some of whose places stand so on the other side, and none in the ways of `without`."""
        return tuple(
            _change(one, one.places[stands], old, new)
            for one in found
            if stands in one.places and not any(other in one.places for other in without)
        )

    worse, better = told(came, Standing.HOLDS), told(went, Standing.HOLDS)
    perhaps_worse = told(came, Standing.UNDECIDED, without=_SETTLED)
    return Comparison(
        before,
        after,
        questions,
        sum(old.stands(place) in _SETTLED and new.stands(place) in _SETTLED for place in old.planned & new.planned),
        worse,
        better,
        told(came, Standing.BROKEN, without=(Standing.HOLDS,)),
        perhaps_worse,
        told(went, Standing.UNDECIDED, without=_SETTLED),
        _open(old, new),
        _accepted(old, new),
        _clients(before, after, (worse, better, perhaps_worse)),
        _unasked(before, after),
        _unasked(after, before),
        tuple(_settings(before, after)),
    )


# --- places -----------------------------------------------------------------------------------------------------------


class Standing(Enum):
    """How a place stands on one side. What is broken and accepted is broken; a check that found nothing of its kind
    in an answer decided nothing."""

    HOLDS = auto()
    BROKEN = auto()
    UNDECIDED = auto()
    NOT_ASKED = auto()


_SETTLED = (Standing.HOLDS, Standing.BROKEN)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A side by places, for the questions that are compared."""

    side: Side
    planned: frozenset[Place]
    results: Mapping[Place, Result]

    @classmethod
    def of(cls, side: Side, questions: Iterable[Question]) -> _Judged:
        asked = frozenset(questions)
        cells = side.cells.values()
        planned = ((cell.scenario, *place) for cell in cells for place in cell.planned)
        results: dict[Place, Result] = {
            (cell.scenario, r.step, r.check, r.question): r
            for cell in cells
            for r in cell.results
            if r.question in asked
        }
        return cls(side, frozenset(place for place in planned if place[-1] in asked), results)

    def stands(self, place: Place) -> Standing:
        if place not in self.planned:
            return Standing.NOT_ASKED
        result = self.results.get(place)
        match result.outcome if result else None:
            case Outcome.PASS:
                return Standing.HOLDS
            case Outcome.FAIL:
                return Standing.BROKEN
            case _:
                return Standing.UNDECIDED


def _is_shared(question: Question, before: Side, after: Side) -> bool:
    """As documented, two providers can be compared only if the same document is meant."""
    asked = all(question in side.run.questions(side.provider) for side in (before, after))
    return asked and (question == "drop-in" or before.provider.contract == after.provider.contract)


# --- findings, weighed against the other side -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A finding of one side, its places sorted by how the other side stands there."""

    finding: Finding
    here: _Judged
    places: Mapping[Standing, tuple[Place, ...]]


def _weighed(here: _Judged, there: _Judged) -> Iterator[_Weighed]:
    for finding in findings(here.side.run, here.side.provider):
        places: dict[Standing, list[Place]] = defaultdict(list)
        for place in _places(finding):
            if place in here.results:
                places[there.stands(place)].append(place)
        yield _Weighed(finding, here, {stands: tuple(them) for stands, them in places.items()})


def _places(finding: Finding) -> Iterator[Place]:
    """Those of the cause first."""
    for group in (finding.cause, *finding.consequences):
        for sighting in group.seen:
            for result in sighting.results:
                yield sighting.scenario, result.step, result.check, result.question


def _change(one: _Weighed, places: tuple[Place, ...], old: _Judged, new: _Judged) -> Change:
    here = one.here
    results = [here.results[place] for place in places]
    cause = one.finding.cause.check
    asked = {result.question for result in results}
    once = tuple(_by_question(places))
    return Change(
        cause,
        one.finding.many,
        min((result.level for result in results), key=lambda level: level.rank),
        tuple(question for question in one.finding.questions if question in asked),
        harm(standing(here.side.run, here.side.provider.id), results),
        tuple(Seen(place[0], old.results.get(place), new.results.get(place)) for place in once),
        tuple(dict.fromkeys(result.check for result in results if result.check != cause)),
        len(one.places.get(Standing.BROKEN, ())),
        _flaky([here.results[place] for place in once if place[2] == cause]),
    )


def _flaky(results: Sequence[Result]) -> Times | None:
    """How often these results failed and passed together, where none of them always failed."""
    counted = [result.times for result in results if result.times and result.is_flaky]
    return reduce(Times.__add__, counted) if counted and len(counted) == len(results) else None


def _by_question(places: Iterable[Place]) -> Iterable[Place]:
    """Each step and check once, for the first of its questions."""
    first: dict[tuple[str, str, str], Place] = {}
    for place in places:
        first.setdefault(place[:3], place)
    return first.values()


# --- what stays unknown, and what cannot be compared ------------------------------------------------------------------


def _open(old: _Judged, new: _Judged) -> tuple[Open, ...]:
    groups: dict[str, list[Place]] = defaultdict(list)
    for place, result in old.results.items():
        if result.outcome is Outcome.PASS and place in new.planned:
            after = new.results.get(place)
            if after is None:
                groups[NEVER_JUDGED].append(place)
            elif after.outcome in (Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR):
                groups[after.cause or "fault of this program"].append(place)
    return tuple(
        Open(
            reason,
            min((old.results[place].level for place in places), key=lambda level: level.rank),
            tuple(dict.fromkeys(place[0] for place in places)),
            tuple(dict.fromkeys(place[2] for place in places)),
        )
        for reason, places in groups.items()
    )


def _accepted(old: _Judged, new: _Judged) -> tuple[str, ...]:
    places = (place for place, result in new.results.items() if result.accepted is not None)
    return tuple(dict.fromkeys(place[2] for place in places if old.stands(place) is Standing.HOLDS))


def _unasked(here: Side, there: Side) -> tuple[Unasked, ...]:
    """What was asked here and not there."""
    groups: dict[str, list[str]] = defaultdict(list)
    other = there.cells
    for scenario, cell in here.cells.items():
        if cell.not_applicable:
            continue
        beside = other.get(scenario)
        if beside is None:
            groups[NOT_IN_THE_RUN].append(scenario)
        elif beside.not_applicable:
            groups[beside.not_applicable].append(scenario)
    return tuple(Unasked(reason, tuple(scenarios)) for reason, scenarios in groups.items())


def _settings(before: Side, after: Side) -> Iterator[Setting]:
    """What was not the same, apart from the answers. Nothing of it is wrong, and all of it may explain a change."""
    one, other = before.provider, after.provider
    named: dict[str, tuple[str | None, str | None]] = {
        "version of the suite": (before.run.header.suite.version, after.run.header.suite.version),
        "anthropic-version": (one.version, other.version),
        "contract": (one.contract, other.contract),
        **{
            f"model for {role}": (one.models.get(role), other.models.get(role))
            for role in dict.fromkeys((*one.models, *other.models))
        },
    }
    if one.id == other.id and one.kind == "live":  # two providers have two addresses, and ours another in each run
        named["address"] = one.base_url + one.path, other.base_url + other.path
    yield from (Setting(name, *values) for name, values in named.items() if values[0] != values[1])


# --- clients ----------------------------------------------------------------------------------------------------------

Changes: TypeAlias = tuple[tuple[Change, ...], tuple[Change, ...], tuple[Change, ...]]
"""Worse, better, perhaps worse."""


def _clients(before: Side, after: Side, changes: Changes) -> tuple[ClientChange, ...]:
    """The kinds of clients that both runs know, in the order of the second."""
    old = {found.profile.id: found for found in answers(before.run, before.provider)}
    return tuple(
        _client(old[found.profile.id], found, changes)
        for found in answers(after.run, after.provider)
        if found.profile.id in old
    )


def _client(before: ProfileAnswer, after: ProfileAnswer, changes: Changes) -> ClientChange:
    profile = after.profile
    notices, spared, perhaps = (_sentences(profile, some) for some in changes)
    kind = _kind(before.answer, after.answer, notices, spared, perhaps)
    why = next((side.why for side in (after, before) if side.answer is Answer.UNKNOWN), "")
    return ClientChange(profile, before.answer, after.answer, kind, notices, spared, perhaps, why)


def _kind(
    before: Answer, after: Answer, notices: tuple[str, ...], spared: tuple[str, ...], perhaps: tuple[str, ...]
) -> Kind:
    """What was decided on both sides says what becomes of a client; its two answers alone never do."""
    if notices:
        return Kind.WORSE
    if after is Answer.WORKS:
        return Kind.SAME if before is Answer.WORKS else Kind.BETTER
    if after is Answer.UNKNOWN or before is Answer.UNKNOWN or perhaps:
        return Kind.UNKNOWN
    return Kind.BETTER if spared else Kind.SAME


def _sentences(profile: Profile, changes: Iterable[Change]) -> tuple[str, ...]:
    hurt = (pair for change in changes for pair in change.harm)
    return tuple(dict.fromkeys(sentence for client, sentence in hurt if client == profile.title))
