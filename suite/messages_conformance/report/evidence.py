"""What one cell of the matrix rests on, and the same as plain text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from messages_conformance.checks.base import Outcome
from messages_conformance.report.bodies import pieces, request_body, response_body
from messages_conformance.report.failure import Failure, Teller, limited, sentence
from messages_conformance.report.words import QUESTION_WORDS, WORDS, list_some, one_line, plural, visible
from messages_conformance.results.reading import Cell, Result
from messages_conformance.results.records import Exchange, Provider, Scenario
from messages_conformance.results.vocabulary import Question, State

_BAD = (Outcome.HARNESS_ERROR, Outcome.FAIL)
_DECISIVE = (*_BAD, Outcome.INCONCLUSIVE)

SCENARIOS_SHOWN = 4
LINES_SHOWN = 6
"""Lines with one label, in plain text."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question. `bad` is what is not as it should be, worst first; `missing` holds the (step, check)
    pairs that were planned and never judged."""

    question: Question
    state: State
    bad: tuple[Failure, ...]
    missing: tuple[tuple[str, str], ...]
    passed: tuple[Result, ...]
    unasked: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One exchange to look at. `marks` are the numbers of the events that failing checks point at. `is_decisive` where
    something that is not as it should be was decided by it."""

    record: Exchange
    marks: list[int]
    is_decisive: bool
    wrong: tuple[Failure, ...] = ()
    """What is wrong with this answer, whichever question it answers, causes before consequences; where the response
    has `pieces`, their numbers count these, from 1."""

    @property
    def request(self) -> Mapping[str, Any]:
        """The body of the request, as `bodies` describes."""
        return request_body(self.record.request.body)

    @property
    def response(self) -> dict[str, Any] | None:
        """What came, in the same form. Made when it is asked for: an answer may have megabytes, and most outputs show
        none of it."""
        response = self.record.response
        return response and _pointed(response_body(response, self.marks), self.wrong)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one cell."""

    cell: Cell
    provider: Provider
    scenario: Scenario
    asked: tuple[Asked, ...]

    @property
    def exchanges(self) -> Iterator[Shown]:
        """In the order in which they were sent."""
        wrong, decided = _by_exchange(self.asked), _decided(self.cell)
        return (_shown(each, decided.get(each.id, ()), wrong.get(each.id, ())) for each in self.cell.exchanges)

    @property
    def elsewhere(self) -> tuple[Failure, ...]:
        """What is not as it should be and cannot be shown at one of the cell's answers."""
        here = {exchange.id for exchange in self.cell.exchanges}
        return tuple(f for name, failures in _by_exchange(self.asked).items() if name not in here for f in failures)


def evidence(telling: Teller, cell: Cell) -> Evidence:
    """The evidence of a cell of the teller's provider."""
    run, provider = telling.run, telling.provider
    scenario = next(record for record in run.scenarios if record.id == cell.scenario)
    asked = () if cell.not_applicable else run.questions(provider)
    return Evidence(cell, provider, scenario, tuple(_asked(cell, question, telling) for question in asked))


def cell_text(telling: Teller, cell: Cell) -> str:
    """The evidence of a cell as plain text, for a test's failure message: what is not as it should be, then how to
    send the request again."""
    return visible("\n".join(_text(evidence(telling, cell))))


def cell_headline(telling: Teller, cell: Cell) -> str:
    """What is worst in a cell, in one line: `MUST anthropic:message.id: expected a string, got nothing`."""
    bad = [result for result in cell.results if result.outcome is Outcome.HARNESS_ERROR or result.is_broken]
    if not bad:
        judged = {(result.step, result.check, result.question) for result in cell.results}
        return f"never judged: {list_some([planned[1] for planned in cell.planned if planned not in judged], 3)}"
    worst = min(
        bad,
        key=lambda result: (_BAD.index(result.outcome), telling.cause(cell, result) is not None, result.level.rank),
    )
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    if worst.outcome is Outcome.HARNESS_ERROR:
        return f"fault of this program in {worst.check}: {one_line(worst.note or '')}{more}"
    told = f"expected {worst.expected}, got {worst.actual}"
    flaky = f"flaky, {worst.times.told}: " if worst.times and worst.is_flaky else ""
    return f"{worst.level} {next(iter(worst.clauses), worst.check)}: {flaky}{one_line(told)}{more}"


def _asked(cell: Cell, question: Question, telling: Teller) -> Asked:
    results = cell.asked(question)
    bad = sorted((r for r in results if r.outcome in _BAD), key=lambda r: (_BAD.index(r.outcome), r.level.rank))
    return Asked(
        question,
        cell.state(question),
        (*(telling.failure(cell, result) for result in bad), *telling.left_open(cell, question)),
        cell.missing(question),
        tuple(result for result in results if result.outcome is Outcome.PASS),
        tuple(result for result in results if result.outcome is Outcome.NOT_APPLICABLE),
    )


