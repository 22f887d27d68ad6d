"""Expectations that no judgement can meet are told with their line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from messages_conformance.catalog import Catalog
from messages_conformance.catalog.expectations import Expectation
from messages_conformance.checks.base import Check
from messages_conformance.errors import UserError, Where
from messages_conformance.run import session
from messages_conformance.run.planning.expected import unmet

HERE = Where(Path("expectations.yaml"), 7)


def entry(check: str, *scenarios: str, provider: str = "reference", question: str | None = None) -> Expectation:
    return Expectation(provider, check, scenarios or ("*",), "Known.", "2027-03-01", HERE, question)


@pytest.mark.parametrize(
    "met",
    [
        entry("stream.usage-start-input"),
        entry("stream.*", "streaming.*"),
        entry("error.refused", "request.max_tokens"),
        entry("answer.accepted", "streaming.text", provider="naga-guide-page", question="as-documented"),
        # It claims no tools today, and may claim them tomorrow.
        entry("stop-reason", "tools.loop", provider="envelope-gateway-page"),
    ],
)
def test_what_can_be_met_is_no_mistake(met: Expectation, catalog: Catalog, checks: Mapping[str, Check]) -> None:
    assert list(unmet(replace(catalog, expectations=(met,)), checks)) == []


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        (
            entry("stream.usage-start-inptu"),
            "no check matches `stream.usage-start-inptu`",
            "`stream.usage-start-input`?",
        ),
        (entry("streem.*"), "no check matches `streem.*`", None),
        (entry("stream.*", "streaming.txet"), "no scenario matches `streaming.txet`", "`streaming.text`?"),
        (entry("stream.*", "streaming.*", "strimming.*"), "no scenario matches `strimming.*`", None),
        (entry("*"), "`*` names every check, and would accept whatever fails", "a family of checks"),
        (entry("**", "streaming.text"), "`**` names every check, and would accept whatever fails", None),
        (
            entry("stream.flows", "messages.basic"),
            "`stream.flows` is not judged in `messages.basic` at `reference`",
            "it is judged in ",
        ),
        (
            entry("stream.flows", "streaming.text", question="as-documented"),
            "`stream.flows` is not judged in `streaming.text` at `reference`",
            None,
        ),
    ],
)
def test_what_nothing_can_meet_is_told(
    entry: Expectation, message: str, hint: str | None, catalog: Catalog, checks: Mapping[str, Check]
) -> None:
    (problem,) = unmet(replace(catalog, expectations=(entry,)), checks)
    assert (problem.message, problem.where) == (message, HERE)
    assert hint is None or hint in (problem.hint or "")


def test_it_is_looked_at_wherever_checks_are(catalog: Catalog) -> None:
    with pytest.raises(UserError, match=r"expectations\.yaml:7: no check matches `never\.was`"):
        session.known_checks(replace(catalog, expectations=(entry("never.was"),)))
