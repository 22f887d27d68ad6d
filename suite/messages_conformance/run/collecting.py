"""How often a process that asks looks for garbage."""

from __future__ import annotations

import gc

_THRESHOLD = 50_000


def collect_seldom() -> None:
    """Let the garbage collector of this process look for what is no longer used after fifty thousand new objects, not
    after 700. The catalogue, the plan and the answers stay until the end: to look through all of them four hundred
    times takes a tenth of a run."""
    gc.set_threshold(_THRESHOLD)
