"""What one cell of the matrix rests on: as data for the page, as an HTML fragment, and as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any, TypeAlias, cast

from jinja2 import Environment, PackageLoader, StrictUndefined

from messages_conformance.catalog.causes import Place
from messages_conformance.checks.base import Outcome
from messages_conformance.report import telling
from messages_conformance.report.bodies import request_body, response_body
from messages_conformance.report.words import QUESTION_WORDS, WORDS, list_some, one_line, place, plural, visible
from messages_conformance.results.clients import Standing, harm, standing
from messages_conformance.results.findings import explained, findings
from messages_conformance.results.reading import Cell, Result, Run
from messages_conformance.results.records import Exchange, Scenario
from messages_conformance.results.vocabulary import Question, State
from messages_conformance.wire.exchange import Headers

_ORDER = (Outcome.HARNESS_ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS, Outcome.NOT_APPLICABLE)
_WORST_SHOWN = (Outcome.HARNESS_ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE)


Follows: TypeAlias = Mapping[tuple[Place, Question], str]
"""The check that a failure follows from, by its place and question."""


def follows(run: Run, provider: str) -> Follows:
    """What of a provider's failures is the consequence of what."""
    return explained(findings(run, next(record for record in run.providers if record.id == provider)))


def cell_evidence(run: Run, cell: Cell, after: Follows | None = None) -> dict[str, Any]:
    """Everything known about one cell, as JSON-able data. `after` is what `follows` says of the cell's provider, for
    who shows many cells.

        {"provider", "scenario", "not_applicable": str | None,
         "questions": [{"question", "state", "missing": [[step, check]], "results": [{"step", "check", …}]}],
         "exchanges": [{"id", "step", "trial", "attempt", "started", "curl", "request", "response", "failure",
                        "first_byte_ms", "total_ms", "marks": [event number]}]}

    Results are sorted worst first, within that by level; fields that a result does not have are left out. A failure
    says whom it hurts ("harm": [[client, sentence]]), what it may be ("deviations": [id]), and the check that it is a
    consequence of ("follows"). Clauses, deviations and checks are named by id: their texts are the run's
    (`run.clauses` and so on). Bodies are as `bodies` describes. Text that came from outside is made visible; only
    `curl` is left as it is, because it is meant to be run.
    """
    known = follows(run, cell.provider) if after is None else after
    hurting = standing(run, cell.provider)
    return {
        "provider": cell.provider,
        "scenario": cell.scenario,
        "not_applicable": cell.not_applicable,
        "questions": [
            {
                "question": question,
                "state": str(cell.state(question)),
                "missing": [list(pair) for pair in cell.missing(question)],
                "results": [
                    _result(result, _meaning(run, cell, result, hurting, known)) for result in _sorted(cell, question)
                ],
            }
            for question in questions(run, cell)
        ],
        "exchanges": [_exchange(exchange, _marks(cell, exchange.id)) for exchange in cell.exchanges],
    }


def cell_html(run: Run, cell: Cell) -> str:
    """The evidence of a cell as a static HTML fragment that needs no script and no style sheet of ours."""
    return (
        environment()
        .get_template("cell.html.j2")
        .render(
            run=run,
            evidence=cell_evidence(run, cell),
            scenario=scenario(run, cell),
            clause=partial(telling.clause, run),
            contradicting=partial(telling.contradicting, run),
            title=partial(telling.check_title, run),
            undecided=partial(_undecided, cell),
        )
    )


def cell_text(run: Run, cell: Cell) -> str:
    """The evidence of a cell as plain text, for a test's failure message: what is not as it should be, then how to
    send the request again."""
    return "\n".join(_text(run, cell))


