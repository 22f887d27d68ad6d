from __future__ import annotations

from typing import Any

import pytest
from exchanges import evidence, exchange, outcome, verdict
from messages import message
from messages_conformance.checks.base import Cause, Evidence, Outcome
from messages_conformance.wire.exchange import Exchange

LONG = 6000


def _used(fresh: int = 9, written: int | None = 0, read: int | None = 0, **more: Any) -> Exchange:
    counts = {"cache_creation_input_tokens": written, "cache_read_input_tokens": read}
    return exchange(message(usage={"input_tokens": fresh, "output_tokens": 1, **counts, **more}))


WRITTEN, READ, NEITHER = _used(written=LONG), _used(read=LONG), _used(fresh=LONG)
UNTOLD = _used(fresh=LONG, written=None, read=None)


def _third(here: Exchange, first: Exchange, second: Exchange) -> Evidence:
    return evidence(here, params={"after": ["first", "second"]}, earlier={"first": first, "second": second})


@pytest.mark.parametrize(
    ("first", "second", "third", "expected"),
    [
        (WRITTEN, READ, READ, Outcome.PASS),
        (NEITHER, NEITHER, READ, Outcome.PASS),
        (WRITTEN, WRITTEN, WRITTEN, Outcome.FAIL),
        (NEITHER, NEITHER, NEITHER, Outcome.FAIL),
        (UNTOLD, UNTOLD, UNTOLD, Outcome.FAIL),
        (WRITTEN, READ, NEITHER, Outcome.FAIL),
        (WRITTEN, READ, _used(fresh=9), Outcome.FAIL),
        (WRITTEN, READ, WRITTEN, Outcome.INCONCLUSIVE),
    ],
)
def test_a_prefix_is_read_in_the_end(first: Exchange, second: Exchange, third: Exchange, expected: Outcome) -> None:
    assert outcome("cache.read", _third(third, first, second)) is expected


def test_a_prompt_that_may_be_too_short_for_the_cache_proves_nothing() -> None:
    short = _used(fresh=4000)
    assert verdict("cache.read", _third(short, short, short)).cause is Cause.PREREQUISITE_FAILED


def test_without_an_earlier_answer_nothing_could_be_read() -> None:
    refused = exchange({"type": "error"}, status=400)
    assert verdict("cache.read", _third(NEITHER, refused, refused)).cause is Cause.PREREQUISITE_FAILED


@pytest.mark.parametrize(
    ("first", "read", "expected"),
    [
        (WRITTEN, LONG, Outcome.PASS),
        (WRITTEN, LONG - 100, Outcome.PASS),
        (WRITTEN, LONG // 2, Outcome.FAIL),
        (WRITTEN, 0, Outcome.NOT_APPLICABLE),
        (READ, LONG, Outcome.NOT_APPLICABLE),
        (NEITHER, LONG, Outcome.NOT_APPLICABLE),
    ],
)
def test_as_much_is_read_as_was_written(first: Exchange, read: int, expected: Outcome) -> None:
    told = evidence(_used(read=read), params={"step": "first"}, earlier={"first": first})
    assert outcome("cache.read-amount", told) is expected


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (READ, Outcome.PASS),
        (WRITTEN, Outcome.PASS),
        (_used(fresh=LONG + 9, read=LONG), Outcome.FAIL),
        (NEITHER, Outcome.NOT_APPLICABLE),
    ],
)
def test_input_leaves_out_the_cached_part(used: Exchange, expected: Outcome) -> None:
    assert outcome("cache.input-excluded", evidence(used)) is expected


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (_used(written=LONG, cache_creation={"ephemeral_5m_input_tokens": LONG}), Outcome.PASS),
        (WRITTEN, Outcome.FAIL),
        (READ, Outcome.NOT_APPLICABLE),
    ],
)
def test_what_was_written_is_told_by_lifetime(used: Exchange, expected: Outcome) -> None:
    assert outcome("cache.creation-parts", evidence(used)) is expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (WRITTEN, READ, Outcome.PASS),
        (NEITHER, READ, Outcome.FAIL),
        (UNTOLD, READ, Outcome.FAIL),
        (READ, READ, Outcome.NOT_APPLICABLE),
        (NEITHER, WRITTEN, Outcome.NOT_APPLICABLE),
    ],
)
def test_what_is_read_was_told_when_it_was_written(first: Exchange, second: Exchange, expected: Outcome) -> None:
    asked = evidence(second, params={"step": "first"}, earlier={"first": first})
    assert outcome("cache.written", asked) is expected
