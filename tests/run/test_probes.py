"""What is asked of features that a provider does not claim: information, and no verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import making
import pytest
from making import asking, check, scenario, use
from messages_conformance.catalog import Catalog
from messages_conformance.checks.base import Check, Evidence, Outcome, Verdict, failed, passed
from messages_conformance.report.words import probed
from messages_conformance.results.verdict import Exit, judge_run
from messages_conformance.run.judging.replay import Recording
from messages_conformance.run.planning.plan import PREFLIGHT_TAG
from playing import Answer, Played, ok, play, refusal

TOOLS = scenario(
    "tools.choice-auto",
    asking("tools.choice-auto", checks=(use("says-yes"),)),
    asking("tools.choice-auto", "second"),
    needs=("tools",),
)
PLAIN = scenario("plain", tags=frozenset({PREFLIGHT_TAG}))
PROMPT = "tools.choice-auto/ask"


def says_yes(evidence: Evidence) -> Verdict:
    return passed() if evidence.text == "yes" else failed("yes", evidence.text)


class Asked(Protocol):
    def __call__(self, answer: Answer, **provider: Any) -> Played: ...


@pytest.fixture
def asked(catalog: Catalog, checks: Mapping[str, Check]) -> Asked:
    mine = making.checks(check("says-yes", "anthropic:message.content", judge=says_yes), checks["answer.accepted"])

    def playing(answer: Answer, **provider: Any) -> Played:
        return play(catalog, mine, answer, PLAIN, TOOLS, probing=True, **provider)

    return playing


@pytest.mark.parametrize(
    ("answer", "outcome", "note"),
    [
        (ok("yes"), Outcome.PASS, ["not claimed, but seems to work: tools"]),
        (ok("no"), Outcome.FAIL, ["not claimed, and does not work: tools"]),
        (refusal(400, "invalid_request_error"), Outcome.FAIL, ["not claimed, and does not work: tools"]),
    ],
)
def test_one_request_shows_whether_a_feature_works(
    asked: Asked, answer: bytes, outcome: Outcome, note: list[str]
) -> None:
    played = asked(lambda prompt: answer if prompt == PROMPT else ok("yes"))
    assert played.prompts.count(PROMPT) == 1
    assert "tools.choice-auto/second" not in played.prompts
    (found,) = played.run.probed
    assert (found.feature, found.outcome, found.exchanges) == ("tools", outcome, ("maker/probe.tools/ask/1.1",))
    assert list(probed(played.run, played.run.providers[0])) == note
    assert judge_run(played.run).exit is Exit.CONFORMS  # never red
    assert not played.run.cells["maker", "tools.choice-auto"].results


def test_what_is_claimed_or_played_is_not_probed(asked: Asked) -> None:
    for provider in ({"features": frozenset({"tools"})}, {"kind": "played"}):
        assert asked(lambda _: ok("yes"), **provider).run.probed == ()


def test_nothing_is_probed_where_the_preflight_was_refused(asked: Asked) -> None:
    played = asked(lambda _: refusal(403, "permission_error"))
    assert (PROMPT in played.prompts, played.run.probed) == (False, ())


def test_no_verdict_rests_on_a_probe(asked: Asked) -> None:
    played = asked(lambda _: ok("yes"))
    recording = Recording.of(played.run.exchanges)
    assert [name for name in recording.asked(making.provider()) if "probe." in name] == []


def test_what_was_not_seen_is_not_said(asked: Asked) -> None:
    played = asked(lambda prompt: ok("yes") if prompt != PROMPT else refusal(529, "overloaded_error"))
    assert [found.outcome for found in played.run.probed] == [Outcome.INCONCLUSIVE]
    assert list(probed(played.run, played.run.providers[0])) == []
