"""When a provider is doubted, and when it is given up."""

from __future__ import annotations

import pytest
from making import step
from messages_conformance.checks.base import Cause
from messages_conformance.run.sending.health import HANGS, STREAK, Health
from messages_conformance.wire.exchange import Exchange, Failure, Response
from streams import exchange

VALID, MISTAKE = step(), step(expect="error")


def answered(status: int) -> Exchange:
    return exchange(Response(status, (), ()))


NOTHING = exchange(None, Failure("connect", "nobody there", "refused"))
LATE = exchange(None, Failure("timeout", "no answer"))
OK, BROKEN, LIMITED, POOR = (answered(status) for status in (200, 500, 429, 402))


def health(*exchanges: Exchange) -> Health:
    made = Health()
    for one in exchanges:
        made.heard(VALID, one)
    return made


@pytest.mark.parametrize("bad", [NOTHING, BROKEN, LIMITED, POOR, answered(503)])
def test_a_streak_of_failures_makes_one_doubtful_that_was_served(bad: Exchange) -> None:
    assert health(OK, *[bad] * STREAK).is_doubtful
    assert not health(*[bad] * STREAK).is_doubtful, "the first requests of a run tell what it is"
    assert not health(OK, *[bad] * (STREAK - 1), answered(400), bad).is_doubtful


def test_it_is_given_up_for_what_came_of_the_preflight() -> None:
    for came, cause in ((NOTHING, "transport"), (BROKEN, "provider-5xx"), (LIMITED, "rate-limit"), (POOR, "credit")):
        doubtful = health(OK, *[BROKEN] * STREAK)
        doubtful.checked(came)
        assert doubtful.given_up is not None
        assert doubtful.given_up.cause == cause
        assert not doubtful.is_doubtful


def test_whoever_turns_out_well_is_doubted_after_twice_as_many() -> None:
    well = health(OK, *[BROKEN] * STREAK)
    well.checked(OK)
    for number in range(2 * STREAK):
        assert not well.is_doubtful, number
        well.heard(VALID, BROKEN)
    assert well.is_doubtful


def test_hangs_in_a_row_are_enough() -> None:
    assert health(OK, *[LATE] * (HANGS - 1), OK, LATE).given_up is None
    given_up = health(OK, *[LATE] * HANGS).given_up
    assert given_up is not None
    assert given_up.cause is Cause.DEADLINE


def test_what_many_mistakes_got_is_usual_for_mistakes_and_for_nothing_else() -> None:
    for came in (BROKEN, NOTHING, answered(503)):
        made = health(OK)
        for _ in range(STREAK):
            assert not made.is_usual(MISTAKE, came)
            made.heard(MISTAKE, came)
        assert made.is_usual(MISTAKE, came)
        assert not made.is_usual(MISTAKE, answered(502))
        assert not made.is_usual(VALID, came)
    limited = health(OK)
    for _ in range(2 * STREAK):
        limited.heard(MISTAKE, LIMITED)
    assert not limited.is_usual(MISTAKE, LIMITED)


def test_what_is_usual_hides_no_streak() -> None:
    made = health(OK)
    for _ in range(STREAK):
        made.heard(MISTAKE, BROKEN)
    made.heard(VALID, OK)
    for _ in range(STREAK):
        assert not made.is_doubtful
        made.heard(MISTAKE, BROKEN)
        made.heard(VALID, BROKEN)
    assert made.is_doubtful
