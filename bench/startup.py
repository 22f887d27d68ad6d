"""Part 6: what a person waits for before anything is sent, relative to a bare Python: CPU of whole processes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure import Row, milli, ratios, side_by_side
from processes import cpu_of

_FIRST = Path(__file__).with_name("first_request.py")


def rows(rounds: int) -> Iterator[Row]:
    """The ratios of part 6."""
    bare = (sys.executable, "-c", "pass")
    module = (sys.executable, "-m", "messages_conformance")
    commands = {"--help": 3.0, "list providers": None}
    with tempfile.TemporaryDirectory() as scratch:
        samples = side_by_side(
            {
                "bare": lambda: cpu_of(bare, scratch),
                "again": lambda: cpu_of(bare, scratch),
                **{name: lambda n=name: cpu_of((*module, *n.split()), scratch) for name in commands},
                "first": lambda: _until_first_request((sys.executable, str(_FIRST)), scratch),
            },
            rounds,
        )
    yield Row("start-up CPU", "python -c pass / python -c pass", ratios(samples, "again", "bare"), control=True)
    for name, goal in commands.items():
        absolute = milli(samples, name, "bare")
        yield Row("start-up CPU", f"{name} / python -c pass", ratios(samples, name, "bare"), absolute, goal=goal)
    first, name = ratios(samples, "first", "bare"), "run, until its first request / python -c pass"
    yield Row("start-up CPU", name, first, milli(samples, "first", "bare"), goal=10)


def _until_first_request(command: Sequence[str], directory: str) -> float:
    """CPU seconds until a run sends its first request. Its working directory is empty, so that no file of a user plays
    along."""
    told = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout
    return json.loads(told.splitlines()[-1])["cpu"]
