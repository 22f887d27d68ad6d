"""What a run means for each kind of client: whether it works with a provider, and what its user would notice if not.

A client depends on clauses, not on levels: what a SHOULD lets a provider leave out may still be what an agent lives on.
Only the drop-in question is asked here, for the profiles describe clients of Anthropic's API.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from messages_conformance.catalog import KEYED
from messages_conformance.checks.base import Outcome
from messages_conformance.results.reading import Result, Run
from messages_conformance.results.records import Dependence, Diagnosed, Impact, Profile, Provider
from messages_conformance.results.undecided import Ground, Reason, Seen, reasons
from messages_conformance.results.vocabulary import Answer

_UNDECIDED = frozenset({Outcome.INCONCLUSIVE})


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that a client depends on and the provider does not keep. `checks` are the ids of what failed;
    `accepted` says that the provider's owner knows all of it."""

    sentence: str
    evidence: tuple[str, ...]
    checks: tuple[str, ...]
    accepted: bool


@dataclass(frozen=True, slots=True)
class ProfileAnswer:
    """The answer for one profile at one provider. `open` are the dependences, in words, that nothing decided, and
    `reasons` say why; only an unknown answer has reasons."""

    profile: Profile
    answer: Answer
    broken: tuple[Broken, ...]
    open: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def why(self) -> str:
        """The reasons in one line, or what the user notices; empty where the client works."""
        said = self.broken or self.reasons
        return "; ".join(dict.fromkeys(each.sentence.rstrip(".") for each in said))

    @property
    def sentence(self) -> str:
        """`unknown for a coding agent: needs `tools`, which this provider does not claim`."""
        return f"{self.answer} for {self.profile.title}" + (f": {self.why}" if self.why else "")

    @property
    def checks(self) -> tuple[str, ...]:
        """Every check that failed, once."""
        return tuple(dict.fromkeys(check for broken in self.broken for check in broken.checks))


def answers(run: Run, provider: Provider) -> tuple[ProfileAnswer, ...]:
    """One answer for each profile of the run that depends on anything, in the profiles' order."""
    return run.derived(("answers", provider.id), lambda: _answers(run, provider))


def _answers(run: Run, provider: Provider) -> tuple[ProfileAnswer, ...]:
    if diagnosed := run.diagnoses.get(provider.id):
        return tuple(_diagnosed(profile, diagnosed) for profile in run.profiles)
    cells = {cell.scenario: cell for (name, _), cell in run.cells.items() if name == provider.id}
    seen = Seen(
        _by_clause(run, provider.id),
        frozenset(word for cell in cells.values() for word in cell.lacks),
        frozenset(scenario for scenario, cell in cells.items() if not cell.missing("drop-in")),
        takes_key=provider.auth != "none",
        complete=run.is_whole(provider.id, "drop-in"),
    )
    return tuple(_answer(profile, seen) for profile in run.profiles)


def chosen(run: Run, provider: Provider) -> ProfileAnswer | None:
    """The answer for the profile that the run was about, if it was about one."""
    return next((found for found in answers(run, provider) if found.profile.id == run.header.profile), None)


Standing: TypeAlias = tuple[tuple[Profile, Dependence], ...]
"""Profiles, each with one of its dependences whose sentence may be said of a provider."""


def standing(run: Run, provider: str) -> Standing:
    """The dependences of every profile whose sentence nothing at this provider disproves."""
    judged = _by_clause(run, provider)
    return tuple(
        (profile, dependence)
        for profile in run.profiles
        for dependence in profile.depends
        if not _is_disproved(dependence, judged)
    )


