"""`--compare-to`: what changes for whoever moves from there to the tested providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from messages_conformance.catalog.model import Provider
from messages_conformance.catalog.yaml.strict import suggest
from messages_conformance.errors import Problem, UserError
from messages_conformance.report.across.comparing import Found, find, side_by_side, write_comparison
from messages_conformance.report.across.moving import Moving
from messages_conformance.report.across.moving_text import print_moving
from messages_conformance.report.console import Console
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

    def compared(self, results: Path, run: Run) -> Moved:
        """One comparison for each tested provider; `results` is where the stream of this session lies."""
        before = self._earlier or Found(results, run, self.provider and self.provider.id)
        return Moved(
            tuple(
                one
                for provider in self._tested
                for one in side_by_side(before, Found(results, run, provider), str(before.path), results.parent)
            )
        )

    def without(self, run: Run) -> Run:
        """The run without what was asked only to be compared to: that does not decide what the run amounts to."""
        providers = tuple(provider for provider in run.providers if provider.id in self._tested)
        return replace(run, header=replace(run.header, providers=providers))


@dataclass(frozen=True, slots=True)
class Moved:
    """What changes, told for each tested provider."""

    each: tuple[Moving, ...]

    @property
    def breaks(self) -> bool:
        """Whether it fails the session: something breaks, or nothing could be compared."""
        comparisons = [one.comparison for one in self.each]
        return any(one.exit is Exit.DOES_NOT or not one.compared for one in comparisons)

    def write(self, directory: Path) -> Path:
        """Write it in every form; returns the page's path. Raises UserError when that cannot be."""
        return write_comparison(self.each, directory)

    def tell(self, page: Path | None, console: Console) -> None:
        print_moving(self.each, console, page=page)


def _earlier(name: str, known: Mapping[str, Provider]) -> Found:
    if not any(path and Path(path).exists() for path in (name, name.rpartition(":")[0])):
        said = f"--compare-to {name}: there is no such provider, and no results of a run lie there"
        raise UserError(Problem(said, hint=suggest(name, known)))
    return find(name, None, {})