def cell_headline(run: Run, cell: Cell) -> str:
    """What is worst in a cell, in one line: `MUST anthropic:message.id: expected a string, got nothing`."""
    results = [result for question in questions(run, cell) for result in _sorted(cell, question)]
    bad = [result for result in results if result.outcome is Outcome.HARNESS_ERROR or result.is_broken]
    if not bad:
        missing = [check for question in questions(run, cell) for _, check in cell.missing(question)]
        return f"never judged: {list_some(missing, 3)}"
    after = follows(run, cell.provider)
    worst = min(
        bad, key=lambda result: (_ORDER.index(result.outcome), _place(cell, result) in after, result.level.rank)
    )
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    if worst.outcome is Outcome.HARNESS_ERROR:
        return f"fault of this program in {worst.check}: {one_line(worst.note or '')}{more}"
    told = f"expected {worst.expected}, got {worst.actual}"
    return f"{worst.level} {next(iter(worst.clauses), worst.check)}: {one_line(told)}{more}"


def questions(run: Run, cell: Cell) -> tuple[Question, ...]:
    """The questions asked of the cell's provider."""
    return next(run.questions(provider) for provider in run.providers if provider.id == cell.provider)


def scenario(run: Run, cell: Cell) -> Scenario:
    """The header's record of the cell's scenario."""
    return next(record for record in run.scenarios if record.id == cell.scenario)


