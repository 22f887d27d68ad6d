"""How often a process that asks looks for garbage."""

from __future__ import annotations

import atexit
import gc

_THRESHOLD = 50_000


def collect_seldom() -> None:
    """Let the garbage collector of this process look for what is no longer used after fifty thousand new objects, not
    after 700, and not when the process ends. The catalogue, the plan and the answers stay until then: to look through
    all of them four hundred times takes a tenth of a run, and at the end once more as long as reading them did."""
    gc.set_threshold(_THRESHOLD)
    atexit.register(gc.freeze)
