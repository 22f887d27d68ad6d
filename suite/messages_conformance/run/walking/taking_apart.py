"""Take a refused request apart that was put together from parts: which part is refused?

The other requests of the scenario are used first, since they cost nothing: parts that were accepted together are
innocent, and a part found for one refused request is not searched for again. Only `ask` does I/O, so a replay of the
recording finds the same.
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
"""The most requests that taking one apart may cost."""

_ABOUT_OTHERS: Final = frozenset({402, 403, 429, 503, 529})
"""Statuses that refuse the client, or the moment, and not the request itself."""

Ask: TypeAlias = Callable[[Step], Awaitable[Answer | None]]
Answers: TypeAlias = Mapping[str, Answer | None]
"""The answer of each step, by its id."""

Parts: TypeAlias = frozenset[str]


@dataclass(slots=True)
class _Knowledge:
    """What is known about the requests of one form: the parts of accepted and of refused ones, and the answers to
    requests that were sent to find out more."""

    accepted: list[Parts] = field(default_factory=list[Parts])
    refused: list[Parts] = field(default_factory=list[Parts])
    asked: dict[Parts, Answer | None] = field(default_factory=dict[Parts, "Answer | None"])
    culprits: dict[Parts, Culprit] = field(default_factory=dict[Parts, Culprit])

    def suspicion(self, name: str) -> float:
        """The share of refused requests among those that hold a part."""
        refused = sum(name in parts for parts in self.refused)
        return refused / max(1, refused + sum(name in parts for parts in self.accepted))


async def take_apart(scenario: Scenario, sent: Answers, ask: Ask) -> Mapping[str, Culprit]:
    """For each refused step of a scenario, the part of its request that is refused."""
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
        """The smallest part that was seen to be refused."""

    async def smallest(self) -> Parts:
        """Finds one part after the other: of the shortest list that is refused together with those found before, the
        last one. The most suspicious parts come first, so that the list is short."""
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
        """How many of `rest`, from its beginning, it takes to be refused. All of them are known to be."""
        accepted, refused, step = 0, len(rest), 1
        while refused - accepted > 1:
            number = min(accepted + step, (accepted + refused) // 2)
            if await self._is_refused([*found, *rest[:number]]):
                refused, step = number, 1
            else:
                accepted, step = number, step * 2
        return refused

    async def _is_refused(self, names: Sequence[str]) -> bool:
        """Whether these parts alone are refused, as far as it is known or may still be tried."""
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
    """Add what the contract demands beside these parts, as in the whole request: a tool choice needs its tools."""
    for rule in assembly.never:
        if breaks(rule, parts):
            plain = {name.partition(".")[0] for name in rule[0]}
            parts |= {name for name in names if name.partition(".")[0] in plain}
    return parts


def _reduced(assembly: Assembly, step: Step, parts: Parts) -> Step:
    """The request of some parts alone. Its id names them, so that a replay finds it in the recording."""
    made = put_together(assembly, step, parts)
    return replace(made, id=_id(step, made.parts), checks=())


def _id(step: Step, names: Sequence[str]) -> str:
    return f"of:{'+'.join((*step.changes, *(names or (PLAIN,))))}"


def _accepted(answer: Answer | None) -> bool:
    return answer is not None and answer.status == 200


def _refused(answer: Answer | None, step: Step) -> bool:
    """A 401 is about the key, unless the request sends the key in another way."""
    status = answer.status if answer is not None else 0
    return status >= 400 and status not in _ABOUT_OTHERS and (status != 401 or step.auth_style is not None)
