"""A failure in words, decided once: a head and labelled lines, which every output prints in its own way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from messages_conformance.catalog.causes import Place
from messages_conformance.catalog.harm import Severity
from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.report.words import list_some, one_line, place, plural
from messages_conformance.results.cells.cell import Times
from messages_conformance.results.clients import Measured, Standing, harm, measured, standing
from messages_conformance.results.findings import Finding, Group, explained, findings
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Clause, Deviation, Provider
from messages_conformance.results.vocabulary import Question, State

FAILS_IN: Final = "fails in"
"""The label of the line that names the scenarios of a finding."""

Follows: TypeAlias = Mapping[tuple[Place, Question], str]
"""The check that a failure follows from, by its place and question."""


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line. `text` is prose; `code` is an id, a place or a quotation; `links` are pairs of name and
    address; `scenarios` are ids."""

    label: str
    text: str = ""
    code: str = ""
    links: tuple[tuple[str, str], ...] = ()
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """What is not as it should be, in one cell or at a whole provider. `why` says what the check is good for; `result`
    is what tells it, where a single one does; `flaky` is how often it failed, where that was not always; `severity` is
    what it does to real clients, where they were tried."""

    state: State
    level: Level
    headline: str
    check: str
    why: str
    questions: tuple[Question, ...]
    lines: tuple[Line, ...]
    result: Result | None = None
    flaky: Times | None = None
    severity: Severity | None = None

    @property
    def follows(self) -> bool:
        """Whether it says nothing new beside another failure."""
        return any(line.label == "follows from" for line in self.lines)

    @property
    def places(self) -> int:
        """In how many scenarios a finding was seen."""
        return sum(len(line.scenarios) for line in self.lines if line.label == FAILS_IN)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the failures of one provider, cell by cell: it knows whom they hurt, and which follow from others."""

    run: Run
    provider: Provider
    hurting: Standing
    follows: Follows

    @classmethod
    def of(cls, run: Run, provider_id: str) -> Teller:
        provider = next(record for record in run.providers if record.id == provider_id)
        return cls(run, provider, standing(run, provider_id), explained(findings(run, provider)))

    def cause(self, cell: Cell, result: Result) -> str | None:
        """The check that a failure follows from."""
        return self.follows.get(((cell.scenario, result.step, result.check), result.question))

    def failure(self, cell: Cell, result: Result) -> Failure:
        """One result that is a failure, or a fault of this program."""
        failed = result.outcome is Outcome.FAIL
        cause = self.cause(cell, result) if failed else None
        seen = self.run.sightings(cell.scenario, result.check) if failed else ()
        impact = measured(self.run, self.provider.id, [result])
        lines = (
            *_saw(result),
            *_cites(self.run, result.clauses),
            *([Line("follows from", check_title(self.run, cause), cause)] if cause else ()),
            *_means(harm(self.hurting, [result]), seen),
            *_measured(impact),
            *_found(result),
        )
        return Failure(
            result.state,
            result.level,
            check_title(self.run, result.check),
            result.check,
            _check_why(self.run, result.check),
            (result.question,),
            lines,
            result,
            result.times if result.is_flaky else None,
            impact.worst.severity if impact else None,
        )

    def left_open(self, cell: Cell, question: Question) -> Iterator[Failure]:
        """What is inconclusive, by reason: one refused request leaves dozens of checks open for the same one."""
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in cell.asked(question):
            if result.outcome is Outcome.INCONCLUSIVE:
                groups[": ".join(one_line(part) for part in (result.cause, result.note) if part)].append(result)
        for reason, results in groups.items():
            lines = (
                *(Line("undecided", check_title(self.run, result.check), result.check) for result in results),
                *dict.fromkeys(line for result in results for line in _found(result)),
            )
            level = min((result.level for result in results), key=lambda level: level.rank)
            checks = list_some([result.check for result in results], 1)
            yield Failure(State.INCONCLUSIVE, level, reason, checks, "", (question,), lines)


def found(run: Run, finding: Finding) -> Failure:
    """A finding: one of the failures that show it, and where else it was seen."""
    cause = finding.cause
    example = cause.seen[0].result
    clauses = dict.fromkeys(name for result in cause.results for name in result.clauses)
    seen = [d for sighting in cause.seen for d in run.sightings(sighting.scenario, cause.check)]
    lines = (
        *_saw(example),
        *_cites(run, clauses),
        *_means(finding.harm, {deviation.id: deviation for deviation in seen}.values()),
        *_measured(finding.measured),
        Line(FAILS_IN, scenarios=cause.scenarios),
        *(_leads(run, group) for group in finding.consequences),
        *_found(example),
    )
    return Failure(
        State.FAIL if finding.level is Level.MUST else State.DEVIATES,
        finding.level,
        _headline(run, finding),
        cause.check,
        _check_why(run, cause.check),
        finding.questions,
        lines,
        flaky=finding.times if finding.is_flaky else None,
        severity=finding.severity if run.header.impacts else None,
    )


def _headline(run: Run, finding: Finding) -> str:
    cause, number = finding.cause, len(finding.cause.seen)
    told = f"{number} {finding.many}" if finding.many and number > 1 else check_title(run, cause.check)
    return with_rate(told, finding.times if finding.is_flaky else None)


def with_rate(headline: str, flaky: Times | None) -> str:
    """A headline that says so where its fault is flaky: `Every event has a name: flaky, fails 2 of 5`."""
    return f"{headline.rstrip('.')}: flaky, {flaky.told}" if flaky else headline


def clause(run: Run, clause_id: str) -> Clause:
    """A clause by its id. A stream that cites one its header does not list still gets a readable line."""
    unlisted = Clause(clause_id, Level.MUST, "(the run's header does not list it)", source="", url="")
    return run.clauses.get(clause_id, unlisted)


def check_title(run: Run, check_id: str) -> str:
    """A check's title, or its id where the header does not list it."""
    return run.checks[check_id].title if check_id in run.checks else check_id


