"""`--compare-to`: what changes for whoever moves from there to the tested providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from messages_conformance.catalog.model import Provider
from messages_conformance.catalog.yaml.strict import suggest
from messages_conformance.errors import Problem, UserError
from messages_conformance.report.across.comparing import Found, find, side_by_side
from messages_conformance.report.across.moving import Moving
from messages_conformance.results.across.comparison import Comparison
from messages_conformance.results.reading import Run
from messages_conformance.results.verdict import Exit


class Baseline:
    """What the tested providers are compared to: another provider, which is asked in the same session, or an earlier
    run. Raises UserError for a name that is neither, and for a tested provider."""

    def __init__(self, name: str, known: Mapping[str, Provider], tested: Sequence[Provider]) -> None:
        self.provider = known.get(name)
        if self.provider in tested:
            raise UserError(f"--compare-to {name}: it is tested itself; name another provider, or results of it")
        self._earlier = None if self.provider else _earlier(name, known)
        self._tested = tuple(provider.id for provider in tested)

    def compared(self, results: Path, run: Run) -> tuple[Moving, ...]:
        """One comparison for each tested provider; `results` is where the stream of this session lies."""
        before = self._earlier or Found(results, run, self.provider and self.provider.id)
        return tuple(
            one
            for provider in self._tested
            for one in side_by_side(before, Found(results, run, provider), str(before.path), results.parent)
        )

    def without(self, run: Run) -> Run:
        """The run without what was asked only to be compared to: that does not decide what the run amounts to."""
        providers = tuple(provider for provider in run.providers if provider.id in self._tested)
        return replace(run, header=replace(run.header, providers=providers))


def breaks(comparison: Comparison) -> bool:
    """Whether a comparison fails the session: something breaks, or nothing could be compared."""
    return comparison.exit is Exit.DOES_NOT or not comparison.compared


def _earlier(name: str, known: Mapping[str, Provider]) -> Found:
    if not any(path and Path(path).exists() for path in (name, name.rpartition(":")[0])):
        said = f"--compare-to {name}: there is no such provider, and no results of a run lie there"
        raise UserError(Problem(said, hint=suggest(name, known)))
    return find(name, None, {})
