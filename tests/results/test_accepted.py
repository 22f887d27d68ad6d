from __future__ import annotations

from dataclasses import replace
from typing import Any

import handmade
import pytest
import samples
from messages_conformance.report.failure import Teller
from messages_conformance.results.reading import Run
from messages_conformance.results.records import Record
from messages_conformance.results.verdict import Exit, judge_provider
from messages_conformance.results.vocabulary import State

AISA = samples.PROVIDERS[2][0]
(ENTRY,) = samples.header().expectations


def run(**changes: Any) -> Run:
    """The sample run with one expectation, changed."""
    return samples.run(expectations=(replace(ENTRY, **changes),))


def state(of: Run, scenario: str = "errors.wrong-key") -> State:
    return of.cells[AISA, scenario].state("drop-in")


def test_an_accepted_failure_is_known_and_says_why() -> None:
    judged = run()
    (result,) = [r for r in judged.cells[AISA, "errors.wrong-key"].results if r.accepted]
    assert (result.check, result.accepted) == ("error.type", ENTRY.reason)
    assert state(judged) is State.KNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": "2026-11-20"},
        {"provider": "naga"},
        {"check": "error.field"},
        {"scenarios": ("streaming.*",)},
        {"question": "as-documented"},
    ],
)
def test_an_entry_that_has_expired_or_means_something_else_accepts_nothing(changes: dict[str, Any]) -> None:
    assert state(run(**changes)) is State.FAIL


def test_globs_name_checks_and_scenarios() -> None:
    everything = run(check="*", scenarios=("*",), question=None)
    assert state(everything) is State.KNOWN
    assert state(everything, "streaming.text") is State.KNOWN
    assert state(everything, "errors.max-tokens-missing") is State.FAULT


def of(provider: str) -> list[handmade.Line | Record]:
    """What the samples hold of one provider."""
    return [entry for entry in samples.told() if getattr(entry, "provider", None) == provider]


def verdict(**changes: Any) -> tuple[Exit, str]:
    """The verdict on the sample's AISA without the fault of this program that it holds."""
    kept = [e for e in of(AISA) if getattr(e, "scenario", None) != samples.MISSING]
    accepted = replace(ENTRY, **{"scenarios": ("*",), **changes})
    judged = handmade.run(samples.header(expectations=(accepted,)), *kept)
    found = judge_provider(judged, judged.providers[2])
    return found.exit, found.sentence


def test_what_is_accepted_does_not_fail_the_run() -> None:
    code, sentence = verdict(check="*")
    assert (code, sentence) == (Exit.CONFORMS, "is as expected: known deviations in 3 cells")


def test_what_is_not_accepted_still_does() -> None:
    assert verdict(check="error.*")[0] is Exit.DOES_NOT


def test_an_expectation_that_no_longer_holds_fails_the_run() -> None:
    accepted = replace(ENTRY, provider="reference", scenarios=("*",))
    judged = handmade.run(samples.header(expectations=(accepted,)), *of("reference"))
    found = judge_provider(judged, judged.providers[0])
    assert found.exit is Exit.DOES_NOT
    assert found.sentence == "is not as expected: error.type no longer fails (work/expectations.yaml:2)"


def test_a_failure_says_who_accepts_it_and_until_when() -> None:
    judged = run(owner="the page's keeper", issue="https://example.com/3")
    told = Teller.of(judged, AISA)
    cell = judged.cells[AISA, "errors.wrong-key"]
    (accepted,) = [r for r in cell.results if r.accepted]
    (line,) = [line for line in told.failure(cell, accepted).lines if line.label == "accepted"]
    assert line.text == f"{ENTRY.reason} (the page's keeper, until {ENTRY.expires})"
    assert line.links == (("https://example.com/3", "https://example.com/3"),)
