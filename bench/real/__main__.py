"""Run the suite against real servers on loopback: `python -m real [--gate] [NAME ...]`.

Exit 0 when nothing is unexplained, 1 when something is.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import yaml
from messages_conformance.results.reading import read_run
from messages_conformance.run.keeping.directories import RESULTS

from real import environments
from real.outcome import Reviewed, review
from real.processes import DidNotStartError
from real.servers import SETUPS
from real.setup import KEY_NAME, SetUp

GATE_SECONDS = 240
"""What the gate may take, installing included: what is not done by then counts as cut off."""

SHOWN = 40
"""So many unexplained results are printed per set-up; the report holds all."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="real", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SETUPS)}; all without")
    parser.add_argument("--gate", action="store_true", help="the bounded part: few set-ups, few scenarios")
    parser.add_argument("--reports", type=Path, default=Path("reports/real"), help="a directory for each goes in there")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    if unknown := set(options.names) - set(SETUPS):
        parser.error(f"no set-up is called {', '.join(sorted(unknown))}")
    chosen = choose(options.names, options.gate)
    end = time.monotonic() + GATE_SECONDS if options.gate else math.inf

    def told(setup: SetUp) -> bool:
        return _told(setup, options.reports.resolve() / setup.name, options.gate, end)

    # One after another, so that a slow model has the machine for itself; the gate has little to ask and little time.
    if options.gate:
        with ThreadPoolExecutor(len(chosen)) as pool:
            outcomes = list(pool.map(told, chosen))
    else:
        outcomes = [told(setup) for setup in chosen]
    return 0 if all(outcomes) else 1


def _end(_number: int, _frame: FrameType | None) -> None:
    """Whoever ends this program means the servers too: leaving it by way of an exception stops them.
    The gate's end by themselves, in minutes."""
    sys.exit("ended from outside")


def choose(names: Sequence[str], gate: bool) -> list[SetUp]:
    """The set-ups of these names, or all; for the gate, those that it asks something."""
    return [setup for name, setup in SETUPS.items() if name in (names or SETUPS) and (setup.gate or not gate)]


def arguments(setup: SetUp, gate: bool) -> list[str]:
    """What `messages-conformance run` is told: everything with its variants, or the gate's part."""
    asked = [part for pattern in setup.gate for part in ("-s", pattern)] if gate else ["--variants"]
    return ["run", "-p", setup.provider, "--report", ".", "--overwrite", *asked]


def _told(setup: SetUp, report: Path, gate: bool, end: float) -> bool:
    """Run a set-up and say what came of it: whether nothing is unexplained."""
    began = time.monotonic()
    try:
        reviewed = _ask(setup, report, gate, end)
    except DidNotStartError as error:
        print(f"{setup.name} did not come up: {error}", flush=True)
        return False
    lines = [f"{reviewed.line} ({time.monotonic() - began:.0f} s, {report})"]
    print("\n  ".join([*lines, *reviewed.unexplained[:SHOWN]]), flush=True)
    return not reviewed.unexplained


def _ask(setup: SetUp, report: Path, gate: bool, end: float) -> Reviewed:
    """Install and start the servers, and run the suite in the report's directory, which then holds all that judging it
    again needs. A run that takes longer than it may is cut off, and its stream says so."""
    environments.install(setup.needs)
    report.mkdir(parents=True, exist_ok=True)
    shutil.copy(setup.expectations, report / "expectations.yaml")
    with tempfile.TemporaryDirectory() as scratch, setup.serve(Path(scratch)) as address:
        (report / "providers.yaml").write_text(yaml.safe_dump(setup.providers(address)), encoding="utf-8")
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-m", "messages_conformance", *arguments(setup, gate)],
                cwd=report,
                env={**os.environ, KEY_NAME: address.key},
                stdout=subprocess.DEVNULL,
                timeout=None if math.isinf(end) else end - time.monotonic(),
                check=False,
            )
    return review(setup, read_run(report / RESULTS))


if __name__ == "__main__":
    sys.exit(main())
