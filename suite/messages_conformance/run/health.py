"""Whether a provider is still there: what failed in a row, and whether anything more is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from messages_conformance.checks import guard
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.wire.exchange import Exchange

HANGS: Final = 3
"""Requests in a row that ran out of time, each a whole time limit, after which nothing more is asked."""

STREAK: Final = 5
"""Requests in a row that failed in any way, after which the preflight shows whether it is the provider or the requests.
Where it is the requests, twice as many may fail before it is asked once more."""


@dataclass(slots=True)
class Health:
    """What is known of one provider. `given_up` says why nothing more is asked, once it is so. One that never answered
    is not doubted: what is wrong with it, the first requests of a run tell (`run/judging/opening.py`)."""

    given_up: Verdict | None = None
    served: bool = False
    failing: int = 0
    hanging: int = 0
    bearable: int = STREAK

    @property
    def is_doubtful(self) -> bool:
        return self.served and self.given_up is None and self.failing >= self.bearable

    def heard(self, exchange: Exchange) -> None:
        """Count what came of one request."""
        late = exchange.failure is not None and exchange.failure.kind in ("timeout", "deadline")
        self.failing = self.failing + 1 if _fails(exchange) is not None else 0
        self.served = self.served or self.failing == 0
        self.hanging = self.hanging + 1 if late else 0
        if self.hanging >= HANGS:
            note = f"{HANGS} requests in a row were not answered in time, so that nothing more was asked"
            self.given_up = self.given_up or inconclusive(Cause.DEADLINE, note)

    def checked(self, exchange: Exchange) -> None:
        """The preflight was asked because so many requests had failed, and this came of it."""
        cause = _fails(exchange)
        if cause is None:
            self.failing, self.bearable = 0, 2 * self.bearable
            return
        note = f"{self.bearable} requests in a row failed, and then the plainest one, so that nothing more was asked"
        self.given_up = inconclusive(cause, note)


def _fails(exchange: Exchange) -> Cause | None:
    """Why a request was not served, where that may be the provider's state: an outage, a limit, missing credit, no
    answer. None where the answer is about the request."""
    if exchange.response is None:
        return Cause.TRANSPORT
    return Cause.CREDIT if exchange.response.status == 402 else guard.outage(exchange)
