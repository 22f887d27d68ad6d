"""What the proof found, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from messages_conformance.catalog.field import Deviation

from proof.matrix import Killed
from proof.moods import Survival, Tried
from proof.survivors import Judged

ARGUED = Path(__file__).with_name("argued.yaml")


@dataclass(frozen=True, slots=True)
class Argued:
    """What is excused, by id or glob, with the reason: checks, mutants, defects that are told as several causes, and
    defects that the default catalogue or a mild mood does not see."""

    checks: Mapping[str, str]
    survivors: Mapping[str, str]
    causes: Mapping[str, str]
    unseen: Mapping[str, str] = field(default_factory=dict[str, str])

    @staticmethod
    def read(path: Path = ARGUED) -> Argued:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Argued(found["checks"], found["survivors"], found["causes"], found["unseen"])


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything that was tried. `checks` are all that the reference is asked; `open_cells` are scenarios in which the
    correct reference did not come out clean; `flips` are verdicts that changed from one run to the next; `deviations`
    are those of the field that defects reproduce; `wire` the checks that hold on every answer, whatever was said."""

    matrix: tuple[Killed, ...]
    mutants: tuple[Judged, ...]
    checks: frozenset[str]
    open_cells: tuple[str, ...]
    flips: tuple[str, ...]
    argued: Argued
    deviations: tuple[Deviation, ...] = ()
    moods: tuple[Tried, ...] = ()
    survivals: tuple[Survival, ...] = ()
    wire: frozenset[str] = frozenset()

    @property
    def killers(self) -> Mapping[str, tuple[list[str], list[str]]]:
        """By check: the defects and the mutants that turned it red."""
        found: dict[str, tuple[list[str], list[str]]] = {check: ([], []) for check in sorted(self.checks)}
        for row in self.matrix:
            for check in row.red & found.keys():
                found[check][0].append(row.defect)
        for mutant in self.mutants:
            if mutant.kind == "broken":
                for check in mutant.red & found.keys():
                    found[check][1].append(mutant.name)
        return found

    @property
    def unproven(self) -> list[str]:
        """Checks that nothing turned red, and that nothing excuses."""
        return [c for c, (defects, mutants) in self.killers.items() if not defects and not mutants]

    def problems(self) -> list[str]:
        """Why the proof does not hold: one line each, empty when it does."""
        told = [f"the correct reference is not clean in {cell}" for cell in self.open_cells]
        told += [f"verdict flipped: {flip}" for flip in self.flips]
        told += [
            problem for row in self.matrix for problem in _of_defect(row) if row.red or not self._is_argued(row.defect)
        ]
        told += [problem for mutant in self.mutants for problem in _of_mutant(mutant)]
        told += [f"false red in a mood: {mood.mood}: {red}" for mood in self.moods for red in mood.reds]
        told += [f"mood: {mood.mood}: could not judge {fault}" for mood in self.moods for fault in mood.faults]
        told += [problem for survival in self.survivals for problem in self._lost(survival)]
        shown = [deviation for deviation in self.deviations if not any(map(self._is_argued, deviation.defects))]
        told += _unshown(shown, {row.defect: row for row in self.matrix})
        survivors = {m.name: m.scenario for m in self.mutants if m.is_survivor}
        told += [f"survivor: {name} (in {survivors[name]})" for name in _unexcused(survivors, self.argued.survivors)]
        told += [f"nothing turns {check} red" for check in _unexcused(self.unproven, self.argued.checks)]
        several = {row.defect: row.causes for row in self.matrix if len(row.causes) > 1}
        told += [
            f"{name}: told as {len(several[name])} causes: {', '.join(several[name])}"
            for name in _unexcused(several, self.argued.causes)
        ]
        idle = [
            *_idle(self.argued.survivors, survivors),
            *_idle(self.argued.checks, self.unproven),
            *_idle(self.argued.causes, several),
        ]
        told += [f"argued.yaml excuses `{pattern}` from nothing" for pattern in idle]
        return told

    def _is_argued(self, defect: str) -> bool:
        return not _unexcused([defect], self.argued.unseen)

    def _lost(self, survival: Survival) -> Iterator[str]:
        """Defects that the wire shows, and that are not seen any more in a mild mood."""
        for defect in survival.unseen:
            if (seen := survival.kills[defect] & self.wire) and not self._is_argued(defect):
                checks = ", ".join(sorted(seen))
                yield f"{defect}: not seen where the model {survival.mood}, though the wire shows it: {checks}"


def _of_defect(row: Killed) -> list[str]:
    told = [f"{row.defect}: missed by {check}" for check in sorted(row.missed)]
    told += [f"{row.defect}: also turns {check} red, which is not said of it" for check in sorted(row.collateral)]
    told += [f"{row.defect}: {check} could not judge" for check in sorted(row.faults)]
    return told if row.red else [*told, f"{row.defect}: no check sees it"]


def _unshown(deviations: Iterable[Deviation], rows: Mapping[str, Killed]) -> list[str]:
    """Deviations of the field whose defects turn none of the checks red that are said to show them."""
    return [
        f"{deviation.id}: {name} turns none of the checks red that are said to show it"
        for deviation in deviations
        for name in deviation.defects
        if not any(deviation.is_shown_by(*place.rsplit("/", 1)) for place in rows[name].places)
    ]


def _of_mutant(mutant: Judged) -> list[str]:
    where = f"{mutant.name} (in {mutant.scenario})"
    told = [f"mutant: {where}: {', '.join(sorted(mutant.faults))} could not judge"] if mutant.faults else []
    return [*told, f"false red: {where} fails {', '.join(sorted(mutant.red))}"] if mutant.is_false_red else told


def _unexcused(names: Iterable[str], excuses: Iterable[str]) -> list[str]:
    patterns = tuple(excuses)
    return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns)]


def _idle(excuses: Iterable[str], names: Iterable[str]) -> list[str]:
    told = tuple(names)
    return [pattern for pattern in excuses if not any(fnmatchcase(name, pattern) for name in told)]
