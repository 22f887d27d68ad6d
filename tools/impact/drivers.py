"""Several drivers of one client, so that one that waits does not keep the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TypeVar

from messages_conformance.sdk.process import HANG_SECONDS, Driver

from impact.clients import FOLDER

T = TypeVar("T")
R = TypeVar("R")

ENVIRONMENT = {"PYTHONPATH": str(FOLDER), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
"""What the drivers share lies in the folder of the clients."""


class Drivers:
    """`number` drivers that are started by `command`, and end with the block."""

    def __init__(self, command: Sequence[str | Path], number: int, seconds: float = HANG_SECONDS) -> None:
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(number)
        self._idle: SimpleQueue[Driver] = SimpleQueue()
        for _ in range(number):
            self._idle.put(self._stack.enter_context(Driver(command, ENVIRONMENT, seconds)))

    def __enter__(self) -> Drivers:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def map(self, do: Callable[[Driver, T], R], items: Iterable[T]) -> list[R]:
        """Do it with every item, each with a driver of its own for the while; the results in the order of the items."""

        def borrowed(item: T) -> R:
            driver = self._idle.get()
            try:
                return do(driver, item)
            finally:
                self._idle.put(driver)

        return list(self._pool.map(borrowed, items))
