"""The kill matrix: what every run asks, against the reference with each of its defects."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from messages_conformance.authoring.coverage import kills
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.model import Auth, Provider
from messages_conformance.checks.base import Outcome
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.results.findings import findings
from messages_conformance.results.reading import Run
from messages_conformance.run.embedded import REFERENCE_KEY, embedded
from messages_conformance.run.planning.plan import choose, every
from messages_conformance.run.session import run

from proof.parallel import batches, catalog, in_parallel

KEY_NAME = "DEFECTIVE_KEY"

_DEFECTS_AT_ONCE = 12
"""A run over all of them at once would hold the answers of all in memory."""


@dataclass(frozen=True, slots=True)
class Killed:
    """What one defect did. `red` are the checks that failed because of it; `expected` those that it names; `places`
    has every failure as `scenario/check`; `faults` are the checks that could not judge. `causes` are the checks that
    its findings name, each with the checks of its consequences: a defect that is one fault is to be told as one."""

    defect: str
    expected: frozenset[str]
    red: frozenset[str]
    places: frozenset[str]
    faults: frozenset[str]
    causes: Mapping[str, tuple[str, ...]]

    @property
    def missed(self) -> frozenset[str]:
        return self.expected - self.red

    @property
    def collateral(self) -> frozenset[str]:
        return self.red - self.expected

    @property
    def is_sound(self) -> bool:
        """Whether the defect did what was said of it, and nothing else."""
        return bool(self.red) and self.red == self.expected and not self.faults


def run_defects(catalog: Catalog, directory: Path, names: Iterable[str] = DEFECTS) -> Run:
    """Run what every run asks against each named defect of the reference. Variants are left out: what only a variant
    would see, no user's run would."""
    reference = catalog.providers["reference"]
    os.environ[KEY_NAME] = REFERENCE_KEY
    with embedded([reference]) as (addressed,):
        providers = _defective(reference, addressed.base_url, names)
        return run(catalog, every(providers, choose(catalog, (), None)), directory)


def kill(names: Sequence[str]) -> Iterator[Killed]:
    """One row per defect, as they come."""
    for rows in in_parallel(_kill_batch, batches(names, _DEFECTS_AT_ONCE)):
        yield from rows


def _kill_batch(names: Sequence[str]) -> tuple[Killed, ...]:
    with TemporaryDirectory() as scratch:
        return killed(run_defects(catalog(), Path(scratch), names), kills(), names)


def killed(run: Run, said: Mapping[str, Iterable[str]], names: Iterable[str] = DEFECTS) -> tuple[Killed, ...]:
    """One row per defect. `said` are the checks that each is said to turn red."""
    red, places, faults = (defaultdict[str, set[str]](set) for _ in range(3))
    for (provider, scenario), cell in run.cells.items():
        for result in cell.results:
            if result.outcome is Outcome.FAIL:
                red[provider].add(result.check)
                places[provider].add(f"{scenario}/{result.check}")
            elif result.outcome is Outcome.HARNESS_ERROR:
                faults[provider].add(result.check)
    providers = {provider.id: provider for provider in run.providers}
    return tuple(
        Killed(
            name,
            frozenset(said.get(name, ())),
            frozenset(red[name]),
            frozenset(places[name]),
            frozenset(faults[name]),
            {
                finding.cause.check: tuple(group.check for group in finding.consequences)
                for finding in findings(run, providers[name])
            },
        )
        for name in names
    )


def _defective(reference: Provider, root: str, names: Iterable[str]) -> list[Provider]:
    """The reference once for each defect, as if it were a live provider."""
    limits = replace(reference.limits, concurrency=2)
    plain = replace(reference, kind="live", embedded=None, auth=Auth("x-api-key", KEY_NAME), limits=limits)
    return [replace(plain, id=name, base_url=f"{root}/with/{name}") for name in names]
