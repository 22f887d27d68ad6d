"""The engine on a thread with its own event loop, for a front end that asks for one unit after the other."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from messages_conformance.catalog import Catalog
from messages_conformance.run.plan import Pair, Unit
from messages_conformance.run.reading import Run, assemble
from messages_conformance.run.session import session
from messages_conformance.run.unit import Verdicts

UnitKey = tuple[str, str]
T = TypeVar("T")


class Background:
    """Use as a context manager. Units are known by (provider id, scenario id), in the order of `pairs`.

    `look_ahead` hands a unit and the `ahead` next ones to the engine; `finish` waits for one and gives its part of the
    stream. Leaving the block writes the footer only if everything that was planned was judged.
    """

    def __init__(self, catalog: Catalog, pairs: Sequence[Pair], directory: Path, *, ahead: int) -> None:
        self._catalog = catalog
        self._pairs = pairs
        self._directory = directory
        self._ahead = ahead
        self._order = [(provider.id, scenario.id) for provider, scenario in pairs]
        self._place = {key: number for number, key in enumerate(self._order)}
        self._stack = ExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="messages-conformance", daemon=True)
        self._futures: dict[UnitKey, Future[Verdicts]] = {}
        self._units: dict[UnitKey, Unit] = {}
        self._header: dict[str, Any] = {}
        self._skips: list[dict[str, Any]] = []
        self._records: dict[UnitKey, list[dict[str, Any]]] = defaultdict(list)

    def __enter__(self) -> Self:
        self._session = self._stack.enter_context(session(self._catalog, self._pairs, self._directory, self._hear))
        self._units = {unit.key: unit for unit in self._session.plan.asked}
        self._thread.start()
        self._submit(self._session.engine.__aenter__()).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            unfinished = [future for future in self._futures.values() if not future.done()]
            for future in unfinished:
                future.cancel()
            self._submit(self._session.engine.__aexit__(None, None, None)).result()
            if len(self._futures) == len(self._units) and not unfinished:
                self._session.engine.footer()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._stack.close()

    def look_ahead(self, key: UnitKey) -> None:
        """Hand the unit and the window behind it to the engine."""
        start = self._place[key]
        for coming in self._order[start : start + 1 + self._ahead]:
            if coming in self._units and coming not in self._futures:
                self._futures[coming] = self._submit(self._session.engine.run_unit(self._units[coming]))

    def finish(self, key: UnitKey) -> Run:
        """Wait for the unit; the part of the stream that is about it, with the header reduced to its provider."""
        if future := self._futures.get(key):
            future.result()
        header = {**self._header, "providers": [p for p in self._header["providers"] if p["id"] == key[0]]}
        return assemble([header, *self._skips, *self._records[key]])

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _hear(self, line: str) -> None:
        record = json.loads(line)
        match record["kind"]:
            case "header":
                self._header = record
            case "skipped":
                self._skips.append(record)
            case "footer":
                pass
            case _:
                self._records[record["provider"], record["scenario"]].append(record)
