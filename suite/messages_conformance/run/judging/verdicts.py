"""Verdicts on one unit: what its walk shows, what further trials add, and what its twin and the preflight take back.

Pure: the engine asks here while a run goes on, and a replay of its recording asks the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from messages_conformance.catalog.model import Step
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.answer.events import as_list
from messages_conformance.checks.base import Cause, Evidence, Outcome, Verdict, inconclusive, not_applicable
from messages_conformance.checks.control.plain import repeats_the_question
from messages_conformance.checks.registry import judge
from messages_conformance.run.planning.plan import Key, Planned
from messages_conformance.run.walking.requests import fill
from messages_conformance.run.walking.unit import Sent, Walk

_OF_REFUSALS = frozenset({"error.status", "error.type", "error.names-field"})

Judged: TypeAlias = tuple[Verdict, tuple[str, ...]]
"""A verdict, and the ids of the exchanges that it rests on."""

Verdicts: TypeAlias = dict[Key, Judged]
"""In the order of what was planned."""


def judge_walk(walked: Walk, planned: tuple[Planned, ...]) -> Verdicts:
    """Judge every planned check of one trial."""
    answers, values = walked.answers, walked.values
    verdicts: Verdicts = {}
    step, at = None, None
    for plan in planned:
        if plan.step is not step:  # those of one step stand together
            step, at = plan.step, _seen(walked, plan.step, answers)
        verdicts[plan.key] = at.judged(plan, values) if at else _unsent(walked, plan.step)
    for answer in answers.values():
        answer.forget()
    return verdicts


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all checks of one step see that judge one kind of answer. `came` says whether that kind came where the step
    expects another."""

    evidence: Evidence
    came: bool
    exchanges: tuple[str, ...]

    def judged(self, plan: Planned, values: Mapping[str, Any]) -> Judged:
        if plan.instead and not self.came:
            return not_applicable(f"no {plan.step.expect} came in place of what the step expects"), self.exchanges
        evidence = self.evidence
        if plan.use is not None and plan.use.params:
            evidence = replace(evidence, params=fill(plan.use.params, values))
        return judge(plan.check, evidence), self.exchanges


def _unsent(walked: Walk, step: Step) -> Judged:
    return walked.sent[step.id].withheld or inconclusive(Cause.PREREQUISITE_FAILED, "the step was not sent"), ()


def _seen(walked: Walk, step: Step, answers: Mapping[str, Answer]) -> _Seen | None:
    answer = answers.get(step.id)
    if answer is None:
        return None
    culprit = walked.culprits.get(step.id)
    evidence = Evidence(step, answer, answers, persists=walked.persists, culprit=culprit)
    shown = [walked.sent[name] for name in (step.id, *([culprit.alone] if culprit else ()))]
    names = (name for each in shown for name, _ in each.attempts)
    return _Seen(evidence, _came(step, answer), tuple(dict.fromkeys(names)))


_ABOUT_THE_REQUEST = frozenset({400, 413, 422})
"""Statuses that a server which knows the route, the key and the model gives to what it does not take. Any other may be
told by whatever stands before it, and says nothing of how its own errors look."""


def _came(step: Step, answer: Answer) -> bool:
    """Whether the kind of answer came that `step` expects instead of the one that was asked for."""
    if step.expect == "stream":
        return answer.status == 200 and answer.message(streaming=True) is not None
    return answer.status in _ABOUT_THE_REQUEST


def judge_back(planned: tuple[Planned, ...], asked: Mapping[str, Answer]) -> Verdicts:
    """Judge what is said of a whole run. `asked` is every answer of the provider by its id; they are seen in the
    order of their ids, since the order in which they came is another in each run."""
    if not asked:
        nothing = inconclusive(Cause.PREREQUISITE_FAILED, "the run asked nothing else of this provider")
        return {plan.key: (nothing, ()) for plan in planned}
    seen = {name: asked[name] for name in sorted(asked)}
    last = next(reversed(seen.values()))
    return {plan.key: (judge(plan.check, Evidence(plan.step, last, seen)), ()) for plan in planned}


def judge_control(sent: Sent, step: Step, planned: Planned, values: Mapping[str, Any]) -> bool:
    """Whether the check holds on its control, by more than an echo of the question."""
    if sent.answer is None or planned.use is None:
        return False
    params = fill(planned.use.params, values)
    evidence = Evidence(step, sent.answer, params=params)
    passes, said = judge(planned.check, evidence).outcome is Outcome.PASS, evidence.text
    sent.answer.forget()
    # An echo holds the words that are sought, and nothing else that a check looks for.
    sought = tuple(str(word) for named in params.values() for word in as_list(named))
    return passes and not (sought and repeats_the_question(fill(step.body, values), said, sought))


def with_trial(earlier: Verdicts, later: Verdicts) -> Verdicts:
    """What a further trial adds: every failure, and whatever it says where the model had chosen otherwise. What was
    decided before stays; in particular, no failure is asked away."""
    return {key: later[key] if _gives_way(earlier[key][0], later[key][0]) else earlier[key] for key in earlier}


def _gives_way(earlier: Verdict, later: Verdict) -> bool:
    if earlier.outcome is Outcome.FAIL:
        return False
    return earlier.cause is Cause.MODEL_CHOICE or later.outcome is Outcome.FAIL


def model_chose(verdicts: Verdicts) -> bool:
    """Whether asking again could settle something: some check failed only for what the model chose to do."""
    return any(verdict.cause is Cause.MODEL_CHOICE for verdict, _ in verdicts.values())


def with_twin(verdicts: Verdicts, planned: tuple[Planned, ...], walks: tuple[Walk, Walk], name: str) -> Verdicts:
    """What the twin leaves of the verdicts on a refusal. `walks` are the refusal's and the twin's; `name` is the twin's
    id. A refusal whose twin was not accepted shows nothing: the provider may refuse everything."""
    walked, twin = walks
    if twin.accepted:
        return verdicts
    if any(sent.answer is not None and guard.missing_route(sent.answer.exchange) for sent in twin.sent.values()):
        missing = inconclusive(Cause.PREREQUISITE_FAILED, f"the route of its twin {name} is missing")
        return {p.key: (missing, verdicts[p.key][1]) for p in planned}
    note = f"refused, but its twin {name}, without the defect, was not accepted either"
    undecided = inconclusive(Cause.PREREQUISITE_FAILED, note)
    return {
        p.key: (undecided, verdicts[p.key][1]) if _rests_on_twin(p, verdicts[p.key][0], walked) else verdicts[p.key]
        for p in planned
    }


def _rests_on_twin(planned: Planned, verdict: Verdict, walked: Walk) -> bool:
    """Whether a verdict holds only if the twin was accepted: the request may have been refused, or answered with a 5xx,
    for a reason that it shares with its twin. An accepted request, or a refusal that is no JSON, needs no twin."""
    if planned.check.id == "error.refused":
        answer = walked.sent[planned.step.id].answer
        broke = answer is not None and answer.status >= 500
        return verdict.outcome is Outcome.PASS or (verdict.outcome is Outcome.FAIL and broke)
    return planned.check.id in _OF_REFUSALS and verdict.outcome in (Outcome.PASS, Outcome.FAIL)