def harm(said: Standing, results: Iterable[Result]) -> tuple[tuple[str, str], ...]:
    """Who is hurt by these failures, and how: (profile's title, sentence) for each client that depends on a clause."""
    broken = _broken(results)
    return tuple(
        (profile.title, dependence.breaks) for profile, dependence in said if not broken.isdisjoint(dependence.clauses)
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """What real clients made of servers that are wrong in the way of a failure: the worst of these, and how many there
    are."""

    worst: Impact
    number: int

    @property
    def sentence(self) -> str:
        """`A server that is wrong in this way (message_stop is not sent): no client that we tried notices it.`"""
        like = "A server that is" if self.number == 1 else f"The worst of {self.number} servers that are"
        return f"{like} wrong in this way ({self.worst.statement}): {self.worst.clients}."


def measured(run: Run, provider: str, results: Iterable[Result]) -> Measured | None:
    """What clients made of defects that the same check tells by a clause that fails here, and if there are such, only
    of those that break nothing but what this provider breaks too; None where none was tried."""
    known = run.derived(("impacts",), lambda: _by_check(run.header.impacts))
    failed = [result for result in results if _fails_clients(result)]
    broken = _broken(failed)
    told = [impact for check in {result.check for result in failed} for impact in known.get(check, ())]
    alike = [impact for impact in told if not broken.isdisjoint(impact.clauses)]
    everything = run.derived(("broken", provider), lambda: _broken(_results(run, provider)))
    alike = [impact for impact in alike if everything.issuperset(impact.clauses)] or alike
    if not alike:
        return None
    return Measured(min(alike, key=lambda impact: (impact.severity.rank, -impact.hurt, impact.id)), len(alike))


def _results(run: Run, provider: str) -> Iterator[Result]:
    return (result for (name, _), cell in run.cells.items() if name == provider for result in cell.results)


def _broken(results: Iterable[Result]) -> frozenset[str]:
    """The clauses that clients for Anthropic's API find broken."""
    return frozenset(clause for result in results if _fails_clients(result) for clause in result.clauses)


def _by_check(impacts: Iterable[Impact]) -> Mapping[str, list[Impact]]:
    found: dict[str, list[Impact]] = defaultdict(list)
    for impact in impacts:
        found[impact.check].append(impact)
    return found


def _fails_clients(result: Result) -> bool:
    return result.question == "drop-in" and result.outcome is Outcome.FAIL


def _diagnosed(profile: Profile, found: Diagnosed) -> ProfileAnswer:
    """What a diagnosis leaves of the answer: no client works with an endpoint of another shape, and of one that could
    not be asked nothing is known."""
    if found.exit == 1:
        return ProfileAnswer(profile, Answer.BREAKS, (Broken(found.sentence, (), (), accepted=False),), ())
    reason = Reason(Ground.NOT_ASKED, (), (), found.sentence)
    return ProfileAnswer(profile, Answer.UNKNOWN, (), (found.sentence,), (reason,))


def _is_moot(dependence: Dependence, seen: Seen) -> bool:
    """Whether a client need not wait for it here: how a key travels is no question where none is asked for."""
    return not seen.takes_key and bool(dependence.needs) and all(KEYED in words for words in dependence.needs)


def _is_open(dependence: Dependence, judged: Mapping[str, list[Result]]) -> bool:
    """Whether something that the client needs was left undecided. One refused side request leaves much open that sixty
    other answers decided: a clause that was seen to hold is not open."""
    outcomes = [{result.outcome for result in judged.get(clause, ())} for clause in dependence.clauses]
    undecided = any(found & _UNDECIDED and Outcome.PASS not in found for found in outcomes)
    faulty = any(Outcome.HARNESS_ERROR in found for found in outcomes)
    return faulty or undecided or not any(Outcome.PASS in found for found in outcomes)


def _is_disproved(dependence: Dependence, judged: Mapping[str, list[Result]]) -> bool:
    kept = (result for clause in dependence.unless for result in judged.get(clause, ()))
    return any(result.outcome is Outcome.PASS for result in kept)


def _by_clause(run: Run, provider: str) -> Mapping[str, list[Result]]:
    """What was judged of each clause for the drop-in question."""
    return run.derived(("by clause", provider), lambda: _judged_by_clause(run, provider))


def _judged_by_clause(run: Run, provider: str) -> Mapping[str, list[Result]]:
    judged: dict[str, list[Result]] = defaultdict(list)
    for cell in (cell for (name, _), cell in run.cells.items() if name == provider):
        for result in cell.asked("drop-in"):
            for clause in result.clauses:
                judged[clause].append(result)
    return judged


def _answer(profile: Profile, seen: Seen) -> ProfileAnswer:
    judged = seen.judged
    broken: list[Broken] = []
    undecided: list[Dependence] = []
    for dependence in profile.depends:
        results = [result for clause in dependence.clauses for result in judged.get(clause, ())]
        failed = [result for result in results if result.outcome is Outcome.FAIL]
        if failed and not _is_disproved(dependence, judged):
            checks = tuple(dict.fromkeys(result.check for result in failed))
            accepted = all(result.accepted for result in failed)
            broken.append(Broken(dependence.breaks, dependence.evidence, checks, accepted))
        elif _is_open(dependence, judged) and not _is_moot(dependence, seen):
            undecided.append(dependence)
    # A part of what a profile asks shows what breaks, and never that everything works.
    whole = seen.complete and seen.settled.issuperset(profile.scenarios)
    answer = Answer.BREAKS if broken else Answer.WORKS if whole and not undecided else Answer.UNKNOWN
    why = tuple(reasons(profile, undecided, seen)) if answer is Answer.UNKNOWN else ()
    return ProfileAnswer(profile, answer, tuple(broken), tuple(d.breaks for d in undecided), why)
