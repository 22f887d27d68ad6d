"""The engine on a thread with its own event loop, for a front end that asks for one unit after the other."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from messages_conformance.errors import HarnessError, SuiteError
from messages_conformance.results.reading import Heard, Run
from messages_conformance.results.records import Header, Record
from messages_conformance.run.judging.verdicts import Verdicts
from messages_conformance.run.planning.plan import Plan, Unit
from messages_conformance.run.session import Session

UnitKey: TypeAlias = tuple[str, str]
"""Provider id and scenario id."""

Opening: TypeAlias = Callable[[Callable[[Record], None]], AbstractContextManager[Session]]
"""Opens a session for a listener, who hears every record of its stream."""

T = TypeVar("T")


class Background:
    """Use as a context manager; `finish` then gives one unit after the other, each as its part of the stream.

    `opening` opens the session for whoever listens to its stream; `order` is the one in which units will be asked for,
    whatever their order in the stream. Coming units of `order` are handed to the engine, per provider as many at a time
    as it allows, so that one long answer does not hold up those behind it. `may_stop` says that the front end may end
    before its last unit; then there are at most twice as many ahead of what was asked for. What looks back on the run
    is not handed over before it is asked for.

    `part` says that other processes judge the rest of the plan. What they will be asked is not known here, so nothing
    is handed over ahead, and the footer closes what was asked for instead of the plan.

    Leaving the block cancels what is under way. It writes the footer only if nothing is missing.
    """

    def __init__(
        self, opening: Opening, *, order: Iterable[UnitKey], may_stop: bool = False, part: bool = False
    ) -> None:
        self._opening = opening
        self._may_stop = may_stop
        self._part = part
        self._coming: dict[str, deque[UnitKey]] = {}
        self._order = tuple(order)
        self._room: dict[str, int] = {}
        self._units: dict[UnitKey, Unit] = {}
        self._repetitions: Mapping[UnitKey, Sequence[UnitKey]] = {}
        self._futures: dict[UnitKey, Future[Verdicts]] = {}
        self._tasks: list[asyncio.Task[Verdicts]] = []
        self._ahead: dict[str, set[UnitKey]] = defaultdict(set)
        self._under_way: dict[str, set[UnitKey]] = defaultdict(set)
        """Those ahead that are not done."""
        self._handing = threading.RLock()
        """Units are handed over when one is asked for, and on the loop's thread when one is done."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            opened = stack.enter_context(self._opening(self._hear))
            self._engine = opened.engine
            self._room = {p.id: 0 if self._part else p.limits.concurrency for p in opened.plan.providers}
            self._units = {unit.key: unit for unit in opened.plan.asked}
            self._repetitions = _repetitions(opened.plan)
            self._coming = {provider: deque(self._by_start(provider)) for provider in self._room}
            self._loop = stack.enter_context(_loop_on_a_thread())
            stack.callback(lambda: self._submit(self._close()).result())
            self._submit(self._engine.__aenter__()).result()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._handing:
            self._coming = {}
        self._stack.close()
        self._futures.clear()  # what is called when one is done knows this object, and so would keep it

    def finish(self, key: UnitKey) -> Run:
        """Wait for the unit and its repetitions; the part of the stream that is about them, with the header reduced to
        their provider.

        Raises HarnessError when the engine failed on it. May be asked again; nothing is sent twice.
        """
        keys = self._repetitions.get(key, (key,))
        with self._handing:
            for one in keys:
                self._ahead[one[0]].discard(one)
                self._under_way[one[0]].discard(one)
                self._hand_over(one)
        self._look_ahead()
        for one in keys:
            self._wait_for(one)
        return self._heard.part(keys)

    def _wait_for(self, key: UnitKey) -> None:
        if future := self._futures.get(key):
            try:
                future.result()
            except SuiteError:
                raise
            except Exception as error:
                told = f"{key[1]} at {key[0]} was not judged: {type(error).__name__}: {error}"
                raise HarnessError(f"fault of this program: {told}") from error

    def run(self) -> Run:
        """The run that was written until now."""
        return self._heard.whole()

    def _done(self, key: UnitKey) -> None:
        with self._handing:
            self._under_way[key[0]].discard(key)
        self._look_ahead()

    def _look_ahead(self) -> None:
        with self._handing:
            for provider, coming in self._coming.items():
                while coming and self._has_room(provider):
                    if (key := coming.popleft()) not in self._futures:
                        self._ahead[provider].add(key)
                        self._under_way[provider].add(key)
                        self._hand_over(key)

    def _has_room(self, provider: str) -> bool:
        room = self._room[provider]
        if self._may_stop and len(self._ahead[provider]) >= 2 * room:
            return False
        return len(self._under_way[provider]) < room

    def _by_start(self, provider: str) -> list[UnitKey]:
        """The provider's units in the order in which they start. A unit of n steps lasts n rounds, so it starts n - 1
        rounds early. Started in its turn, it would hold up all units behind it."""
        mine = (one for key in self._order if key[0] == provider for one in self._repetitions.get(key, (key,)))
        order = [key for key in mine if key in self._units and not self._units[key].scenario.looks_back]
        rounds = [len(self._units[key].scenario.steps) - 1 for key in order]
        start = {key: place - rounds[place] * self._room[provider] for place, key in enumerate(order)}
        return sorted(order, key=start.__getitem__)

    def _hand_over(self, key: UnitKey) -> None:
        """Give a unit to the engine, unless it was given before, or is not to be sent at all."""
        if key in self._futures or key not in self._units:
            return
        self._futures[key] = self._submit(self._run(self._units[key]))
        self._futures[key].add_done_callback(lambda _: self._done(key))

    async def _run(self, unit: Unit) -> Verdicts:
        task = asyncio.create_task(self._engine.run_unit(unit))
        self._tasks.append(task)
        return await task

    async def _close(self) -> None:
        # Units only: what they started ends with them, in its own way. To cancel a connection's tasks beside it, before
        # they ran, makes Python complain about them.
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._engine.__aexit__(None, None, None)
        judged = [not task.cancelled() and task.exception() is None for task in self._tasks]
        if all(judged) and (self._part or len(judged) == len(self._units)):
            self._engine.footer()

    def _submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _hear(self, record: Record) -> None:
        if isinstance(record, Header):
            self._heard = Heard(record)
        else:
            self._heard.hear(record)


def _repetitions(plan: Plan) -> Mapping[UnitKey, Sequence[UnitKey]]:
    """The units of the plan by the first of those that repeat each other."""
    found: dict[UnitKey, list[UnitKey]] = defaultdict(list)
    for unit in plan.units:
        found[unit.provider.id, unit.scenario.repeats or unit.scenario.id].append(unit.key)
    return found


@contextmanager
def _loop_on_a_thread() -> Generator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    # A daemon: should someone interrupt the winding up as well, the interpreter must still be able to leave.
    thread = threading.Thread(target=loop.run_forever, name="messages-conformance", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
