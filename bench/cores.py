"""Where a process runs: client and server on cores of their own, so that neither pays for the other."""

from __future__ import annotations

import os


def pin(place: int) -> None:
    """Keep this process on one of the machine's cores (0 the first, -1 the last), where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        cores = range(os.cpu_count() or 1)
        os.sched_setaffinity(0, {cores[place]})


def unpin() -> None:
    """Let this process and its children use every core again."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
