"""Whether a provider conforms, asked for one question at a time: the one word of a report's first screen."""

from __future__ import annotations

from collections.abc import Iterable

from messages_conformance.catalog.model import Level
from messages_conformance.checks.base import Outcome
from messages_conformance.results.findings import Finding
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Provider
from messages_conformance.results.vocabulary import Conformance, Question

_UNDECIDED = frozenset({Outcome.INCONCLUSIVE, Outcome.HARNESS_ERROR})


def conformance(
    run: Run, provider: Provider, question: Question, found: Iterable[Finding], fail_on: Level = Level.MUST
) -> Conformance:
    """The answer of one provider to one question; `found` are its findings. A fault that is seen decides, whatever is
    open beside it; a provider conforms only if everything planned was judged, something passed, and nothing that
    counts for `fail_on` is open. A diagnosis that ended the run at its first request decides alone."""
    if diagnosed := run.diagnoses.get(provider.id):
        return Conformance.DOES_NOT if diagnosed.exit == 1 else Conformance.UNDECIDED
    levels = (finding.level_for(question) for finding in found)
    if any(level is not None and level.rank <= fail_on.rank for level in levels):
        return Conformance.DOES_NOT
    kinds = {kind for (name, _), cell in run.cells.items() if name == provider.id for kind in cell.kinds(question)}
    whole = run.is_whole(provider.id, question)
    is_open = any(outcome in _UNDECIDED and level.rank <= fail_on.rank for outcome, level, _ in kinds)
    passed = any(outcome is Outcome.PASS for outcome, _, _ in kinds)
    return Conformance.CONFORMS if whole and passed and not is_open else Conformance.UNDECIDED
