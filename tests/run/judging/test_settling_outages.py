"""What a 5xx says: asked again between preflights, it is an outage, or what this request always gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from making import asking, provider, scenario, use
from messages import message
from messages_conformance.checks.base import Cause, Outcome, Verdict
from messages_conformance.run.judging.outages import ASKED_AGAIN, is_stormy
from messages_conformance.run.walking.requests import build
from settled import Fake, settled
from walking import Answered, Given, answered

ACCEPTED = use("answer.accepted")


OTHERS = (scenario("accepted"), scenario("refused", asking("refused", expect="error")))


def broken(status: int, until: int = 99, first: Callable[[int], int] = lambda _: 200) -> Fake:
    """`s` is answered with `status` until trial `until`, and the preflight as `first` says of each trial."""

    def answers(name: str, _step: str, trial: int) -> Given:
        return Answered(first(trial) if name == "first" else status if trial < until else 200, message())

    return Fake(answers)


def of_5xx(fake: Fake, **changes: Any) -> Verdict:
    of = scenario("s", asking("s", checks=(ACCEPTED,)), **changes)
    return settled(fake, of, *OTHERS)[0]["answer.accepted"]


def test_a_5xx_every_time_while_the_preflight_is_answered_in_between_is_judged() -> None:
    fake = broken(500)
    found = of_5xx(fake)
    assert found.outcome is Outcome.FAIL
    assert "every time, while others were answered" in (found.actual or "")
    assert fake.of("s") == [f"ask/{trial}.1" for trial in range(1, ASKED_AGAIN + 1)]
    assert fake.of("first") == [f"ask/{trial}.1" for trial in range(2, ASKED_AGAIN + 2)]


@pytest.mark.parametrize("trial", range(2, ASKED_AGAIN + 2))
def test_a_5xx_while_the_preflight_fails_too_is_an_outage(trial: int) -> None:
    fake = broken(500, first=lambda now: 500 if now == trial else 200)
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


@pytest.mark.parametrize("until", range(2, ASKED_AGAIN + 1))
def test_a_5xx_that_comes_and_goes_is_forgotten(until: int) -> None:
    fake = broken(500, until)
    assert of_5xx(fake).outcome is Outcome.PASS
    assert len(fake.of("s")) == until


def test_in_a_run_that_flaps_no_5xx_says_anything() -> None:
    fake = broken(500)
    fake.stormy = True
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


def seen_before(*trials: int, status: int = 500, refusal: bool = False) -> Fake:
    """The scenario always gets a 500, and another request got `status` in these trials."""
    fake = broken(500)
    request = build(provider(), asking("other"), {}, "key")
    name = "refused" if refusal else "accepted"
    fake.told |= {f"maker/{name}/ask/{n}.1": answered(request, Answered(status, message())) for n in trials}
    return fake


def test_the_last_round_is_left_out_where_a_request_of_the_same_form_always_got_that() -> None:
    known = seen_before(1, 2, 3)
    assert of_5xx(known).outcome is Outcome.FAIL
    assert known.of("s") == ["ask/1.1", "ask/2.1"]
    assert known.of("first") == ["ask/2.1", "ask/4.1"]
    for fake in (seen_before(1, 2), seen_before(1, 2, 3, status=502), seen_before(1, 2, 3, refusal=True)):
        assert of_5xx(fake).outcome is Outcome.FAIL
        assert len(fake.of("s")) == ASKED_AGAIN


def test_what_is_known_of_a_form_makes_no_red_of_an_outage() -> None:
    for trial in (2, 4):
        fake = seen_before(1, 2, 3)
        inner = fake.answers
        fake.answers = lambda name, step, now, inner=inner, trial=trial: (
            Answered(500, message()) if (name, now) == ("first", trial) else inner(name, step, now)
        )
        assert of_5xx(fake).cause is Cause.PROVIDER_5XX
    fake = seen_before(1, 2, 3)
    fake.stormy = True
    assert of_5xx(fake).cause is Cause.PROVIDER_5XX


def test_501_is_judged_at_once_and_an_overload_never_is() -> None:
    never = broken(501)
    assert of_5xx(never).outcome is Outcome.FAIL
    assert of_5xx(overloaded := broken(529)).cause is Cause.OVERLOAD
    assert list(never.asked) == list(overloaded.asked) == ["maker/s/ask/1.1"]


def test_whether_any_request_was_answered_both_ways() -> None:
    def exchanges(*statuses: int) -> dict[str, Any]:
        request = build(provider(), asking("s"), {}, "key")
        return {f"maker/s/ask/{n}.1": answered(request, Answered(s, message())) for n, s in enumerate(statuses, 1)}

    def of_two(*statuses: int) -> dict[str, Any]:
        return {name.replace("/s/", f"/s{name[-3]}/"): told for name, told in exchanges(*statuses).items()}

    assert is_stormy(exchanges(500, 200))
    assert is_stormy(exchanges(200, 200, 502))
    assert not is_stormy(exchanges(500, 500, 500))
    assert not is_stormy(exchanges(501, 200))
    assert not is_stormy(of_two(500, 200))
