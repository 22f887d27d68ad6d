"""The first screen: can we move there, and what breaks? One row for each provider, in words that every output shares.

Pure, and much less than the matrix: no cell and no evidence, only what people decide by.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from messages_conformance.catalog.model import Level
from messages_conformance.report.failure import Failure, found
from messages_conformance.report.trials import headline
from messages_conformance.report.words import KIND_LABELS, QUESTION_WORDS, duration, one_line, plural, short
from messages_conformance.results.clients import Answer, ProfileAnswer, answers
from messages_conformance.results.conformance import Conformance, conformance
from messages_conformance.results.findings import findings
from messages_conformance.results.known import Account
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Profile, Provider
from messages_conformance.results.verdict import Judgement, judge_provider, judge_run
from messages_conformance.results.vocabulary import QUESTIONS, Question

CAUSES_SHOWN = 3
"""Causes that the first screen names for one provider; the page lists all."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What the run took, or one provider in it: then the seconds are those in which a request was under way."""

    seconds: float
    requests: int
    tokens_in: int
    """As the answers count them."""
    tokens_out: int
    cost: Mapping[str, float]
    """Currency to amount, as far as prices are known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One provider that was run. `causes` are its findings, worst first; `clients` has one answer for each profile of
    the run, in the profiles' order; `answers` lacks `as-documented` where the provider has no contract of its own;
    `requests` counts what was sent to it; `untrue` are the expectations that do not hold; `spent` is None where the run
    was cut off, or nothing was sent."""

    provider: Provider
    label: str
    judgement: Judgement
    answers: Mapping[Question, Conformance]
    clients: tuple[ProfileAnswer, ...]
    causes: tuple[Failure, ...]
    requests: int
    untrue: tuple[Account, ...] = ()
    spent: Spent | None = None

    @property
    def worst(self) -> tuple[Failure, ...]:
        return self.causes[:CAUSES_SHOWN]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nothing is known of some kinds of clients at some providers."""

    reason: str
    clients: tuple[Profile, ...]
    providers: tuple[Provider, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A run at a glance. `unknowns` leaves out who could not be asked, for the judgement's sentence says why; `skipped`
    are the providers that were not run, each with the reason; `spent` is None for a run that was cut off."""

    run: Run
    judgement: Judgement
    headlines: tuple[str, ...]
    rows: tuple[Row, ...]
    profiles: tuple[Profile, ...]
    unknowns: tuple[Unknown, ...]
    skipped: tuple[tuple[Provider, str], ...]
    spent: Spent | None


def overview(run: Run, fail_on: Level = Level.MUST) -> Overview:
    """The first screen of a run: live providers first, then the reference, then played documents."""
    # An overview knows its run. Were it kept there, both would stay until somebody looks for garbage.
    rows = run.derived(("rows", fail_on), lambda: tuple(_rows(run, fail_on)))
    return Overview(
        run,
        judge_run(run, fail_on),
        tuple(filter(None, (*(_headline(question, rows) for question in QUESTIONS), headline(run)))),
        rows,
        run.profiles,
        tuple(_unknowns(row for row in rows if row.provider.id not in run.diagnoses)),
        tuple((provider, run.skipped[provider.id]) for provider in run.providers if provider.id in run.skipped),
        _spent(run),
    )


def _rows(run: Run, fail_on: Level) -> Iterator[Row]:
    kinds = tuple(KIND_LABELS)
    ran = [provider for provider in run.providers if provider.id not in run.skipped]
    return (_row(run, provider, fail_on) for provider in sorted(ran, key=lambda p: kinds.index(p.kind)))


def _row(run: Run, provider: Provider, fail_on: Level) -> Row:
    broken = findings(run, provider)
    return Row(
        provider,
        KIND_LABELS[provider.kind],
        judge_provider(run, provider, fail_on),
        {q: conformance(run, provider, q, broken, fail_on) for q in run.questions(provider)},
        answers(run, provider),
        tuple(found(run, finding) for finding in broken),
        sum(exchange.provider == provider.id for exchange in run.exchanges),
        run.untrue(provider),
        spent_at(run, provider),
    )


def _headline(question: Question, rows: Iterable[Row]) -> str:
    """`drop-in: 1 of 4 providers conforms, 2 do not, 1 undecided`; empty where nobody was asked."""
    given = Counter(row.answers[question] for row in rows if question in row.answers)
    if not given:
        return ""
    yes, no, open_ = (given[answer] for answer in Conformance)
    verb = "conforms" if 1 in (yes, given.total()) else "conform"
    parts = [f"{yes} of {given.total()} provider{'' if given.total() == 1 else 's'} {verb}"]
    parts += [f"{no} {'does' if no == 1 else 'do'} not"] if no else []
    parts += [f"{open_} undecided"] if open_ else []
    return f"{QUESTION_WORDS[question]}: {', '.join(parts)}"


def _unknowns(rows: Iterable[Row]) -> Iterator[Unknown]:
    """Each reason once: the clients that it concerns at the same providers stand together."""
    where: dict[tuple[str, Profile], list[Provider]] = defaultdict(list)
    for row in rows:
        for client in row.clients:
            if client.answer is Answer.UNKNOWN:
                where[client.why, client.profile].append(row.provider)
    together: dict[tuple[str, tuple[str, ...]], list[Profile]] = defaultdict(list)
    for (reason, profile), them in where.items():
        together[reason, tuple(provider.id for provider in them)].append(profile)
    for (reason, _), profiles in together.items():
        yield Unknown(reason, tuple(profiles), tuple(where[reason, profiles[0]]))


def _spent(run: Run) -> Spent | None:
    if run.footer is None:
        return None
    footer = run.footer
    took = datetime.fromisoformat(footer.finished) - datetime.fromisoformat(run.header.started)
    return Spent(took.total_seconds(), footer.exchanges, footer.tokens.input, footer.tokens.output, footer.cost)


def spent_at(run: Run, provider: Provider) -> Spent | None:
    """What one provider took; None where the run was cut off, or nothing was sent to it."""
    spent = run.footer.spent if run.footer else ()
    return next(
        (
            Spent(s.seconds, s.requests, s.tokens.input, s.tokens.output, s.cost)
            for s in spent
            if s.provider == provider.id
        ),
        None,
    )


def spent_words(spent: Spent) -> str:
    """`2 min 5 s · 14 requests · 12.3k tokens in, 2.3k out · 0.0123 USD`"""
    tokens = f"{short(spent.tokens_in)} tokens in, {short(spent.tokens_out)} out"
    costs = (f"{cost:.{2 if cost >= 1 else 4}f} {one_line(currency)}" for currency, cost in spent.cost.items())
    return " · ".join([duration(spent.seconds), plural(spent.requests, "request"), tokens, *costs])
