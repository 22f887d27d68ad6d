"""A comparison in words, decided once: what the terminal, the Markdown and the page of `compare` print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report.bodies import response_body
from messages_conformance.report.failure import check_title, with_rate
from messages_conformance.report.words import list_some, one_line, place, plural
from messages_conformance.results.across.comparison import NEVER_JUDGED, Change, Comparison, Open, Seen, Side, Unasked
from messages_conformance.results.findings import flaky_among
from messages_conformance.results.reading import Result, Run
from messages_conformance.results.records import Exchange
from messages_conformance.results.verdict import Exit

TEXT_LIMIT = 2_000
"""Characters of a body that are shown of one side; the run's own page has more."""
EVENTS_AROUND = 3
"""Events that are shown before and after one that a check points at."""

REASONS_SHOWN = 4
"""Reasons, or features, that are named in one sentence."""


@dataclass(frozen=True, slots=True)
class Label:
    """How one side is called, where something was seen of it in words, and the address of its run's page, if any."""

    name: str
    at: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Half:
    """One side of one place. `answer` is what came, as `bodies.response_body` describes it."""

    word: str
    holds: bool
    result: Result | None
    exchange: Exchange | None
    answer: Mapping[str, Any] | None

    @property
    def at(self) -> str:
        return place(self.result.pointer, self.result.event) if self.result else ""


@dataclass(frozen=True, slots=True)
class Told:
    """One change. `harm` holds who is hurt, each with what they notice; `before` and `after` are its first place."""

    change: Change
    headline: str
    why: str
    harm: tuple[tuple[str, str], ...]
    follows: tuple[str, ...]
    example: Seen
    before: Half
    after: Half


@dataclass(frozen=True, slots=True)
class Moving:
    """A comparison, ready to be printed."""

    comparison: Comparison
    title: str
    before: Label
    after: Label
    sentence: str
    worse: tuple[Told, ...]
    better: tuple[Told, ...]
    same: tuple[Told, ...]
    perhaps_worse: tuple[Told, ...]
    perhaps_better: tuple[Told, ...]
    unknown: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def exit(self) -> Exit:
        return self.comparison.exit


def moving(comparison: Comparison, pages: tuple[str | None, str | None] = (None, None)) -> Moving:
    """A comparison in words; `pages` are the addresses of the two runs' pages."""
    title, before, after = _labels(comparison, pages)
    exchanges = tuple({e.id: e for e in side.run.exchanges} for side in (comparison.before, comparison.after))

    def told(changes: Iterable[Change]) -> tuple[Told, ...]:
        return tuple(_told(change, comparison.after.run, exchanges) for change in changes)

    return Moving(
        comparison,
        title,
        before,
        after,
        _sentence(comparison, before, after),
        told(comparison.worse),
        told(comparison.better),
        told(comparison.same),
        told(comparison.perhaps_worse),
        told(comparison.perhaps_better),
        tuple(_unknown(comparison, after)),
        tuple(_apart(comparison, before, after)),
    )


def _labels(comparison: Comparison, pages: tuple[str | None, str | None]) -> tuple[str, Label, Label]:
    """How the comparison is called, and its sides: by title, or by the time of the run where titles are the same."""
    sides = comparison.before, comparison.after
    titles = [one_line(side.provider.title) for side in sides]
    names, where, about = titles, [f"at {title}" for title in titles], ""
    if titles[0] == titles[1]:
        started = [side.run.header.started for side in sides]
        names = [when(one) for one in started]
        names = names if names[0] != names[1] else [one_line(one) for one in started]
        where, about = ["before", "after"], f"{titles[0]}: "
    before, after = (Label(*label) for label in zip(names, where, pages, strict=True))
    return f"{about}{' → '.join(names)}", before, after


def when(started: str) -> str:
    """`2026-11-28 22:07 UTC`."""
    return f"{one_line(started)[:16].replace('T', ' ')} UTC"


# --- sentences --------------------------------------------------------------------------------------------------------


def _sentence(comparison: Comparison, before: Label, after: Label) -> str:
    if not comparison.compared:
        return "nothing was decided on both sides"
    if comparison.worse:
        number = len(comparison.worse)
        among = flaky_among(change.flaky is not None for change in comparison.worse)
        broken = f"{'is' if number == 1 else 'are'} broken {after.at} ({levels(comparison.worse)}){among}"
        return f"{plural(number, 'thing')} that held {before.at} {broken}"
    held = f"nothing that held {before.at} is seen to break {after.at}"
    return f"{held}, but something stays unknown" if comparison.exit is Exit.INCOMPLETE else held


def levels(changes: Iterable[Change]) -> str:
    """`2 MUST, 1 SHOULD`."""
    found = [change.level for change in changes]
    return ", ".join(f"{found.count(level)} {level}" for level in Level if level in found)


def _unknown(comparison: Comparison, after: Label) -> Iterator[str]:
    """What held before and is undecided after, one sentence for each reason."""
    yield from (_left_open(entry, after) for entry in comparison.open)
    yield from _not_asked(comparison.only_before, comparison.after, after)


