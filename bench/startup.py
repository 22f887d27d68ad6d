"""Part 5: how long a person waits before anything is sent, relative to a bare Python."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from measure import Row, milli, ratios, side_by_side

_COMMANDS = ("--help", "list providers", "run -p reference -s messages.basic")


def rows(rounds: int) -> Iterator[Row]:
    """The ratios of part 5: wall time of whole processes."""
    bare = ("-c", "pass")
    ours = {name: ("-m", "messages_conformance", *name.split()) for name in _COMMANDS}
    with tempfile.TemporaryDirectory() as scratch:
        samples = side_by_side(
            {
                "bare": lambda: _seconds(bare, scratch),
                "again": lambda: _seconds(bare, scratch),
                **{name: lambda a=arguments: _seconds(a, scratch) for name, arguments in ours.items()},
            },
            rounds,
        )
    yield Row("start-up", "python -c pass / python -c pass", ratios(samples, "again", "bare"), control=True)
    for name in _COMMANDS:
        yield Row("start-up", f"{name} / python -c pass", ratios(samples, name, "bare"), milli(samples, name, "bare"))


def _seconds(arguments: Sequence[str], directory: str) -> float:
    """Seconds of one process. Its working directory is empty, so that no providers.yaml of a user plays along."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
