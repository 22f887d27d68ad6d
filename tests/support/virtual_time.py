"""An event loop whose clock jumps: where nothing is left to do but to wait, the wait is over, be it an hour."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_UNDER_WAY = 0.001
"""Real seconds for what is on its way over loopback."""


class _Impatient(selectors.DefaultSelector):
    """Waits for no timer."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _UNDER_WAY:
            return super().select(timeout)
        ready = super().select(_UNDER_WAY)
        if not ready:
            self.ahead += timeout - _UNDER_WAY
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Impatient()
        super().__init__(self._clock)

    def time(self) -> float:
        return super().time() + self._clock.ahead

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
