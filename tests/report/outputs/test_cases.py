"""What of a run is red, grey and green to CI: as the run's verdict counts it."""

from __future__ import annotations

from dataclasses import replace

import handmade
import samples
from messages_conformance.catalog.model import Level
from messages_conformance.report.outputs.cases import Case, Status, suites
from messages_conformance.results.reading import Run


def cases(run: Run, provider: str, fail_on: Level = Level.MUST) -> dict[str, Case]:
    suite = next(suite for suite in suites(run, fail_on) if suite.provider.id == provider)
    return {case.scenario.id: case for case in suite.cases}


def told(run: Run, provider: str, fail_on: Level = Level.MUST) -> dict[str, tuple[str, str]]:
    return {name: (case.status, case.message) for name, case in cases(run, provider, fail_on).items()}


def only(provider: str) -> Run:
    """A run of one provider."""
    header = samples.header()
    header = replace(header, providers=tuple(one for one in header.providers if one.id == provider))
    return handmade.run(header, *(e for e in samples.told() if getattr(e, "provider", provider) == provider))


def test_a_suite_has_every_scenario_of_the_run() -> None:
    run = samples.run()
    everything = [scenario.id for scenario in run.scenarios]
    assert [list(cases(run, provider.id)) for provider in run.providers] == [everything] * 4


def test_each_state_has_its_status_and_its_reason() -> None:
    assert told(samples.run(), "naga") == {
        "streaming.text": (
            "failed",
            "MUST anthropic:stream.named-events: expected event: message_delta, got no event: line (and 2 more)",
        ),
        "streaming.tools": (
            "failed",
            "MUST anthropic:stream.named-events: expected event: message_delta, got no event: line (and 1 more)",
        ),
        "errors.max-tokens-missing": (
            "passed",
            "MAY anthropic:error.names-field: expected max_tokens, got bad request",
        ),
        "errors.wrong-key": ("skipped", "inconclusive: rate-limit: 429 twice, the last asked to wait 60 s"),
        "thinking.enabled": ("error", "never judged: thinking.order"),
        "thinking.round-trip": ("skipped", "does not claim the feature thinking"),
    }


def test_what_fails_and_only_that_has_its_evidence() -> None:
    found = cases(samples.run(), "naga")
    assert "curl -sS" in found["streaming.text"].detail
    assert found["streaming.text"].ms == 391.4
    assert {name for name, case in found.items() if case.detail} == {
        "streaming.text",
        "streaming.tools",
        "thinking.enabled",
    }


def test_the_weakest_level_that_counts_is_the_runs() -> None:
    assert told(samples.run(), "naga", Level.MAY)["errors.max-tokens-missing"][0] == Status.FAILED


def test_a_provider_that_was_not_run_is_skipped_with_the_reason() -> None:
    assert set(told(samples.run(), "bifrost").values()) == {("skipped", "BIFROST_KEY is not set")}


def test_what_a_played_document_breaks_is_grey_unless_it_alone_was_run() -> None:
    among_others, alone = told(samples.run(), "aisa"), told(only("aisa"), "aisa")
    assert alone["streaming.text"] == (
        "failed",
        among_others["streaming.text"][1].removeprefix("does not decide the run: "),
    )
    assert among_others["streaming.text"][0] == Status.SKIPPED
    assert among_others["errors.max-tokens-missing"][1].startswith("does not decide the run: fault of this program")
    assert alone["errors.max-tokens-missing"][0] == Status.ERROR


def test_what_is_known_is_skipped_with_its_reason() -> None:
    reason = "known and accepted: The page shows an error type of its own."
    assert told(samples.run(), "aisa")["errors.wrong-key"] == ("skipped", reason)


def test_an_expectation_that_no_longer_holds_is_red() -> None:
    first, *others = samples.header().expectations
    moved = (replace(first, provider="reference", scenarios=("errors.*",)), *others)
    found = told(samples.run(expectations=moved), "reference")
    red = {name for name, (status, _) in found.items() if status == Status.FAILED}
    assert red == {"errors.max-tokens-missing", "errors.wrong-key"}


def test_what_a_cut_off_run_did_not_plan_is_an_error() -> None:
    kept = [entry for entry in samples.told()[:-1] if getattr(entry, "scenario", None) != "thinking.enabled"]
    cut = handmade.run(samples.header(), *kept, complete=False)
    assert told(cut, "reference")["thinking.enabled"][0] == Status.ERROR


def test_a_run_about_one_client_counts_what_breaks_that_client() -> None:
    found = told(samples.run(profile="chat"), "naga")
    assert {name for name, (status, _) in found.items() if status == Status.FAILED} == {
        "streaming.text",
        "streaming.tools",
    }
    chat, *others = samples.PROFILES
    other = replace(chat, depends=(replace(chat.depends[0], clauses=("anthropic:error.names-field",)),))
    found = told(samples.run(profile="chat", profiles=(other, *others)), "naga")
    assert {name for name, (status, _) in found.items() if status == Status.FAILED} == {"errors.max-tokens-missing"}


def test_a_case_is_red_where_an_expectation_does_not_hold() -> None:
    first, *others = samples.header().expectations
    weak = replace(first, provider="naga", check="error.field", scenarios=("*",), question=None, expires="2026-11-19")
    found = told(samples.run(expectations=(weak, *others)), "naga")
    said = "not as expected: error.field expired on 2026-11-19, 1 day before this run (work/expectations.yaml:2)"
    assert found["errors.max-tokens-missing"] == (Status.FAILED, said)
