"""Every check by its id, and the one way to get a check's verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages

from messages_conformance import checks as package
from messages_conformance.catalog.model import CheckUse, Contract
from messages_conformance.checks.base import Check, Evidence, Outcome, Verdict
from messages_conformance.checks.guard import pre_judge
from messages_conformance.checks.params import decided
from messages_conformance.checks.shape.per_clause import Readers, shape_checks
from messages_conformance.errors import HarnessError, Problem, UserError


def _written() -> Iterator[Check]:
    """Every check that `@check` made, in any module of this package."""
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        yield from (made for made in vars(import_module(module.name)).values() if isinstance(made, Check))


WRITTEN: tuple[Check, ...] = tuple(sorted(_written(), key=lambda check: check.id))
"""The checks written by hand, in the order of their ids."""


def registry(contracts: Mapping[str, Contract], readers: Readers) -> Mapping[str, Check]:
    """All checks by id: those written by hand and those derived from the contracts' response schemas, which `readers`
    reads answers by.

    Raises HarnessError for an id that two checks have, and for a clause that its contract does not have.
    """
    checks = [*WRITTEN, *(check for contract in contracts.values() for check in shape_checks(contract, readers))]
    twice = [name for name, number in Counter(check.id for check in checks).items() if number > 1]
    if twice:
        raise HarnessError(f"two checks have one id: {', '.join(twice)}")
    unwritten = sorted({clause for check in checks for clause in check.clauses if _is_unwritten(clause, contracts)})
    if unwritten:
        raise HarnessError(f"checks cite clauses that their contract does not have: {', '.join(unwritten)}")
    return {check.id: check for check in checks}


def cited(check: Check, use: CheckUse | None) -> tuple[str, ...]:
    """The clauses that one use of a check judges: those that the scenario names, else those that its parameters select,
    else the check's own. Raises UserError if there are none: such a use would never be judged."""
    if use is None:
        return check.clauses
    by_params = decided(check.params, use.params)
    clauses = use.clauses or (check.clauses if by_params is None else by_params)
    if not clauses:
        hint = "name the clause that it judges here: `clauses: [contract:clause]`"
        raise UserError(Problem(f"this use of the check {check.id} judges no clause", use.where, hint))
    return clauses


def judge(check: Check, evidence: Evidence) -> Verdict:
    """The verdict of `check`. A check that raises is our fault, never the provider's, and stops nothing else."""
    try:
        before = pre_judge(evidence.answer.exchange, check, evidence.step.expect, persists=evidence.persists)
        return before or check.judge(evidence)
    except Exception as error:  # noqa: BLE001 - one faulty check must not cost the run its other verdicts
        told = " ".join(str(error).split())[:200]
        return Verdict(Outcome.HARNESS_ERROR, note=f"{type(error).__name__}: {told}")


def _is_unwritten(clause: str, contracts: Mapping[str, Contract]) -> bool:
    contract = contracts.get(clause.partition(":")[0])
    return contract is not None and clause not in contract.clauses
