"""Whether a provider is still there: what failed in a row, and whether anything more is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from messages_conformance.catalog.model import Step
from messages_conformance.checks import guard
from messages_conformance.checks.base import Cause, Verdict, inconclusive
from messages_conformance.wire.exchange import Exchange

HANGS: Final = 3
"""Requests in a row that ran out of time, each a whole time limit, after which nothing more is asked."""

STREAK: Final = 5
"""Requests in a row that failed in any way, after which the preflight shows whether it is the provider or the requests.
Where it is the requests, twice as many may fail before it is asked once more."""

_INSTEAD_OF_A_REFUSAL: Final = frozenset({0, *range(500, 600)})
"""The statuses of what a server may answer to every mistake, instead of refusing it: that it fails, or nothing (0)."""


@dataclass(slots=True)
class Health:
    """What is known of one provider. `given_up` says why nothing more is asked, once it is so. One that never answered
    is not doubted: what is wrong with it, the first requests of a run tell (`run/judging/opening.py`)."""

    given_up: Verdict | None = None
    _served: bool = False
    _failing: int = 0
    _bearable: int = STREAK
    _hanging: int = 0
    _mistakes: Counter[int] = field(default_factory=Counter[int])
    """How many requests that were to be refused got which status instead."""

    @property
    def is_doubtful(self) -> bool:
        return self._served and self.given_up is None and self._failing >= self._bearable

    def is_usual(self, step: Step, exchange: Exchange) -> bool:
        """Whether the provider answers mistakes like this, be it by no answer: asking again shows nothing new. So it is
        once as many got it as make a provider doubtful, and others were served."""
        status = _instead(step, exchange)
        return status is not None and self._served and self._mistakes[status] >= STREAK

    def heard(self, step: Step, exchange: Exchange) -> None:
        """Count what came of one request."""
        if _fails(exchange) is None:
            self._failing, self._served = 0, True
        elif not self.is_usual(step, exchange):
            self._failing += 1
        if (status := _instead(step, exchange)) is not None:
            self._mistakes[status] += 1
        late = exchange.failure is not None and exchange.failure.kind in ("timeout", "deadline")
        self._hanging = self._hanging + 1 if late else 0
        if self._hanging >= HANGS:
            note = f"{HANGS} requests in a row were not answered in time, so that nothing more was asked"
            self.given_up = self.given_up or inconclusive(Cause.DEADLINE, note)

    def checked(self, exchange: Exchange) -> None:
        """The preflight was asked because so many requests had failed, and this came of it."""
        cause = _fails(exchange)
        if cause is None:
            self._failing, self._bearable = 0, 2 * self._bearable
        else:
            note = f"{self._bearable} requests in a row failed, then the plainest one, so that nothing more was asked"
            self.given_up = inconclusive(cause, note)


def _instead(step: Step, exchange: Exchange) -> int | None:
    """The status that a request got which was to be refused, if it was neither refused nor accepted."""
    status = exchange.response.status if exchange.response is not None else 0
    return status if step.expect == "error" and status in _INSTEAD_OF_A_REFUSAL else None


def _fails(exchange: Exchange) -> Cause | None:
    """Why a request was not served, where that may be the provider's state: an outage, a limit, missing credit, no
    answer. None where the answer is about the request."""
    if exchange.response is None:
        return Cause.TRANSPORT
    return Cause.CREDIT if exchange.response.status == 402 else guard.outage(exchange)
