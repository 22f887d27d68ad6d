"""Why it is unknown whether a client works with a provider: what is not claimed, not asked, or not decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results.reading import Result
from messages_conformance.results.records import Dependence, Profile

CAUSE_WORDS: Mapping[str, str] = {
    Cause.RATE_LIMIT: "a rate limit",
    Cause.OVERLOAD: "an overloaded server",
    Cause.PROVIDER_5XX: "errors of the server",
    Cause.TRANSPORT: "no answer",
    Cause.AUTH: "a refused key",
    Cause.CREDIT: "no credit",
    Cause.BUDGET: "the limit on what a run may use",
    Cause.DEADLINE: "the time limit",
    Cause.MODEL_CHOICE: "the model's own choice",
    Cause.PREREQUISITE_FAILED: "an earlier request that failed",
    Cause.CONFIGURATION: "the configuration",
}
"""Causes as a sentence says them; a later version's cause stands as it is."""


class Ground(StrEnum):
    """Why something that a client needs is undecided."""

    NOT_CLAIMED = "not claimed"
    NOT_ASKED = "not asked"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing could be said of some of a client's needs. `names` are the features and traits that the provider does
    not claim, the scenarios that were not asked, or the causes for which nothing was decided; `needs` what the client's
    user would notice without them, in words. `sentence` follows the client's name."""

    ground: Ground
    names: tuple[str, ...]
    needs: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run shows of one provider: results by clause, the features and traits for want of which something was not
    asked, and the scenarios that were judged whole."""

    judged: Mapping[str, list[Result]]
    lacked: frozenset[str]
    settled: frozenset[str]
    takes_key: bool
    complete: bool


def reasons(profile: Profile, undecided: Iterable[Dependence], seen: Seen) -> Iterator[Reason]:
    """Why an answer is unknown: what is not claimed, what was not asked, what was asked and not decided."""
    lacking: list[tuple[Dependence, tuple[str, ...]]] = []
    unasked: list[str] = []
    unclear: list[tuple[Dependence, tuple[str, ...]]] = []
    for dependence in undecided:
        if causes := _causes(dependence, seen.judged):
            unclear.append((dependence, causes))
        elif names := _lacking(dependence, seen.lacked):
            lacking.append((dependence, names))
        else:
            unasked.append(dependence.breaks)
    if lacking:
        names, needs = _gathered(lacking)
        told = _listed([f"`{name}`" for name in names])
        yield Reason(Ground.NOT_CLAIMED, names, needs, f"needs {told}, which this provider does not claim")
    missing = tuple(name for name in profile.scenarios if name not in seen.settled)
    if unasked or missing or not (lacking or unclear):
        yield Reason(Ground.NOT_ASKED, missing, tuple(unasked), _not_asked(profile, missing, complete=seen.complete))
    if unclear:
        names, needs = _gathered(unclear)
        number = f"{len(needs)} of its {len(profile.depends)} needs"
        yield Reason(Ground.INCONCLUSIVE, names, needs, f"asked and not decided: {number} ({', '.join(names)})")


def _causes(dependence: Dependence, judged: Mapping[str, list[Result]]) -> tuple[str, ...]:
    """Why what was asked decided nothing, most frequent first."""
    results = [result for clause in dependence.clauses for result in judged.get(clause, ())]
    causes = [_cause(result) for result in results if result.outcome in {Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR}]
    return tuple(cause for cause, _ in Counter(causes).most_common())


def _cause(result: Result) -> str:
    if result.outcome is Outcome.HARNESS_ERROR:
        return "a fault of this program"
    return CAUSE_WORDS.get(result.cause, result.cause) if result.cause else "no cause given"


def _lacking(dependence: Dependence, lacked: frozenset[str]) -> tuple[str, ...]:
    """What would have to be claimed before anything can decide it: of several ways, the one that lacks least."""
    ways = [tuple(word for word in words if word in lacked) for words in dependence.needs]
    return min(ways, key=len, default=())


def _gathered(found: Iterable[tuple[Dependence, tuple[str, ...]]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and needs of several dependences, each once."""
    pairs = tuple(found)
    names = dict.fromkeys(name for _, each in pairs for name in each)
    return tuple(names), tuple(dict.fromkeys(dependence.breaks for dependence, _ in pairs))


def _not_asked(profile: Profile, missing: tuple[str, ...], *, complete: bool) -> str:
    """In words that are the same for every profile of which as much is missing, so that they are told once."""
    if not complete:
        return "the run was cut off" + (" before all of its scenarios were judged" if missing else "")
    if not missing:
        return "nothing that was asked decides it"
    return f"this run asked {'none' if len(missing) == len(profile.scenarios) else 'only some'} of its scenarios"


def _listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
