"""How far a run is: what is done, what it cost, what it waits for; as bars and as lines."""

from __future__ import annotations

import io
import re
import time
from collections import Counter

import pytest
from making import asking, provider, scenario
from messages_conformance.catalog.model import Limits, Model, Price
from messages_conformance.report.console import Console
from messages_conformance.report.live.progress import QUIET, Progress, line
from messages_conformance.report.live.watch import Watch
from messages_conformance.results.vocabulary import State
from messages_conformance.run.planning.cost import Ledger
from messages_conformance.run.planning.plan import Plan, Unit


def half_done(**changed: object) -> Progress:
    """20 of 40 in two minutes."""
    made = Progress("NagaAI", 40, began=0.0, heard=120.0, states=Counter({State.PASS: 18, State.FAIL: 2}))
    made.pending, made.requests = 55, 60
    made.tokens, made.money = 12_345, {"USD": 0.034}
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def test_a_line_says_what_is_done_what_it_cost_and_what_is_left() -> None:
    told = line([half_done()], 120.0)
    assert re.match(r"\d\d:\d\d:\d\d ", told)
    assert told[9:] == (
        "20 of 40 scenarios done (18 pass, 2 fail), 30/min, 12.3k tokens, 0.03 USD, about 1 min 50 s left"
    )


def test_a_line_is_about_all_providers_and_names_only_those_that_wait() -> None:
    limited = half_done(title="DeepSeek", waits_until=150.0, why="rate limit")
    hung = half_done(title="AISA", heard=120.0 - QUIET - 5)
    told = line([half_done(), limited, hung], 120.0)
    assert told[9:].startswith("60 of 120 scenarios done (54 pass, 6 fail), 90/min, 37.0k tokens, 0.10 USD, about")
    assert re.search(r"; DeepSeek waits until \d\d:\d\d:\d\d: rate limit; AISA no answer for 15 s$", told)
    assert "NagaAI" not in told


def test_before_anything_is_done_nothing_is_promised() -> None:
    assert line([Progress("NagaAI", 40, began=0.0, heard=0.0)], 5.0)[9:] == "0 of 40 scenarios done"


def test_what_is_left_is_told_by_the_limits_until_requests_show_the_pace() -> None:
    one = Progress("NagaAI", 40, began=0.0, heard=0.0, pending=120, apart=12.0)
    assert one.remaining(5.0) == 120 * 12
    one.requests = 10
    assert one.remaining(200.0) == 120 * 20, "it is slower than its limits"
    assert one.remaining(60.0) == 120 * 12, "a burst at the beginning is no pace"
    one.pending = 30
    assert one.remaining(60.0) == 30 * 12, "the rest was answered in an earlier run"
    one.requests = 150
    assert one.remaining(1800.0) == 30 * 12, "what is asked again leaves no less of the plan"


def test_a_wait_is_over_when_its_time_is_and_silence_at_the_end_is_none() -> None:
    one = half_done(waits_until=150.0, why="rate limit")
    assert "rate limit" in (one.waiting(149.0) or "")
    one.heard = 150.0
    assert one.waiting(151.0) is None
    one.total = one.done
    assert one.waiting(1000.0) is None


@pytest.mark.parametrize(("tokens", "told"), [(950, "950 tokens"), (1000, "1.0k tokens"), (1_234_567, "1.2M tokens")])
def test_tokens_are_told_in_short(tokens: int, told: str) -> None:
    assert told in half_done(tokens=tokens).figures(120.0)


# --- drawn ----------------------------------------------------------------------------------------------------------


def watched(console: Console, period: float) -> None:
    """A run of one provider as the engine tells of it."""
    model = Model("cheap", "m", frozenset(), Price(1.0, 1.0, "USD"), None)
    asked = provider(title="Naga\x1b[31m AI", models={"cheap": model})
    units = tuple(Unit(asked, scenario(f"s{number}", asking(f"s{number}")), ()) for number in range(10))
    watch, ledger = Watch(console, period), Ledger(asked)
    with watch.watching(Plan(units, {})):
        for unit in units:
            ledger.settle(unit.scenario.steps[0], 0.0, {"input_tokens": 500_000, "output_tokens": 0})
            watch.request_done(ledger)
            watch.unit_done(unit, State.PASS)
        if console.is_terminal:
            watch._bars.refresh()  # pyright: ignore[reportPrivateUsage]
        watch.waits(asked, 30.0, "rate limit")
        time.sleep(3 * period)


def test_a_log_gets_a_line_now_and_then_and_no_control_codes() -> None:
    out, period, began = io.StringIO(), 0.05, time.monotonic()
    watched(Console(file=out, width=60), period)
    lines = out.getvalue().splitlines()
    assert 1 <= len(lines) <= (time.monotonic() - began) / period
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d 10 of 10 scenarios done \(10 pass\), \d+/min, 5\.0M tokens, 5\.00 USD; "
        r"Naga␛\[31m AI waits until \d\d:\d\d:\d\d: rate limit",
        lines[-1],
    )
    assert "\x1b" not in out.getvalue()


def test_a_run_that_is_paced_says_first_until_when_it_takes() -> None:
    out = io.StringIO()
    asked = provider(title="NagaAI", limits=Limits(requests_per_minute=5))
    units = tuple(Unit(asked, scenario(f"s{number}", asking(f"s{number}")), ()) for number in range(40))
    with Watch(Console(file=out, width=60)).watching(Plan(units, {})):
        pass
    told = r"NagaAI: about 40 requests, 5 a minute, until about \d\d:\d\d \(8 min 0 s\)\n"
    assert re.fullmatch(told, out.getvalue())


def test_a_log_of_a_short_run_gets_none() -> None:
    out = io.StringIO()
    console = Console(file=out, width=60)
    with Watch(console).watching(Plan((), {})):
        pass
    assert out.getvalue() == ""


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_gets_a_bar_and_is_left_clean(width: int) -> None:
    out = io.StringIO()
    watched(Console(file=out, width=width, force_terminal=True, color_system=None), 0.05)
    drawn = out.getvalue()
    assert "Naga␛[31m AI" in drawn
    assert "10/10" in drawn
    assert re.search(r"✓10 · \d+/min · 5\.0M tok", drawn)
    assert drawn.rstrip().endswith("\x1b[2K"), "the bar is erased"
