"""A run in parts, which several jobs send at the same time; `combine` puts them together again.

A scenario is never divided, and its place depends on the catalogue and the number of shards alone: neither on who is
asked nor on what else is chosen. What looks back on a whole run sends nothing and belongs to every shard: each judges
what it has seen, and `combine` what all have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Scenario
from messages_conformance.errors import UserError
from messages_conformance.results import records
from messages_conformance.run.planning.plan import PREFLIGHT_TAG, Pair


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a run: the `number`th, counted from 1, of `of`."""

    number: int
    of: int

    @staticmethod
    def parse(text: str) -> Share:
        """`2/5`. Raises UserError for anything else."""
        found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
        if found is None or int(found[1]) > int(found[2]):
            raise UserError(f"--shard {text}: it takes the form K/N, such as 2/5 for the second of five")
        return Share(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard(pairs: Sequence[Pair], share: Share, catalog: Catalog) -> tuple[tuple[Pair, ...], records.Shard]:
    """The pairs of one share, and what its stream says of the whole.

    Raises UserError where a shard would have nothing to ask; then it does so for every share of as many.
    """
    chosen = tuple(dict.fromkeys(scenario.id for _, scenario in pairs))
    place = places(catalog.scenarios, share.of)
    first = {scenario.id: scenario.repeats or scenario.id for _, scenario in pairs}
    idle = sorted(set(range(1, share.of + 1)) - {place[name] for name in first.values() if name in place})
    if idle:
        told = ", ".join(map(str, idle[:5])) + (", …" if len(idle) > 5 else "")
        number = len(set(first.values()))
        asked = "1 scenario is" if number == 1 else f"{number} scenarios are"
        raise UserError(f"--shard {share}: {asked} chosen, which leaves nothing for shard {told}; divide by less")
    mine = tuple(pair for pair in pairs if place.get(first[pair[1].id], share.number) == share.number)
    return mine, records.Shard(share.number, share.of, chosen)


def places(scenarios: Sequence[Scenario], of: int) -> Mapping[str, int]:
    """The shard of each scenario that sends anything, from 1 to `of`.

    Longest first, each goes to the shard that has the fewest requests with it. A twin is counted in every shard that
    draws it in, and the preflight in all. Variants come last, so that a run by default is as balanced as one with them.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    first = {scenario.id for scenario in scenarios if PREFLIGHT_TAG in scenario.tags}
    sent = [set(first) for _ in range(of)]
    loads = [0] * of
    found: dict[str, int] = {}
    sending = (scenario for scenario in scenarios if not scenario.looks_back)
    for scenario in sorted(sending, key=lambda each: (each.is_variant, -len(each.steps), each.id)):
        drawn = {scenario.id, scenario.twin or scenario.id}
        longer = [sum(len(known[name].steps) for name in drawn - has) for has in sent]
        best = min(range(of), key=lambda at: loads[at] + longer[at])
        loads[best] += longer[best]
        sent[best] |= drawn
        found[scenario.id] = best + 1
    return found
