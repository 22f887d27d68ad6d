"""What Ctrl-C and SIGTERM mean to a run: the first ends it with what it has, the second ends the process at once."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_BOTH = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Generator[None]:
    """SIGTERM means what Ctrl-C means: KeyboardInterrupt, once what is under way has been called off. Afterwards both
    mean what they meant before. For the main thread only."""
    before = {each: signal.getsignal(each) for each in _BOTH}
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def at_once_from_now_on() -> None:
    """Within `interruptible`: whoever interrupts again does not want to wait for reports."""
    for each in _BOTH:
        signal.signal(each, signal.SIG_DFL)
