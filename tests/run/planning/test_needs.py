"""What has to be claimed before a clause can be judged."""

from __future__ import annotations

import making
import pytest
from making import asking, check, clause, contract, scenario, step, use
from messages_conformance.catalog.model import Assembly, Part
from messages_conformance.run.planning.needs import alternatives, ways

CONTRACTS = [contract("anthropic", *(clause(f"anthropic:{name}") for name in ("any", "tools", "part", "never")))]
CHECKS = making.checks(
    check("wire", "anthropic:any", on=("message",)),
    check("called", "anthropic:tools"),
    check("honoured", "anthropic:part"),
)
PARTS = Assembly({}, {"loud": Part("loud", needs=("sampling",))})
SCENARIOS = (
    scenario("plain"),
    scenario("tools", step(checks=(use("called"),)), needs=("tools", "forced-tools")),
    scenario("more", step(checks=(use("called"),)), needs=("tools", "vision", "forced-tools")),
    scenario("other", step(checks=(use("called"),)), needs=("server-tools",)),
    scenario("rare", step(checks=(use("called"),)), tags=frozenset({"variant"})),
    scenario("parts", asking("parts", parts=("loud",), checks=(use("honoured"),)), needs=("tools",), assembly=PARTS),
)


@pytest.mark.parametrize(
    ("clauses", "needs"),
    [
        (("any",), ((),)),
        (("tools",), (("server-tools",), ("forced-tools", "tools"))),
        (("part",), (("sampling", "tools"),)),
        (("part", "any"), ((),)),
        (("never",), ()),
    ],
)
def test_the_smallest_sets_with_which_a_clause_is_judged(
    clauses: tuple[str, ...], needs: tuple[tuple[str, ...], ...]
) -> None:
    known = ways(making.catalog(CONTRACTS, SCENARIOS), CHECKS)
    assert alternatives([f"anthropic:{name}" for name in clauses], known) == needs
