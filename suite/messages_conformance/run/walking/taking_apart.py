"""A refused request that was put together from parts is taken apart: which of them is it that is refused?

What the other requests of its scenario showed comes first, and costs nothing: parts that stand together in a request
that was accepted are innocent, and what was found for one refused request is not looked for again. Pure but for `ask`,
so that a replay of the recording finds the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from messages_conformance.catalog.model import Assembly, Scenario, Step
from messages_conformance.catalog.scenarios.assembly import PLAIN, breaks, put_together
from messages_conformance.checks.answer.answer import Answer
from messages_conformance.checks.base import Culprit

MOST: Final = 8
"""Requests that taking one apart may cost."""

_ABOUT_OTHERS: Final = frozenset({402, 403, 429, 503, 529})
"""Refusals of whoever asks, or of the moment, and not of what was asked."""

Ask: TypeAlias = Callable[[Step], Awaitable[Answer | None]]
Answers: TypeAlias = Mapping[str, Answer | None]
"""What came of each step, by its id."""

Parts: TypeAlias = frozenset[str]


@dataclass(slots=True)
class _Knowledge:
    """What is known of the requests of one form: of which parts those were that were accepted or refused, and what came
    of those that were asked to find out more."""

    accepted: list[Parts] = field(default_factory=list[Parts])
    refused: list[Parts] = field(default_factory=list[Parts])
    asked: dict[Parts, Answer | None] = field(default_factory=dict[Parts, "Answer | None"])
    culprits: dict[Parts, Culprit] = field(default_factory=dict[Parts, Culprit])

    def suspicion(self, name: str) -> float:
        """The share of refusals among the requests that hold a part."""
        refused = sum(name in parts for parts in self.refused)
        return refused / max(1, refused + sum(name in parts for parts in self.accepted))


async def take_apart(scenario: Scenario, sent: Answers, ask: Ask) -> Mapping[str, Culprit]:
    """For each refused step of a scenario, what of its request is refused."""
    assembly = scenario.assembly
    if assembly is None:
        return {}
    known: dict[tuple[str, ...], _Knowledge] = {}
    for step in scenario.steps:
        knowledge = known.setdefault(step.changes, _Knowledge())
        if _accepted(sent.get(step.id)):
            knowledge.accepted.append(frozenset(step.parts))
        elif _refused(sent.get(step.id), step):
            knowledge.refused.append(frozenset(step.parts))
    found: dict[str, Culprit] = {}
    for step in scenario.steps:
        if step.parts and _refused(sent.get(step.id), step):
            knowledge = known[step.changes]
            parts = await _Search(assembly, step, knowledge, ask).smallest()
            names = tuple(name for name in step.parts if name in parts)
            alone = step.id if names == step.parts else _id(step, names)
            found[step.id] = knowledge.culprits.setdefault(parts, Culprit(names, step.id, alone))
    return found


class _Search:
    """Looks for the smallest part of one request that is still refused."""

    def __init__(self, assembly: Assembly, step: Step, known: _Knowledge, ask: Ask) -> None:
        self._assembly = assembly
        self._step = step
        self._known = known
        self._ask = ask
        self._left = MOST
        self._least: Parts = frozenset(step.parts)
        """The smallest that was seen to be refused."""

    async def smallest(self) -> Parts:
        """One part is found after the other: the last one of the fewest that, with those found before, are refused. The
        most suspicious come first, so that these are few."""
        whole = frozenset(self._step.parts)
        if told := next((parts for parts in self._known.culprits if parts <= whole), None):
            return told
        rest = sorted(self._step.parts, key=lambda name: -self._known.suspicion(name))
        found: list[str] = []
        while rest and self._left and not await self._is_refused(found):
            needed = await self._fewest(found, rest)
            found.append(rest[needed - 1])
            rest = rest[: needed - 1]
        return self._least

    async def _fewest(self, found: Sequence[str], rest: Sequence[str]) -> int:
        """How many of `rest` it takes, from its beginning. That all of them do is known."""
        accepted, refused, step = 0, len(rest), 1
        while refused - accepted > 1:
            number = min(accepted + step, (accepted + refused) // 2)
            if await self._is_refused([*found, *rest[:number]]):
                refused, step = number, 1
            else:
                accepted, step = number, step * 2
        return refused

    async def _is_refused(self, names: Sequence[str]) -> bool:
        """Whether these alone are refused, as far as it is known or may still be asked."""
        parts = _closed(self._assembly, frozenset(names), self._step.parts)
        if parts == frozenset(self._step.parts):
            return True
        if parts not in self._known.asked:
            if not self._left or any(parts <= others for others in self._known.accepted):
                return False
            self._left -= 1
            self._known.asked[parts] = await self._ask(_reduced(self._assembly, self._step, parts))
            if _accepted(self._known.asked[parts]):
                self._known.accepted.append(parts)
        refused = _refused(self._known.asked[parts], self._step)
        if refused and len(parts) < len(self._least):
            self._least = parts
        return refused


def _closed(assembly: Assembly, parts: Parts, names: Sequence[str]) -> Parts:
    """With what the contract demands beside these parts, as the whole request has it: a choice needs its tools."""
    for rule in assembly.never:
        if breaks(rule, parts):
            plain = {name.partition(".")[0] for name in rule[0]}
            parts |= {name for name in names if name.partition(".")[0] in plain}
    return parts


def _reduced(assembly: Assembly, step: Step, parts: Parts) -> Step:
    """The request of some parts alone. Its id names them, so that a recording holds it under the same."""
    made = put_together(assembly, step, parts)
    return replace(made, id=_id(step, made.parts), checks=())


def _id(step: Step, names: Sequence[str]) -> str:
    return f"of:{'+'.join((*step.changes, *(names or (PLAIN,))))}"


def _accepted(answer: Answer | None) -> bool:
    return answer is not None and answer.status == 200


def _refused(answer: Answer | None, step: Step) -> bool:
    """A 401 speaks of the key, unless another way for it to travel was among what was asked."""
    status = answer.status if answer is not None else 0
    return status >= 400 and status not in _ABOUT_OTHERS and (status != 401 or step.auth_style is not None)