def _by_exchange(asked: Iterable[Asked]) -> Mapping[str, tuple[Failure, ...]]:
    """What is not as it should be, by the id of the exchange that decided it; empty where none did. What answers both
    questions is told once."""
    told: dict[str, dict[tuple[object, ...], Failure]] = defaultdict(dict)
    for failure in (failure for one in asked for failure in one.bad):
        result = failure.result
        group = told[result.exchanges[-1] if result and result.exchanges else ""]
        key = _same(failure)
        group[key] = _both(group[key], failure) if key in group else failure
    return {name: tuple(sorted(group.values(), key=lambda f: f.follows)) for name, group in told.items()}


def _same(failure: Failure) -> tuple[object, ...]:
    """What two failures share if they say the same. The check of a shape has its contract in its name, so what it says
    is told by what it saw."""
    if failure.result is None:
        return failure.headline, failure.check
    saw = failure.result
    name = "shape" if failure.check.startswith("shape.") else failure.check
    return name, saw.step, saw.pointer, saw.event, saw.expected, saw.actual, saw.note


def _both(first: Failure, second: Failure) -> Failure:
    return replace(
        first,
        questions=tuple(dict.fromkeys((*first.questions, *second.questions))),
        lines=tuple(dict.fromkeys((*first.lines, *second.lines))),
    )


def _decided(cell: Cell) -> Mapping[str, list[Result]]:
    """The results that are not as they should be, by the id of the exchange that decided them."""
    found: dict[str, list[Result]] = defaultdict(list)
    for result in cell.results:
        if result.outcome in _DECISIVE and result.exchanges:
            found[result.exchanges[-1]].append(result)
    return found


def _shown(record: Exchange, decided: Sequence[Result], wrong: tuple[Failure, ...]) -> Shown:
    failing = {result.event for result in decided if result.outcome is Outcome.FAIL}
    marks = sorted(event for event in failing if event is not None)
    return Shown(record, marks, bool(decided), wrong)


def _pointed(body: dict[str, Any], wrong: tuple[Failure, ...]) -> dict[str, Any]:
    """The same, and `pieces` of what failing checks point at; for a stream, the `numbers` of those that point at each
    event, and its `at`: when it came, in hundredths of the time until the last."""
    saw = [(number, f.result) for number, f in enumerate(wrong, 1) if f.result]
    if body["form"] == "json":
        return body | {"pieces": pieces(body["text"], [(n, r.pointer or "") for n, r in saw if r.event is None])}
    if body["form"] != "events":
        return body
    last = max((event["at_ms"] for event in body["events"]), default=0) or 1
    events: list[dict[str, Any]] = []
    for event in body["events"]:
        here = [(n, r.pointer or "") for n, r in saw if r.event == event["number"]]
        told = pieces(event["data"], here) if event["data"] is not None else ()
        at = round(100 * event["at_ms"] / last, 1)
        events.append(event | {"numbers": [n for n, _ in here], "pieces": told, "at": at})
    return body | {"events": events}


def _text(told: Evidence) -> Iterator[str]:
    yield f"{told.provider.id}, {told.scenario.id}: {told.scenario.title}"
    yield f"  {told.scenario.where}"
    if told.cell.not_applicable:
        yield f"  not applicable: {one_line(told.cell.not_applicable)}"
    for asked in told.asked:
        yield f"\n{QUESTION_WORDS[asked.question]}: {WORDS[asked.state].word}"
        for failure in asked.bad:
            word = WORDS[failure.state].word.upper()
            yield f"  {word} {failure.check} ({failure.level}): {one_line(failure.headline)}"
            for line in limited(failure.lines, LINES_SHOWN):
                yield f"    {line.label:<12} {sentence(line, SCENARIOS_SHOWN)}"
        for step, check in asked.missing:
            yield f"  NEVER JUDGED {check} (step {step})"
        if asked.passed:
            yield f"  {plural(len(asked.passed), 'check')} passed"
    for shown in told.exchanges:
        if shown.is_decisive:
            yield f"\n{shown.record.id}: {_answer(shown.record)}\n{shown.record.curl}"


def _answer(exchange: Exchange) -> str:
    if exchange.response:
        kept = f"; {exchange.beginning_only}" if exchange.beginning_only else ""
        return f"HTTP {exchange.response.status} in {exchange.total_ms:.0f} ms{kept}"
    return one_line(f"{exchange.failure.kind} {exchange.failure.detail}") if exchange.failure else "no answer"