def limited(lines: Iterable[Line], limit: int) -> Iterator[Line]:
    """At most `limit` lines of each label, and how many are left."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.label].append(line)
    for label, group in groups.items():
        yield from group[:limit]
        if len(group) > limit:
            yield Line(label, f"and {len(group) - limit} more")


Link: TypeAlias = Callable[[str, str], str]
"""How a link is printed: name and address in, text out."""


def _plain_link(name: str, url: str) -> str:
    return one_line(url if name == url else f"{name} {url}")


def sentence(line: Line, scenarios: int, show: Callable[[str], str] = one_line, link: Link = _plain_link) -> str:
    """A line without its label. It names at most so many `scenarios`; `show` makes foreign text harmless."""
    where = (
        f"{plural(len(line.scenarios), 'scenario')}: {list_some([show(name) for name in line.scenarios], scenarios)}"
    )
    parts = [
        show(line.text),
        f"({show(line.code)})" if line.text and line.code else show(line.code),
        *(link(name, url) for name, url in line.links),
        (f"in {where}" if line.text else where) if line.scenarios else "",
    ]
    return " ".join(part for part in parts if part)


def _saw(result: Result) -> Iterator[Line]:
    """What was demanded and what came."""
    told = {
        "expected": result.expected,
        "actual": result.actual,
        "at": place(result.pointer, result.event),
    }
    yield from (Line(label, code=value) for label, value in told.items() if value)
    if result.times and result.outcome is Outcome.FAIL:
        yield Line("flaky" if result.is_flaky else "repeated", result.times.told)
    if result.note:
        yield Line("note", result.note)
    if entry := result.expectation:
        until = ", ".join(filter(None, (entry.owner, f"until {entry.expires}")))
        yield Line("accepted", f"{entry.reason} ({until})", links=((entry.issue, entry.issue),) if entry.issue else ())


def _cites(run: Run, clause_ids: Iterable[str]) -> Iterator[Line]:
    """The clauses, and what the provider's own documents say against them, each once."""
    cited = [clause(run, name) for name in clause_ids]
    against = dict.fromkeys(other for one in cited for other in one.conflicts)
    yield from (_cited("clause", one) for one in cited)
    yield from (_cited("disputed by", clause(run, name)) for name in against)


def _cited(label: str, cited: Clause) -> Line:
    return Line(label, cited.text, cited.id, ((cited.source, cited.url),) if cited.source else ())


def _means(hurt: Iterable[tuple[str, str]], seen: Iterable[Deviation]) -> Iterator[Line]:
    """Who is hurt, clients that notice the same thing together; and what was seen in the field that this may be."""
    noticed: dict[str, list[str]] = defaultdict(list)
    for client, notices in hurt:
        noticed[notices].append(client)
    yield from (Line("breaks", f"{', '.join(clients)}: {notices}") for notices, clients in noticed.items())
    for deviation in seen:
        links = tuple((url, url) for url in deviation.seen)
        yield Line("also seen", f"{deviation.states} {deviation.breaks}", links=links)


def _measured(impact: Measured | None) -> Iterator[Line]:
    if impact:
        yield Line("measured", impact.sentence)


def _leads(run: Run, group: Group) -> Line:
    return Line("leads to", check_title(run, group.check), group.check, scenarios=group.scenarios)


def _found(result: Result) -> Iterator[Line]:
    """Where to look: the line that demands it, and the exchange that decided it."""
    if result.where:
        yield Line("demanded in", code=result.where)
    if result.exchanges:
        yield Line("seen in", code=result.exchanges[-1])


def _check_why(run: Run, check_id: str) -> str:
    return run.checks[check_id].why if check_id in run.checks else ""
