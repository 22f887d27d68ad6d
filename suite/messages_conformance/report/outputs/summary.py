"""The run in a few numbers and words, for scripts: small, and stable (`docs/results.md` says in what).

The JSON Schema that is published beside that of the results is made from these classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report import overview
from messages_conformance.report.failure import Failure
from messages_conformance.report.first_events import first_events
from messages_conformance.report.trials import became, trial
from messages_conformance.report.words import visible
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Answer, ProfileAnswer
from messages_conformance.results.codec import to_json
from messages_conformance.results.conformance import Conformance
from messages_conformance.results.known import Account, Held
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Suite
from messages_conformance.results.verdict import Exit, judge_provider
from messages_conformance.results.vocabulary import Question

FORMAT: Final = 1
"""Grows when a script that keeps the rules of `docs/results.md` would misread a summary."""

CAUSES_SHOWN: Final = 5
REASONS_SHOWN: Final = 3

Verdict: TypeAlias = Literal["conforms", "does-not-conform", "undecided", "could-not-be-asked", "not-run", "fault"]

_VERDICTS: Final[Mapping[Exit, Verdict]] = {
    Exit.CONFORMS: "conforms",
    Exit.DOES_NOT: "does-not-conform",
    Exit.USAGE: "could-not-be-asked",
    Exit.INCOMPLETE: "undecided",
    Exit.FAULT: "fault",
}


@dataclass(frozen=True, slots=True)
class Client:
    """Whether one kind of client works with a provider."""

    answer: Answer
    reasons: tuple[str, ...] = ()
    """The first three: what its user notices where it breaks, or why nothing is known."""
    checks: tuple[str, ...] = ()
    """Checks that failed, the first three."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault of a provider, told once."""

    check: str
    level: Level
    headline: str
    places: int
    """Scenarios in which it was seen."""
    flaky: Times | None = None
    """How often it failed and passed there, where it did both: in a run that repeats its scenarios."""
    severity: Severity | None = None
    """What it does to real clients, where the run knows of any that were tried."""


@dataclass(frozen=True, slots=True)
class Untrue:
    """An entry of `expectations.yaml` that does not hold. It fails the run."""

    check: str
    where: str
    """file:line of the entry."""
    held: Held
    """What became of it; a later version may have more of these words."""
    sentence: str
    """For people: what became of it; it follows the check."""
    places: int
    """Checks in scenarios that show it."""
    owner: str | None = None
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What became of one job that the official SDK was made to do. It counts for no verdict."""

    title: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class Sdk:
    """What the official SDK could do: `done` of `asked` jobs. `jobs` by id, also those that the provider is not asked
    for."""

    client: str
    done: int
    asked: int
    jobs: Mapping[str, Job]


@dataclass(frozen=True, slots=True)
class Load:
    """The streams of one scenario of a load: how many of those sent began, and after how many milliseconds the first
    event of half of them had come, of 95 in a hundred, and of the last."""

    scenario: str
    title: str
    sent: int
    began: int
    p50: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Provider:
    """What came of one provider."""

    title: str
    kind: Literal["live", "reference", "played"]
    """`played`: a document played to the letter by the reference, not a vendor's service."""
    verdict: Verdict
    exit: int
    """The exit code that this provider alone would give, for its conformance."""
    sentence: str
    """The verdict for people; it follows the title."""
    answers: Mapping[Question, Conformance]
    """By question; without `as-documented` where the provider has no contract of its own."""
    clients: Mapping[str, Client]
    """By the client's id."""
    causes: tuple[Cause, ...]
    """The first five, worst first."""
    causes_in_all: int
    requests: int
    expectations: tuple[Untrue, ...] = ()
    """Those that do not hold, all of them."""
    spent: overview.Spent | None = None
    """What was used at it. Missing where the run was cut off, and where nothing was sent."""
    sdk: Sdk | None = None
    """Missing where the SDK was not asked."""
    load: tuple[Load, ...] = ()
    """Few streams before many. Missing where the run had no load, and where no stream began."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run at a glance."""

    format: int
    suite: Suite
    started: str
    complete: bool
    """False for a run that was cut off: the rest was never judged."""
    exit: int
    """The exit code of the run."""
    sentence: str
    headlines: tuple[str, ...]
    """For people: how many providers conform, for each question."""
    fail_on: Level
    """The weakest level whose failure counts."""
    clients: Mapping[str, str]
    """The kinds of clients that were asked about: id to title."""
    providers: Mapping[str, Provider]
    """By id: those that were run, then those that were not."""
    finished: str | None = None
    against: str | None = None
    """When the run began that this one was held against, if it was: `exit` and `sentence` are then about what got worse
    since, at whatever level, and what is told of each provider is not."""
    profile: str | None = None
    """The client that the run was about, if it was about one."""
    spent: overview.Spent | None = None
    """Missing where the run was cut off."""


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"summary.json": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """The summary as JSON. Pure ASCII, so that a lone surrogate that a provider sent stays an escape."""
    return visible(json.dumps(summary(run, fail_on), indent=1, default=to_json)) + "\n"


