"""Failures that their owner has accepted: the header's expectations, matched against what was judged.

An entry is in force until the day it expires. One whose checks were judged and none of which failed is stale: the
provider got better, and the list must follow, or it will one day hide a relapse.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from messages_conformance.results.records import Expectation, Header


def in_force(header: Header) -> tuple[Expectation, ...]:
    """The header's expectations that had not expired when the run began."""
    return tuple(entry for entry in header.expectations if header.started[:10] < entry.expires)


def covers(entry: Expectation, provider: str, scenario: str, check: str, question: str) -> bool:
    """Whether an entry speaks of this check, in this scenario, at this provider."""
    return (
        entry.provider == provider
        and entry.question in (None, question)
        and fnmatchcase(check, entry.check)
        and any(fnmatchcase(scenario, pattern) for pattern in entry.scenarios)
    )


def is_stale(entry: Expectation, judged: Iterable[tuple[str, str, str, str, str]]) -> bool:
    """`judged` holds (provider, scenario, check, question, outcome) of every result."""
    outcomes = {outcome for *place, outcome in judged if covers(entry, *place)}
    return "pass" in outcomes and "fail" not in outcomes
