"""A run held against an earlier one: it fails only for what was decided then and got worse."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from messages_conformance.catalog.model import Level
from messages_conformance.results.across.baseline import Baseline, Moved, Place
from messages_conformance.results.across.comparing import compare
from messages_conformance.results.across.comparison import NOT_IN_THE_RUN, Comparison, Side
from messages_conformance.results.findings import flaky_among
from messages_conformance.results.reading import Run
from messages_conformance.results.vocabulary import Exit


def held_against(run: Run, earlier: Run) -> Run:
    """The run, to be judged by what got worse since `earlier`. A provider that was not asked then cannot have; but if
    none was, it is the wrong run to compare with, and says nothing."""
    then = {provider.id: provider for provider in earlier.providers if provider.id not in earlier.skipped}
    at = f"the run of {earlier.header.started[:16].replace('T', ' ')} UTC"
    shared = any(provider.id in then for provider in run.providers)
    new = Moved(Exit.CONFORMS if shared else Exit.INCOMPLETE, f"was not asked in {at}")
    moved = {
        provider.id: _moved(compare(Side(earlier, then[provider.id]), Side(run, provider)), at)
        if provider.id in then
        else new
        for provider in run.providers
    }
    return replace(run, against=Baseline(earlier.header.started, moved))


def _moved(found: Comparison, at: str) -> Moved:
    """What a comparison amounts to; that a run asks only a part of what the earlier one asked is no doubt."""
    found = replace(found, only_before=tuple(left for left in found.only_before if left.reason != NOT_IN_THE_RUN))
    match found.exit:
        case Exit.DOES_NOT:
            return Moved(found.exit, f"got worse since {at}: {_counted(found)}", _places(found))
        case Exit.CONFORMS:
            return Moved(found.exit, f"is no worse than in {at}")
        case _:
            return Moved(found.exit, f"cannot be compared with {at}: {_why(found)}")


def _counted(found: Comparison) -> str:
    """`2 causes (1 MUST, 1 SHOULD), 1 of them flaky`"""
    levels = Counter(change.level for change in found.worse)
    words = ", ".join(f"{levels[level]} {level}" for level in Level if levels[level])
    among = flaky_among(change.flaky is not None for change in found.worse)
    return f"{len(found.worse)} {'cause' if len(found.worse) == 1 else 'causes'} ({words}){among}"


def _why(found: Comparison) -> str:
    if not found.compared:
        return "nothing was decided in both"
    if found.only_before:
        return f"{found.only_before[0].scenarios[0]} was asked then and not now: {found.only_before[0].reason}"
    if found.open:
        return f"{found.open[0].scenarios[0]}, which held then, is undecided: {found.open[0].reason}"
    return f"{found.perhaps_worse[0].check} fails, and was undecided then"


def _places(found: Comparison) -> frozenset[Place]:
    return frozenset(
        (seen.scenario, seen.after.step, seen.after.check)
        for change in found.worse
        for seen in change.seen
        if seen.after is not None
    )
