"""Attack the suite and say what came of it: `python -m proof [--report DIR]`. Exit 0 when the proof holds."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from messages_conformance.catalog import Catalog, load_catalog
from messages_conformance.reference.defects import DEFECTS
from messages_conformance.reference.moods import MOODS, mood_play
from messages_conformance.results.reading import Run
from messages_conformance.results.vocabulary import State
from messages_conformance.run.planning.plan import choose, every
from messages_conformance.run.session import known_checks, run

from proof import page
from proof.matrix import Killed, kill
from proof.moods import EVERY, Survival, Tried, survive, try_moods
from proof.result import Argued, Proof
from proof.survivors import judge_mutants

TOLD_AFTER = 24
"""Defects between two lines of progress."""

REPEATS = 20

Found = TypeVar("Found", Tried, Survival)


def main() -> int:
    parser = argparse.ArgumentParser(prog="proof", description=__doc__)
    parser.add_argument(
        "--report", type=Path, default=Path("reports/proof"), help="directory for proof.json and index.html"
    )
    parser.add_argument("--defect", action="append", default=[], help="only these defects, and nothing else")
    parser.add_argument(
        "--moods", nargs="*", metavar="MOOD", help="only these moods or mixtures (all without a name), and nothing else"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.moods or () if mood_play(name) is None]:
        parser.error(f"no mood is called {', '.join(unknown)}; there are {', '.join(MOODS)}, mix-SEED and fickle-SEED")
    began = time.monotonic()
    catalog = load_catalog()
    if options.moods is not None:
        return _only_moods(options.moods or EVERY)
    if options.defect:
        return _tell(Proof(tuple(_matrix(options.defect)), (), frozenset(), (), (), Argued({}, {}, {})), began)
    with tempfile.TemporaryDirectory() as scratch:
        proof = _prove(catalog, Path(scratch))
    seconds = time.monotonic() - began
    page.write(proof, catalog, options.report, seconds)
    print(f"wrote {options.report / 'index.html'}")
    return _tell(proof, began)


def _prove(catalog: Catalog, scratch: Path) -> Proof:
    clean = run(catalog, every([catalog.providers["reference"]], catalog.scenarios), scratch / "clean")
    checks = {check for cell in clean.cells.values() for _, check, _ in cell.planned}
    print(f"the correct reference: {len(clean.cells)} scenarios, {len(checks)} checks")
    mutants = judge_mutants(catalog, clean)
    print(f"mutants: {len(mutants)}")
    flips = tuple(_flips(catalog, scratch))
    print(f"repeated {REPEATS} times: {len(flips)} verdicts flipped")
    moods = tuple(_told(try_moods()))
    rows = tuple(_matrix(list(DEFECTS)))
    survivals = tuple(_told(survive(rows)))
    shown = tuple(deviation for deviation in catalog.deviations if deviation.defects)
    wire = frozenset(check.id for check in known_checks(catalog).values() if check.on)
    found = Proof(rows, mutants, frozenset(checks), tuple(_open(clean)), flips, Argued.read(), shown)
    return replace(found, moods=moods, survivals=survivals, wire=wire)


def _only_moods(names: Sequence[str]) -> int:
    """Try these moods, and say every red at once."""
    bad = 0
    for mood in _told(try_moods(names)):
        for problem in (*mood.reds, *mood.faults):
            print(f"  {mood.mood}: {problem}", flush=True)
            bad += 1
    return 1 if bad else 0


def _told(found: Iterable[Found]) -> Iterator[Found]:
    """What is found of moods, said as it comes."""
    for one in found:
        print(one, flush=True)
        yield one


def _matrix(names: Sequence[str]) -> Iterator[Killed]:
    for number, row in enumerate(kill(names), 1):
        yield row
        if number % TOLD_AFTER == 0 or number == len(names):
            print(f"defects: {number} of {len(names)}", flush=True)


def _open(clean: Run) -> Iterator[str]:
    """Scenarios in which something was left open or failed although the reference is correct."""
    for (_, scenario), cell in clean.cells.items():
        state = cell.state("drop-in")
        if state is not State.PASS and not cell.not_applicable:
            yield f"{scenario}: {state}"


def _flips(catalog: Catalog, scratch: Path) -> Iterator[str]:
    """Verdicts on a sample that were not the same in every run."""
    reference = catalog.providers["reference"]
    pairs = every([reference], choose(catalog, (), "smoke"))
    seen: dict[tuple[str, str, str], str] = {}
    for number in range(REPEATS):
        again = run(catalog, pairs, scratch / f"repeat-{number}")
        for (_, scenario), cell in again.cells.items():
            for result in cell.results:
                place = (scenario, result.step, result.check)
                if seen.setdefault(place, str(result.outcome)) != str(result.outcome):
                    yield f"{'/'.join(place)}: {seen[place]}, then {result.outcome}"


def _tell(proof: Proof, began: float) -> int:
    problems = proof.problems()
    for problem in problems:
        print(f"  {problem}")
    broken = [m for m in proof.mutants if m.kind == "broken"]
    tolerated = [m for m in proof.mutants if m.kind == "tolerated"]
    print(
        f"{len(proof.matrix)} defects, {sum(row.is_sound for row in proof.matrix)} killed as said, "
        f"{sum(len(row.causes) == 1 for row in proof.matrix)} told as one cause; "
        f"{len(broken)} mutants that break the contract, {sum(bool(m.red) for m in broken)} killed; "
        f"{len(tolerated)} lawful ones, {sum(m.is_false_red for m in tolerated)} false reds; "
        f"{time.monotonic() - began:.0f} s"
    )
    print("The proof holds." if not problems else f"The proof does not hold: {len(problems)} findings.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
