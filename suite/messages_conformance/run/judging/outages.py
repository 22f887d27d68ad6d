"""Whether a 5xx is an outage or the answer to a form of request, by all that one provider answered in a run.

Answers are given by their ids, which end with scenario, step, trial and attempt. The engine asks here while a run goes
on, and a replay of its recording asks the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, TypeAlias

from messages_conformance.catalog.model import Scenario
from messages_conformance.checks import guard
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.run.planning.plan import Plan
from messages_conformance.run.walking.unit import Walk

ASKED_AGAIN: Final = 3
"""How often a request must be answered with a 5xx before that is no outage. Twice, where another request of its form
was answered like that so often."""

Form: TypeAlias = tuple[bool, int]
"""What requests have in common that a server may answer alike: whether a refusal was due, and the status that came."""


def is_stormy(asked: Mapping[str, Answer]) -> bool:
    """Whether any request was answered both with a 5xx and otherwise: then no 5xx of this run says anything."""
    seen: defaultdict[str, set[bool]] = defaultdict(set)
    for name, answer in asked.items():
        if answer.response is not None:
            seen[name.rpartition("/")[0]].add(guard.may_be_an_outage(answer.exchange))
    return any(len(kinds) > 1 for kinds in seen.values())


def forms(scenario: Scenario, walked: Walk) -> frozenset[Form]:
    """The forms of those requests of a walk that got a 5xx."""
    answers = {step: sent.answer for step, sent in walked.sent.items()}
    return frozenset(
        _form(scenario, step, answer)
        for step, answer in answers.items()
        if answer is not None and guard.may_be_an_outage(answer.exchange)
    )


def is_known(scenario: Scenario, walked: Walk, plan: Plan, asked: Mapping[str, Answer]) -> bool:
    """Whether a further trial of a scenario could show nothing new: it was not sent, and for each 5xx of the walk there
    is a request of the same form that got the same in every trial."""
    own = any(_place(name)[0] == scenario.id and _place(name)[2] >= ASKED_AGAIN for name in asked)
    return not own and forms(scenario, walked) <= _established(plan, asked)


def _established(plan: Plan, asked: Mapping[str, Answer]) -> frozenset[Form]:
    seen: defaultdict[tuple[str, Form], set[int]] = defaultdict(set)
    for name, answer in asked.items():
        scenario, step, trial = _place(name)
        if scenario in plan.scenarios and guard.may_be_an_outage(answer.exchange):
            seen[f"{scenario}/{step}", _form(plan.scenarios[scenario], step, answer)].add(trial)
    return frozenset(form for (_, form), trials in seen.items() if len(trials) >= ASKED_AGAIN)


def _form(scenario: Scenario, step: str, answer: Answer) -> Form:
    return any(one.id == step and one.expect == "error" for one in scenario.steps), answer.status


def _place(name: str) -> tuple[str, str, int]:
    """Scenario, step and trial of an answer's id."""
    _, scenario, step, trial = name.rsplit("/", 3)
    return scenario, step, int(trial.partition(".")[0])
