"""A command run as a process of its own, with the CPU and the memory that it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_BETWEEN = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr, check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
"""A process that is started by a large one counts that one's memory as its own peak. So a small one stands between."""


@dataclass(frozen=True)
class Measured:
    """What a command came to: its exit code, all that it told, seconds of wall clock and of CPU, and the most memory
    that it held, in the unit of the system."""

    code: int
    told: str
    seconds: float
    cpu: float
    peak: int


def measured(command: Sequence[str | Path], directory: Path, *, longest: float, **environment: str) -> Measured:
    """Runs a command in a directory, with these variables beside those that are set. Raises TimeoutExpired after
    `longest` seconds."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _BETWEEN, *command],
        cwd=directory,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=longest,
    )
    seconds = time.monotonic() - began
    code, cpu, peak = json.loads(done.stdout)
    return Measured(code, done.stderr, seconds, cpu, peak)