def _left_open(entry: Open, after: Label) -> str:
    checks, scenarios = plural(len(entry.checks), "check"), plural(len(entry.scenarios), "scenario")
    verbs = "that held is" if len(entry.checks) == 1 else "that held are"
    reason = entry.reason if entry.reason == NEVER_JUDGED else f"undecided, {one_line(entry.reason)}"
    return f"{checks} in {scenarios} {verbs} {reason} {after.at}"


def _apart(comparison: Comparison, before: Label, after: Label) -> Iterator[str]:
    """What was not the same when the two were asked, and what could therefore not be compared."""
    for setting in comparison.settings:
        told = (one_line(value) if value else "none" for value in (setting.before, setting.after))
        yield f"{setting.name}: {' → '.join(told)}"
    for one, other, label in (
        (comparison.before, comparison.after, before),
        (comparison.after, comparison.before, after),
    ):
        if claims := one.claims_beside(other):
            yield f"claimed only {label.at}: {list_some([one_line(name) for name in claims], REASONS_SHOWN)}"
    yield from _not_asked(comparison.only_after, comparison.before, before)
    for side, label in ((comparison.before, before), (comparison.after, after)):
        if reason := side.run.skipped.get(side.provider.id):
            yield f"{label.name} was not run: {one_line(reason)}"
        elif found := side.run.diagnoses.get(side.provider.id):
            yield f"{label.name} {one_line(found.sentence)}"
        elif not side.run.is_whole(side.provider.id):
            yield f"the run of {label.name} was cut off before its end"
    if comparison.accepted:
        yield f"known and accepted {after.at}: {', '.join(map(one_line, comparison.accepted))}"
    if (
        "as-documented" not in comparison.questions
        and comparison.before.provider.contract != comparison.after.provider.contract
    ):
        yield "only drop-in is compared: each keeps, or breaks, a contract of its own as documented"


def _not_asked(entries: Sequence[Unasked], side: Side, label: Label) -> Iterator[str]:
    ordered = sorted(entries, key=lambda entry: -len(entry.scenarios))
    reasons = [one_line(entry.reason.removeprefix(f"{side.provider.id} ")) for entry in ordered]
    if reasons:
        number = sum(len(entry.scenarios) for entry in entries)
        yield f"{plural(number, 'scenario')} not asked {label.at}: {list_some(reasons, REASONS_SHOWN, '; ')}"


# --- one change -------------------------------------------------------------------------------------------------------


def _told(change: Change, run: Run, exchanges: tuple[Mapping[str, Exchange], ...]) -> Told:
    example, number = change.seen[0], len(change.seen)
    title = check_title(run, change.check)
    results = example.before, example.after
    marks = sorted({result.event for result in results if result and result.event})
    before, after = (_half(result, sent, marks) for result, sent in zip(results, exchanges, strict=True))
    return Told(
        change,
        with_rate(f"{number} {change.many}" if change.many and number > 1 else title, change.flaky),
        run.checks[change.check].why if change.check in run.checks else "",
        _harm(change),
        tuple(check_title(run, check) for check in change.follows),
        example,
        before,
        after,
    )


def _harm(change: Change) -> tuple[tuple[str, str], ...]:
    """Clients that notice the same thing together."""
    noticed: dict[str, list[str]] = defaultdict(list)
    for client, notices in change.harm:
        noticed[notices].append(client)
    return tuple((", ".join(clients), notices) for notices, clients in noticed.items())


def _half(result: Result | None, exchanges: Mapping[str, Exchange], marks: list[int]) -> Half:
    exchange = exchanges.get(result.exchanges[-1]) if result and result.exchanges else None
    answer = exchange.response and response_body(exchange.response, marks) if exchange else None
    return Half(
        _word(result), result is not None and result.outcome is Outcome.PASS, result, exchange, _excerpt(answer, marks)
    )


def _word(result: Result | None) -> str:
    if result is None:
        return NEVER_JUDGED
    match result.outcome:
        case Outcome.PASS:
            return "holds"
        case Outcome.FAIL:
            flaky = f", flaky: {result.times.told}" if result.times and result.is_flaky else ""
            return f"is accepted, though broken{flaky}" if result.accepted else f"broken{flaky}"
        case Outcome.NOT_APPLICABLE:
            return "undecided: the answer has nothing of the kind"
        case Outcome.INCONCLUSIVE:
            return f"undecided: {one_line(': '.join(part for part in (result.cause, result.note) if part))}"
        case Outcome.HARNESS_ERROR:
            return "undecided: a fault of this program"


def _excerpt(answer: Mapping[str, Any] | None, marks: list[int]) -> Mapping[str, Any] | None:
    """The part of an answer that two of them can be compared by."""
    if answer is None:
        return None
    if answer["form"] == "events":
        near = {
            number
            for mark in marks or [1 + EVENTS_AROUND]
            for number in range(mark - EVENTS_AROUND, mark + EVENTS_AROUND + 1)
        }
        shown = [event for event in answer["events"] if event["number"] in near]
        return {**answer, "events": shown, "left_out": answer["left_out"] + len(answer["events"]) - len(shown)}
    text = answer.get("text", "")
    return {**answer, "text": text[:TEXT_LIMIT], "cut": answer.get("cut", 0) + max(0, len(text) - TEXT_LIMIT)}
