"""Whole processes: their wall time, the CPU of them and all that they start, and their peak memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds, seconds of CPU, and at most so many bytes of memory; what it printed."""

    wall: float
    cpu: float
    memory: int
    said: str


def spent(command: Sequence[str], directory: str, *, codes: Sequence[int] = (0,), **variables: str) -> Spent:
    """Run a command to its end. Memory is that of the process itself, CPU also that of those that it waited for.

    Raises CalledProcessError, with what it printed, for an exit code that is none of `codes`.
    """
    environment: Mapping[str, str] = {**os.environ, **variables}
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said)


def cpu_of(command: Sequence[str], directory: str) -> float:
    """Seconds of CPU of a command that ends well."""
    return spent(command, directory).cpu
