"""The one place that decides what a run amounts to. Text, JSON and exit code all ask it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Cause, Outcome
from messages_conformance.results.clients import Answer, ProfileAnswer, chosen
from messages_conformance.results.findings import Finding, findings, told
from messages_conformance.results.reading import Cell, Run
from messages_conformance.results.records import Provider
from messages_conformance.results.vocabulary import Exit, Question, State


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a provider, or a whole run, amounts to. `sentence` is for people."""

    exit: Exit
    sentence: str


def judge_provider(run: Run, provider: Provider, fail_on: Level = Level.MUST) -> Judgement:
    """Whether one provider conforms: no failure at `fail_on` or stronger, nothing open, nothing left out."""
    return run.derived(("judgement", provider.id, fail_on), lambda: _judged(run, provider, fail_on))


def _judged(run: Run, provider: Provider, fail_on: Level) -> Judgement:
    if reason := run.skipped.get(provider.id):
        return Judgement(Exit.INCOMPLETE, f"was not run: {reason}")
    if found := run.diagnoses.get(provider.id):
        return Judgement(Exit(found.exit), found.sentence)
    cells = [cell for (name, _), cell in run.cells.items() if name == provider.id]
    results = [result for cell in cells for result in cell.results]
    if misfit := next((result.note for result in results if result.cause == Cause.CONFIGURATION), None):
        return Judgement(Exit.USAGE, f"could not be asked: {misfit}")
    about = chosen(run, provider)
    return _in_general(run, provider, cells, fail_on) if about is None else _for_client(about)


def _in_general(run: Run, provider: Provider, cells: list[Cell], fail_on: Level) -> Judgement:
    """The verdict of a run that was about the whole contract."""
    results = [result for cell in cells for result in cell.results]
    states = Counter(cell.state(question) for cell in cells for question in run.questions(provider))
    found = findings(run, provider)
    if states[State.FAULT]:
        return Judgement(Exit.FAULT, f"could not be judged in {_cells(states[State.FAULT])}: a fault of this program")
    untrue = run.untrue(provider)
    if any(finding.level.rank <= fail_on.rank for finding in found):
        beside = f"; expectations that do not hold: {len(untrue)}" if untrue else ""
        return Judgement(Exit.DOES_NOT, f"does not conform: {told(found)}{beside}")
    if untrue:
        return Judgement(Exit.DOES_NOT, f"is not as expected: {'; '.join(account.told for account in untrue)}")
    undecided = sum(_is_open(cell, question, fail_on) for cell in cells for question in run.questions(provider))
    decided = any(result.outcome is Outcome.PASS for result in results)
    whole = run.is_whole(provider.id)
    return _what_is_open(whole=whole, undecided=undecided, decided=decided) or _conforming(states, found)


def _for_client(about: ProfileAnswer) -> Judgement:
    """The verdict of a run that was about one kind of client."""
    client = f"for {about.profile.title}"
    if any(not broken.accepted for broken in about.broken):
        return Judgement(Exit.DOES_NOT, f"breaks {client}: {', '.join(about.checks)}")
    if about.answer is Answer.UNKNOWN:
        return Judgement(Exit.INCOMPLETE, f"is undecided {client}: {about.why}")
    return Judgement(
        Exit.CONFORMS, f"works {client}" + (", but for what is known and accepted" if about.broken else "")
    )


def _is_open(cell: Cell, question: Question, fail_on: Level) -> bool:
    """Whether a check that counts could not be decided: `fail_on` says which levels count, for and against."""
    kinds = cell.kinds(question)
    return any(outcome is Outcome.INCONCLUSIVE and level.rank <= fail_on.rank for outcome, level, _ in kinds)


def _what_is_open(*, whole: bool, undecided: int, decided: bool) -> Judgement | None:
    if not whole:
        return Judgement(Exit.INCOMPLETE, "is incomplete: not everything that was planned was judged")
    if undecided:
        return Judgement(Exit.INCOMPLETE, f"is inconclusive in {_cells(undecided)}")
    if not decided:
        return Judgement(Exit.INCOMPLETE, "is incomplete: nothing was judged")
    return None


def _conforming(states: Counter[State], found: tuple[Finding, ...]) -> Judgement:
    if states[State.KNOWN]:
        return Judgement(Exit.CONFORMS, f"is as expected: known deviations in {_cells(states[State.KNOWN])}")
    if found:
        return Judgement(Exit.CONFORMS, f"conforms, but breaks SHOULD or MAY clauses: {told(found)}")
    return Judgement(Exit.CONFORMS, "conforms")


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def judge_run(run: Run, fail_on: Level = Level.MUST) -> Judgement:
    """The whole run: the worst of those providers that decide. Without a footer it never conforms. One that is held
    against an earlier run fails only for what got worse since, at whatever level."""
    judged = [(provider, _decisive(run, provider, fail_on)) for provider in deciding(run)]
    if not judged:
        return Judgement(Exit.INCOMPLETE, "nothing was run")
    severity = (Exit.FAULT, Exit.USAGE, Exit.DOES_NOT, Exit.INCOMPLETE, Exit.CONFORMS)
    provider, worst = min(judged, key=lambda pair: severity.index(pair[1].exit))
    if worst.exit is Exit.CONFORMS and not run.complete:
        return Judgement(Exit.INCOMPLETE, "the run was cut off before its end")
    return Judgement(worst.exit, f"{provider.title} {worst.sentence}")


def _decisive(run: Run, provider: Provider, fail_on: Level) -> Judgement:
    """What decides of one provider: whether it conforms, or what became of it since an earlier run."""
    own = judge_provider(run, provider, fail_on)
    if run.against is None or own.exit in (Exit.USAGE, Exit.FAULT) or provider.id in run.skipped:
        return own
    moved = run.against.moved[provider.id]
    return Judgement(moved.exit, moved.sentence)


def deciding(run: Run) -> tuple[Provider, ...]:
    """The providers whose verdict is the run's.

    Played documents inform and do not decide, unless the run holds nothing else: a matrix that shows how far a
    document is from the API must not fail for showing it. A provider that was skipped for want of a key does not
    decide either.
    """
    ran = tuple(provider for provider in run.providers if provider.id not in run.skipped)
    return tuple(provider for provider in ran if provider.kind != "played") or ran