def summary(run: Run, fail_on: Level = Level.MUST) -> Summary:
    """The summary of a run."""
    seen = overview.overview(run, fail_on)
    ran = {row.provider.id: _provider(row, _sdk(run, row), _load(run, row)) for row in seen.rows}
    skipped = {left.id: _not_run(left.title, left.kind, judge_provider(run, left).sentence) for left, _ in seen.skipped}
    return Summary(
        format=FORMAT,
        suite=run.header.suite,
        started=run.header.started,
        complete=run.complete,
        exit=seen.judgement.exit,
        sentence=seen.judgement.sentence,
        headlines=seen.headlines,
        fail_on=fail_on,
        clients={profile.id: profile.title for profile in seen.profiles},
        providers={**ran, **skipped},
        finished=run.footer.finished if run.footer else None,
        against=run.against.started if run.against else None,
        profile=run.header.profile,
        spent=seen.spent,
    )


def _provider(row: overview.Row, sdk: Sdk | None, load: tuple[Load, ...]) -> Provider:
    return Provider(
        title=row.provider.title,
        kind=row.provider.kind,
        verdict=_VERDICTS[row.judgement.exit],
        exit=row.judgement.exit,
        sentence=row.judgement.sentence,
        answers=row.answers,
        clients={client.profile.id: _client(client) for client in row.clients},
        causes=tuple(map(_cause, row.causes[:CAUSES_SHOWN])),
        causes_in_all=len(row.causes),
        requests=row.requests,
        expectations=tuple(map(_untrue, row.untrue)),
        spent=row.spent,
        sdk=sdk,
        load=load,
    )


def _sdk(run: Run, row: overview.Row) -> Sdk | None:
    found = trial(run, row.provider)
    if found is None:
        return None
    jobs = {job.job: Job(job.title, job.outcome, became(job)) for job in found.jobs}
    return Sdk(found.client, found.done, len(found.asked), jobs)


def _load(run: Run, row: overview.Row) -> tuple[Load, ...]:
    return tuple(
        Load(one.scenario.id, one.scenario.title, one.sent, one.began, one.p50, one.p95, one.longest)
        for one in first_events(run)
        if one.provider.id == row.provider.id
    )


def _not_run(title: str, kind: Literal["live", "reference", "played"], sentence: str) -> Provider:
    return Provider(title, kind, "not-run", Exit.INCOMPLETE, sentence, {}, {}, (), 0, 0)


def _client(told: ProfileAnswer) -> Client:
    reasons = tuple(each.sentence for each in told.broken or told.reasons)
    return Client(told.answer, reasons[:REASONS_SHOWN], told.checks[:REASONS_SHOWN])


def _untrue(account: Account) -> Untrue:
    entry = account.entry
    told = account.held, account.sentence, len(account.places)
    return Untrue(entry.check, entry.where, *told, entry.owner, entry.issue)


def _cause(told: Failure) -> Cause:
    return Cause(told.check, told.level, told.headline, told.places, told.flaky, told.severity)
