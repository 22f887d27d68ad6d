"""What the engine tells while it runs, to whoever wants to know."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

from messages_conformance.catalog.model import Provider
from messages_conformance.results.vocabulary import State
from messages_conformance.run.planning.cost import Ledger
from messages_conformance.run.planning.plan import Plan, Unit


class Observer(Protocol):
    """Who wants to know how far the run is."""

    def watching(self, plan: Plan) -> AbstractContextManager[None]:
        """Entered when the plan is written and before anything is sent."""
        ...

    def unit_done(self, unit: Unit, state: State) -> None:
        """One unit was judged."""
        ...

    def request_done(self, ledger: Ledger) -> None:
        """One more request was sent and answered, or given up; the ledger is that of its provider."""
        ...

    def waits(self, provider: Provider, seconds: float, why: str) -> None:
        """Nothing leaves for the provider for so long, and why."""
        ...


class Unwatched:
    """An observer that wants to know nothing."""

    @contextmanager
    def watching(self, plan: Plan) -> Generator[None]:  # noqa: ARG002
        yield

    def unit_done(self, unit: Unit, state: State) -> None:
        pass

    def request_done(self, ledger: Ledger) -> None:
        pass

    def waits(self, provider: Provider, seconds: float, why: str) -> None:
        pass


UNWATCHED: Final[Observer] = Unwatched()
