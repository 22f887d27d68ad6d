"""Work on both processors: judging takes longer than answering, and one run would keep only one of them busy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TypeVar

from messages_conformance.catalog import Catalog, load_catalog

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 2


@cache
def catalog() -> Catalog:
    """The catalogue, once in each process."""
    return load_catalog()


def in_parallel(work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
    """The results of the tasks, in their order, from processes of their own."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, tasks)


def batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
