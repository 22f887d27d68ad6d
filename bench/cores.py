"""Where a process runs: client and server on cores of their own, so that neither pays for the other."""

from __future__ import annotations

import os

_ALLOWED = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(place: int) -> None:
    """Keep this process, and those that it starts from now on, on one of its cores (0 the first, -1 the last), where
    the system lets us choose."""
    if _ALLOWED:
        os.sched_setaffinity(0, {_ALLOWED[place]})


def unpin() -> None:
    """Let this process use all of its cores again."""
    if _ALLOWED:
        os.sched_setaffinity(0, _ALLOWED)
