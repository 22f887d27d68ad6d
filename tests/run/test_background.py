"""Units one after the other while the engine is on its thread: the window, faults, and how it ends."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import handmade
import making
import pytest
from messages_conformance.catalog.model import Limits
from messages_conformance.errors import HarnessError, UserError
from messages_conformance.results.records import Record
from messages_conformance.run.background import Background, UnitKey
from messages_conformance.run.engine import Engine
from messages_conformance.run.planning.plan import Pair, Plan, Unit
from messages_conformance.run.session import Session

A, B = (making.provider(id=name, limits=Limits(concurrency=2)) for name in ("a", "b"))
HEADER = handmade.header(handmade.provider("a"), handmade.provider("b"))


class Played:
    """An engine that sends nothing, notes what happens to it, and treats some scenarios as it is told: with an error to
    raise, or `never` to end."""

    def __init__(self, unlike: Mapping[str, Exception | str]) -> None:
        self.handed: list[UnitKey] = []
        self.ended: list[str] = []
        self._unlike = unlike

    async def __aenter__(self) -> Played:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ended.append("hung up")

    async def run_unit(self, unit: Unit) -> dict[str, Any]:
        self.handed.append(unit.key)
        told = self._unlike.get(unit.scenario.id)
        if isinstance(told, Exception):
            raise told
        if told == "never":
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.append(f"cancelled {unit.scenario.id}")
        return {}

    def footer(self) -> None:
        self.ended.append("footer")


@contextmanager
def running(
    pairs: Sequence[Pair],
    unlike: Mapping[str, Exception | str] | None = None,
    *,
    may_stop: bool = False,
    part: bool = False,
) -> Generator[tuple[Background, Played]]:
    engine = Played(unlike or {})

    @contextmanager
    def opening(listen: Callable[[Record], None]) -> Generator[Session]:
        listen(HEADER)
        plan = Plan(tuple(Unit(provider, scenario, ()) for provider, scenario in pairs), {})
        yield Session(plan, cast("Engine", engine))

    order = [(provider.id, scenario.id) for provider, scenario in pairs]
    with Background(opening, order=order, may_stop=may_stop, part=part) as opened:
        yield opened, engine


def both(*names: str) -> list[Pair]:
    """Each scenario at both providers."""
    return [(provider, making.scenario(name)) for name in names for provider in (A, B)]


def settled(opened: Background, *keys: UnitKey) -> None:
    for key in keys:
        opened.finish(key)


def handed(engine: Played, number: int) -> set[UnitKey]:
    """What the engine was given, once it was given `number` units: it hears of them on its own thread."""
    until = time.monotonic() + 5
    while len(engine.handed) < number and time.monotonic() < until:
        time.sleep(0.001)
    return set(engine.handed)


def test_all_that_is_to_come_is_handed_over_while_the_first_is_waited_for() -> None:
    with running(both(*"12345678")) as (opened, engine):
        settled(opened, ("a", "1"))
        assert len(handed(engine, 16)) == 16


def test_where_the_rest_may_not_be_asked_for_no_more_than_a_window_per_provider_is_handed_over() -> None:
    with running(both(*"12345678"), may_stop=True) as (opened, engine):
        settled(opened, ("a", "1"), ("a", "1"), ("b", "1"))
        first = {(p, s) for p in "ab" for s in "12345"}
        assert handed(engine, 10) == first
        settled(opened, ("a", "2"))
        assert handed(engine, 11) == first | {("a", "6")}
        settled(opened, ("b", "8"))
        assert handed(engine, 12) == first | {("a", "6"), ("b", "8")}, "asked for out of turn, it is sent all the same"
    assert len(engine.handed) == 12, "and nothing twice"


def test_as_many_as_the_provider_allows_are_under_way_and_a_long_one_holds_up_none_behind_it() -> None:
    pairs = [(A, making.scenario(name)) for name in "12345678"]
    with running(pairs, {"3": "never", "5": "never"}) as (opened, engine):
        settled(opened, ("a", "1"))
        assert handed(engine, 5) == {("a", name) for name in "12345"}
        settled(opened, ("a", "2"), ("a", "4"))
    assert len(engine.handed) == 5, "two are ahead and under way; when they were cancelled, none took their places"


def test_a_unit_of_several_rounds_starts_earlier() -> None:
    long = making.scenario("long", *(making.step(name) for name in "xyz"))
    pairs = [(A, making.scenario(name)) for name in "12345678"]
    with running([*pairs, (A, long)], may_stop=True) as (opened, engine):
        settled(opened, ("a", "1"), ("a", "2"))
        assert ("a", "long") in handed(engine, 6)
    assert len(engine.handed) == 2 + 4, "and counts like any other"


def test_a_part_is_not_looked_ahead_of_and_closed_by_what_was_asked_for() -> None:
    with running(both(*"123"), part=True) as (opened, engine):
        settled(opened, ("a", "2"))
        assert engine.handed == [("a", "2")]
    assert engine.ended == ["hung up", "footer"]


def test_the_footer_needs_everything_planned() -> None:
    with running(both("1", "2")) as (opened, whole):
        settled(opened, ("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"))
    assert whole.ended == ["hung up", "footer"]
    with running(both(*"123456"), may_stop=True) as (opened, cut):
        settled(opened, ("a", "1"))
    assert cut.ended == ["hung up"]


def test_what_is_under_way_is_cancelled_before_the_engine_hangs_up() -> None:
    with running(both("1", "2"), {"2": "never"}) as (opened, engine):
        settled(opened, ("a", "1"), ("b", "1"))
        assert len(handed(engine, 4)) == 4
    assert engine.ended == ["cancelled 2", "cancelled 2", "hung up"]
    assert "messages-conformance" not in {thread.name for thread in threading.enumerate()}


def test_a_fault_of_the_engine_is_told_plainly_and_leaves_the_stream_open() -> None:
    unlike = {"2": KeyError("boom"), "3": UserError("the header is odd")}
    with running(both("1", "2", "3"), unlike) as (opened, engine):
        with pytest.raises(HarnessError, match=r"fault of this program: 2 at a was not judged: KeyError: 'boom'"):
            opened.finish(("a", "2"))
        with pytest.raises(UserError, match="the header is odd"):
            opened.finish(("a", "3"))
        settled(opened, ("a", "1"), ("b", "1"))
        for key in (("b", "2"), ("b", "3")):
            with pytest.raises((HarnessError, UserError)):
                opened.finish(key)
    assert engine.ended == ["hung up"]


def test_a_run_that_cannot_be_opened_leaves_no_thread() -> None:
    def opening(_: object) -> Any:
        raise UserError("cannot write")

    with pytest.raises(UserError), Background(opening, order=[]):
        pass
    assert "messages-conformance" not in {thread.name for thread in threading.enumerate()}
