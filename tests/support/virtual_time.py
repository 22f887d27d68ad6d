"""An event loop whose clock moves only where nothing is left to do but to wait: then the wait is over, be it an hour.
What this machine needs to compute takes no time, but for a microsecond for each turn of the loop."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_TURN = 1e-6
_UNDER_WAY = 0.001
"""Real seconds for what is on its way over loopback."""


class _Impatient(selectors.DefaultSelector):
    """Waits for no timer."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += _TURN
        if not timeout:
            return super().select(timeout)
        ready = super().select(_UNDER_WAY)
        if not ready:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Impatient()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Here and now: the clock must not jump over what a thread is busy with."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whoever waits for it is told
            done.set_exception(error)
        return done


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` with that clock."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