@cache
def environment() -> Environment:
    """The templates. Whatever they print is made visible and escaped, whoever wrote the template."""
    env = Environment(
        loader=PackageLoader("messages_conformance.report", "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters, names = cast("dict[str, Any]", env.filters), cast("dict[str, Any]", env.globals)
    filters.update(plural=plural, some=list_some)
    names.update(WORDS=WORDS, QUESTION_WORDS=QUESTION_WORDS, State=State, place=place)
    return env


def _shown(value: Any) -> Any:
    return visible(value) if type(value) is str else value  # and not Markup, which is a str of our own making


def _sorted(cell: Cell, question: Question) -> list[Result]:
    return sorted(cell.asked(question), key=lambda result: (_ORDER.index(result.outcome), result.level.rank))


def _undecided(cell: Cell, question: Question) -> list[tuple[str, list[Result]]]:
    """What is inconclusive, by reason: one refused request leaves dozens of checks open for the same one."""
    groups: dict[str, list[Result]] = {}
    for result in _sorted(cell, question):
        if result.outcome is Outcome.INCONCLUSIVE:
            reason = ": ".join(one_line(part) for part in (result.cause, result.note) if part)
            groups.setdefault(reason, []).append(result)
    return list(groups.items())


def _result(result: Result, meaning: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "cause": result.cause,
        "expected": result.expected,
        "actual": result.actual,
        "pointer": result.pointer,
        "note": result.note,
        "accepted": result.accepted,
    }
    return {
        "step": result.step,
        "check": result.check,
        "outcome": str(result.outcome),
        "level": str(result.level),
        "clauses": list(result.clauses),
        **{key: visible(text) for key, text in told.items() if text is not None},
        **({"event": result.event} if result.event is not None else {}),
        **({"where": result.where} if result.where is not None else {}),
        **meaning,
        # What passed is only counted and named, so its exchanges would be weight without a reader.
        **({"exchanges": list(result.exchanges)} if result.outcome in _WORST_SHOWN else {}),
    }


def _meaning(run: Run, cell: Cell, result: Result, hurting: Standing, after: Follows) -> dict[str, Any]:
    if result.outcome is not Outcome.FAIL:
        return {}
    cause = after.get(_place(cell, result))
    return {
        "harm": [list(pair) for pair in harm(hurting, [result])],
        "deviations": [deviation.id for deviation in run.sightings(cell.scenario, result.check)],
        **({"follows": cause} if cause else {}),
    }


def _place(cell: Cell, result: Result) -> tuple[Place, Question]:
    return (cell.scenario, result.step, result.check), result.question


def _marks(cell: Cell, exchange: str) -> list[int]:
    """The events of an exchange that a failing check points at."""
    failing = [r for r in cell.results if r.outcome is Outcome.FAIL and r.exchanges[-1:] == (exchange,)]
    return sorted({result.event for result in failing if result.event is not None})


def _exchange(record: Exchange, marks: list[int]) -> dict[str, Any]:
    request, response, failure = record.request, record.response, record.failure
    shown = None
    if response:
        shown = {
            "status": response.status,
            "headers": _headers(response.headers),
            "body": response_body(response, marks),
        }
    return {
        **{key: getattr(record, key) for key in ("id", "step", "trial", "attempt", "started")},
        "curl": record.curl.encode("utf-8", "backslashreplace").decode("utf-8"),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": _headers(request.headers),
            "body": request_body(request.body),
        },
        "response": shown,
        "failure": failure and {"kind": failure.kind, "detail": visible(failure.detail)},
        "first_byte_ms": record.first_byte_ms,
        "total_ms": record.total_ms,
        "marks": marks,
    }


def _headers(headers: Headers) -> list[list[str]]:
    return [[visible(name), visible(value)] for name, value in headers]


def _text(run: Run, cell: Cell) -> Iterator[str]:
    told = scenario(run, cell)
    yield f"{cell.provider}, {cell.scenario}: {told.title}"
    yield f"  {told.where}"
    if cell.not_applicable:
        yield f"  not applicable: {one_line(cell.not_applicable)}"
        return
    hurting, after = standing(run, cell.provider), follows(run, cell.provider)
    for question in questions(run, cell):
        yield from _question_text(run, cell, question, hurting, after)
    shown = {r.exchanges[-1] for r in cell.results if r.outcome in _WORST_SHOWN and r.exchanges}
    for exchange in cell.exchanges:
        if exchange.id in shown:
            yield f"\n{exchange.id}: {_answer(exchange)}\n{exchange.curl}"


def _question_text(run: Run, cell: Cell, question: Question, hurting: Standing, after: Follows) -> Iterator[str]:
    results = _sorted(cell, question)
    yield f"\n{QUESTION_WORDS[question]}: {WORDS[cell.state(question)].word}"
    for result in results:
        if result.outcome in (Outcome.HARNESS_ERROR, Outcome.FAIL):
            yield from _result_text(run, result, _meaning(run, cell, result, hurting, after))
    for reason, undecided in _undecided(cell, question):
        yield f"  INCONCLUSIVE {list_some([f'{result.check} ({result.level})' for result in undecided], 3)}"
        yield f"    because   {reason}"
        yield f"    where     {list_some(sorted({result.where for result in undecided if result.where}), 3)}"
    for step, check in cell.missing(question):
        yield f"  NEVER JUDGED {check} (step {step})"
    passed = sum(result.outcome is Outcome.PASS for result in results)
    if passed:
        yield f"  {plural(passed, 'check')} passed"


def _result_text(run: Run, result: Result, meaning: Mapping[str, Any]) -> Iterator[str]:
    word = "KNOWN" if result.accepted else "FAIL" if result.outcome is Outcome.FAIL else "FAULT OF THIS PROGRAM"
    yield f"  {word} {result.check} ({result.level}): {telling.check_title(run, result.check)}"
    for clause_id in result.clauses:
        clause = telling.clause(run, clause_id)
        yield f"    clause    {clause_id}: {clause.text}"
        yield f"    source    {clause.source} {clause.url}".rstrip()
    for clause in telling.contradicting(run, result.clauses):
        yield f"    disputed  by {clause.id}: {clause.text}"
    fields = {
        "expected": result.expected,
        "actual": result.actual,
        "at": place(result.pointer, result.event),
        "note": result.note,
        "accepted": result.accepted,
        "where": result.where,
    }
    for name, value in fields.items():
        if value:
            yield f"    {name:<9} {one_line(value)}"
    if cause := meaning.get("follows"):
        yield f"    follows   from {cause}: {telling.check_title(run, cause)}"
    for client, sentence in meaning.get("harm", ()):
        yield f"    breaks    {client}: {sentence}"
    for name in meaning.get("deviations", ()):
        deviation = run.deviations[name]
        yield f"    also seen {deviation.states} {list_some(list(deviation.seen), 3)}"


def _answer(exchange: Exchange) -> str:
    if exchange.response:
        return f"HTTP {exchange.response.status} in {exchange.total_ms:.0f} ms"
    return one_line(f"{exchange.failure.kind} {exchange.failure.detail}") if exchange.failure else "no answer"
